/* replace.c - the policy file's successor: written, synced, renamed. */
#include "policy/replace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int failed(struct err *err, const char *what, const char *path)
{
    return err_set_errno(err, ERR_POLICY_FILE, STAGE_POLICY, errno,
                         "cannot %s %s", what, path);
}

int replace_begin(struct replacement *replacement, const char *path,
                  struct err *err)
{
    int n = snprintf(replacement->successor, sizeof replacement->successor,
                     "%s.new", path);

    replacement->path = path;
    replacement->fd = -1;
    if (n < 0 || (size_t)n >= sizeof replacement->successor)
        return err_set(err, ERR_POLICY_FILE, STAGE_POLICY,
                       "the path %.100s... is too long", path);
    replacement->fd = open(replacement->successor,
                           O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (replacement->fd >= 0)
        return 0;
    if (errno != EEXIST)
        return failed(err, "make", replacement->successor);
    err_set(err, ERR_POLICY_FILE, STAGE_POLICY,
            "%s is there: another program is changing the policy, or ended "
            "before it was done", replacement->successor);
    return err_advise(err, "if nobody else is at it: rm %s",
                      replacement->successor);
}

static int write_all(int fd, const struct buf *text)
{
    size_t done = 0;

    while (done < text->len) {
        ssize_t n = write(fd, text->data + done, text->len - done);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        done += (size_t)n;
    }
    return 0;
}

/* The rename itself must outlive a power cut: fsync(2) of the directory. */
static int sync_directory(const char *path)
{
    char dir[REPLACE_PATH_MAX];
    const char *slash = strrchr(path, '/');
    int fd, result;

    if (slash == NULL)
        snprintf(dir, sizeof dir, ".");
    else
        snprintf(dir, sizeof dir, "%.*s", (int)(slash - path) + 1, path);
    fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    result = fsync(fd);
    close(fd);
    return result;
}

int replace_commit(struct replacement *replacement, const struct buf *text,
                   const struct stat *st, struct err *err)
{
    const char *successor = replacement->successor;
    int fd = replacement->fd;

    /* Owner before mode: chown(2) takes bits away. */
    if (st != NULL && fchown(fd, st->st_uid, st->st_gid) != 0)
        return failed(err, "give the owner to", successor);
    if (fchmod(fd, st != NULL ? st->st_mode & 07777 : 0644) != 0)
        return failed(err, "give the mode to", successor);
    if (write_all(fd, text) != 0 || fsync(fd) != 0)
        return failed(err, "write", successor);
    if (rename(successor, replacement->path) != 0)
        return failed(err, "replace", replacement->path);
    close(fd);
    replacement->fd = -1;
    if (sync_directory(replacement->path) != 0)
        return failed(err, "sync the directory of", replacement->path);
    return 0;
}

void replace_end(struct replacement *replacement)
{
    if (replacement->fd < 0)
        return;
    unlink(replacement->successor);
    close(replacement->fd);
    replacement->fd = -1;
}
