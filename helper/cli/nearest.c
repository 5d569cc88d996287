/* nearest.c - the command that a mistyped name most likely meant. */
#include <string.h>

#include "cli/command.h"

#define NAME_MAX_BYTES 16 /* longer words are no typing mistakes */
#define NEAR 2            /* mistakes that are forgiven */

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/*
 * How many letters are missing, too many, wrong or swapped with their
 * neighbour (Damerau-Levenshtein, optimal string alignment).
 */
static size_t distance(const char *a, const char *b)
{
    size_t d[NAME_MAX_BYTES + 1][NAME_MAX_BYTES + 1];
    size_t n = strlen(a), m = strlen(b), i, j;

    if (n > NAME_MAX_BYTES || m > NAME_MAX_BYTES)
        return n + m;
    for (i = 0; i <= n; i++)
        d[i][0] = i;
    for (j = 0; j <= m; j++)
        d[0][j] = j;
    for (i = 1; i <= n; i++)
        for (j = 1; j <= m; j++) {
            size_t wrong = a[i - 1] == b[j - 1] ? 0 : 1;

            d[i][j] = least(least(d[i - 1][j], d[i][j - 1]) + 1,
                            d[i - 1][j - 1] + wrong);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2]
                && a[i - 2] == b[j - 1])
                d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
        }
    return d[n][m];
}

const struct command *command_nearest(const struct command *table,
                                      size_t count, const char *name)
{
    const struct command *best = NULL;
    size_t i, nearest = NEAR + 1;

    for (i = 0; i < count; i++) {
        size_t d = distance(name, table[i].page->name);

        /* Half of the letters must be right: "x" is not "run". */
        if (d < nearest && 2 * d <= strlen(table[i].page->name)) {
            nearest = d;
            best = &table[i];
        }
    }
    return best;
}
