/* worker.c - the worker's main thread: clients in, clients out, the key. */
#include "broker/worker.h"

#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "broker/bounds.h"
#include "broker/client.h"
#include "broker/monotonic.h"
#include "broker/notice.h"
#include "broker/passfd.h"
#include "broker/session.h"
#include "broker/sinks.h"

/*
 * Of malloc's pools, which it has one of for each thread: what a hundred
 * handshakes at once took would stay in each (mallopt(3)).  Threads here wait
 * for hosts, not for memory.
 */
#define ARENAS 2

struct worker {
    struct session session;
    int control;            /* -1: no more clients will come */
    int client_left;        /* eventfd(2): a thread has ended */
    int64_t idle_since_ms;
    pthread_mutex_t lock;   /* of what follows */
    struct client *clients[LIMIT_CLIENTS];
    unsigned client_count;
};

/* A thread's argument; freed by the thread. */
struct seat {
    struct worker *worker;
    struct client *client;
};

static int worker_init(struct worker *worker, const struct worker_task *task,
                       struct err *err)
{
    worker->session.uid = task->uid;
    worker->session.sealed = task->sealed;
    worker->session.direct = task->direct;
    worker->session.policy = task->policy;
    session_init(&worker->session);
    pthread_mutex_init(&worker->lock, NULL);
    worker->control = task->control;
    worker->idle_since_ms = monotonic_ms();
    worker->client_left = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (worker->client_left < 0)
        return err_set_errno(err, ERR_SYSTEM, STAGE_BROKER, errno,
                             "no eventfd for the worker");
    return 0;
}

/* ERR_BROKER_BUSY when every place is taken. */
static int seat_client(struct worker *worker, struct client *client,
                       struct err *err)
{
    int result = -1;
    size_t i;

    pthread_mutex_lock(&worker->lock);
    for (i = 0; i < LIMIT_CLIENTS && result != 0; i++) {
        if (worker->clients[i] != NULL)
            continue;
        worker->clients[i] = client;
        worker->client_count++;
        result = 0;
    }
    pthread_mutex_unlock(&worker->lock);
    if (result != 0)
        err_set(err, ERR_BROKER_BUSY, STAGE_BROKER,
                "this session has %d connections to the broker already",
                LIMIT_CLIENTS);
    return result;
}

/* Nobody else may find it from here on: it can be freed. */
static void hide_client(struct worker *worker, const struct client *client)
{
    size_t i;

    pthread_mutex_lock(&worker->lock);
    for (i = 0; i < LIMIT_CLIENTS; i++)
        if (worker->clients[i] == client)
            worker->clients[i] = NULL;
    pthread_mutex_unlock(&worker->lock);
}

/* The last thing a thread does: the main thread may then end the process. */
static void count_out(struct worker *worker)
{
    uint64_t one = 1;

    pthread_mutex_lock(&worker->lock);
    worker->client_count--;
    if (write(worker->client_left, &one, sizeof one) < 0)
        notice(LOG_WARNING, "a worker waits a tick too long");
    pthread_mutex_unlock(&worker->lock);
}

static void *client_thread(void *arg)
{
    struct seat *seat = arg;
    struct worker *worker = seat->worker;

    client_serve(seat->client);
    hide_client(worker, seat->client);
    client_free(&seat->client);
    free(seat);
    count_out(worker);
    return NULL;
}

static int start_thread(struct worker *worker, struct client *client,
                        struct err *err)
{
    struct seat *seat = malloc(sizeof *seat);
    pthread_attr_t attributes;
    pthread_t thread;
    int failed;

    if (seat == NULL)
        return err_set(err, ERR_MEMORY, STAGE_BROKER, NULL);
    *seat = (struct seat){ .worker = worker, .client = client };
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, LIMIT_CLIENT_STACK);
    failed = pthread_create(&thread, &attributes, client_thread, seat);
    pthread_attr_destroy(&attributes);
    if (failed == 0)
        return 0;
    free(seat);
    return err_set_errno(err, ERR_BROKER_BUSY, STAGE_BROKER, failed,
                         "no thread for another connection");
}

/* The listener has checked it; a worker does not take its word for it. */
static int check_peer(const struct worker *worker, int fd, struct err *err)
{
    struct ucred peer;
    socklen_t size = sizeof peer;

    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
        return err_set_errno(err, ERR_SYSTEM, STAGE_BROKER, errno,
                             "the peer's uid cannot be had");
    if (peer.uid != worker->session.uid)
        return err_set(err, ERR_NOT_YOURS, STAGE_BROKER, NULL);
    return 0;
}

/* Takes fd over in every case. */
static void take_client(struct worker *worker, int fd)
{
    struct client *client = NULL;
    struct err err = ERR_INIT;

    if (client_new(fd, &worker->session, &client, &err) != 0) {
        close(fd);
        return;
    }
    if (check_peer(worker, fd, &err) == 0
        && seat_client(worker, client, &err) == 0) {
        if (start_thread(worker, client, &err) == 0)
            return;
        hide_client(worker, client);
        count_out(worker);
    }
    client_farewell(client, &err);
    client_free(&client);
}

/* A client is a socket; the session's history is the one file that comes. */
static void take(struct worker *worker, int fd)
{
    struct stat is;

    if (fstat(fd, &is) == 0 && S_ISREG(is.st_mode))
        history_adopt(&worker->session.history, fd);
    else
        take_client(worker, fd);
}

/* All that wait; false when the listener will send no more. */
static bool take_clients(struct worker *worker)
{
    int fd, got;

    while ((got = passfd_receive(worker->control, &fd)) > 0)
        if (fd >= 0)
            take(worker, fd);
    return got < 0 && (errno == EAGAIN || errno == EINTR);
}

static unsigned count_clients(struct worker *worker)
{
    unsigned count;

    pthread_mutex_lock(&worker->lock);
    count = worker->client_count;
    pthread_mutex_unlock(&worker->lock);
    return count;
}

/* Once: the caller ends the process. */
static void audit_end(struct session *session, const struct err *err)
{
    pthread_mutex_lock(&session->lock);
    if (session->opened)
        audit_write(&(struct audit_record){
            .event = err->cause == ERR_EXPIRED ? AUDIT_EXPIRED
                                               : AUDIT_REVOKED,
            .user = session->user,
            .uid = session->uid,
            .session = session->name,
            .service = session->service,
            .err = err,
        });
    pthread_mutex_unlock(&session->lock);
}

/*
 * Who comes to a worker that ends: the next one serves him.  From here on the
 * listener gets EPIPE (leave()), and what it sent before hears why.
 */
static void turn_away(struct worker *worker, const struct err *err)
{
    struct client *client;
    struct err ignored = ERR_INIT;
    int fd;

    if (worker->control < 0)
        return;
    shutdown(worker->control, SHUT_RD);
    while (passfd_receive(worker->control, &fd) > 0) {
        if (fd < 0)
            continue;
        if (client_new(fd, &worker->session, &client, &ignored) == 0)
            client_farewell(client, err);
    }
}

/* The key is gone: so is every connection of the session. */
static void end_session(struct worker *worker, const struct err *err)
{
    size_t i;

    audit_end(&worker->session, err);
    release_sweep_refused();
    turn_away(worker, err);
    pthread_mutex_lock(&worker->lock);
    for (i = 0; i < LIMIT_CLIENTS; i++)
        if (worker->clients[i] != NULL)
            client_farewell(worker->clients[i], err);
    kept_clear(&worker->session.kept, LIMIT_PARTING_MS);
    _exit(EXIT_SUCCESS);
}

/*
 * False: leave.  A worker that no ticket ever opened is of no use to a later
 * client, and one whose listener is gone cannot have any.
 */
static bool is_wanted(struct worker *worker)
{
    int64_t now = monotonic_ms();
    unsigned kept = kept_expire(&worker->session.kept, now);

    if (count_clients(worker) > 0) {
        worker->idle_since_ms = now;
        return true;
    }
    if (worker->control < 0)
        return false;
    if (session_is_open(&worker->session))
        return kept > 0 || now - worker->idle_since_ms < LIMIT_WORKER_IDLE_MS;
    return now - worker->idle_since_ms < LIMIT_TICK_MS;
}

/* One wait: a client comes, a client goes, or so much time passes. */
static void wait_and_take(struct worker *worker, int timeout_ms)
{
    struct pollfd ready[] = {
        { .fd = worker->client_left, .events = POLLIN },
        { .fd = worker->control, .events = POLLIN },
    };
    uint64_t ended;

    if (poll(ready, 2, timeout_ms) <= 0)
        return;
    if (ready[0].revents != 0
        && read(worker->client_left, &ended, sizeof ended) < 0)
        return;
    if (ready[1].revents != 0 && !take_clients(worker)) {
        close(worker->control);
        worker->control = -1;
    }
}

static void watch_key(struct worker *worker)
{
    struct err err = ERR_INIT;

    if (worker->session.sealed != 0
        && session_probe(&worker->session, &err) != 0)
        end_session(worker, &err);
}

/* However many clients come and go, a look is never later than its tick. */
static void serve(struct worker *worker)
{
    int64_t look_ms = monotonic_ms() + LIMIT_TICK_MS, left;

    do {
        left = look_ms - monotonic_ms();
        wait_and_take(worker, left > 0 ? (int)left : 0);
        if (monotonic_ms() >= look_ms) {
            watch_key(worker);
            look_ms = monotonic_ms() + LIMIT_TICK_MS;
        }
    } while (is_wanted(worker));
}

/*
 * A client may be on its way to us.  After this shutdown(2) the listener gets
 * EPIPE and starts another worker, and what was sent before is still served.
 */
static void leave(struct worker *worker)
{
    if (worker->control < 0)
        return;
    shutdown(worker->control, SHUT_RD);
    take_clients(worker);
    close(worker->control);
    worker->control = -1;
    serve(worker);
}

int worker_run(const struct worker_task *task)
{
    struct worker *worker = calloc(1, sizeof *worker);
    struct err err = ERR_INIT;

    (void)mallopt(M_ARENA_MAX, ARENAS); /* without it we are larger */
    if (worker == NULL) {
        err_set(&err, ERR_MEMORY, STAGE_BROKER, NULL);
        notice_err(LOG_ERR, &err);
        return EXIT_FAILURE;
    }
    if (worker_init(worker, task, &err) != 0) {
        notice_err(LOG_ERR, &err);
        free(worker);
        return EXIT_FAILURE;
    }
    if (task->client >= 0)
        take_client(worker, task->client);
    serve(worker);
    leave(worker);
    session_clear(&worker->session);
    close(worker->client_left);
    free(worker);
    return EXIT_SUCCESS;
}
