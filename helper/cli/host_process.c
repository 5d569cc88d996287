/* host_process.c - forks a process for a host and reads what it writes. */
#include "cli/host_process.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/signals.h"

#define READ_MAX 65536 /* what a pipe holds: pipe(7) */

/* Both pipes; the ends that we read never wait. */
static int make_pipes(int pipes[HOST_STREAMS][2])
{
    int i, saved;

    for (i = 0; i < HOST_STREAMS; i++) {
        if (pipe2(pipes[i], O_CLOEXEC) == 0
            && fcntl(pipes[i][0], F_SETFL, O_NONBLOCK) == 0)
            continue;
        saved = errno;
        for (; i >= 0; i--) {
            close(pipes[i][0]);
            close(pipes[i][1]);
        }
        errno = saved;
        return -1;
    }
    return 0;
}

static int open_input(const char *path)
{
    return open(path != NULL ? path : "/dev/null", O_RDONLY);
}

/*
 * The terminal's signals are for our parent alone, which passes them on, and
 * whose end is ours.  Nothing of the parent's stays open.
 */
static void be_child(const struct host_program *program, const char *host,
                     int pipes[HOST_STREAMS][2], pid_t parent)
{
    sigset_t none;
    int in = open_input(program->input), status = EXIT_OWN_FAILURE;

    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent
        || dup2(pipes[HOST_OUT][1], STDOUT_FILENO) < 0
        || dup2(pipes[HOST_ERR][1], STDERR_FILENO) < 0)
        _exit(EXIT_OWN_FAILURE);
    signals_release();
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (in < 0 || dup2(in, STDIN_FILENO) < 0)
        fprintf(stderr, "credssp: cannot open the input %s: %s\n",
                program->input, strerror(errno));
    else if (close_range(STDERR_FILENO + 1, UINT_MAX, 0) == 0)
        status = program->run(program->arg, host);
    if (fflush(stdout) != 0)
        status = EXIT_OWN_FAILURE;
    fflush(stderr);
    _exit(status);
}

/* With all signals blocked until the child has dispositions of its own. */
static pid_t fork_child(const struct host_program *program, const char *host,
                        int pipes[HOST_STREAMS][2])
{
    pid_t pid, parent = getpid();
    sigset_t all, before;

    fflush(NULL);
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
    pid = fork();
    if (pid == 0)
        be_child(program, host, pipes, parent);
    sigprocmask(SIG_SETMASK, &before, NULL);
    return pid;
}

int host_process_start(struct host_process *process,
                       const struct host_program *program, const char *host,
                       struct err *err)
{
    int pipes[HOST_STREAMS][2], i;

    if (make_pipes(pipes) != 0)
        return err_set_errno(err, ERR_SYSTEM, STAGE_START, errno,
                             "cannot make a pipe");
    process->pid = fork_child(program, host, pipes);
    if (process->pid >= 0)
        process->pidfd = pidfd_open(process->pid, 0);
    if (process->pid < 0 || process->pidfd < 0) {
        (void)err_set_errno(err, ERR_SYSTEM, STAGE_START, errno,
                            "cannot start a process for %s", host);
        if (process->pid > 0) {
            kill(process->pid, SIGKILL);
            waitpid(process->pid, NULL, 0);
        }
    }
    for (i = 0; i < HOST_STREAMS; i++) {
        close(pipes[i][1]);
        process->streams[i].fd = pipes[i][0];
    }
    return err->cause == ERR_NONE ? 0 : -1;
}

/* All up to the last newline; what is behind it waits for its own. */
static int take_values(struct host_stream *stream, const char *bytes,
                       size_t n, struct err *err)
{
    const char *end = memrchr(bytes, '\n', n);
    size_t whole = end != NULL ? (size_t)(end - bytes) + 1 : 0;
    prefix_write_fn *write = stream->lines.write;
    void *arg = stream->lines.arg;
    char last;

    if (whole > 0) {
        if ((!spill_is_empty(&stream->spill)
             && spill_pour(&stream->spill, write, arg, &last, err) != 0)
            || write(arg, bytes, whole, err) != 0)
            return -1;
        spill_free(&stream->spill);
        spill_init(&stream->spill);
        stream->said = true;
    }
    return n > whole ? spill_put(&stream->spill, bytes + whole, n - whole,
                                 err) : 0;
}

static int take(struct host_stream *stream, const void *bytes, size_t n,
                struct err *err)
{
    switch (stream->form) {
    case HOST_LINES:
        return prefix_put(&stream->lines, bytes, n, err);
    case HOST_KEPT:
        return spill_put(&stream->spill, bytes, n, err);
    case HOST_VALUES:
        return take_values(stream, bytes, n, err);
    }
    return err_set(err, ERR_INTERNAL, STAGE_OUTPUT, NULL);
}

static void end_stream(struct host_stream *stream)
{
    if (stream->fd >= 0)
        close(stream->fd);
    stream->fd = -1;
}

int host_stream_read(struct host_stream *stream, bool ended, struct err *err)
{
    char block[READ_MAX];
    ssize_t n;

    if (stream->fd < 0)
        return 0;
    do {
        n = read(stream->fd, block, sizeof block);
        if (n > 0 && take(stream, block, (size_t)n, err) != 0)
            return -1;
    } while ((n > 0 && ended) || (n < 0 && errno == EINTR));
    if (n > 0 || (n < 0 && errno == EAGAIN && !ended))
        return 0;
    end_stream(stream);
    return stream->form == HOST_LINES ? prefix_end(&stream->lines, err) : 0;
}

int host_process_reap(struct host_process *process)
{
    int status = 0;

    while (waitpid(process->pid, &status, 0) < 0 && errno == EINTR)
        ;
    process->pid = 0;
    return status;
}

void host_process_free(struct host_process *process)
{
    int i;

    for (i = 0; i < HOST_STREAMS; i++) {
        end_stream(&process->streams[i]);
        prefix_free(&process->streams[i].lines);
        spill_free(&process->streams[i].spill);
    }
    if (process->pidfd >= 0)
        close(process->pidfd);
    process->pidfd = -1;
}
