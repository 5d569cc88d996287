/* server.c - the listener's loop: signals, new clients, their HELLOs. */
#include "broker/server.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <syslog.h>
#include <unistd.h>

#include "broker/bounds.h"
#include "broker/hello.h"
#include "broker/monotonic.h"
#include "broker/notice.h"
#include "broker/sandbox.h"
#include "broker/sinks.h"
#include "broker/worker.h"
#include "broker/workers.h"
#include "policy/source.h"

#define ACCEPTED_AT_ONCE 32 /* then the HELLOs have their turn */
#define PAUSE_MS 10         /* no busy loop without descriptors */
#define LOOK_MS 250         /* how late a deadline may be noticed */
#define UID_UNMAPPED 65534  /* user_namespaces(7): no uid of ours */
#define POLICY_MS 2000      /* how late a change of the policy is logged */

struct server {
    int listen_fd;
    int signal_fd;
    struct policy_source policy;
    int64_t looked_ms;   /* at the policy */
    bool stop;
    struct syscalls *worker_calls;
    struct hello_queue queue;
    struct workers workers;
};

static void complain(void *arg, const char *file, unsigned line,
                     unsigned column, const char *what)
{
    (void)arg;
    notice(LOG_ERR, "%s:%u:%u: %s", file, line, column, what);
}

static int check_policy(const char *policy_file, struct err *err)
{
    return policy_check_file(policy_file, POLICY_OWNER_ROOT, complain, NULL,
                             err);
}

int server_check_policy(const char *policy_file)
{
    struct err err = ERR_INIT;

    if (check_policy(policy_file, &err) == 0)
        return 0;
    notice_err(LOG_ERR, &err);
    return -1;
}

/* The child of a fork(2): from here on it is a worker and nothing else. */
static void run_worker(void *arg, uid_t uid, int32_t sealed, int control)
{
    struct server *server = arg;
    struct worker_task task = {
        .uid = uid, .sealed = sealed, .policy = &server->policy,
        .control = control, .client = -1,
    };
    struct err err = ERR_INIT;

    if (sandbox_worker(&task.control, task.policy->path, server->worker_calls,
                       &err) != 0) {
        notice_err(LOG_ERR, &err);
        _exit(EXIT_FAILURE);
    }
    _exit(worker_run(&task));
}

/* A worker that somebody took over is no user, and nobody's uid is none. */
static int check_uid(uid_t uid, struct err *err)
{
    if (uid != geteuid() && uid != UID_UNMAPPED)
        return 0;
    return err_set(err, ERR_NOT_YOURS, STAGE_BROKER,
                   "uid %u has no session with the broker", (unsigned)uid);
}

static int hand_over(void *arg, uid_t uid, int32_t sealed, int fd,
                     struct err *err)
{
    struct server *server = arg;

    if (check_uid(uid, err) == 0
        && workers_hand_over(&server->workers, uid, sealed, fd, err)
               == 0)
        return 0;
    notice_err(LOG_WARNING, err);
    return -1;
}

static int open_signals(struct server *server, struct err *err)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    if (sigprocmask(SIG_BLOCK, &set, NULL) == 0)
        server->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (server->signal_fd < 0)
        return err_set_errno(err, ERR_SYSTEM, STAGE_START, errno,
                             "signals cannot be received");
    return 0;
}

/* The policy in force, or what is wrong with it. */
static void record_reload(const struct server *server)
{
    struct audit_record record = {
        .event = AUDIT_RELOADED, .uid = getuid(),
        .rule = server->policy.path,
        .err = server->policy.why.cause != ERR_NONE ? &server->policy.why
                                                    : NULL,
    };

    audit_write(&record);
}

/* What a worker starts with; it looks for itself from then on. */
static enum policy_change look(struct server *server)
{
    const char *file = server->policy.path;
    enum policy_change change = policy_source_look(&server->policy, complain,
                                                   NULL);

    server->looked_ms = monotonic_ms();
    switch (change) {
    case POLICY_SAME:
        return change;
    case POLICY_TAKEN:
        break;
    case POLICY_KEPT:
        notice(LOG_ERR, "%s is broken; the policy that was loaded before "
               "stays in force", file);
        break;
    case POLICY_NONE:
        notice(LOG_WARNING, "nothing is delegated until %s is mended", file);
        break;
    }
    record_reload(server);
    return change;
}

/* SIGHUP asks how it is, even when it is as it was. */
static void reload(struct server *server)
{
    if (look(server) == POLICY_SAME)
        record_reload(server);
}

static void take_signals(struct server *server)
{
    struct signalfd_siginfo signal;

    while (read(server->signal_fd, &signal, sizeof signal)
           == (ssize_t)sizeof signal) {
        switch (signal.ssi_signo) {
        case SIGCHLD:
            workers_reap(&server->workers);
            break;
        case SIGHUP:
            reload(server);
            break;
        case SIGINT:
        case SIGTERM:
            server->stop = true;
            break;
        }
    }
}

/* Most errors of accept4(2) belong to a client that is gone already. */
static void accept_clients(struct server *server)
{
    int round, fd;

    for (round = 0; round < ACCEPTED_AT_ONCE; round++) {
        fd = accept4(server->listen_fd, NULL, NULL, SOCK_CLOEXEC);
        if (fd >= 0) {
            hello_accept(&server->queue, fd, monotonic_ms());
            continue;
        }
        if (errno == EMFILE || errno == ENFILE) {
            notice(LOG_WARNING, "no descriptor is left for a new client");
            poll(NULL, 0, PAUSE_MS);
        }
        return;
    }
}

static void serve_once(struct server *server)
{
    struct pollfd polls[2 + LIMIT_PENDING] = {
        { .fd = server->signal_fd, .events = POLLIN },
        { .fd = server->listen_fd, .events = POLLIN },
    };
    size_t pending = server->queue.count;

    hello_fill(&server->queue, polls + 2);
    if (poll(polls, 2 + (nfds_t)pending, pending > 0 ? LOOK_MS : POLICY_MS) < 0)
        return;
    hello_serve(&server->queue, polls + 2, pending, monotonic_ms(),
                hand_over, server);
    if (polls[0].revents != 0)
        take_signals(server);
    if (monotonic_ms() - server->looked_ms >= POLICY_MS)
        look(server);
    if (polls[1].revents != 0)
        accept_clients(server);
}

int server_run(int listen_fd, const char *policy_file, struct err *err)
{
    struct server *server = calloc(1, sizeof *server);

    if (server == NULL)
        return err_set(err, ERR_MEMORY, STAGE_START, NULL);
    server->listen_fd = listen_fd;
    server->signal_fd = -1;
    policy_source_init(&server->policy, policy_file, POLICY_OWNER_ROOT);
    server->workers.run = run_worker;
    server->workers.run_arg = server;
    if (open_signals(server, err) != 0
        || syscalls_compile(ROLE_WORKER, &server->worker_calls, err) != 0) {
        free(server);
        return -1;
    }
    look(server);
    notice(LOG_INFO, "version %s listens", PACKAGE_VERSION);
    while (!server->stop)
        serve_once(server);
    notice(LOG_INFO, "stops; every session's connections end");
    workers_end(&server->workers);
    policy_source_clear(&server->policy);
    close(server->signal_fd);
    syscalls_free(&server->worker_calls);
    free(server);
    return 0;
}
