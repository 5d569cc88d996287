/* test_workers.c - one process for each (uid, key), and who gets a client. */
#include "unit.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "broker/monotonic.h"
#include "broker/passfd.h"
#include "broker/workers.h"

/* A worker that says its pid to each client, and leaves after "leave_after"
 * clients the way worker.c does. */
static int leave_after;

/* What a session's worker gets first: a file, not a client. */
static bool is_history(int fd)
{
    return fcntl(fd, F_GET_SEALS) > 0;
}

static void say_pid(void *arg, uid_t uid, int32_t sealed, int control)
{
    struct pollfd ready = { .fd = control, .events = POLLIN };
    int fd, served = 0;

    (void)arg;
    (void)uid;
    (void)sealed;
    while (served != leave_after && poll(&ready, 1, 5000) == 1
           && passfd_receive(control, &fd) == 1) {
        pid_t pid = getpid();

        if (is_history(fd)) {
            close(fd);
            continue;
        }
        if (send(fd, &pid, sizeof pid, MSG_NOSIGNAL) < 0)
            _exit(EXIT_FAILURE);
        close(fd);
        served++;
    }
    shutdown(control, SHUT_RD);
    pause();
}

static struct workers workers = { .run = say_pid };

static int begin(void **state)
{
    (void)state;
    leave_after = -1;
    return 0;
}

static int end(void **state)
{
    int tries;

    (void)state;
    workers_end(&workers);
    for (tries = 0; workers.count > 0 && tries < 1000; tries++) {
        usleep(5000);
        workers_reap(&workers);
    }
    return workers.count == 0 ? 0 : -1;
}

/* The pid of the worker that (uid, sealed) is given to. */
static pid_t pid_for(uid_t uid, int32_t sealed)
{
    struct err err = ERR_INIT;
    pid_t pid = 0;
    int pair[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    assert_ok(workers_hand_over(&workers, uid, sealed, pair[0], &err), &err);
    close(pair[0]);
    assert_int_equal(recv(pair[1], &pid, sizeof pid, MSG_WAITALL),
                     sizeof pid);
    close(pair[1]);
    return pid;
}

static void one_worker_for_each_uid_and_key(void **state)
{
    pid_t first = pid_for(1000, 7);

    (void)state;
    assert_int_equal(pid_for(1000, 7), first);
    assert_int_not_equal(pid_for(1000, 8), first);
    assert_int_not_equal(pid_for(1001, 7), first);
    assert_int_equal(pid_for(1000, 7), first);
    assert_int_equal(workers.count, 3);
}

static void without_a_key_everybody_is_alone(void **state)
{
    pid_t first = pid_for(1000, 0);

    (void)state;
    assert_int_not_equal(pid_for(1000, 0), first);
}

/* A fan-out brings its clients faster than a new worker takes them in. */
static void clients_wait_for_a_slow_worker(void **state)
{
    int clients[LIMIT_PENDING_PER_UID][2];
    struct err err = ERR_INIT;
    pid_t pid = pid_for(1000, 7), said;
    size_t i;

    (void)state;
    kill(pid, SIGSTOP);
    for (i = 0; i < LIMIT_PENDING_PER_UID; i++) {
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, clients[i]), 0);
        assert_ok(workers_hand_over(&workers, 1000, 7, clients[i][0], &err),
                  &err);
        close(clients[i][0]);
    }
    kill(pid, SIGCONT);
    for (i = 0; i < LIMIT_PENDING_PER_UID; i++) {
        assert_int_equal(recv(clients[i][1], &said, sizeof said,
                              MSG_WAITALL), sizeof said);
        assert_int_equal(said, pid);
        close(clients[i][1]);
    }
}

/* No client is lost between a worker's last look and its end. */
static void a_worker_that_leaves_is_replaced(void **state)
{
    pid_t first;

    (void)state;
    leave_after = 1;
    first = pid_for(1000, 7);
    usleep(50000); /* it shuts its side down */
    assert_int_not_equal(pid_for(1000, 7), first);
}

static void a_uid_has_so_many_workers(void **state)
{
    struct err err = ERR_INIT;
    int32_t sealed;
    int pair[2];

    (void)state;
    for (sealed = 1; sealed <= LIMIT_WORKERS_PER_UID; sealed++)
        pid_for(1000, sealed);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    assert_cause(workers_hand_over(&workers, 1000, sealed, pair[0], &err),
                 &err, ERR_BROKER_BUSY);
    close(pair[0]);
    close(pair[1]);
    pid_for(1001, 1); /* which is no matter to others */
}

static void a_uid_starts_so_many_a_minute(void **state)
{
    struct err err = ERR_INIT;
    int pair[2], i;

    (void)state;
    for (i = 0; i < LIMIT_STARTS_PER_MINUTE; i++)
        assert_true(rate_allows(&workers.starts, 1002,
                                LIMIT_STARTS_PER_MINUTE, monotonic_ms()));
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    assert_cause(workers_hand_over(&workers, 1002, 7, pair[0], &err), &err,
                 ERR_BROKER_BUSY);
    assert_int_equal(workers.count, 0);
    close(pair[0]);
    close(pair[1]);
    pid_for(1003, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_worker_for_each_uid_and_key,
                                        begin, end),
        cmocka_unit_test_setup_teardown(without_a_key_everybody_is_alone,
                                        begin, end),
        cmocka_unit_test_setup_teardown(clients_wait_for_a_slow_worker,
                                        begin, end),
        cmocka_unit_test_setup_teardown(a_worker_that_leaves_is_replaced,
                                        begin, end),
        cmocka_unit_test_setup_teardown(a_uid_has_so_many_workers,
                                        begin, end),
        cmocka_unit_test_setup_teardown(a_uid_starts_so_many_a_minute,
                                        begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
