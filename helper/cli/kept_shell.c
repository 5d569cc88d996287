/* kept_shell.c - names for shells that are kept. */
#include "cli/kept_shell.h"

#include <stdio.h>
#include <string.h>

#define SESSION_CHARS (WSMAN_UUID_BYTES - 1)

/* Length and text, so that no two lists of texts read alike. */
static void put_text(struct buf *out, const char *text)
{
    buf_printf(out, "%zu:%s,", strlen(text), text);
}

void shell_label(const struct winrs_options *options,
                 char label[WIRE_LABEL_MAX])
{
    struct buf out = BUF_INIT(WIRE_LABEL_MAX - 1);
    size_t i;

    buf_printf(&out, "cmd;%u;%d;", options->codepage, options->no_profile);
    put_text(&out, options->cwd != NULL ? options->cwd : "");
    for (i = 0; i < options->env_count; i++)
        put_text(&out, options->env[i]);
    label[0] = '\0';
    if (out.failed == ERR_NONE) {
        memcpy(label, out.data, out.len);
        label[out.len] = '\0';
    }
    buf_free(&out);
}

int shell_value(const struct winrs_shell *shell, char *value, size_t size)
{
    int n = snprintf(value, size, "%s %s", shell->wsman->session, shell->id);

    return n < 0 || (size_t)n >= size ? -1 : 0;
}

int shell_take_value(const char *value, struct winrs_shell *shell)
{
    size_t n = strlen(value);

    if (n <= SESSION_CHARS + 1 || value[SESSION_CHARS] != ' '
        || n - SESSION_CHARS - 1 >= sizeof shell->id)
        return -1;
    memcpy(shell->wsman->session, value, SESSION_CHARS);
    memcpy(shell->id, value + SESSION_CHARS + 1, n - SESSION_CHARS);
    return 0;
}
