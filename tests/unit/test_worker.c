/* test_worker.c - a whole worker, in a process of its own: clients come, the
 * key goes, and so does the worker. */
#include "unit.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "broker/bounds.h"
#include "broker/passfd.h"
#include "broker/worker.h"
#include "fake_world.h"
#include "scene.h"

/* What the test changes while the worker runs: seen by both processes. */
static volatile bool *key_is_gone;

static pid_t worker;
static int control;

/* Lets the fake key go when the test says so. */
static void *watch(void *arg)
{
    (void)arg;
    while (!*key_is_gone)
        usleep(10000);
    fake_world.key = ERR_REVOKED;
    return NULL;
}

static void run(int32_t sealed, int fd, struct policy_source *policy)
{
    const struct worker_task task = {
        .uid = getuid(), .sealed = sealed, .direct = true,
        .policy = policy,
        .control = fd, .client = -1,
    };
    pthread_t watcher;

    alarm(30);
    pthread_create(&watcher, NULL, watch, NULL);
    _exit(worker_run(&task));
}

/* The file outlives the worker, which may end without a word. */
static void start_worker(int32_t sealed)
{
    struct policy_source *policy =
        fake_policy("AllowFreshCredentials WSMAN/" SCENE_HOST "\n");
    int pair[2];

    *key_is_gone = false;
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
    worker = fork();
    if (worker == 0) {
        close(pair[0]);
        run(sealed, pair[1], policy);
    }
    close(pair[1]);
    control = pair[0];
}

static void start(int32_t sealed)
{
    fake_world_begin();
    start_worker(sealed);
}

static int connect_worker(void)
{
    int pair[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    assert_int_equal(passfd_send(control, pair[0]), 0);
    close(pair[0]);
    return pair[1];
}

static void assert_worker_ends(void)
{
    int status;

    assert_int_equal(waitpid(worker, &status, 0), worker);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), EXIT_SUCCESS);
    fake_policy_remove();
}

static void open_session(struct scene *scene)
{
    struct wire_opened opened;

    scene->fd = connect_worker();
    scene_open(scene, &opened);
}

static void a_gone_key_ends_the_worker_and_its_clients(void **state)
{
    struct scene idle, other;

    (void)state;
    start(7);
    open_session(&idle);
    open_session(&other);
    *key_is_gone = true;
    scene_hear_error(&idle, ERR_REVOKED, NULL);
    scene_hear_error(&other, ERR_REVOKED, NULL);
    assert_worker_ends();
    scene_hear_end(&idle);
    close(idle.fd);
    close(other.fd);
    close(control);
}

/* What is kept with a will takes its time; who comes meanwhile is not lost. */
static void a_worker_that_ends_takes_no_client(void **state)
{
    struct buf out = BUF_INIT(65536);
    struct scene heir, other;
    struct reader fields;
    int pair[2];

    (void)state;
    fake_world_begin();
    fake_world.post_ms = 400;
    start_worker(7);
    open_session(&heir);
    put_will(&out, "shell", "1", "<delete/>");
    put_post(&out, 0);
    scene_say(&heir, &out);
    scene_hear(&heir, WIRE_REPLY, &fields);
    close(heir.fd);
    open_session(&other);
    *key_is_gone = true;
    scene_hear_error(&other, ERR_REVOKED, NULL);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    assert_int_equal(kill(worker, 0), 0);
    assert_int_equal(passfd_send(control, pair[0]), -1);
    assert_int_equal(errno, EPIPE);
    close(pair[0]);
    close(pair[1]);
    close(other.fd);
    close(control);
    assert_worker_ends();
}

/* Without a listener it serves whom it has, and then goes. */
static void a_worker_without_a_listener_finishes_its_clients(void **state)
{
    struct reader fields;
    struct scene scene;

    (void)state;
    start(7);
    open_session(&scene);
    close(control);
    usleep(200000);
    scene_post(&scene, 0);
    scene_hear(&scene, WIRE_REPLY, &fields);
    close(scene.fd);
    assert_worker_ends();
}

static void a_worker_that_no_ticket_opened_goes_soon(void **state)
{
    struct buf out = BUF_INIT(65536);
    struct scene scene;

    (void)state;
    start(7);
    scene.fd = connect_worker();
    put_ticket(&out, 'x');
    scene_say(&scene, &out);
    scene_hear_error(&scene, ERR_NOT_YOURS, NULL);
    close(scene.fd);
    assert_worker_ends();
    close(control);
}

static void a_descriptor_of_another_uid_is_refused(void **state)
{
    struct scene scene;
    int pair[2];

    (void)state;
    if (getuid() != 0) {
        print_message("needs root: a peer of another uid\n");
        skip();
    }
    start(7);
    assert_int_equal(seteuid(65534), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    assert_int_equal(seteuid(0), 0);
    assert_int_equal(passfd_send(control, pair[0]), 0);
    close(pair[0]);
    scene.fd = pair[1];
    scene_hear_error(&scene, ERR_NOT_YOURS, NULL);
    close(scene.fd);
    close(control);
    assert_worker_ends();
}

static int share_flag(void **state)
{
    void *page = mmap(NULL, sizeof *key_is_gone, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    (void)state;
    if (page == MAP_FAILED)
        return -1;
    key_is_gone = page;
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_gone_key_ends_the_worker_and_its_clients),
        cmocka_unit_test(a_worker_that_ends_takes_no_client),
        cmocka_unit_test(a_worker_without_a_listener_finishes_its_clients),
        cmocka_unit_test(a_worker_that_no_ticket_opened_goes_soon),
        cmocka_unit_test(a_descriptor_of_another_uid_is_refused),
    };

    return cmocka_run_group_tests(tests, share_flag, NULL);
}
