/* ps_script.c - reads scripts, and cuts arguments. */
#include "cli/ps_script.h"

#include <errno.h>
#include <fcntl.h>
#include <libxml/xmlstring.h>
#include <string.h>
#include <unistd.h>

#define BLOCK 65536
#define NAMES_MAX 65536
#define BOM "\xef\xbb\xbf"

void ps_script_init(struct ps_script *script)
{
    memset(script, 0, sizeof *script);
    buf_init(&script->text, PS_SCRIPT_MAX + BLOCK);
    buf_init(&script->names, NAMES_MAX);
}

void ps_script_free(struct ps_script *script)
{
    buf_free(&script->text);
    buf_free(&script->names);
}

int ps_script_check(const char *what, const char *text, struct err *err)
{
    if (xmlCheckUTF8((const xmlChar *)text) != 0)
        return 0;
    (void)err_set(err, ERR_USAGE, STAGE_START, "%s is no UTF-8", what);
    return err_advise(err, "convert it: iconv -f UTF-16 -t UTF-8, or "
                      "whatever it was written in");
}

static int read_all(int fd, struct buf *text)
{
    for (;;) {
        unsigned char *room = buf_reserve(text, BLOCK);
        ssize_t n;

        if (room == NULL)
            return -1;
        n = read(fd, room, BLOCK);
        text->len -= BLOCK - (n > 0 ? (size_t)n : 0);
        if (n == 0)
            return 0;
        if (n < 0 && errno != EINTR)
            return -1;
    }
}

static int check_text(struct buf *text, const char *path, struct err *err)
{
    if (text->failed == ERR_OVERSIZED || text->len > PS_SCRIPT_MAX)
        return err_set(err, ERR_USAGE, STAGE_START,
                       "the script %s is larger than %d bytes", path,
                       PS_SCRIPT_MAX);
    if (text->len >= sizeof BOM - 1 &&
        memcmp(text->data, BOM, sizeof BOM - 1) == 0)
        buf_consume(text, sizeof BOM - 1);
    buf_put_u8(text, 0);
    if (buf_ok(text, STAGE_START, err) != 0)
        return -1;
    if (strlen((const char *)text->data) + 1 < text->len) {
        (void)err_set(err, ERR_USAGE, STAGE_START,
                      "the script %s has NUL bytes: it is no UTF-8", path);
        return err_advise(err, "convert it: iconv -f UTF-16 -t UTF-8");
    }
    return ps_script_check(path, (const char *)text->data, err);
}

int ps_script_read(struct ps_script *script, const char *path,
                   struct err *err)
{
    bool is_stdin = strcmp(path, "-") == 0;
    int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    int rc = fd < 0 ? -1 : read_all(fd, &script->text);

    if (rc != 0 && script->text.failed == ERR_NONE)
        rc = err_set_errno(err, ERR_USAGE, STAGE_START, errno,
                           "cannot read the script %s", path)
             | err_advise(err, "the file is one of this machine");
    else
        rc = check_text(&script->text, path, err);
    if (fd >= 0 && !is_stdin)
        close(fd);
    return rc;
}

static int add(struct ps_script *script, const char *name, const char *value,
               struct err *err)
{
    struct psrp_argument *argument;

    if (script->argument_count == PS_ARGUMENTS_MAX)
        return err_set(err, ERR_USAGE, STAGE_START,
                       "there are more than %d arguments", PS_ARGUMENTS_MAX);
    if (value != NULL && ps_script_check("an argument", value, err) != 0)
        return -1;
    argument = &script->arguments[script->argument_count++];
    argument->name = name;
    argument->kind = value != NULL ? CLIXML_STRING : CLIXML_NIL;
    argument->text = value;
    return 0;
}

/* Names are copied first: the buffer may move while it grows. */
static int copy_names(struct ps_script *script,
                      const struct option_list *named, struct err *err)
{
    size_t i;

    for (i = 0; i < named->count; i++) {
        const char *item = named->items[i];
        size_t n = strcspn(item, "=");

        if (n > 0 && item[0] == '-') {
            item++; /* "-Name" is how one writes it in a script */
            n--;
        }
        if (n == 0)
            return err_set(err, ERR_USAGE, STAGE_START,
                           "--arg wants NAME=VALUE, not '%s'",
                           named->items[i]);
        buf_put(&script->names, item, n);
        buf_put_u8(&script->names, 0);
    }
    if (buf_ok(&script->names, STAGE_START, err) != 0)
        return -1;
    if (named->count == 0)
        return 0;
    return ps_script_check("an argument", (const char *)script->names.data,
                           err);
}

int ps_script_arguments(struct ps_script *script,
                        const struct option_list *named, char *const *words,
                        int count, struct err *err)
{
    const char *name;
    size_t i;
    int w;

    if (copy_names(script, named, err) != 0)
        return -1;
    name = (const char *)script->names.data;
    for (i = 0; i < named->count; i++) {
        const char *value = strchr(named->items[i], '=');

        if (add(script, name, value != NULL ? value + 1 : NULL, err) != 0)
            return -1;
        name += strlen(name) + 1;
    }
    for (w = 0; w < count; w++)
        if (add(script, NULL, words[w], err) != 0)
            return -1;
    return 0;
}
