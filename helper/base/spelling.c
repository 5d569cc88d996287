/* spelling.c - the distance between a mistyped word and the right one. */
#include "credssp/spelling.h"

#include <string.h>

#define WORD_MAX_BYTES 40 /* longer words are no typing mistakes */

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static char lower(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

/* Damerau-Levenshtein, optimal string alignment. */
size_t spelling_distance(const char *typed, const char *meant)
{
    size_t d[WORD_MAX_BYTES + 1][WORD_MAX_BYTES + 1];
    size_t n = strlen(typed), m = strlen(meant), i, j;

    if (n > WORD_MAX_BYTES || m > WORD_MAX_BYTES)
        return n + m;
    for (i = 0; i <= n; i++)
        d[i][0] = i;
    for (j = 0; j <= m; j++)
        d[0][j] = j;
    for (i = 1; i <= n; i++)
        for (j = 1; j <= m; j++) {
            char a = lower(typed[i - 1]), b = lower(meant[j - 1]);

            d[i][j] = least(least(d[i - 1][j], d[i][j - 1]) + 1,
                            d[i - 1][j - 1] + (a == b ? 0 : 1));
            if (i > 1 && j > 1 && a == lower(meant[j - 2])
                && lower(typed[i - 2]) == b)
                d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
        }
    return d[n][m];
}

size_t spelling_nearest(const char *typed, const char *const *words,
                        size_t count)
{
    size_t i, best = count, nearest = SPELLING_NEAR + 1;

    for (i = 0; i < count; i++) {
        size_t d = spelling_distance(typed, words[i]);

        if (d < nearest && 2 * d <= strlen(words[i])) {
            nearest = d;
            best = i;
        }
    }
    return best;
}
