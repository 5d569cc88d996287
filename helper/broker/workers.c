/* workers.c - finds, forks and forgets worker processes. */
#include "broker/workers.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#include "broker/monotonic.h"
#include "broker/notice.h"
#include "broker/passfd.h"
#include "broker/sinks.h"

static struct worker_process *find(struct workers *workers, uid_t uid,
                                   int32_t sealed)
{
    size_t i;

    for (i = 0; i < workers->count; i++) {
        struct worker_process *process = &workers->processes[i];

        if (process->control >= 0 && process->uid == uid
            && process->sealed == sealed)
            return process;
    }
    return NULL;
}

static int check_limits(struct workers *workers, uid_t uid,
                        struct err *err)
{
    unsigned of_uid = 0;
    size_t i;

    for (i = 0; i < workers->count; i++)
        if (workers->processes[i].uid == uid)
            of_uid++;
    if (of_uid >= LIMIT_WORKERS_PER_UID)
        return err_set(err, ERR_BROKER_BUSY, STAGE_BROKER,
                       "you have %u sessions with the broker already",
                       of_uid);
    if (workers->count >= LIMIT_WORKERS)
        return err_set(err, ERR_BROKER_BUSY, STAGE_BROKER,
                       "the broker serves %d sessions already",
                       LIMIT_WORKERS);
    if (!rate_allows(&workers->starts, uid, LIMIT_STARTS_PER_MINUTE,
                     monotonic_ms()))
        return err_set(err, ERR_BROKER_BUSY, STAGE_BROKER,
                       "you have begun %d sessions with the broker within a "
                       "minute", LIMIT_STARTS_PER_MINUTE);
    return 0;
}

/*
 * A stream: of the other kinds no more than net.unix.max_dgram_qlen messages
 * wait, 10 unless somebody raised it, and a fan-out brings 128 clients at once.
 * One byte carries one descriptor, so that no message needs a boundary.
 */
static int start(struct workers *workers, uid_t uid, int32_t sealed,
                 struct worker_process **process, struct err *err)
{
    int pair[2];
    pid_t pid;

    if (check_limits(workers, uid, err) != 0)
        return -1;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        return err_set_errno(err, ERR_SYSTEM, STAGE_BROKER, errno,
                             "no socket for a worker");
    pid = fork();
    if (pid == 0) {
        workers->run(workers->run_arg, uid, sealed, pair[1]);
        _exit(EXIT_FAILURE);
    }
    close(pair[1]);
    if (pid < 0) {
        close(pair[0]);
        return err_set_errno(err, ERR_SYSTEM, STAGE_BROKER, errno,
                             "no process for a worker");
    }
    *process = &workers->processes[workers->count++];
    **process = (struct worker_process){
        .pid = pid, .uid = uid, .sealed = sealed, .control = pair[0],
    };
    return 0;
}

static void retire(struct worker_process *process)
{
    if (process->control >= 0)
        close(process->control);
    process->control = -1;
}

static int hand_over(struct worker_process *process, int client,
                     struct err *err)
{
    if (passfd_send(process->control, client) == 0)
        return 0;
    if (errno == EAGAIN || errno == ETOOMANYREFS)
        return err_set(err, ERR_BROKER_BUSY, STAGE_BROKER,
                       "too many connections of this session wait");
    retire(process); /* EPIPE: it is leaving, or it died */
    return err_set_errno(err, ERR_SYSTEM, STAGE_BROKER, errno,
                         "the worker takes no client");
}

/* Before any client.  A worker without one has a history of its own. */
static void hand_history(struct workers *workers,
                         const struct worker_process *process)
{
    int fd = logs_find(&workers->logs, process->uid, process->sealed);

    if (fd < 0 || passfd_send(process->control, fd) != 0)
        notice(LOG_WARNING, "the record of a session of uid %u ends with its "
               "worker: its file cannot be handed over",
               (unsigned)process->uid);
}

int workers_hand_over(struct workers *workers, uid_t uid, int32_t sealed,
                      int client, struct err *err)
{
    struct worker_process *process;

    /* Without a credential there is nothing to share: one worker each. */
    process = sealed != 0 ? find(workers, uid, sealed) : NULL;
    if (process != NULL) {
        if (hand_over(process, client, err) == 0)
            return 0;
        if (err->cause == ERR_BROKER_BUSY)
            return -1;
    }
    if (start(workers, uid, sealed, &process, err) != 0)
        return -1;
    if (sealed != 0)
        hand_history(workers, process);
    if (hand_over(process, client, err) != 0)
        return -1;
    if (sealed == 0)
        retire(process); /* it ends with this client */
    return 0;
}

static void audit_crash(const struct worker_process *process, int number)
{
    struct err err = ERR_INIT;

    err_set(&err, ERR_INTERNAL, STAGE_BROKER,
            "the worker %ld died of signal %d", (long)process->pid, number);
    audit_write(&(struct audit_record){
        .event = AUDIT_CRASHED, .uid = process->uid, .err = &err,
    });
}

static void forget(struct workers *workers, pid_t pid, int status)
{
    size_t i;

    for (i = 0; i < workers->count; i++) {
        struct worker_process *process = &workers->processes[i];

        if (process->pid != pid)
            continue;
        /* SIGTERM is how a broker is told to stop, all of it. */
        if (WIFSIGNALED(status) && WTERMSIG(status) != SIGTERM)
            audit_crash(process, WTERMSIG(status));
        retire(process);
        *process = workers->processes[--workers->count];
        return;
    }
}

void workers_reap(struct workers *workers)
{
    int status;
    pid_t pid;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        forget(workers, pid, status);
}

void workers_end(struct workers *workers)
{
    size_t i;

    for (i = 0; i < workers->count; i++) {
        retire(&workers->processes[i]);
        kill(workers->processes[i].pid, SIGTERM);
    }
}
