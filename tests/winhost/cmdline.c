/* cmdline.c - reads command lines as cmd.exe does. */
#include "cmdline.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* The longest first. */
static const struct {
    const char *text;
    enum cmdline_joiner joiner;
} joiners[] = {
    { "&&", JOIN_IF_OK }, { "||", JOIN_IF_FAILED }, { "&", JOIN_ALWAYS },
};

static const struct {
    const char *text;
    bool is_err;
    enum cmdline_target target;
} redirections[] = {
    { "1>&2", false, TARGET_STDERR }, { ">&2", false, TARGET_STDERR },
    { "2>&1", true, TARGET_STDOUT }, { "2>nul", true, TARGET_NUL },
    { "1>nul", false, TARGET_NUL }, { "> nul", false, TARGET_NUL },
    { "2> nul", true, TARGET_NUL }, { ">nul", false, TARGET_NUL },
};

static size_t match_joiner(const char *p, enum cmdline_joiner *joiner)
{
    size_t i;

    for (i = 0; i < sizeof joiners / sizeof *joiners; i++) {
        size_t n = strlen(joiners[i].text);

        if (strncmp(p, joiners[i].text, n) != 0)
            continue;
        *joiner = joiners[i].joiner;
        return n;
    }
    return 0;
}

static size_t match_redirection(const char *p, struct cmdline_part *part)
{
    size_t i;

    for (i = 0; i < sizeof redirections / sizeof *redirections; i++) {
        size_t n = strlen(redirections[i].text);

        if (strncasecmp(p, redirections[i].text, n) != 0)
            continue;
        if (redirections[i].is_err)
            part->err = redirections[i].target;
        else
            part->out = redirections[i].target;
        return n;
    }
    return 0;
}

bool cmdline_next(const char **line, struct cmdline_part *part)
{
    const char *p = *line;
    bool quoted = false;
    size_t n = 0, skip;

    part->joiner = JOIN_ALWAYS;
    part->out = TARGET_STDOUT;
    part->err = TARGET_STDERR;
    part->wrong = false;
    p += strspn(p, " \t\r\n");
    if ((skip = match_joiner(p, &part->joiner)) > 0)
        p += skip + strspn(p + skip, " \t");
    if (*p == '\0')
        return false;
    while (*p != '\0' && n < CMDLINE_MAX) {
        enum cmdline_joiner ignored;

        if (!quoted && match_joiner(p, &ignored) > 0)
            break;
        if (!quoted && (skip = match_redirection(p, part)) > 0) {
            p += skip;
            continue;
        }
        if (!quoted && (*p == '|' || *p == '>' || *p == '<'))
            part->wrong = true;
        if (!quoted && *p == '^' && p[1] != '\0')
            p++;
        if (*p == '"')
            quoted = !quoted;
        part->text[n++] = *p++;
    }
    part->text[n] = '\0';
    *line = p;
    return true;
}

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);

    return n > m && strcmp(text + n - m, end) == 0;
}

const char *cmdline_program(const char *text, char *name, size_t size)
{
    bool quoted = *text == '"';
    const char *from = text + quoted, *end, *base;
    size_t i, n;

    /* "echo." and "echo:" print an empty line: they end the name too. */
    end = from + strcspn(from, quoted ? "\"" : " \t,;=");
    if (strncasecmp(from, "echo", 4) == 0 && strchr(".:", from[4]) != NULL)
        end = from + 4;
    for (base = end; base > from && base[-1] != '\\'; base--)
        continue;
    n = (size_t)(end - base);
    if (n >= size)
        n = size - 1;
    for (i = 0; i < n; i++)
        name[i] = (char)tolower((unsigned char)base[i]);
    name[n] = '\0';
    if (ends_with(name, ".exe") || ends_with(name, ".com"))
        name[n - 4] = '\0';
    return end + (quoted && *end == '"');
}

bool cmdline_word(const char **text, char *word, size_t size)
{
    const char *p = *text + strspn(*text, " \t");
    bool quoted = false;
    size_t n = 0;

    if (*p == '\0')
        return false;
    for (; *p != '\0' && (quoted || (*p != ' ' && *p != '\t')); p++) {
        if (*p == '"')
            quoted = !quoted;
        else if (n + 1 < size)
            word[n++] = *p;
    }
    word[n] = '\0';
    *text = p;
    return true;
}

void cmdline_expand(const char *from, char *to, size_t size,
                    cmdline_variable_fn *find, void *arg)
{
    size_t n = 0;

    while (*from != '\0' && n + 1 < size) {
        const char *end = *from == '%' ? strchr(from + 1, '%') : NULL;
        const char *value = NULL;
        char name[256];
        size_t len;

        if (end != NULL && (len = (size_t)(end - from - 1)) > 0
            && len < sizeof name) {
            memcpy(name, from + 1, len);
            name[len] = '\0';
            value = find(arg, name);
        }
        if (value == NULL) { /* cmd /c leaves unknown names as they are */
            to[n++] = *from++;
            continue;
        }
        while (*value != '\0' && n + 1 < size)
            to[n++] = *value++;
        from = end + 1;
    }
    to[n] = '\0';
}
