/* test_sandbox.c - what each layer forbids, asked of the kernel itself. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attacks.h"
#include "broker/landlock.h"
#include "broker/sandbox.h"

#define POLICY "/etc/credssp.conf"
#define BROKEN 250 /* the sandbox could not be set up */

/* Made before, as the listener makes it. */
static struct syscalls *worker_calls;

static int begin(void **state)
{
    struct err err = ERR_INIT;
    int fd;

    (void)state;
    snprintf(attack_file, sizeof attack_file, "/tmp/attack-XXXXXX");
    fd = mkstemp(attack_file);
    if (fd < 0)
        return -1;
    close(fd);
    attack_victim = getpid();
    assert_ok(syscalls_compile(ROLE_WORKER, &worker_calls, &err), &err);
    return 0;
}

static int end(void **state)
{
    (void)state;
    syscalls_free(&worker_calls);
    return unlink(attack_file);
}

static void give_up(const struct err *err)
{
    err_print(stderr, "test_sandbox", err);
    _exit(BROKEN);
}

/* The whole life of a worker up to its first byte from anyone. */
static void enter_worker(void)
{
    struct err err = ERR_INIT;
    int control = 0;

    if (sandbox_begin(NULL, 0, &err) != 0
        || sandbox_listener(POLICY, NULL, &err) != 0
        || sandbox_worker(&control, POLICY, worker_calls, &err) != 0)
        give_up(&err);
}

static void enter_direct(void)
{
    struct err err = ERR_INIT;

    if (sandbox_begin(NULL, 0, &err) != 0 || sandbox_direct(POLICY, &err) != 0)
        give_up(&err);
}

static void enter_listener(void)
{
    struct err err = ERR_INIT;

    if (sandbox_begin(NULL, 0, &err) != 0
        || sandbox_listener(POLICY, NULL, &err) != 0)
        give_up(&err);
}

static void enter_landlock(void)
{
    struct err err = ERR_INIT;
    bool held;

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0
        || landlock_restrict(POLICY, NULL, &held, &err) != 0)
        give_up(&err);
}

static void enter_seccomp(void)
{
    struct err err = ERR_INIT;

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0
        || syscalls_restrict(worker_calls, &err) != 0)
        give_up(&err);
}

/* In a process of its own, since there is no way back. */
static int answer_to(void (*enter)(void), int (*attempt)(void))
{
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        enter();
        _exit(attempt());
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (WIFSIGNALED(status)) {
        assert_int_equal(WTERMSIG(status), SIGSYS);
        return DIES;
    }
    assert_int_not_equal(WEXITSTATUS(status), BROKEN);
    return WEXITSTATUS(status);
}

static void expect_answer(const struct attack *attack, const char *where,
                          int answer, int wanted)
{
    if (answer != wanted)
        fail_msg("%s in %s: %s instead of %s", attack->name, where,
                 answer == DIES ? "killed" : attack_answer(answer),
                 wanted == DIES ? "killed" : attack_answer(wanted));
}

/* Without Landlock what it alone forbids is left to file permissions. */
static bool is_landlocks(const struct attack *attack)
{
    return attack->by_landlock != 0
           && attack->by_seccomp == attack->by_landlock;
}

static void try_all(const char *where, void (*enter)(void))
{
    size_t i;

    for (i = 0; i < attack_count; i++) {
        const struct attack *attack = &attacks[i];

        if (is_landlocks(attack)
            && landlock_version() < attack->landlock_version)
            continue;
        expect_answer(attack, where, answer_to(enter, attack->attempt),
                      attack->by_seccomp);
    }
}

static void worker(void **state)
{
    (void)state;
    try_all("a worker", enter_worker);
}

static void direct(void **state)
{
    (void)state;
    try_all("direct mode", enter_direct);
}

/* Alone, each holds when the other is not there. */
static void landlock_alone(void **state)
{
    size_t i;

    (void)state;
    if (landlock_version() == 0) {
        print_message("this kernel has no Landlock\n");
        skip();
    }
    for (i = 0; i < attack_count; i++) {
        const struct attack *attack = &attacks[i];

        if (attack->by_landlock == 0
            || landlock_version() < attack->landlock_version)
            continue;
        expect_answer(attack, "Landlock",
                      answer_to(enter_landlock, attack->attempt),
                      attack->by_landlock);
    }
}

static void seccomp_alone(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < attack_count; i++)
        if (!is_landlocks(&attacks[i]))
            expect_answer(&attacks[i], "seccomp",
                          answer_to(enter_seccomp, attacks[i].attempt),
                          attacks[i].by_seccomp);
}

/* What would make the tests above pass for the wrong reason. */
static void attacks_work_outside(void **state)
{
    static const char *const able[] = {
        "fork", "kill", "tgkill", "fcntl-setown", "mprotect-exec",
        "memfd_create", "dumpable", "read-file", "write-file", "list-proc",
        "proc-maps", "chmod", "bind", "listen",
    };
    size_t i, k;

    (void)state;
    for (i = 0; i < sizeof able / sizeof *able; i++)
        for (k = 0; k < attack_count; k++)
            if (strcmp(attacks[k].name, able[i]) == 0)
                assert_int_equal(attacks[k].attempt(), 0);
}

static void *nothing(void *arg)
{
    return arg;
}

/* The least that a worker lives on. */
static int live(void)
{
    pthread_t thread;
    int pair[2];

    if (pthread_create(&thread, NULL, nothing, NULL) != 0
        || pthread_join(thread, NULL) != 0)
        return errno;
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0
        || socket(AF_INET, SOCK_STREAM, 0) < 0
        || socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0) < 0
        || open("/etc/passwd", O_RDONLY) < 0
        || open("/proc/keys", O_RDONLY) < 0) /* LOGOUT */
        return errno;
    return raise(0);
}

static void worker_lives(void **state)
{
    (void)state;
    assert_int_equal(answer_to(enter_worker, live), 0);
    assert_int_equal(answer_to(enter_direct, live), 0);
}

/* The listener makes workers, which lose what it has. */
static int fork_worker(void)
{
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        struct err err = ERR_INIT;
        int control = 0;

        if (sandbox_worker(&control, POLICY, worker_calls, &err) != 0)
            give_up(&err);
        _exit(fork() < 0 ? 0 : 1);
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid)
        return errno;
    return WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
}

static void listener_forks(void **state)
{
    (void)state;
    assert_int_equal(answer_to(enter_listener, fork_worker), 0);
}

/* prctl(2), getrlimit(2), environ(7), and no descriptor above 2. */
static int given_up(void)
{
    struct rlimit core;
    extern char **environ;

    if (getrlimit(RLIMIT_CORE, &core) != 0 || core.rlim_max != 0)
        return 1;
    if (environ != NULL && environ[0] != NULL)
        return 2;
    if (fcntl(STDERR_FILENO + 1, F_GETFD) >= 0)
        return 3;
    return 0;
}

static int not_dumpable(void)
{
    return prctl(PR_GET_DUMPABLE) + !prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);
}

static void begin_only(void)
{
    struct err err = ERR_INIT;

    if (sandbox_begin(NULL, 0, &err) != 0)
        give_up(&err);
}

static void begins_with_nothing(void **state)
{
    (void)state;
    assert_int_equal(setenv("KRB5_TRACE", "/tmp/trace", 1), 0);
    assert_int_equal(setenv("SSLKEYLOGFILE", "/tmp/keys", 1), 0);
    assert_int_equal(answer_to(begin_only, given_up), 0);
    assert_int_equal(answer_to(begin_only, not_dumpable), 0);
    unsetenv("KRB5_TRACE");
    unsetenv("SSLKEYLOGFILE");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(attacks_work_outside),
        cmocka_unit_test(begins_with_nothing),
        cmocka_unit_test(worker),
        cmocka_unit_test(direct),
        cmocka_unit_test(landlock_alone),
        cmocka_unit_test(seccomp_alone),
        cmocka_unit_test(worker_lives),
        cmocka_unit_test(listener_forks),
    };

    return cmocka_run_group_tests(tests, begin, end);
}
