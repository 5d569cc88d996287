/*
 * test_tunnel_records.c - records that a client must live through, and those
 * that must end it by name.
 */
#include "unit.h"

#include "auth/tunnel.h"
#include "forged_server.h"

#define LEG_MAX 65536

/* RFC 5246 section 6.2.1, 7.2 and 7.4. */
enum { ALERT = 21, HANDSHAKE = 22, APPLICATION = 23 };
#define HELLO_REQUEST "\0\0\0"
#define NO_RENEGOTIATION "\x01\x64"

static struct server_key rsa;

static int make_key(void **state)
{
    (void)state;
    rsa = server_key_rsa(2048);
    return 0;
}

static int free_key(void **state)
{
    (void)state;
    server_key_free(&rsa);
    return 0;
}

struct ends {
    struct tunnel *client;
    struct forged_server server;
    struct buf there, back, plain;
};

static void begin(struct ends *ends)
{
    const struct tunnel_profile profile = { .legacy = false };
    struct err err = ERR_INIT;

    buf_init(&ends->there, LEG_MAX);
    buf_init(&ends->back, LEG_MAX);
    buf_init(&ends->plain, LEG_MAX);
    assert_ok(tunnel_new_client(&profile, &ends->client, &err), &err);
    forged_server_make(&ends->server, &rsa);
}

static void end(struct ends *ends)
{
    tunnel_free(&ends->client);
    forged_server_free(&ends->server);
    buf_free(&ends->there);
    buf_free(&ends->back);
    buf_free(&ends->plain);
}

/* One leg of the client, and the server's answer to it. */
static void leg(struct ends *ends)
{
    struct err err = ERR_INIT;
    bool finished;

    buf_clear(&ends->there);
    assert_ok(tunnel_handshake(ends->client, ends->back.data, ends->back.len,
                               &ends->there, &finished, &err), &err);
    assert_false(finished);
    buf_clear(&ends->back);
    forged_server_answer(&ends->server, &ends->there, &ends->back);
}

static int last_leg(struct ends *ends, struct err *err)
{
    bool finished = false;
    int r;

    buf_clear(&ends->there);
    r = tunnel_handshake(ends->client, ends->back.data, ends->back.len,
                         &ends->there, &finished, err);
    assert_int_equal(finished, r == 0);
    buf_clear(&ends->back);
    return r;
}

static void shake_hands(struct ends *ends)
{
    struct err err = ERR_INIT;

    leg(ends);
    leg(ends);
    forged_server_take_keys(&ends->server);
    assert_ok(last_leg(ends, &err), &err);
}

/* Puts a record without protection before the server's flight. */
static void prepend(struct ends *ends, unsigned char type, const void *plain,
                    size_t len)
{
    struct buf flight = BUF_INIT(LEG_MAX);

    buf_put_u8(&flight, type);
    buf_put_u16(&flight, 0x0303);
    buf_put_u16(&flight, (uint16_t)len);
    buf_put(&flight, plain, len);
    buf_put(&flight, ends->back.data, ends->back.len);
    buf_clear(&ends->back);
    buf_put(&ends->back, flight.data, flight.len);
    buf_free(&flight);
}

static void seal(struct ends *ends, unsigned char type, const void *plain,
                 size_t len)
{
    forged_server_seal(&ends->server, type, plain, len, &ends->back);
}

static int receive(struct ends *ends, struct err *err)
{
    int r;

    buf_clear(&ends->plain);
    r = tunnel_open(ends->client, ends->back.data, ends->back.len,
                    &ends->plain, err);
    buf_clear(&ends->back);
    return r;
}

static void assert_received(struct ends *ends, const char *text)
{
    struct err err = ERR_INIT;

    assert_ok(receive(ends, &err), &err);
    assert_int_equal(ends->plain.len, strlen(text));
    assert_memory_equal(ends->plain.data, text, strlen(text));
}

/* What the client sends next begins with these many no_renegotiation. */
static void assert_sends(struct ends *ends, unsigned refusals)
{
    struct buf records = BUF_INIT(LEG_MAX), plain = BUF_INIT(256);
    struct err err = ERR_INIT;
    struct reader r;

    assert_ok(tunnel_seal(ends->client, "answer", 6, &records, &err), &err);
    r = (struct reader)READER_INIT(records.data, records.len);
    while (refusals-- > 0) {
        assert_int_equal(forged_server_open(&ends->server, &r, &plain),
                         ALERT);
        assert_memory_equal(plain.data, NO_RENEGOTIATION, 2);
    }
    assert_int_equal(forged_server_open(&ends->server, &r, &plain),
                     APPLICATION);
    assert_int_equal(r.left, 0);
    assert_memory_equal(plain.data, "answer", 6);
    buf_free(&records);
    buf_free(&plain);
}

static void a_request_to_renegotiate_is_declined(void **state)
{
    struct ends ends;

    (void)state;
    begin(&ends);
    shake_hands(&ends);
    seal(&ends, HANDSHAKE, HELLO_REQUEST, 4);
    assert_received(&ends, "");
    seal(&ends, HANDSHAKE, HELLO_REQUEST, 4);
    seal(&ends, APPLICATION, "hello", 5);
    assert_received(&ends, "hello");
    /* The warnings are part of the stream: they go before what is next. */
    assert_sends(&ends, 2);
    assert_sends(&ends, 0);
    end(&ends);
}

/* "HelloRequest may be sent at any time", and is ignored while one is
 * negotiating (RFC 5246 section 7.4.1.1). */
static void a_request_during_the_handshake_is_ignored(void **state)
{
    struct err err = ERR_INIT;
    struct ends ends;

    (void)state;
    begin(&ends);
    leg(&ends);
    prepend(&ends, HANDSHAKE, HELLO_REQUEST, 4);
    leg(&ends);
    forged_server_take_keys(&ends.server);
    /* And once more behind the server's Finished, in the same flight. */
    seal(&ends, HANDSHAKE, HELLO_REQUEST, 4);
    assert_ok(last_leg(&ends, &err), &err);
    assert_int_equal(ends.there.len, 0);
    seal(&ends, APPLICATION, "hello", 5);
    assert_received(&ends, "hello");
    assert_sends(&ends, 1);
    end(&ends);
}

static void warnings_and_empty_records_are_lived_through(void **state)
{
    struct err err = ERR_INIT;
    struct ends ends;
    int i;

    (void)state;
    begin(&ends);
    leg(&ends);
    prepend(&ends, ALERT, "\x01\x70", 2); /* unrecognized_name: RFC 6066 */
    leg(&ends);
    forged_server_take_keys(&ends.server);
    seal(&ends, ALERT, "\x01\x5a", 2); /* user_canceled */
    seal(&ends, APPLICATION, "", 0);
    assert_ok(last_leg(&ends, &err), &err);
    for (i = 0; i < 5; i++) {
        seal(&ends, APPLICATION, "", 0);
        seal(&ends, ALERT, "\x01\x5a", 2);
        seal(&ends, APPLICATION, "hel", 3);
        seal(&ends, APPLICATION, "", 0);
        seal(&ends, APPLICATION, "lo", 2);
        seal(&ends, APPLICATION, "", 0);
        assert_received(&ends, "hello");
        assert_sends(&ends, 0);
    }
    end(&ends);
}

static void a_message_behind_the_handshake_is_refused(void **state)
{
    struct err err = ERR_INIT;
    struct ends ends;

    (void)state;
    begin(&ends);
    leg(&ends);
    leg(&ends);
    forged_server_take_keys(&ends.server);
    seal(&ends, ALERT, "\x01\x5a", 2);
    seal(&ends, APPLICATION, "early", 5);
    assert_cause(last_leg(&ends, &err), &err, ERR_MALFORMED);
    end(&ends);
}

static void a_fatal_alert_is_named(void **state)
{
    static const struct {
        const char *alert;
        int code;
        const char *words;
    } rows[] = {
        { "\x02\x31", 49, "denies access" },
        { "\x02\x50", 80, "internal error" },
        { "\x02\x14", 20, "could not decrypt" },
        { "\x01\x00", 0, "ended the TLS tunnel" },
    };
    struct ends ends;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct err err = ERR_INIT;

        begin(&ends);
        shake_hands(&ends);
        seal(&ends, ALERT, rows[i].alert, 2);
        assert_cause(receive(&ends, &err), &err, ERR_TLS);
        assert_int_equal(err.domain, CODE_TLS_ALERT);
        assert_int_equal(err.code, rows[i].code);
        assert_non_null(strstr(err.text, rows[i].words));
        end(&ends);
    }
}

static void an_alert_in_place_of_an_answer_is_named(void **state)
{
    static const unsigned char alert[] = { ALERT, 3, 3, 0, 2, 2, 40 };
    struct err err = ERR_INIT;
    struct ends ends;

    (void)state;
    begin(&ends);
    leg(&ends);
    buf_clear(&ends.back);
    buf_put(&ends.back, alert, sizeof alert);
    assert_cause(last_leg(&ends, &err), &err, ERR_TLS);
    assert_int_equal(err.code, 40);
    assert_non_null(strstr(err.text, "cipher suite"));
    end(&ends);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_to_renegotiate_is_declined),
        cmocka_unit_test(a_request_during_the_handshake_is_ignored),
        cmocka_unit_test(warnings_and_empty_records_are_lived_through),
        cmocka_unit_test(a_message_behind_the_handshake_is_refused),
        cmocka_unit_test(a_fatal_alert_is_named),
        cmocka_unit_test(an_alert_in_place_of_an_answer_is_named),
    };

    return cmocka_run_group_tests(tests, make_key, free_key);
}
