/* test_channel.c - CredSSP over HTTP against an acceptor, then SOAP bodies. */
#include "unit.h"

#include <unistd.h>

#include "winrm_host.h"

static void five_legs_then_sealed_bodies(void **state)
{
    struct host host = { .headers_fine = true };
    struct wire_server *server = host_start(&host);
    unsigned char *large = malloc(CHANNEL_BODY_MAX);
    struct channel *channel = NULL;
    struct credssp_facts facts;
    struct err err = ERR_INIT;

    (void)state;
    assert_non_null(large);
    memset(large, 'x', CHANNEL_BODY_MAX);
    assert_ok(host_open(server, false, NTLM_PASSWORD, &channel, &err), &err);
    assert_int_equal(host.legs, LEGS);
    assert_int_equal(host.requests, LEGS);
    assert_int_equal(channel_requests(channel), LEGS);
    assert_true(host.delegated);
    assert_int_equal(host_released(), 1);
    assert_string_equal(host_steps(), "0 1 2 3 4");
    assert_int_equal(host_steps_version(), CREDSSP_VERSION);
    channel_facts(channel, &facts);
    assert_int_equal(facts.version, CREDSSP_VERSION);
    assert_int_equal(facts.mechanism, SPNEGO_NTLM);
    assert_non_null(strstr(facts.tls, "TLSv1.2"));
    assert_echo(channel, "<s:Envelope/>", 13, 200);
    assert_echo(channel, large, CHANNEL_BODY_MAX, 200);
    assert_echo(channel, "<again/>", 8, 200);
    assert_int_equal(channel_requests(channel), LEGS + 3);
    assert_int_equal(host.legs, LEGS);
    assert_int_equal(wire_connections(server), 1);
    assert_true(host.headers_fine);
    channel_free(&channel);
    wire_stop(&server);
    free(large);
}

static void https_carries_plain_bodies(void **state)
{
    struct host host = { .headers_fine = true };
    struct wire_server *server = host_start_https(&host);
    struct channel *channel = NULL;
    struct err err = ERR_INIT;

    (void)state;
    assert_ok(host_open(server, true, NTLM_PASSWORD, &channel, &err), &err);
    assert_int_equal(host.legs, LEGS);
    assert_echo(channel, "<s:Envelope/>", 13, 500);
    assert_true(host.headers_fine);
    assert_true(host.delegated);
    channel_free(&channel);
    wire_stop(&server);
}

static void a_wrong_password_is_called_that(void **state)
{
    struct host host = { 0 };
    struct wire_server *server = host_start(&host);
    struct channel *channel = NULL;
    struct err err = ERR_INIT;

    (void)state;
    assert_cause(host_open(server, false, "wrong", &channel, &err), &err,
                 ERR_WRONG_PASSWORD);
    assert_null(channel);
    assert_int_equal(host_released(), 0);
    assert_int_equal(host.legs, 4);
    /* The leg that was refused is not told as good. */
    assert_string_equal(host_steps(), "0 1 2");
    wire_stop(&server);
}

/* The host takes the credential and then refuses it, with a reason. */
static void a_verdict_on_the_credential_is_read(void **state)
{
    struct host host = { .logon_status = 0xc0000071 };
    struct wire_server *server = host_start(&host);
    struct channel *channel = NULL;
    struct err err = ERR_INIT;

    (void)state;
    assert_cause(host_open(server, false, NTLM_PASSWORD, &channel, &err),
                 &err, ERR_PASSWORD_EXPIRED);
    assert_string_equal(host_steps(), "0 1 2 3");
    assert_int_equal(err.code, 0xc0000071);
    assert_null(channel);
    wire_stop(&server);
}

static void a_replayed_answer_is_refused(void **state)
{
    struct host host = { .replay = true, .first = BUF_INIT(BODY_MAX) };
    struct wire_server *server = host_start(&host);
    struct channel *channel = NULL;
    struct channel_reply reply;
    struct err err = ERR_INIT;

    (void)state;
    channel_reply_init(&reply);
    assert_ok(host_open(server, false, NTLM_PASSWORD, &channel, &err), &err);
    assert_echo(channel, "<x/>", 4, 200);
    assert_int_equal(channel_post(channel, "<x/>", 4, 2000, &reply, &err),
                     -1);
    assert_int_equal(err.stage, STAGE_SEALING);
    assert_int_equal(reply.body.len, 0);
    channel_reply_free(&reply);
    channel_free(&channel);
    wire_stop(&server);
    buf_free(&host.first);
}

static void a_request_is_bounded(void **state)
{
    struct host host = { .headers_fine = true };
    struct wire_server *server = host_start(&host);
    char *large = calloc(1, CHANNEL_BODY_MAX + 1);
    struct channel *channel = NULL;
    struct channel_reply reply;
    struct err err = ERR_INIT;

    (void)state;
    assert_non_null(large);
    channel_reply_init(&reply);
    assert_ok(host_open(server, false, NTLM_PASSWORD, &channel, &err), &err);
    assert_cause(channel_post(channel, large, CHANNEL_BODY_MAX + 1, 2000,
                              &reply, &err), &err, ERR_OVERSIZED);
    assert_cause(channel_post(channel, large, 0, 2000, &reply, &err), &err,
                 ERR_OVERSIZED);
    /* Nothing was sent, so nothing is lost. */
    assert_int_equal(channel_requests(channel), LEGS);
    assert_echo(channel, "<x/>", 4, 200);
    channel_reply_free(&reply);
    channel_free(&channel);
    wire_stop(&server);
    free(large);
}

/* What the host did reaches us within moments. */
static bool has_ended(const struct channel *channel)
{
    int i;

    for (i = 0; i < 2000 && channel_is_alive(channel); i++)
        usleep(1000);
    return !channel_is_alive(channel);
}

struct farewell {
    const char *unasked, *extra;
    bool https;
};

/* Its end, bytes that nobody asked for, and an announced end. */
static const struct farewell farewells[] = {
    { NULL, NULL, false },
    { NULL, NULL, true },
    { "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", NULL, false },
    { NULL, "Connection: close\r\n", false },
};

static void an_ended_connection_is_seen_before_a_post(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < sizeof farewells / sizeof *farewells; i++) {
        const struct farewell *row = &farewells[i];
        struct host host = { .headers_fine = true, .at = LEGS + 2,
                             .leave_after = LEGS + 2,
                             .unasked = row->unasked, .extra = row->extra };
        struct wire_server *server = row->https ? host_start_https(&host)
                                                : host_start(&host);
        struct channel *channel = NULL;
        struct channel_reply reply;
        struct err err = ERR_INIT;

        channel_reply_init(&reply);
        assert_ok(host_open(server, row->https, NTLM_PASSWORD, &channel,
                            &err), &err);
        assert_true(channel_is_alive(channel));
        assert_echo(channel, "<one/>", 6, row->https ? 500 : 200);
        channel_rest(channel);
        assert_true(channel_is_alive(channel));
        assert_echo(channel, "<two/>", 6, row->https ? 500 : 200);
        assert_true(has_ended(channel));
        /* Nobody asks and posts all the same: nothing new is opened. */
        assert_cause(channel_post(channel, "<three/>", 8, 2000, &reply, &err),
                     &err, ERR_CONNECTION_LOST);
        assert_int_equal(host.requests, LEGS + 2);
        assert_int_equal(wire_connections(server), 1);
        channel_reply_free(&reply);
        channel_free(&channel);
        wire_stop(&server);
    }
}

/* A new service knows nothing of it: it says 401 and what it offers. */
static void a_forgotten_connection_is_called_that(void **state)
{
    struct host host = { .headers_fine = true, .at = LEGS + 2,
                         .answer = "HTTP/1.1 401 \r\n"
                                   "WWW-Authenticate: Negotiate\r\n"
                                   "WWW-Authenticate: CredSSP\r\n"
                                   "Content-Length: 0\r\n\r\n" };
    struct wire_server *server = host_start(&host);
    struct channel *channel = NULL;
    struct channel_reply reply;
    struct err err = ERR_INIT;

    (void)state;
    channel_reply_init(&reply);
    assert_ok(host_open(server, false, NTLM_PASSWORD, &channel, &err), &err);
    assert_echo(channel, "<one/>", 6, 200);
    assert_cause(channel_post(channel, "<two/>", 6, 2000, &reply, &err), &err,
                 ERR_CONNECTION_LOST);
    assert_non_null(strstr(err.text, "no longer knows the authentication"));
    assert_false(channel_is_alive(channel));
    assert_int_equal(host_released(), 1);
    assert_int_equal(host.requests, LEGS + 2);
    channel_reply_free(&reply);
    channel_free(&channel);
    wire_stop(&server);
}

static const char body[] = "<s:Envelope/>";

/* The credential leaves with the first body, and not before. */
static void a_body_rides_on_the_last_leg(void **state)
{
    static const int rides[] = { RIDE_ANSWERED, RIDE_FAULT, RIDE_IGNORED };
    static const long statuses[] = { 200, 500, 0 };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rides / sizeof *rides; i++) {
        struct host host = { .headers_fine = true, .ride = rides[i] };
        struct wire_server *server = host_start_https(&host);
        struct channel *channel = NULL;
        struct channel_reply reply;
        struct err err = ERR_INIT;

        channel_reply_init(&reply);
        assert_ok(host_open_held(server, true, &channel, &err), &err);
        assert_true(channel_is_held(channel));
        assert_int_equal(host.legs, LEGS - 1);
        assert_int_equal(host_released(), 0);
        assert_string_equal(host_steps(), "0 1 2 3");
        assert_cause(channel_post(channel, body, 4, 2000, &reply, &err), &err,
                     ERR_CONNECTION_LOST);
        channel_free(&channel);

        assert_ok(host_open_held(server, true, &channel, &err), &err);
        assert_ok(channel_delegate(channel, body, sizeof body - 1, 2000,
                                   &reply, &err), &err);
        assert_false(channel_is_held(channel));
        assert_true(host.delegated);
        assert_int_equal(reply.status, statuses[i]);
        assert_int_equal(reply.body.len, statuses[i] != 0 ? sizeof body - 1
                                                          : 0);
        assert_int_equal(channel_requests(channel), LEGS);
        assert_int_equal(host_released(), 1);
        assert_echo(channel, "<again/>", 8, 500);
        assert_true(host.headers_fine);
        channel_reply_free(&reply);
        channel_free(&channel);
        wire_stop(&server);
    }
}

/* Bodies are sealed on 5985, and nothing can be sealed before the end. */
static void without_https_no_body_rides(void **state)
{
    struct host host = { .headers_fine = true };
    struct wire_server *server = host_start(&host);
    struct channel *channel = NULL;
    struct channel_reply reply;
    struct err err = ERR_INIT;

    (void)state;
    channel_reply_init(&reply);
    assert_ok(host_open_held(server, false, &channel, &err), &err);
    assert_cause(channel_delegate(channel, body, sizeof body - 1, 2000,
                                  &reply, &err), &err, ERR_INTERNAL);
    assert_int_equal(host_released(), 0);
    assert_int_equal(host.legs, LEGS - 1);
    err_clear(&err);
    assert_ok(channel_delegate(channel, NULL, 0, 2000, &reply, &err), &err);
    assert_int_equal(reply.status, 0);
    assert_echo(channel, "<x/>", 4, 200);
    assert_true(host.headers_fine);
    channel_reply_free(&reply);
    channel_free(&channel);
    wire_stop(&server);
}

#define EMPTY "Content-Length: 0\r\n\r\n"
#define PAGE "Content-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>"

/* Neither an answer to the body nor an end of the authentication. */
static const struct last_leg {
    const char *answer;
    uint32_t logon_status;
    enum err_cause cause;
    int64_t code;
} last_legs[] = {
    { NULL, 0xc0000071, ERR_PASSWORD_EXPIRED, 0xc0000071 },
    { "HTTP/1.1 401 \r\nWWW-Authenticate: CredSSP\r\n" EMPTY, 0,
      ERR_AUTH_DROPPED, 401 },
    { "HTTP/1.1 413 Too Large\r\n" EMPTY, 0, ERR_HTTP, 413 },
    { "HTTP/1.1 500 Error\r\n" EMPTY, 0, ERR_HTTP, 500 },
    { "HTTP/1.1 500 Error\r\n" PAGE, 0, ERR_HTTP, 500 },
    { "HTTP/1.1 200 OK\r\n" PAGE, 0, ERR_HTTP, 200 },
    { "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
      "Content-Length: 2\r\n\r\nok", 0, ERR_MALFORMED, 0 },
    { "", 0, ERR_CONNECTION_LOST, 0 },
};

static void a_last_leg_that_fails_is_explained(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < sizeof last_legs / sizeof *last_legs; i++) {
        const struct last_leg *row = &last_legs[i];
        struct host host = { .ride = RIDE_ANSWERED,
                             .at = row->answer != NULL ? LEGS : 0,
                             .answer = row->answer,
                             .logon_status = row->logon_status };
        struct wire_server *server = host_start_https(&host);
        struct channel *channel = NULL;
        struct channel_reply reply;
        struct err err = ERR_INIT;

        print_message("  %zu\n", i);
        channel_reply_init(&reply);
        assert_ok(host_open_held(server, true, &channel, &err), &err);
        assert_cause(channel_delegate(channel, body, sizeof body - 1, 2000,
                                      &reply, &err), &err, row->cause);
        if (row->code != 0)
            assert_int_equal(err.code, row->code);
        assert_int_equal(reply.body.len, 0);
        assert_false(channel_is_alive(channel));
        channel_reply_free(&reply);
        channel_free(&channel);
        wire_stop(&server);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(five_legs_then_sealed_bodies),
        cmocka_unit_test(https_carries_plain_bodies),
        cmocka_unit_test(a_wrong_password_is_called_that),
        cmocka_unit_test(a_verdict_on_the_credential_is_read),
        cmocka_unit_test(a_replayed_answer_is_refused),
        cmocka_unit_test(a_request_is_bounded),
        cmocka_unit_test(an_ended_connection_is_seen_before_a_post),
        cmocka_unit_test(a_forgotten_connection_is_called_that),
        cmocka_unit_test(a_body_rides_on_the_last_leg),
        cmocka_unit_test(without_https_no_body_rides),
        cmocka_unit_test(a_last_leg_that_fails_is_explained),
    };

    return cmocka_run_group_tests(tests, host_world_make, host_world_end);
}
