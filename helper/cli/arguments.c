/* arguments.c - joins words to the command line that the host gets. */
#include "cli/arguments.h"

#include <string.h>

#include "cli/render.h"

int arguments_check(const char *what, const char *text, struct err *err)
{
    if (render_is_text(text))
        return 0;
    /* XML 1.0 section 2.2: such characters have no form in a message. */
    (void)err_set(err, ERR_USAGE, STAGE_START,
                  "%s is not UTF-8 text without control characters: %s",
                  what, text);
    return err_advise(err, "pass binary data on stdin instead");
}

int arguments_check_variable(const char *text, struct err *err)
{
    const char *equals = strchr(text, '=');

    if (equals == NULL || equals == text) {
        (void)err_set(err, ERR_USAGE, STAGE_START,
                      "--env wants NAME=VALUE, not '%s'", text);
        return err_advise(err, "as in --env TEMP='C:\\Temp'");
    }
    return arguments_check("the value of --env", text, err);
}

int arguments_join(struct buf *line, char *const *words, int count,
                   struct err *err)
{
    int i;

    for (i = 0; i < count; i++) {
        if (arguments_check("the command line", words[i], err) != 0)
            return -1;
        if (i > 0)
            buf_put_u8(line, ' ');
        buf_put(line, words[i], strlen(words[i]));
    }
    buf_put_u8(line, '\0');
    if (line->failed != ERR_OVERSIZED)
        return buf_ok(line, STAGE_START, err);
    (void)err_set(err, ERR_USAGE, STAGE_START,
                  "the command line is longer than the %zu bytes that "
                  "Windows takes", line->max - 1);
    return err_advise(err, "put long input on stdin, or in a file there");
}
