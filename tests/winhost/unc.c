/*
 * unc.c - the second hop: \\server\share\path is really fetched, with
 * Debian's smbclient and the delegated credential, or anonymously when
 * nothing was delegated.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "commands.h"
#include "journal.h"

#define SMBCLIENT "/usr/bin/smbclient"
#define AUTH_FD 3
#define AUTH_MAX 4096     /* fits a pipe: the write cannot block */
#define ERRORS_MAX 4096   /* of what smbclient says on stderr */
#define LISTING_MAX 1048576
#define STEP_MS 200       /* how soon an ended command is noticed */

struct target {
    char service[512]; /* //server/share */
    char path[512];    /* within the share, "" for its root */
};

/* What smbclient says, and what Windows says in its place. */
static const struct {
    const char *status, *text;
} errors[] = {
    { "NT_STATUS_ACCESS_DENIED", "Access is denied." },
    { "NT_STATUS_LOGON_FAILURE",
      "The user name or password is incorrect." },
    { "NT_STATUS_ACCOUNT_RESTRICTION", "Access is denied." },
    { "NT_STATUS_OBJECT_NAME_NOT_FOUND",
      "The system cannot find the file specified." },
    { "NT_STATUS_NO_SUCH_FILE",
      "The system cannot find the file specified." },
    { "NT_STATUS_OBJECT_PATH_NOT_FOUND",
      "The system cannot find the path specified." },
    { "NT_STATUS_BAD_NETWORK_NAME", "The network name cannot be found." },
    { "NT_STATUS_FILE_IS_A_DIRECTORY", "Access is denied." },
};

static int parse_path(const char *path, struct target *target)
{
    const char *server = path + 2, *share, *rest;

    /* Characters that no Windows name has, and smbclient would interpret. */
    if (strpbrk(path, "\"<>|?*;\r\n") != NULL)
        return -1;
    share = strchr(server, '\\');
    if (share == NULL || share == server || share[1] == '\0')
        return -1;
    rest = share + 1 + strcspn(share + 1, "\\");
    if (snprintf(target->service, sizeof target->service, "//%.*s/%.*s",
                 (int)(share - server), server, (int)(rest - share - 1),
                 share + 1) >= (int)sizeof target->service
        || snprintf(target->path, sizeof target->path, "%s",
                    *rest == '\\' ? rest + 1 : "")
           >= (int)sizeof target->path)
        return -1;
    return 0;
}

/* The authentication file: read once, from a pipe, by the child alone. */
static int write_auth(int fd, const struct identity *identity)
{
    struct buf text = BUF_INIT(AUTH_MAX);
    int rc = -1;

    buf_printf(&text, "username = %s\npassword = ", identity->user);
    buf_put(&text, identity->password->data, identity->password->len);
    buf_printf(&text, "\n");
    if (!identity->local)
        buf_printf(&text, "domain = %s\n", identity->domain);
    if (text.failed == ERR_NONE
        && write(fd, text.data, text.len) == (ssize_t)text.len)
        rc = 0;
    buf_free(&text);
    return rc;
}

struct child {
    pid_t pid;
    int out, err; /* read ends */
};

static void child_arguments(const struct call *call,
                            const struct target *target, char *request,
                            const char *argv[16])
{
    const char *conf = call->shell->host->smb_conf;
    int n = 0;

    argv[n++] = "smbclient";
    if (conf != NULL) {
        argv[n++] = "-s";
        argv[n++] = conf;
    }
    argv[n++] = target->service;
    argv[n++] = "-E"; /* messages on stderr */
    if (call->shell->identity->password != NULL) {
        argv[n++] = "-A";
        argv[n++] = "/dev/fd/3";
    } else {
        argv[n++] = "-N";
        argv[n++] = "-U";
        argv[n++] = "%";
    }
    argv[n++] = "-c";
    argv[n++] = request;
    argv[n] = NULL;
}

static int spawn(const char *const argv[], const int fds[3], pid_t *pid)
{
    char config[600] = "KRB5_CONFIG=/etc/krb5.conf";
    char *env[] = { (char[]){ "PATH=/usr/bin:/bin" },
                    (char[]){ "LC_ALL=C" },
                    (char[]){ "KRB5CCNAME=MEMORY:hop" }, config, NULL };
    const char *own = getenv("KRB5_CONFIG");
    posix_spawn_file_actions_t actions;
    char *args[16];
    size_t i;
    int rc;

    if (own != NULL)
        snprintf(config, sizeof config, "KRB5_CONFIG=%s", own);
    for (i = 0; i < 16; i++) { /* posix_spawn(3) wants them writable */
        args[i] = argv[i] == NULL ? NULL : strdup(argv[i]);
        if (argv[i] == NULL)
            break;
    }
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, fds[0], 1);
    posix_spawn_file_actions_adddup2(&actions, fds[1], 2);
    posix_spawn_file_actions_adddup2(&actions, fds[2], AUTH_FD);
    rc = posix_spawn(pid, SMBCLIENT, &actions, NULL, args, env);
    posix_spawn_file_actions_destroy(&actions);
    for (i = 0; i < 16 && args[i] != NULL; i++)
        free(args[i]);
    return rc;
}

/* Descriptors of a pipe that are above those the child gets. */
static int high_pipe(int ends[2])
{
    int low[2], i;

    if (pipe2(low, O_CLOEXEC) != 0)
        return -1;
    for (i = 0; i < 2; i++) {
        ends[i] = fcntl(low[i], F_DUPFD_CLOEXEC, 10);
        close(low[i]);
    }
    return ends[0] < 0 || ends[1] < 0 ? -1 : 0;
}

static void close_pipe(int ends[2])
{
    int i;

    for (i = 0; i < 2; i++)
        if (ends[i] >= 0)
            close(ends[i]);
}

static int start(const struct call *call, const struct target *target,
                 char *request, struct child *child)
{
    const struct identity *identity = call->shell->identity;
    int out[2] = { -1, -1 }, err[2] = { -1, -1 }, auth[2] = { -1, -1 };
    const char *argv[16];
    int rc = -1;

    child_arguments(call, target, request, argv);
    if (high_pipe(out) == 0 && high_pipe(err) == 0 && high_pipe(auth) == 0
        && (identity->password == NULL || write_auth(auth[1], identity) == 0)
        && spawn(argv, (int[]){ out[1], err[1], auth[0] }, &child->pid) == 0)
        rc = 0;
    close_pipe(auth);
    child->out = out[0];
    child->err = err[0];
    out[0] = err[0] = -1;
    close_pipe(out);
    close_pipe(err);
    if (rc != 0) {
        close(child->out);
        close(child->err);
    }
    return rc;
}

/* One read; false at the end of the stream. */
static bool relay(const struct call *call, int fd, struct buf *kept)
{
    unsigned char block[16384];
    ssize_t n = read(fd, block, sizeof block);

    if (n < 0 && errno == EINTR)
        return true;
    if (n <= 0)
        return false;
    if (kept == NULL)
        return call_write(call, call->out, block, (size_t)n);
    if ((size_t)n < kept->max - kept->len)
        buf_put(kept, block, (size_t)n);
    return true; /* what is too much is read, so that the child can end */
}

/* Copies stdout, keeps stderr; returns the child's exit status. */
static int attend(const struct call *call, const struct child *child,
                  struct buf *messages)
{
    struct pollfd fds[2] = { { child->out, POLLIN, 0 },
                             { child->err, POLLIN, 0 } };
    int status = 0;

    command_child(call->command, child->pid);
    while (fds[0].fd >= 0 || fds[1].fd >= 0) {
        if (poll(fds, 2, STEP_MS) < 0 && errno != EINTR)
            break;
        if (fds[0].revents != 0 && !relay(call, child->out, NULL))
            fds[0].fd = -1;
        if (fds[1].revents != 0 && !relay(call, child->err, messages))
            fds[1].fd = -1;
        if (command_ended(call->command))
            break;
    }
    close(child->out);
    close(child->err);
    command_child(call->command, 0);
    while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR)
        continue;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static uint32_t explain(const struct call *call, const struct buf *messages)
{
    size_t i;

    /* Windows has no anonymous look at a share: whatever the server said,
     * this is what the user gets to see without a credential. */
    if (call->shell->identity->password == NULL)
        return call_fail(call, "Access is denied.");
    for (i = 0; i < sizeof errors / sizeof *errors; i++)
        if (messages->len > 0
            && memmem(messages->data, messages->len, errors[i].status,
                      strlen(errors[i].status)) != NULL)
            return call_fail(call, errors[i].text);
    return call_fail(call, "The network path was not found.");
}

/*
 * stdout goes to the client as it comes; messages gets what smbclient -E
 * prints on stderr: errors, and listings too.
 */
static uint32_t hop(struct call *call, const struct target *target,
                    char *request, struct buf *messages)
{
    const struct identity *identity = call->shell->identity;
    struct child child;
    int status;

    if (start(call, target, request, &child) != 0)
        return call_fail(call, "The network path was not found.");
    status = attend(call, &child, messages);
    journal_write(call->shell->host->journal, "hop",
                  "service=%s user=%s delegated=%s status=%d",
                  journal_clean(target->service).text,
                  journal_clean(identity->user).text,
                  identity->password != NULL ? "yes" : "no", status);
    if (status == 0 && (messages->len == 0
                        || memmem(messages->data, messages->len,
                                  "NT_STATUS_", 10) == NULL))
        return 0;
    return explain(call, messages);
}

uint32_t unc_type(struct call *call, const char *path)
{
    struct buf messages = BUF_INIT(ERRORS_MAX);
    struct target target;
    char request[640];
    uint32_t code;

    if (parse_path(path, &target) != 0 || target.path[0] == '\0')
        return call_fail(call, "The filename, directory name, or volume "
                         "label syntax is incorrect.");
    snprintf(request, sizeof request, "get \"%s\" -", target.path);
    code = hop(call, &target, request, &messages);
    buf_free(&messages);
    return code;
}

/* "  plan.txt    N    22  Sun Nov 22 04:40:31 2026": the name is kept. */
static void print_names(const struct call *call, struct buf *listing)
{
    char *save = NULL, *line, name[512];

    buf_put_u8(listing, 0);
    if (listing->failed != ERR_NONE)
        return;
    for (line = strtok_r((char *)listing->data, "\r\n", &save); line != NULL;
         line = strtok_r(NULL, "\r\n", &save)) {
        char *end = line + 2 < line + strlen(line)
                  ? strstr(line + 2, "  ") : NULL;

        if (strncmp(line, "  ", 2) != 0 || end == NULL)
            continue;
        snprintf(name, sizeof name, "%.*s\r\n", (int)(end - line - 2),
                 line + 2);
        if (strcmp(name, ".\r\n") != 0 && strcmp(name, "..\r\n") != 0)
            call_print(call, name);
    }
}

uint32_t unc_dir(struct call *call, const char *path)
{
    struct buf listing = BUF_INIT(LISTING_MAX);
    struct target target;
    char request[640];
    uint32_t code;

    if (parse_path(path, &target) != 0)
        return call_fail(call, "The filename, directory name, or volume "
                         "label syntax is incorrect.");
    snprintf(request, sizeof request, "cd \"%s\"; ls",
             target.path[0] == '\0' ? "\\" : target.path);
    code = hop(call, &target, request, &listing);
    if (code == 0)
        print_names(call, &listing);
    buf_free(&listing);
    return code;
}
