/* kept_shell.c - names for shells that are kept. */
#include "cli/kept_shell.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SESSION_CHARS (WSMAN_UUID_BYTES - 1)
#define POOL_OBJECTS_MAX (UINT64_MAX / 2)
#define PROTOCOL_MINOR_MAX 3

/* Length and text, so that no two lists of texts read alike. */
static void put_text(struct buf *out, const char *text)
{
    buf_printf(out, "%zu:%s,", strlen(text), text);
}

/* "" for one that is too long. */
static void take_label(struct buf *out, char label[WIRE_LABEL_MAX])
{
    label[0] = '\0';
    if (out->failed == ERR_NONE) {
        memcpy(label, out->data, out->len);
        label[out->len] = '\0';
    }
    buf_free(out);
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
    take_label(&out, label);
}

void pool_label(const struct runspace_options *options,
                char label[WIRE_LABEL_MAX])
{
    const struct host_info *host = &options->host;
    struct buf out = BUF_INIT(WIRE_LABEL_MAX - 1);

    buf_printf(&out, "ps;%d;%d;%u;%u;", options->no_profile, host->present,
               host->width, host->height);
    put_text(&out, options->configuration);
    put_text(&out, host->title != NULL ? host->title : "");
    take_label(&out, label);
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

int pool_value(const struct runspace_left *left, char *value, size_t size)
{
    char pool[GUID_TEXT];
    int n;

    guid_format(&left->pool.id, pool);
    n = snprintf(value, size, "%s %s %" PRIu64 " %u %s", left->session, pool,
                 left->pool.next_object, left->pool.protocol_minor, left->id);
    return n < 0 || (size_t)n >= size ? -1 : 0;
}

/* A word up to the next blank, which is taken, too. */
static int take_word(const char **p, char *word, size_t size)
{
    size_t n = strcspn(*p, " ");

    if (n == 0 || n >= size || (*p)[n] == '\0')
        return -1;
    memcpy(word, *p, n);
    word[n] = '\0';
    *p += n + 1;
    return 0;
}

static int take_number(const char **p, uint64_t most, uint64_t *number)
{
    char word[20]; /* no more digits than 64 bits have for sure */

    if (take_word(p, word, sizeof word) != 0
        || strspn(word, "0123456789") != strlen(word))
        return -1;
    *number = strtoull(word, NULL, 10);
    return *number <= most ? 0 : -1;
}

int pool_take_value(const char *value, struct runspace_left *left)
{
    char pool[GUID_TEXT];
    uint64_t minor;
    size_t n;

    memset(left, 0, sizeof *left);
    if (take_word(&value, left->session, sizeof left->session) != 0
        || strlen(left->session) != SESSION_CHARS
        || take_word(&value, pool, sizeof pool) != 0
        || guid_parse(pool, &left->pool.id) != 0
        || take_number(&value, POOL_OBJECTS_MAX, &left->pool.next_object) != 0
        || left->pool.next_object == 0
        || take_number(&value, PROTOCOL_MINOR_MAX, &minor) != 0)
        return -1;
    left->pool.protocol_minor = (unsigned)minor;
    n = strlen(value);
    if (n == 0 || n >= sizeof left->id)
        return -1;
    memcpy(left->id, value, n + 1);
    return 0;
}

int kept_check(const struct page *page, const struct cli *cli, bool keep,
               struct err *err)
{
    if (!keep || !cli->direct)
        return 0;
    return options_usage_error(page, err, "--keep needs the system's broker: "
                               "with --direct nothing outlives the command");
}
