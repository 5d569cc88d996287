/* prefix.c - cuts a stream into lines and puts a name before each. */
#include "cli/prefix.h"

#include <string.h>

void prefix_init(struct prefix *prefix, const char *name,
                 prefix_write_fn *write, void *arg)
{
    *prefix = (struct prefix){ .name = name, .write = write, .arg = arg };
    buf_init(&prefix->part, PREFIX_LINE_MAX);
}

void prefix_free(struct prefix *prefix)
{
    buf_free(&prefix->part);
}

static int put_line(struct prefix *p, const void *rest, size_t n,
                    struct err *err)
{
    if (p->write(p->arg, p->name, strlen(p->name), err) != 0
        || p->write(p->arg, ": ", 2, err) != 0
        || (p->part.len > 0
            && p->write(p->arg, p->part.data, p->part.len, err) != 0)
        || (n > 0 && p->write(p->arg, rest, n, err) != 0)
        || p->write(p->arg, "\n", 1, err) != 0)
        return -1;
    buf_clear_without_wipe(&p->part);
    return 0;
}

int prefix_put(struct prefix *prefix, const void *bytes, size_t n,
               struct err *err)
{
    const char *at = bytes;

    while (n > 0) {
        size_t room = PREFIX_LINE_MAX - prefix->part.len;
        const char *end = memchr(at, '\n', n <= room ? n : room + 1);
        size_t take = end != NULL ? (size_t)(end - at) : room;

        if (end == NULL && n <= room) {
            buf_put(&prefix->part, at, n);
            return buf_ok(&prefix->part, STAGE_OUTPUT, err);
        }
        if (put_line(prefix, at, take, err) != 0)
            return -1;
        take += end != NULL;
        at += take;
        n -= take;
    }
    return 0;
}

int prefix_end(struct prefix *prefix, struct err *err)
{
    return prefix->part.len > 0 ? put_line(prefix, NULL, 0, err) : 0;
}
