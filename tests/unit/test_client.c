/* test_client.c - the command's end of the broker's protocol, against a
 * broker that says what the test wants. */
#include "unit.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "cli/client.h"

/* Reads frames until it has seen "until"; then sends what is in reply. */
struct fake_broker {
    int fd;
    enum wire_type until;
    struct buf reply;
    char seen[128];        /* "HELLO TICKET OPEN" */
    struct wire_open open;
    struct wire_post post;
    pthread_t thread;
};

static void note(struct fake_broker *b, unsigned type, struct reader *fields)
{
    struct err err = ERR_INIT;
    size_t used = strlen(b->seen);

    snprintf(b->seen + used, sizeof b->seen - used, "%s%s",
             used > 0 ? " " : "", wire_type_name(type));
    if (type == WIRE_OPEN && wire_get_open(fields, &b->open, &err) != 0)
        abort();
    if (type == WIRE_POST && wire_get_post(fields, &b->post, &err) != 0)
        abort();
}

static void *serve(void *arg)
{
    struct fake_broker *b = arg;
    struct buf in = BUF_INIT(WIRE_FRAME_MAX + 5);
    struct err err = ERR_INIT;
    struct reader fields;
    unsigned type = 0;

    while (type != (unsigned)b->until) {
        if (wire_receive(b->fd, WIRE_FRAME_MAX, 5000, &in, &type, &fields,
                         &err) != 0)
            break;
        note(b, type, &fields);
    }
    if (b->reply.len > 0 && wire_send(b->fd, &b->reply, 5000, &err) != 0)
        err_print(stderr, "fake broker", &err);
    close(b->fd);
    buf_free(&in);
    return NULL;
}

static void start(struct fake_broker *b, struct client *client,
                  enum wire_type until)
{
    int pair[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    client_init(client);
    client->fd = pair[0];
    b->fd = pair[1];
    b->until = until;
    assert_int_equal(pthread_create(&b->thread, NULL, serve, b), 0);
}

static void prepare(struct fake_broker *b)
{
    memset(b, 0, sizeof *b);
    buf_init(&b->reply, WIRE_FRAME_MAX + 5);
}

static void stop(struct fake_broker *b, struct client *client)
{
    client_close(client, false);
    pthread_join(b->thread, NULL);
    buf_free(&b->reply);
}

static int ask_to_open(struct client *client, struct wire_opened *opened,
                       struct err *err)
{
    const struct wire_open request = { .host = "win1.corp.example.com" };
    struct secret *ticket = NULL;
    struct reader fields;

    assert_ok(secret_new(WIRE_TICKET_BYTES, &ticket, err), err);
    client_begin(client, 4711, ticket);
    secret_free(&ticket);
    wire_put_open(&client->out, &request);
    if (client_ask(client, WIRE_OPENED, 5000, &fields, err) != 0)
        return -1;
    return wire_get_opened(&fields, opened, err);
}

static void open_is_one_question_with_one_answer(void **state)
{
    const struct wire_opened answer = {
        .host = "win1.corp.example.com", .port = 5985, .requests = 5,
        .mechanism = "Kerberos", .credssp_version = 6,
    };
    struct err err = ERR_INIT;
    struct wire_opened opened;
    struct fake_broker b;
    struct client client;

    (void)state;
    prepare(&b);
    wire_put_opened(&b.reply, &answer);
    start(&b, &client, WIRE_OPEN);
    assert_ok(ask_to_open(&client, &opened, &err), &err);
    assert_null(client.out.data); /* the ticket is not kept */
    stop(&b, &client);
    assert_string_equal(b.seen, "HELLO TICKET OPEN");
    assert_string_equal(b.open.host, "win1.corp.example.com");
    assert_string_equal(opened.mechanism, "Kerberos");
    assert_int_equal(opened.requests, 5);
}

static void the_brokers_error_is_ours(void **state)
{
    struct err theirs = ERR_INIT, err = ERR_INIT;
    struct wire_opened opened;
    struct fake_broker b;
    struct client client;

    (void)state;
    (void)err_set(&theirs, ERR_POLICY_DENIED, STAGE_POLICY, "not allowed");
    (void)err_advise(&theirs, "add a line");
    prepare(&b);
    wire_put_error(&b.reply, &theirs);
    start(&b, &client, WIRE_OPEN);
    assert_cause(ask_to_open(&client, &opened, &err), &err,
                 ERR_POLICY_DENIED);
    assert_string_equal(err.advice, "add a line");
    stop(&b, &client);
}

/* It hung up before it read everything: its last word is heard. */
static void a_refusal_at_hello_is_heard(void **state)
{
    struct err theirs = ERR_INIT, err = ERR_INIT;
    struct wire_opened opened;
    struct fake_broker b;
    struct client client;
    struct timespec pause = { .tv_nsec = 20000000 };

    (void)state;
    (void)err_set(&theirs, ERR_BROKER_BUSY, STAGE_BROKER, NULL);
    prepare(&b);
    wire_put_error(&b.reply, &theirs);
    b.until = WIRE_ERROR;
    {
        int pair[2];

        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
        client_init(&client);
        client.fd = pair[0];
        assert_ok(wire_send(pair[1], &b.reply, 1000, &err), &err);
        close(pair[1]);
    }
    nanosleep(&pause, NULL);
    assert_cause(ask_to_open(&client, &opened, &err), &err, ERR_BROKER_BUSY);
    client_close(&client, false);
    buf_free(&b.reply);
}

static void a_wrong_frame_is_refused(void **state)
{
    struct wire_stored stored = { .sealed = 1, .lifetime_s = 1 };
    struct err err = ERR_INIT;
    struct wire_opened opened;
    struct fake_broker b;
    struct client client;

    (void)state;
    prepare(&b);
    wire_put_stored(&b.reply, &stored);
    start(&b, &client, WIRE_OPEN);
    assert_cause(ask_to_open(&client, &opened, &err), &err,
                 ERR_BROKER_PROTOCOL);
    assert_non_null(strstr(err.text, "STORED"));
    stop(&b, &client);
}

static void a_broker_that_dies_is_told(void **state)
{
    static const unsigned char half[] = { 0, 0, 1, 0, WIRE_OPENED, 'x' };
    size_t lengths[] = { 0, 3, sizeof half }, i;

    (void)state;
    for (i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        struct err err = ERR_INIT;
        struct wire_opened opened;
        struct fake_broker b;
        struct client client;

        prepare(&b);
        buf_put(&b.reply, half, lengths[i]);
        start(&b, &client, WIRE_OPEN);
        assert_cause(ask_to_open(&client, &opened, &err), &err,
                     ERR_BROKER_DOWN);
        stop(&b, &client);
    }
}

static void post_brings_the_reply(void **state)
{
    static const unsigned char question[] = "<ask/>", reply[] = "<answer/>";
    const struct wire_reply answer = {
        .status = 200, .content_type = "application/soap+xml",
        .body = reply, .len = sizeof reply - 1,
    };
    struct wsman_answer got = { .status = 0 };
    struct err err = ERR_INIT;
    struct fake_broker b;
    struct client client;

    (void)state;
    prepare(&b);
    wire_put_reply(&b.reply, &answer);
    start(&b, &client, WIRE_POST);
    assert_ok(client_post(&client, question, sizeof question - 1, false,
                          5000, &got, &err), &err);
    assert_int_equal(got.status, 200);
    assert_string_equal(got.content_type, "application/soap+xml");
    assert_int_equal(got.len, sizeof reply - 1);
    assert_memory_equal(got.body, reply, got.len);
    stop(&b, &client);
    assert_int_equal(b.post.flags, 0);
    assert_int_equal(b.post.timeout_ms, 5000);
}

/* The answer before it stays where it is until the second half. */
static void a_post_has_two_halves(void **state)
{
    static const unsigned char first[] = "<first/>", second[] = "<second/>";
    struct wire_reply answer = {
        .status = 200, .content_type = "application/soap+xml",
        .body = first, .len = sizeof first - 1,
    };
    struct wsman_answer got = { .status = 0 };
    struct err err = ERR_INIT;
    struct fake_broker b;
    struct client client;

    (void)state;
    prepare(&b);
    wire_put_reply(&b.reply, &answer);
    answer.body = second;
    answer.len = sizeof second - 1;
    wire_put_reply(&b.reply, &answer);
    start(&b, &client, WIRE_POST);
    assert_ok(client_post(&client, (const unsigned char *)"a", 1, false,
                          5000, &got, &err), &err);
    assert_ok(client_send_post(&client, (const unsigned char *)"b", 1, 5000,
                               &err), &err);
    assert_memory_equal(got.body, first, sizeof first - 1);
    assert_ok(client_post(&client, NULL, 0, false, 5000, &got, &err), &err);
    assert_int_equal(got.len, sizeof second - 1);
    assert_memory_equal(got.body, second, sizeof second - 1);
    stop(&b, &client);
}

/* A broker that refuses says why: that is the second half's to tell. */
static void a_first_half_in_vain_leaves_the_last_word(void **state)
{
    static const unsigned char body[1] = { 'x' };
    struct err theirs = ERR_INIT, err = ERR_INIT;
    struct wsman_answer got = { .status = 0 };
    struct fake_broker b;
    struct client client;
    int pair[2];

    (void)state;
    (void)err_set(&theirs, ERR_REVOKED, STAGE_BROKER, NULL);
    prepare(&b);
    wire_put_error(&b.reply, &theirs);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    client_init(&client);
    client.fd = pair[0];
    assert_ok(wire_send(pair[1], &b.reply, 1000, &err), &err);
    close(pair[1]);
    assert_cause(client_send_post(&client, body, 1, 5000, &err), &err,
                 ERR_BROKER_DOWN);
    err_clear(&err);
    assert_cause(client_post(&client, body, 1, false, 5000, &got, &err),
                 &err, ERR_REVOKED);
    client_close(&client, true);
    buf_free(&b.reply);
}

static void nobody_waits_for_a_final_post(void **state)
{
    static const unsigned char question[] = "<bye/>";
    struct wsman_answer got = { .status = 0 };
    struct err err = ERR_INIT;
    struct fake_broker b;
    struct client client;

    (void)state;
    prepare(&b);
    start(&b, &client, WIRE_POST);
    assert_ok(client_post(&client, question, sizeof question - 1, true, 5000,
                          &got, &err), &err);
    stop(&b, &client);
    assert_int_equal(b.post.flags, WIRE_POST_FINAL);
    assert_int_equal(got.status, 0);
}

static int give_up(void *arg, int fd, int timeout_ms, struct err *err)
{
    int *slack = arg;

    (void)fd;
    *slack = timeout_ms;
    return err_set(err, ERR_INTERRUPTED, STAGE_COMMAND, NULL);
}

static void the_owner_may_give_up_waiting(void **state)
{
    struct wsman_answer got;
    struct err err = ERR_INIT;
    struct fake_broker b;
    struct client client;
    int waited_ms = 0;

    (void)state;
    prepare(&b);
    start(&b, &client, WIRE_POST);
    client.wait = give_up;
    client.wait_arg = &waited_ms;
    assert_cause(client_post(&client, (const unsigned char *)"x", 1, false,
                             5000, &got, &err), &err, ERR_INTERRUPTED);
    assert_true(waited_ms > 5000); /* the broker's own timeout is first */
    stop(&b, &client);
}

static void silence_ends_with_a_timeout(void **state)
{
    struct err err = ERR_INIT;
    int pair[2];

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    assert_cause(client_wait(NULL, pair[0], 10, &err), &err, ERR_TIMEOUT);
    close(pair[0]);
    close(pair[1]);
}

/* A directory of our own with a listening socket in it. */
static int listen_somewhere(char path[64])
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(path, 64, "/tmp/credssp-test-XXXXXX");
    assert_non_null(mkdtemp(path));
    snprintf(address.sun_path, sizeof address.sun_path, "%s/s", path);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address,
                          sizeof address), 0);
    assert_int_equal(listen(fd, 1), 0);
    return fd;
}

static void who_listens_is_checked_before_anything_is_sent(void **state)
{
    struct err err = ERR_INIT;
    char directory[64], path[80];
    int listener = listen_somewhere(directory);
    struct cli cli = { .socket = path };
    struct client client;
    struct pollfd p;

    (void)state;
    snprintf(path, sizeof path, "%s/s", directory);
    client_init(&client);
    /* We are the listener: good enough only if we are root. */
    if (geteuid() == 0)
        assert_ok(client_connect(&client, &cli, &err), &err);
    else
        assert_cause(client_connect(&client, &cli, &err), &err,
                     ERR_BROKER_UNTRUSTED);
    p = (struct pollfd){ .fd = accept(listener, NULL, NULL),
                         .events = POLLIN };
    assert_true(p.fd >= 0);
    assert_int_equal(poll(&p, 1, 0), 0);
    close(p.fd);
    client_close(&client, false);
    close(listener);
    unlink(path);
    client_init(&client);
    assert_cause(client_connect(&client, &cli, &err), &err, ERR_BROKER_DOWN);
    client_close(&client, false);
    rmdir(directory);
}

/* connect(2) alone would wait for ever: unix(7), a full backlog. */
static void a_full_backlog_ends_in_a_clear_error(void **state)
{
    struct err err = ERR_INIT;
    char directory[64], path[80];
    int listener = listen_somewhere(directory), fds[8], i;
    struct cli cli = { .socket = path };
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    struct client client;

    (void)state;
    snprintf(path, sizeof path, "%s/s", directory);
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    for (i = 0; i < 8; i++) {
        fds[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
        if (connect(fds[i], (const struct sockaddr *)&address,
                    sizeof address) != 0)
            assert_int_equal(errno, EAGAIN);
    }
    client_init(&client);
    assert_cause(client_connect(&client, &cli, &err), &err, ERR_BROKER_BUSY);
    client_close(&client, false);
    for (i = 0; i < 8; i++)
        close(fds[i]);
    close(listener);
    unlink(path);
    rmdir(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(open_is_one_question_with_one_answer),
        cmocka_unit_test(the_brokers_error_is_ours),
        cmocka_unit_test(a_refusal_at_hello_is_heard),
        cmocka_unit_test(a_wrong_frame_is_refused),
        cmocka_unit_test(a_broker_that_dies_is_told),
        cmocka_unit_test(post_brings_the_reply),
        cmocka_unit_test(a_post_has_two_halves),
        cmocka_unit_test(a_first_half_in_vain_leaves_the_last_word),
        cmocka_unit_test(nobody_waits_for_a_final_post),
        cmocka_unit_test(the_owner_may_give_up_waiting),
        cmocka_unit_test(silence_ends_with_a_timeout),
        cmocka_unit_test(a_full_backlog_ends_in_a_clear_error),
        cmocka_unit_test(who_listens_is_checked_before_anything_is_sent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
