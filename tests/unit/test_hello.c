/* test_hello.c - the listener reads 13 bytes of everybody and waits for
 * nobody. */
#include "unit.h"

#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "broker/hello.h"

static struct hello_queue queue;
static struct pollfd polls[LIMIT_PENDING];

/* Who was handed over, and what to answer for it. */
static struct handed {
    int count;
    uid_t uid;
    int32_t sealed;
    char next[64];              /* what the worker would read first */
    bool busy;
} handed;

static int ready(void *arg, uid_t uid, int32_t sealed, int fd,
                 struct err *err)
{
    (void)arg;
    handed.count++;
    handed.uid = uid;
    handed.sealed = sealed;
    if (handed.busy)
        return err_set(err, ERR_BROKER_BUSY, STAGE_BROKER, NULL);
    if (recv(fd, handed.next, sizeof handed.next - 1, MSG_DONTWAIT) < 0)
        handed.next[0] = '\0';
    return 0;
}

static int begin(void **state)
{
    (void)state;
    memset(&queue, 0, sizeof queue);
    memset(&handed, 0, sizeof handed);
    return 0;
}

static int connect_at(int64_t now)
{
    int pair[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    hello_accept(&queue, pair[0], now);
    return pair[1];
}

/* One turn of the listener's loop. */
static void turn(int64_t now)
{
    size_t count = queue.count;

    hello_fill(&queue, polls);
    assert_true(poll(polls, count, 0) >= 0);
    hello_serve(&queue, polls, count, now, ready, NULL);
}

static void say(int fd, const void *bytes, size_t len)
{
    assert_int_equal(send(fd, bytes, len, MSG_NOSIGNAL), len);
}

static void say_hello(int fd, int32_t sealed)
{
    struct wire_hello hello = { .version = WIRE_VERSION, .sealed = sealed };
    struct buf out = BUF_INIT(64);

    wire_put_hello(&out, &hello);
    assert_int_equal(out.len, WIRE_HELLO_BYTES);
    say(fd, out.data, out.len);
    buf_free(&out);
}

static void hear_error(int fd, enum err_cause cause)
{
    struct buf in = BUF_INIT(4096);
    struct err err = ERR_INIT;
    struct reader fields;
    unsigned type = 0;

    assert_ok(wire_receive(fd, 4096, 0, &in, &type, &fields, &err), &err);
    assert_int_equal(type, WIRE_ERROR);
    assert_int_equal(wire_get_error(&fields, &err), -1);
    assert_string_equal(err_cause_name(err.cause), err_cause_name(cause));
    buf_free(&in);
}

static bool is_closed(int fd)
{
    char byte;

    return recv(fd, &byte, 1, MSG_DONTWAIT) == 0;
}

static void what_follows_hello_is_left_unread(void **state)
{
    int fd = connect_at(0);

    (void)state;
    say_hello(fd, 4711);
    say(fd, "ticket", 6);
    turn(1);
    assert_int_equal(handed.count, 1);
    assert_int_equal(handed.uid, getuid());
    assert_int_equal(handed.sealed, 4711);
    assert_string_equal(handed.next, "ticket");
    assert_int_equal(queue.count, 0);
    close(fd);
}

static void hello_may_come_byte_by_byte(void **state)
{
    static const unsigned char hello[] = { 0, 0, 0, 9, 1, 0, 0, 0, 1,
                                           0, 0, 0, 7 };
    int fd = connect_at(0);
    size_t i;

    (void)state;
    for (i = 0; i < sizeof hello; i++) {
        assert_int_equal(handed.count, 0);
        say(fd, hello + i, 1);
        turn(1);
    }
    assert_int_equal(handed.count, 1);
    assert_int_equal(handed.sealed, 7);
    close(fd);
}

static void a_half_open_client_is_dropped_at_the_deadline(void **state)
{
    int fd = connect_at(0);

    (void)state;
    say(fd, "\0\0\0", 3);
    turn(LIMIT_HELLO_MS - 1);
    assert_int_equal(queue.count, 1);
    turn(LIMIT_HELLO_MS);
    assert_int_equal(queue.count, 0);
    assert_true(is_closed(fd));
    close(fd);
}

static void a_client_that_leaves_is_forgotten(void **state)
{
    int fd = connect_at(0);

    (void)state;
    close(fd);
    turn(1);
    assert_int_equal(queue.count, 0);
    assert_int_equal(handed.count, 0);
}

struct bad_hello {
    const char *name;
    unsigned char bytes[WIRE_HELLO_BYTES];
};

static const struct bad_hello bad_hellos[] = {
    { "another version", { 0, 0, 0, 9, 1, 0, 0, 0, 2, 0, 0, 0, 7 } },
    { "a negative serial", { 0, 0, 0, 9, 1, 0, 0, 0, 1, 0xff, 0, 0, 7 } },
    { "another length", { 0, 0, 0, 10, 1, 0, 0, 0, 1, 0, 0, 0, 7 } },
    { "a TICKET", { 0, 0, 0, 9, 2, 0, 0, 0, 1, 0, 0, 0, 7 } },
    { "HTTP", { 'G', 'E', 'T', ' ', '/', ' ', 'H', 'T', 'T', 'P', '/', '1',
                '.' } },
};

static void a_bad_hello_is_refused_and_its_rest_unread(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < sizeof bad_hellos / sizeof *bad_hellos; i++) {
        int fd = connect_at(0);

        print_message("  %s\n", bad_hellos[i].name);
        say(fd, bad_hellos[i].bytes, sizeof bad_hellos[i].bytes);
        turn(1);
        say(fd, "more", 4);
        hear_error(fd, ERR_BROKER_PROTOCOL);
        turn(2);
        assert_int_equal(queue.count, 1); /* it may still read its ERROR */
        turn(1 + LIMIT_LINGER_MS);
        assert_int_equal(queue.count, 0);
        assert_int_equal(handed.count, 0);
        close(fd);
    }
}

static void a_refusal_of_the_worker_is_told(void **state)
{
    int fd = connect_at(0);

    (void)state;
    handed.busy = true;
    say_hello(fd, 7);
    turn(1);
    hear_error(fd, ERR_BROKER_BUSY);
    close(fd);
    turn(2);
    assert_int_equal(queue.count, 0);
}

static void one_uid_has_so_many_half_open_connections(void **state)
{
    int fds[LIMIT_PENDING_PER_UID], one_more;
    size_t i;

    (void)state;
    for (i = 0; i < LIMIT_PENDING_PER_UID; i++)
        fds[i] = connect_at(0);
    one_more = connect_at(0);
    hear_error(one_more, ERR_BROKER_BUSY);
    assert_true(is_closed(one_more));
    close(one_more);
    /* The others are served all the same. */
    say_hello(fds[0], 7);
    turn(1);
    assert_int_equal(handed.count, 1);
    for (i = 0; i < LIMIT_PENDING_PER_UID; i++)
        close(fds[i]);
    turn(2);
    assert_int_equal(queue.count, 0);
}

/* Whoever fills the queue with other uids gets in nobody's way. */
static void a_full_queue_drops_who_waits_longest(void **state)
{
    int fd;
    size_t i;

    (void)state;
    for (i = 0; i < LIMIT_PENDING; i++) {
        int pair[2];

        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
        close(pair[1]);
        queue.pending[i] = (struct hello_pending){
            .fd = pair[0], .uid = getuid() + 1 + (uid_t)i,
            .deadline_ms = i == 7 ? 1 : LIMIT_HELLO_MS,
        };
    }
    queue.count = LIMIT_PENDING;
    fd = connect_at(0);
    assert_int_equal(queue.count, LIMIT_PENDING);
    for (i = 0; i < LIMIT_PENDING; i++)
        assert_int_not_equal(queue.pending[i].deadline_ms, 1);
    say_hello(fd, 7);
    turn(0);
    assert_int_equal(handed.count, 1);
    close(fd);
    assert_int_equal(queue.count, 0); /* the others' ends are closed */
}

static bool may(uid_t uid, int64_t now)
{
    return rate_allows(&queue.rates, uid, LIMIT_CONNECTS_PER_MINUTE, now);
}

static void one_uid_connects_so_often_a_minute(void **state)
{
    int fd, i;

    (void)state;
    for (i = 0; i < LIMIT_CONNECTS_PER_MINUTE; i++)
        assert_true(may(getuid(), 10));
    fd = connect_at(59999);
    hear_error(fd, ERR_BROKER_BUSY);
    assert_true(is_closed(fd));
    close(fd);
    assert_true(may(getuid() + 1, 59999));
    /* The next minute is a new one. */
    fd = connect_at(60010);
    assert_int_equal(queue.count, 1);
    close(fd);
    turn(60011);
}

static void so_many_uids_are_counted(void **state)
{
    uid_t uid;

    (void)state;
    for (uid = 1; uid <= LIMIT_RATED_UIDS; uid++)
        assert_true(may(uid, 10)
                    && may(uid, 10));
    /* One more takes a place, and the greedy one keeps its own. */
    for (uid = 0; uid < LIMIT_CONNECTS_PER_MINUTE - 2; uid++)
        assert_true(may(7, 11));
    assert_false(may(7, 11));
    assert_true(may(100000, 12));
    assert_false(may(7, 13));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_follows_hello_is_left_unread, begin),
        cmocka_unit_test_setup(hello_may_come_byte_by_byte, begin),
        cmocka_unit_test_setup(a_half_open_client_is_dropped_at_the_deadline,
                               begin),
        cmocka_unit_test_setup(a_client_that_leaves_is_forgotten, begin),
        cmocka_unit_test_setup(a_bad_hello_is_refused_and_its_rest_unread,
                               begin),
        cmocka_unit_test_setup(a_refusal_of_the_worker_is_told, begin),
        cmocka_unit_test_setup(one_uid_has_so_many_half_open_connections,
                               begin),
        cmocka_unit_test_setup(a_full_queue_drops_who_waits_longest, begin),
        cmocka_unit_test_setup(one_uid_connects_so_often_a_minute, begin),
        cmocka_unit_test_setup(so_many_uids_are_counted, begin),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
