/* listen.c - where the listener's socket comes from. */
#include "broker/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "broker/bounds.h"

#define FIRST_INHERITED 3 /* SD_LISTEN_FDS_START */

static int check_listening(int fd, struct err *err)
{
    int domain = 0, type = 0, listening = 0;
    socklen_t size = sizeof(int);

    if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) != 0
        || getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) != 0
        || getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) != 0)
        return err_set_errno(err, ERR_SYSTEM, STAGE_START, errno,
                             "descriptor %d is not a socket", fd);
    if (domain != AF_UNIX || type != SOCK_STREAM || !listening)
        return err_set(err, ERR_USAGE, STAGE_START,
                       "descriptor %d is not a listening unix stream socket",
                       fd);
    return 0;
}

static int set_flags(int fd, struct err *err)
{
    if (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0
        || fcntl(fd, F_SETFL, O_NONBLOCK) != 0)
        return err_set_errno(err, ERR_SYSTEM, STAGE_START, errno,
                             "the socket takes no flags");
    return 0;
}

int listen_inherited(int *fd, struct err *err)
{
    const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
    char own[32];

    *fd = -1;
    snprintf(own, sizeof own, "%ld", (long)getpid());
    if (pid == NULL || fds == NULL || strcmp(pid, own) != 0)
        return 0;
    if (strcmp(fds, "1") != 0)
        return err_set(err, ERR_USAGE, STAGE_START,
                       "systemd passed %s descriptors instead of one", fds);
    *fd = FIRST_INHERITED;
    if (check_listening(*fd, err) != 0)
        return -1;
    return set_flags(*fd, err);
}

/* Whoever writes the directory can put his own socket in our place. */
static int check_directory(const char *path, struct err *err)
{
    char copy[PATH_MAX];
    struct stat st;

    snprintf(copy, sizeof copy, "%s", path);
    if (stat(dirname(copy), &st) != 0)
        return err_set_errno(err, ERR_SYSTEM, STAGE_START, errno,
                             "the directory of %s", path);
    if ((st.st_uid == 0 || st.st_uid == geteuid())
        && (st.st_mode & (S_IWGRP | S_IWOTH)) == 0)
        return 0;
    err_set(err, ERR_USAGE, STAGE_START,
            "the directory of %s can be written by others", path);
    return err_advise(err, "make it with: install -d -o %s -m 0755 DIRECTORY",
                      BROKER_USER);
}

/* Does somebody answer there? Only then the name is taken. */
static int remove_stale(const char *path, const struct sockaddr_un *address,
                        struct err *err)
{
    struct stat st;
    int fd, connected;

    if (lstat(path, &st) != 0 && errno == ENOENT)
        return 0;
    if (!S_ISSOCK(st.st_mode))
        return err_set(err, ERR_USAGE, STAGE_START,
                       "%s exists and is not a socket", path);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return err_set_errno(err, ERR_SYSTEM, STAGE_START, errno,
                             "no socket");
    connected = connect(fd, (const struct sockaddr *)address,
                        sizeof *address);
    close(fd);
    if (connected == 0)
        return err_set(err, ERR_USAGE, STAGE_START,
                       "another broker listens at %s", path);
    if (unlink(path) != 0)
        return err_set_errno(err, ERR_SYSTEM, STAGE_START, errno,
                             "%s cannot be replaced", path);
    return 0;
}

/* connect(2) needs write permission on the name: everybody's, unix(7). */
static int bind_open(int fd, const struct sockaddr_un *address,
                     struct err *err)
{
    mode_t before = umask(0111);
    int failed = bind(fd, (const struct sockaddr *)address, sizeof *address);
    int saved = errno;

    umask(before);
    if (failed == 0 && listen(fd, LIMIT_BACKLOG) == 0)
        return 0;
    return err_set_errno(err, ERR_SYSTEM, STAGE_START,
                         failed != 0 ? saved : errno,
                         "the broker cannot listen at %s",
                         address->sun_path);
}

int listen_at(const char *path, int *fd, struct err *err)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };

    if (path[0] != '/' || strlen(path) >= sizeof address.sun_path)
        return err_set(err, ERR_USAGE, STAGE_START,
                       "%s is not an absolute path of at most %zu bytes",
                       path, sizeof address.sun_path - 1);
    memcpy(address.sun_path, path, strlen(path));
    if (check_directory(path, err) != 0
        || remove_stale(path, &address, err) != 0)
        return -1;
    *fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (*fd < 0)
        return err_set_errno(err, ERR_SYSTEM, STAGE_START, errno,
                             "no socket");
    if (bind_open(*fd, &address, err) == 0)
        return 0;
    close(*fd);
    *fd = -1;
    return -1;
}
