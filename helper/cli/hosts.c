/* hosts.c - lists of hosts, read and checked before anything runs. */
#include "cli/hosts.h"

#include <errno.h>
#include <fcntl.h>
#include <search.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "credssp/buf.h"
#include "policy/hostname.h"

#define GROW 64       /* names more at a time */
#define SHOWN_MAX 64  /* bytes of a bad name that are quoted */
#define ONE_A_LINE "it names one host a line; '-' is standard input"

static const char byte_order_mark[] = "\xef\xbb\xbf"; /* Notepad's */

static int compare(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void leave_alone(void *name)
{
    (void)name; /* names owns it */
}

void hosts_free(struct hosts *hosts)
{
    size_t i;

    tdestroy(hosts->seen, leave_alone);
    for (i = 0; i < hosts->count; i++)
        free(hosts->names[i]);
    free(hosts->names);
    *hosts = (struct hosts)HOSTS_INIT;
}

static int append(struct hosts *hosts, const char *name, struct err *err)
{
    char **names = hosts->names, *copy;

    if (hosts->count == HOSTS_MAX)
        return err_set(err, ERR_USAGE, STAGE_START,
                       "there are more than %d hosts", HOSTS_MAX);
    if (hosts->count % GROW == 0) {
        names = reallocarray(names, hosts->count + GROW, sizeof *names);
        if (names == NULL)
            return err_set(err, ERR_MEMORY, STAGE_START, NULL);
        hosts->names = names;
    }
    copy = strdup(name);
    if (copy == NULL || tsearch(copy, &hosts->seen, compare) == NULL) {
        free(copy);
        return err_set(err, ERR_MEMORY, STAGE_START, NULL);
    }
    names[hosts->count++] = copy;
    return 0;
}

/* All are counted, and the first is told: where: "hosts:3:1: " or "". */
static void note_bad(struct hosts *hosts, const char *where, const char *name,
                     size_t len, const struct err *why)
{
    int shown = len < SHOWN_MAX ? (int)len : SHOWN_MAX;

    if (hosts->bad++ == 0)
        (void)err_set(&hosts->bad_err, ERR_HOSTNAME, STAGE_START,
                      "%s'%.*s': %s", where, shown, name, why->text);
}

static int add(struct hosts *hosts, const char *where, const char *name,
               size_t len, struct err *err)
{
    char canonical[HOSTNAME_MAX];
    struct err why = ERR_INIT;
    char *const *found;

    if (hostname_canonical(name, len, canonical, &why) != 0) {
        note_bad(hosts, where, name, len, &why);
        return 0;
    }
    found = tfind(canonical, &hosts->seen, compare);
    if (found == NULL)
        return append(hosts, canonical, err);
    if (hosts->doubled++ == 0)
        hosts->double_name = *found;
    return 0;
}

int hosts_add_list(struct hosts *hosts, const char *list, struct err *err)
{
    size_t len;

    for (;; list += len + 1) {
        len = strcspn(list, ",");
        if (add(hosts, "", list, len, err) != 0)
            return -1;
        if (list[len] == '\0')
            return 0;
    }
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static int add_line(struct hosts *hosts, const char *file, unsigned number,
                    const char *line, size_t len, struct err *err)
{
    const char *comment = memchr(line, '#', len);
    char where[128];
    size_t from = 0;

    if (comment != NULL)
        len = (size_t)(comment - line);
    while (len > 0 && is_blank(line[len - 1]))
        len--;
    while (from < len && is_blank(line[from]))
        from++;
    if (from == len)
        return 0;
    snprintf(where, sizeof where, "%s:%u:%zu: ", file, number, from + 1);
    return add(hosts, where, line + from, len - from, err);
}

int hosts_add_text(struct hosts *hosts, const char *name, const char *text,
                   size_t len, struct err *err)
{
    const size_t mark = sizeof byte_order_mark - 1;
    unsigned number = 1;

    if (len >= mark && memcmp(text, byte_order_mark, mark) == 0) {
        text += mark;
        len -= mark;
    }
    for (; len > 0; number++) {
        const char *end = memchr(text, '\n', len);
        size_t line = end != NULL ? (size_t)(end - text) : len;

        if (add_line(hosts, name, number, text, line, err) != 0)
            return -1;
        line += end != NULL;
        text += line;
        len -= line;
    }
    return 0;
}

static int read_all(int fd, const char *path, struct buf *text,
                    struct err *err)
{
    char block[16384];
    ssize_t n;

    while ((n = read(fd, block, sizeof block)) != 0) {
        if (n > 0)
            buf_put(text, block, (size_t)n);
        else if (errno != EINTR)
            return err_set_errno(err, ERR_SYSTEM, STAGE_START, errno,
                                 "cannot read the hosts in %s", path);
        if (text->failed == ERR_OVERSIZED)
            return err_set(err, ERR_USAGE, STAGE_START,
                           "the list of hosts in %s is longer than %d bytes",
                           path, HOSTS_FILE_MAX);
    }
    return buf_ok(text, STAGE_START, err);
}

int hosts_add_file(struct hosts *hosts, const char *path, struct err *err)
{
    bool is_stdin = strcmp(path, "-") == 0;
    struct buf text = BUF_INIT(HOSTS_FILE_MAX);
    const char *name = is_stdin ? "standard input" : path;
    int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    int r;

    if (fd < 0) {
        (void)err_set_errno(err, ERR_USAGE, STAGE_START, errno,
                            "cannot open the list of hosts %s", path);
        return err_advise(err, ONE_A_LINE);
    }
    r = read_all(fd, name, &text, err);
    if (r == 0)
        r = hosts_add_text(hosts, name, (const char *)text.data, text.len,
                           err);
    if (r == 0 && hosts->count + hosts->bad == 0) {
        (void)err_set(err, ERR_USAGE, STAGE_START, "%s names no host", name);
        r = err_advise(err, ONE_A_LINE);
    }
    buf_free(&text);
    if (!is_stdin)
        close(fd);
    return r;
}

int hosts_check(const struct hosts *hosts, struct err *err)
{
    size_t used;

    if (hosts->bad == 0 && hosts->count > 0)
        return 0;
    if (hosts->bad == 0)
        return err_set(err, ERR_USAGE, STAGE_START, "no host is given");
    *err = hosts->bad_err;
    used = strlen(err->text);
    if (hosts->bad > 1)
        snprintf(err->text + used, sizeof err->text - used,
                 " (and %zu more)", hosts->bad - 1);
    return err_advise(err, "nothing was run; correct the list of hosts");
}
