/* policy_load.c - the policy file: whose it must be, and reading it whole. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "credssp/buf.h"
#include "policy/rules.h"

#define LIFETIME_S 36000 /* ten hours: a working day */

int policy_check_owner(const char *path, const struct stat *st,
                       enum policy_owner owner, struct err *err)
{
    bool owned = st->st_uid == 0
                 || (owner == POLICY_OWNER_USER && st->st_uid == geteuid());

    if (!owned) {
        err_set(err, ERR_POLICY_FILE, STAGE_POLICY,
                "%s belongs to uid %u, so that user could allow any host",
                path, (unsigned)st->st_uid);
        return err_advise(err, "as root: chown root:root %s", path);
    }
    if ((st->st_mode & (S_IWGRP | S_IWOTH)) != 0) {
        err_set(err, ERR_POLICY_FILE, STAGE_POLICY,
                "%s can be written by others than its owner (mode %03o), so "
                "they could allow any host", path,
                (unsigned)(st->st_mode & 0777));
        return err_advise(err, "chmod go-w %s", path);
    }
    return 0;
}

static int cannot(struct err *err, const char *what, const char *path)
{
    int saved = errno;

    err_set_errno(err, ERR_POLICY_FILE, STAGE_POLICY, saved, "cannot %s %s",
                  what, path);
    if (saved == ENOENT)
        return err_advise(err, "an administrator must create it; nothing is "
                          "allowed without it (credssp.conf(5) has an "
                          "example)");
    return -1;
}

static int read_all(int fd, const char *path, struct buf *text,
                    struct err *err)
{
    for (;;) {
        unsigned char chunk[4096];
        ssize_t n = read(fd, chunk, sizeof chunk);

        if (n == 0)
            return buf_ok(text, STAGE_POLICY, err);
        if (n > 0)
            buf_put(text, chunk, (size_t)n);
        else if (errno != EINTR)
            return cannot(err, "read", path);
        if (text->failed != ERR_NONE)
            return err_set(err, ERR_POLICY_FILE, STAGE_POLICY,
                           "%s is longer than %d bytes", path,
                           POLICY_FILE_BYTES_MAX);
    }
}

/* The owner is asked of the open descriptor, so that no swap can fool it. */
int policy_read_file(const char *path, enum policy_owner owner,
                     bool follow_link, struct buf *text, struct stat *st,
                     struct err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK
                            | (follow_link ? 0 : O_NOFOLLOW));
    int result = -1;

    if (fd < 0 && errno == ELOOP && !follow_link)
        return err_set(err, ERR_POLICY_FILE, STAGE_POLICY,
                       "%s is a symbolic link; a file must be there itself",
                       path);
    if (fd < 0)
        return cannot(err, "open", path);
    if (fstat(fd, st) != 0)
        cannot(err, "examine", path);
    else if (!S_ISREG(st->st_mode))
        err_set(err, ERR_POLICY_FILE, STAGE_POLICY,
                "%s is not a regular file", path);
    else if (policy_check_owner(path, st, owner, err) == 0)
        result = read_all(fd, path, text, err);
    close(fd);
    return result;
}

bool policy_include_dir(const char *path, char dir[POLICY_TEXT_MAX])
{
    int n = snprintf(dir, POLICY_TEXT_MAX, "%s.d", path);

    return n > 0 && n < POLICY_TEXT_MAX;
}

struct policy *policy_new(const char *path, enum policy_owner owner)
{
    struct policy *policy = calloc(1, sizeof *policy);

    if (policy == NULL)
        return NULL;
    atomic_init(&policy->references, 1);
    policy->files = calloc(1, sizeof *policy->files);
    if (policy->files == NULL) {
        policy_free(&policy);
        return NULL;
    }
    policy->file_count = 1;
    policy->owner = owner;
    snprintf(policy->path, sizeof policy->path, "%s", path);
    snprintf(policy->files->path, sizeof policy->files->path, "%s", path);
    policy->lifetime_s = LIFETIME_S;
    return policy;
}

struct policy *policy_share(struct policy *policy)
{
    atomic_fetch_add(&policy->references, 1);
    return policy;
}

void policy_free(struct policy **policy)
{
    struct policy *p = *policy;

    *policy = NULL;
    if (p == NULL || atomic_fetch_sub(&p->references, 1) > 1)
        return;
    free(p->files);
    free(p->rules);
    free(p->matches);
    free(p->blocks);
    free(p->names);
    free(p);
}

static size_t parse(struct policy *policy, const struct buf *text,
                    const struct stat *st, policy_complaint_fn *complain,
                    void *arg)
{
    policy->files->dev = st->st_dev;
    policy->files->ino = st->st_ino;
    return policy_parse(policy, (const char *)text->data, text->len, complain,
                        arg);
}

static int load(const char *path, enum policy_owner owner,
                policy_complaint_fn *complain, void *arg,
                struct policy **out, struct err *err)
{
    struct buf text = BUF_INIT(POLICY_FILE_BYTES_MAX);
    struct policy *policy = NULL;
    struct stat st;
    size_t errors = 0;

    if (policy_read_file(path, owner, true, &text, &st, err) == 0) {
        policy = policy_new(path, owner);
        if (policy == NULL)
            err_set(err, ERR_MEMORY, STAGE_POLICY, NULL);
        else
            errors = parse(policy, &text, &st, complain, arg);
    }
    buf_free(&text);
    if (errors > 0) {
        policy_free(&policy);
        return err_set(err, ERR_POLICY_FILE, STAGE_POLICY,
                       "%s has %zu error%s", path, errors,
                       errors == 1 ? "" : "s");
    }
    *out = policy;
    return policy == NULL ? -1 : 0;
}

/* Collects complaints as lines, as many as an error's text can hold. */
struct complaints {
    char text[ERR_TEXT_MAX];
    size_t used;
};

static void collect(void *arg, const char *file, unsigned line,
                    unsigned column, const char *what)
{
    struct complaints *all = arg;
    size_t room = sizeof all->text - all->used;
    int n = snprintf(all->text + all->used, room, "%s%s:%u:%u: %s",
                     all->used > 0 ? "\n" : "", file, line, column, what);

    if (n > 0 && (size_t)n < room)
        all->used += (size_t)n;
    else
        all->text[all->used] = '\0'; /* no half a line */
}

int policy_load(const char *path, enum policy_owner owner,
                struct policy **policy, struct err *err)
{
    struct complaints all = { .used = 0 };

    if (load(path, owner, collect, &all, policy, err) == 0)
        return 0;
    if (all.used > 0)
        err_set(err, ERR_POLICY_FILE, STAGE_POLICY, "%s", all.text);
    return -1;
}

int policy_check_file(const char *path, enum policy_owner owner,
                      policy_complaint_fn *complain, void *arg,
                      struct err *err)
{
    struct policy *policy = NULL;
    int result = load(path, owner, complain, arg, &policy, err);

    policy_free(&policy);
    return result;
}
