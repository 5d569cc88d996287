/* test_wire.c - the broker's frames: there and back, cut, padded, too long. */
#include "unit.h"

#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "broker/wire.h"

/* The fields behind length and type of the one frame in b. */
static struct reader fields_of(const struct buf *b, enum wire_type type)
{
    struct reader r = READER_INIT(b->data, b->len);

    assert_int_equal(reader_u32(&r), b->len - 4);
    assert_int_equal(reader_u8(&r), type);
    return r;
}

static void hello_has_its_fixed_bytes(void **state)
{
    static const unsigned char expected[WIRE_HELLO_BYTES] = {
        0, 0, 0, 9, 1, 0, 0, 0, WIRE_VERSION, 0x12, 0x34, 0x56, 0x78,
    };
    struct wire_hello hello = { WIRE_VERSION, 0x12345678 }, back;
    struct buf b = BUF_INIT(64);
    struct err err = ERR_INIT;
    struct reader r;

    (void)state;
    wire_put_hello(&b, &hello);
    assert_int_equal(b.len, sizeof expected);
    assert_memory_equal(b.data, expected, sizeof expected);
    r = fields_of(&b, WIRE_HELLO);
    assert_ok(wire_get_hello(&r, &back, &err), &err);
    assert_int_equal(back.sealed, hello.sealed);

    b.data[8] = WIRE_VERSION + 1;
    r = fields_of(&b, WIRE_HELLO);
    assert_cause(wire_get_hello(&r, &back, &err), &err,
                 ERR_BROKER_PROTOCOL);
    b.data[8] = WIRE_VERSION;
    b.data[9] = 0x80; /* a negative serial: a special keyring */
    r = fields_of(&b, WIRE_HELLO);
    assert_cause(wire_get_hello(&r, &back, &err), &err,
                 ERR_BROKER_PROTOCOL);
    buf_free(&b);
}

static void open_and_opened_come_back(void **state)
{
    struct wire_open ask = { "win1", 5986, WIRE_OPEN_FRESH }, asked;
    struct wire_opened told = {
        .host = "win1.corp.example.com", .port = 5985, .reused = true,
        .mechanism = "Kerberos", .spn = "WSMAN/win1.corp.example.com",
        .credssp_version = 6, .tls = "TLSv1.2 X", .requests = 5,
    }, heard;
    struct buf b = BUF_INIT(4096);
    struct err err = ERR_INIT;
    struct reader r;

    (void)state;
    wire_put_open(&b, &ask);
    r = fields_of(&b, WIRE_OPEN);
    assert_ok(wire_get_open(&r, &asked, &err), &err);
    assert_string_equal(asked.host, "win1");
    assert_int_equal(asked.port, 5986);
    assert_int_equal(asked.flags, WIRE_OPEN_FRESH);

    buf_clear(&b);
    wire_put_opened(&b, &told);
    r = fields_of(&b, WIRE_OPENED);
    assert_ok(wire_get_opened(&r, &heard, &err), &err);
    assert_string_equal(heard.spn, told.spn);
    assert_true(heard.reused);
    assert_false(heard.https);
    assert_int_equal(heard.requests, 5);
    buf_free(&b);
}

static void login_carries_the_password_as_a_secret(void **state)
{
    struct wire_login login = { .drop_keyring = 77, .lifetime_s = 60 };
    struct wire_login back;
    struct buf b = BUF_INIT(4096);
    struct err err = ERR_INIT;
    struct reader r;

    (void)state;
    snprintf(login.login, sizeof login.login, "CORP\\alice");
    assert_ok(secret_copy("p\xc3\xa4ss", 5, &login.password, &err), &err);
    wire_put_login(&b, &login);
    r = fields_of(&b, WIRE_LOGIN);
    assert_ok(wire_get_login(&r, &back, &err), &err);
    assert_true(secret_equal(login.password, back.password));
    assert_string_equal(back.login, "CORP\\alice");
    assert_int_equal(back.drop_keyring, 77);
    secret_free(&back.password);
    secret_free(&login.password);
    buf_free(&b);
}

static void an_error_crosses_whole(void **state)
{
    struct err sent = ERR_INIT, got = ERR_INIT;
    struct buf b = BUF_INIT(4096);
    struct reader r;

    (void)state;
    err_set(&sent, ERR_WRONG_PASSWORD, STAGE_DELEGATION, "no such luck");
    err_code(&sent, CODE_NTSTATUS, 0xc000006d);
    wire_put_error(&b, &sent);
    r = fields_of(&b, WIRE_ERROR);
    assert_int_equal(wire_get_error(&r, &got), -1);
    assert_int_equal(got.cause, ERR_WRONG_PASSWORD);
    assert_int_equal(got.stage, STAGE_DELEGATION);
    assert_true(got.code == 0xc000006d);
    assert_string_equal(got.text, "no such luck");
    assert_string_equal(got.advice, sent.advice);

    b.data[6] = 0xff; /* a cause that this release does not have */
    b.data[5] = 0xff;
    r = fields_of(&b, WIRE_ERROR);
    assert_cause(wire_get_error(&r, &got), &got, ERR_BROKER_PROTOCOL);
    buf_free(&b);
}

static void a_stage_has_an_error_only_when_it_failed(void **state)
{
    struct wire_stage ok = {
        .id = WIRE_STAGE_IDENTIFY, .outcome = WIRE_OK, .duration_us = 1234567,
        .detail = "x", .identity = (const unsigned char *)"<i/>",
        .identity_len = 4,
    }, failed = { .id = WIRE_STAGE_SPNEGO, .outcome = WIRE_FAILED }, back;
    struct buf b = BUF_INIT(4096);
    struct err err = ERR_INIT;
    struct reader r;

    (void)state;
    wire_put_stage(&b, &ok);
    r = fields_of(&b, WIRE_STAGE);
    assert_ok(wire_get_stage(&r, &back, &err), &err);
    assert_int_equal(back.id, WIRE_STAGE_IDENTIFY);
    assert_true(back.duration_us == 1234567);
    assert_int_equal(back.err.cause, ERR_NONE);
    assert_int_equal(back.identity_len, 4);
    assert_memory_equal(back.identity, "<i/>", 4);
    b.data[5] = WIRE_STAGE_COUNT;
    r = fields_of(&b, WIRE_STAGE);
    assert_cause(wire_get_stage(&r, &back, &err), &err, ERR_BROKER_PROTOCOL);
    b.data[5] = WIRE_STAGE_IDENTIFY;
    b.data[6] = WIRE_FAILED; /* and no error behind it */
    r = fields_of(&b, WIRE_STAGE);
    assert_cause(wire_get_stage(&r, &back, &err), &err, ERR_BROKER_PROTOCOL);

    err_set(&failed.err, ERR_CLOCK_SKEW, STAGE_KDC, NULL);
    buf_clear(&b);
    wire_put_stage(&b, &failed);
    r = fields_of(&b, WIRE_STAGE);
    err_clear(&err);
    assert_ok(wire_get_stage(&r, &back, &err), &err);
    assert_int_equal(back.err.cause, ERR_CLOCK_SKEW);
    assert_string_equal(back.err.advice, err_cause_advice(ERR_CLOCK_SKEW));
    buf_free(&b);
}

static void events_name_only_what_we_know(void **state)
{
    struct wire_event event = {
        .time = 1700000000, .event = AUDIT_DELEGATED, .host = "win1",
        .spn = "WSMAN/win1", .mechanism = "Kerberos", .credssp_version = 6,
        .tls = "TLSv1.2", .rule = "/etc/credssp.conf:3", .duration_ms = 12,
    };
    struct buf b = BUF_INIT(4096);
    struct wire_event back;
    struct err err = ERR_INIT;
    struct reader r;

    (void)state;
    wire_put_event(&b, &event);
    r = fields_of(&b, WIRE_EVENT);
    assert_ok(wire_get_event(&r, &back, &err), &err);
    assert_int_equal(back.time, event.time);
    assert_int_equal(back.event, AUDIT_DELEGATED);
    assert_string_equal(back.host, "win1");
    assert_string_equal(back.spn, "WSMAN/win1");
    assert_string_equal(back.mechanism, "Kerberos");
    assert_int_equal(back.credssp_version, 6);
    assert_string_equal(back.tls, "TLSv1.2");
    assert_string_equal(back.rule, "/etc/credssp.conf:3");
    assert_int_equal(back.cause, ERR_NONE);
    assert_int_equal(back.duration_ms, 12);
    b.data[5 + 8] = AUDIT_EVENT_COUNT;
    r = fields_of(&b, WIRE_EVENT);
    assert_cause(wire_get_event(&r, &back, &err), &err, ERR_BROKER_PROTOCOL);
    buf_free(&b);
}

/* What a decoder fills. */
struct frames {
    struct wire_hello hello;
    struct wire_open ask;
    struct wire_opened opened;
    struct wire_post post;
    struct wire_reply reply;
    struct wire_stored stored;
    struct wire_listed listed;
    struct wire_check check;
    struct wire_checked checked;
    struct wire_login login;
    struct wire_test test;
    struct wire_stage stage;
    struct wire_tested tested;
    struct wire_will will;
    struct wire_pooled pooled;
    struct wire_logged_out logged_out;
    struct wire_event event;
    struct wire_logged logged;
    struct wire_show show;
    struct wire_line line;
    struct wire_shown shown;
};

static struct frames u;

/* Every decoder, cut at every length and with a byte too many, refuses. */
static int decode(enum wire_type type, struct reader *r, struct err *err)
{
    struct secret *ticket = NULL;
    struct wire_login login;
    int result = -1;

    switch (type) {
    case WIRE_HELLO: return wire_get_hello(r, &u.hello, err);
    case WIRE_OPEN: return wire_get_open(r, &u.ask, err);
    case WIRE_OPENED: return wire_get_opened(r, &u.opened, err);
    case WIRE_POST: return wire_get_post(r, &u.post, err);
    case WIRE_REPLY: return wire_get_reply(r, &u.reply, err);
    case WIRE_STORED: return wire_get_stored(r, &u.stored, err);
    case WIRE_LIST: return wire_get_list(r, err);
    case WIRE_LISTED: return wire_get_listed(r, &u.listed, err);
    case WIRE_CHECK: return wire_get_check(r, &u.check, err);
    case WIRE_CHECKED: return wire_get_checked(r, &u.checked, err);
    case WIRE_TEST: return wire_get_test(r, &u.test, err);
    case WIRE_STAGE: return wire_get_stage(r, &u.stage, err);
    case WIRE_TESTED: return wire_get_tested(r, &u.tested, err);
    case WIRE_WILL: return wire_get_will(r, &u.will, err);
    case WIRE_POOL: return wire_get_pool(r, err);
    case WIRE_POOLED: return wire_get_pooled(r, &u.pooled, err);
    case WIRE_LOGOUT: return wire_get_logout(r, err);
    case WIRE_LOGGED_OUT:
        return wire_get_logged_out(r, &u.logged_out, err);
    case WIRE_LOG: return wire_get_log(r, err);
    case WIRE_EVENT: return wire_get_event(r, &u.event, err);
    case WIRE_LOGGED: return wire_get_logged(r, &u.logged, err);
    case WIRE_SHOW: return wire_get_show(r, &u.show, err);
    case WIRE_LINE: return wire_get_line(r, &u.line, err);
    case WIRE_SHOWN: return wire_get_shown(r, &u.shown, err);
    case WIRE_TICKET:
        result = wire_get_ticket(r, &ticket, err);
        secret_free(&ticket);
        return result;
    case WIRE_LOGIN:
        result = wire_get_login(r, &login, err);
        secret_free(&login.password);
        return result;
    case WIRE_ERROR:
        wire_get_error(r, err);
        return err->cause == ERR_BROKER_PROTOCOL ? -1 : 0;
    }
    return result;
}

/* One of each frame. */
static struct frames one = {
    .hello = { WIRE_VERSION, 1 },
    .ask = { "h", 1, 0 },
    .opened = { .host = "h" },
    .post = { 0, 1000, (const unsigned char *)"<x/>", 4 },
    .reply = { 200, "t", (const unsigned char *)"y", 1 },
    .stored = { 5, 60 },
    .listed = { .principal = "p", .is_protected = true,
                .refused = ERR_WRONG_PASSWORD },
    .check = { "h", { WIRE_SELF, "" } },
    .checked = { .host = "h" },
    .login = { .drop_keyring = 3 },
    .test = { "h", WIRE_TEST_IDENTIFY },
    .stage = { .id = WIRE_STAGE_TCP, .detail = "d", .outcome = WIRE_FAILED },
    .tested = { .opened = true, .host = "h" },
    .will = { .label = "l", .value = "v", .body = (const unsigned char *)"b",
              .len = 1 },
    .pooled = { .count = 1 },
    .logged_out = { .ended = 2 },
    .event = { .time = 1, .event = AUDIT_REFUSED, .host = "h",
               .cause = ERR_CONNECT },
    .logged = { 2 },
    .show = { { WIRE_SELF, "s" } },
    .line = { WIRE_LINE_SETTING, "Port 1", "f", 3 },
    .shown = { .user = "u", .is_newest = true },
};

static void put_one(enum wire_type type, struct buf *b)
{
    struct err err = ERR_INIT;
    struct secret *s = NULL;

    err_set(&one.stage.err, ERR_CONNECT, STAGE_TCP, NULL);
    assert_ok(secret_new(WIRE_TICKET_BYTES, &s, &err), &err);
    one.login.password = s;
    switch (type) {
    case WIRE_HELLO: wire_put_hello(b, &one.hello); break;
    case WIRE_TICKET: wire_put_ticket(b, s); break;
    case WIRE_OPEN: wire_put_open(b, &one.ask); break;
    case WIRE_OPENED: wire_put_opened(b, &one.opened); break;
    case WIRE_POST: wire_put_post(b, &one.post); break;
    case WIRE_REPLY: wire_put_reply(b, &one.reply); break;
    case WIRE_LOGIN: wire_put_login(b, &one.login); break;
    case WIRE_STORED: wire_put_stored(b, &one.stored); break;
    case WIRE_LIST: wire_put_list(b); break;
    case WIRE_LISTED: wire_put_listed(b, &one.listed); break;
    case WIRE_CHECK: wire_put_check(b, &one.check); break;
    case WIRE_CHECKED: wire_put_checked(b, &one.checked); break;
    case WIRE_ERROR:
        err_set(&err, ERR_CONNECT, STAGE_TCP, NULL);
        wire_put_error(b, &err);
        break;
    case WIRE_TEST: wire_put_test(b, &one.test); break;
    case WIRE_STAGE: wire_put_stage(b, &one.stage); break;
    case WIRE_TESTED: wire_put_tested(b, &one.tested); break;
    case WIRE_LOG: wire_put_log(b); break;
    case WIRE_EVENT: wire_put_event(b, &one.event); break;
    case WIRE_LOGGED: wire_put_logged(b, &one.logged); break;
    case WIRE_WILL: wire_put_will(b, &one.will); break;
    case WIRE_POOL: wire_put_pool(b); break;
    case WIRE_POOLED: wire_put_pooled(b, &one.pooled); break;
    case WIRE_LOGOUT: wire_put_logout(b); break;
    case WIRE_LOGGED_OUT: wire_put_logged_out(b, &one.logged_out); break;
    case WIRE_SHOW: wire_put_show(b, &one.show); break;
    case WIRE_LINE: wire_put_line(b, &one.line); break;
    case WIRE_SHOWN: wire_put_shown(b, &one.shown); break;
    }
    secret_free(&s);
}

static void every_frame_is_whole_or_refused(void **state)
{
    unsigned type;

    (void)state;
    for (type = WIRE_HELLO; type <= WIRE_SHOWN; type++) {
        struct buf b = BUF_INIT(8192);
        struct err err = ERR_INIT;
        struct reader r;
        size_t n;

        if (strcmp(wire_type_name(type), "?") == 0)
            continue;
        put_one((enum wire_type)type, &b);
        buf_put_u8(&b, 0); /* the byte too many */
        for (n = 5; n <= b.len; n++) {
            r = (struct reader)READER_INIT(b.data + 5, n - 5);
            err_clear(&err);
            if (n == b.len - 1)
                assert_ok(decode((enum wire_type)type, &r, &err), &err);
            else
                assert_cause(decode((enum wire_type)type, &r, &err), &err,
                             ERR_BROKER_PROTOCOL);
        }
        buf_free(&b);
    }
}

static void frames_cross_a_socket(void **state)
{
    struct wire_check check = { "win1", { WIRE_SELF, "sshd" } }, back;
    struct buf out = BUF_INIT(4096), in = BUF_INIT(4096);
    struct err err = ERR_INIT;
    struct reader r;
    unsigned type;
    int pair[2];

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    wire_put_check(&out, &check);
    wire_put_list(&out);
    assert_ok(wire_send(pair[0], &out, 1000, &err), &err);
    assert_ok(wire_receive(pair[1], 1024, 1000, &in, &type, &r, &err), &err);
    assert_int_equal(type, WIRE_CHECK);
    assert_ok(wire_get_check(&r, &back, &err), &err);
    assert_string_equal(back.host, "win1");
    assert_ok(wire_receive(pair[1], 1024, 1000, &in, &type, &r, &err), &err);
    assert_int_equal(type, WIRE_LIST);
    assert_ok(wire_get_list(&r, &err), &err);

    assert_cause(wire_receive(pair[1], 1024, 30, &in, &type, &r, &err), &err,
                 ERR_TIMEOUT);
    close(pair[0]);
    assert_cause(wire_receive(pair[1], 1024, -1, &in, &type, &r, &err), &err,
                 ERR_BROKER_DOWN);
    assert_int_equal(err.domain, CODE_NONE);
    assert_cause(wire_send(pair[1], &out, 1000, &err), &err,
                 ERR_BROKER_DOWN);
    close(pair[1]);
    buf_free(&out);
    buf_free(&in);
}

static void hostile_lengths_are_refused_unread(void **state)
{
    static const unsigned char heads[][5] = {
        { 0, 0, 0, 0, 9 }, { 0xff, 0xff, 0xff, 0xff, 9 }, { 0, 0, 4, 1, 9 },
    };
    struct buf in = BUF_INIT(4096);
    struct err err = ERR_INIT;
    struct reader r;
    unsigned type;
    int pair[2];
    size_t i;

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    for (i = 0; i < sizeof heads / sizeof *heads; i++) {
        assert_int_equal(write(pair[0], heads[i], 5), 5);
        assert_cause(wire_receive(pair[1], 1024, 1000, &in, &type, &r, &err),
                     &err, ERR_BROKER_PROTOCOL);
    }
    close(pair[0]);
    close(pair[1]);
    buf_free(&in);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hello_has_its_fixed_bytes),
        cmocka_unit_test(open_and_opened_come_back),
        cmocka_unit_test(login_carries_the_password_as_a_secret),
        cmocka_unit_test(an_error_crosses_whole),
        cmocka_unit_test(a_stage_has_an_error_only_when_it_failed),
        cmocka_unit_test(events_name_only_what_we_know),
        cmocka_unit_test(every_frame_is_whole_or_refused),
        cmocka_unit_test(frames_cross_a_socket),
        cmocka_unit_test(hostile_lengths_are_refused_unread),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
