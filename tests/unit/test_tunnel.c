/* test_tunnel.c - TLS 1.2 in memory: two ends, records, trailers, refusals. */
#include "unit.h"

#include <openssl/ssl.h>
#include <stdlib.h>

#include "auth/tunnel.h"
#include "server_key.h"

#define LEG_MAX 262144

struct ends {
    struct tunnel *client, *server;
};

static struct server_key rsa, ec;

static int make_keys(void **state)
{
    (void)state;
    rsa = server_key_rsa(2048);
    ec = server_key_ec("P-256");
    return 0;
}

static int free_keys(void **state)
{
    (void)state;
    server_key_free(&rsa);
    server_key_free(&ec);
    return 0;
}

/* Legs to and fro until the client is finished; its result and error. */
static int shake_hands(struct ends *ends, unsigned *legs, struct err *err)
{
    struct buf there = BUF_INIT(LEG_MAX), back = BUF_INIT(LEG_MAX);
    struct err server_err = ERR_INIT;
    bool finished = false, ignored;
    int r;

    for (*legs = 0;; ++*legs) {
        r = tunnel_handshake(ends->client, back.data, back.len, &there,
                             &finished, err);
        if (r != 0 || finished)
            break;
        buf_clear(&back);
        /* A failing server leaves its alert in back. */
        if (tunnel_handshake(ends->server, there.data, there.len, &back,
                             &ignored, &server_err) != 0)
            assert_true(back.len > 0);
        buf_clear(&there);
    }
    buf_free(&there);
    buf_free(&back);
    return r;
}

static void make_ends(struct ends *ends, const struct tunnel_profile *profile,
                      const struct server_key *key, const char *suite)
{
    struct err err = ERR_INIT;

    assert_ok(tunnel_new_client(profile, &ends->client, &err), &err);
    assert_ok(tunnel_new_server(key->certificate, key->key, suite,
                                &ends->server, &err), &err);
}

static void free_ends(struct ends *ends)
{
    tunnel_free(&ends->client);
    tunnel_free(&ends->server);
}

struct suite_row {
    const char *suite;
    bool legacy, ec;
    size_t prefix; /* bytes of a record before the ciphertext */
};

static const struct suite_row suites[] = {
    { "ECDHE-RSA-AES256-GCM-SHA384", false, false, 5 + 8 },
    { "ECDHE-RSA-AES128-GCM-SHA256", false, false, 5 + 8 },
    { "ECDHE-RSA-CHACHA20-POLY1305", false, false, 5 },
    { "ECDHE-ECDSA-AES256-GCM-SHA384", false, true, 5 + 8 },
    { "DHE-RSA-AES256-GCM-SHA384", false, false, 5 + 8 },
    { "ECDHE-RSA-AES256-SHA384", true, false, 5 + 16 },
    { "ECDHE-RSA-AES128-SHA256", true, false, 5 + 16 },
    { "ECDHE-RSA-AES256-SHA", true, false, 5 + 16 },
    { "AES128-SHA", true, false, 5 + 16 },
};

/* The trailer of every length around a block, against the real record. */
static void check_trailers(struct ends *ends, const struct suite_row *row)
{
    static const unsigned char plain[TUNNEL_RECORD_PLAIN_MAX];
    static const size_t lengths[] = { 1316, 4096, 16383, 16384 };
    struct buf record = BUF_INIT(LEG_MAX);
    struct err err = ERR_INIT;
    size_t i, n;

    for (i = 1; i < 40 + sizeof lengths / sizeof *lengths; i++) {
        n = i < 40 ? i : lengths[i - 40];
        buf_clear(&record);
        assert_ok(tunnel_seal(ends->client, plain, n, &record, &err), &err);
        assert_int_equal(row->prefix + n + tunnel_trailer(ends->client, n),
                         record.len);
        assert_int_equal(tunnel_trailer(ends->server, n),
                         tunnel_trailer(ends->client, n));
    }
    buf_free(&record);
}

static void every_suite_has_its_trailer(void **state)
{
    struct tunnel_profile profile = { .legacy = false };
    struct err err = ERR_INIT;
    struct ends ends;
    unsigned legs;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof suites / sizeof *suites; i++) {
        char described[128];

        profile.legacy = suites[i].legacy;
        make_ends(&ends, &profile, suites[i].ec ? &ec : &rsa,
                  suites[i].suite);
        assert_ok(shake_hands(&ends, &legs, &err), &err);
        assert_int_equal(legs, 2);
        snprintf(described, sizeof described, "TLSv1.2 %s", suites[i].suite);
        assert_string_equal(tunnel_describe(ends.client), described);
        check_trailers(&ends, &suites[i]);
        free_ends(&ends);
    }
}

static void trailer_of_the_recorded_2012r2(void **state)
{
    /* pypsrp tests: AES256-SHA384, 1316 bytes of plaintext, trailer 60. */
    struct tunnel_profile profile = { .legacy = true };
    struct err err = ERR_INIT;
    struct ends ends;
    unsigned legs;

    (void)state;
    make_ends(&ends, &profile, &rsa, "ECDHE-RSA-AES256-SHA384");
    assert_ok(shake_hands(&ends, &legs, &err), &err);
    assert_int_equal(tunnel_trailer(ends.client, 1316), 60);
    free_ends(&ends);
}

static void long_messages_are_whole_records(void **state)
{
    struct tunnel_profile profile = { .legacy = false };
    struct buf records = BUF_INIT(LEG_MAX), plain = BUF_INIT(50000);
    unsigned char *message = malloc(50000);
    struct err err = ERR_INIT;
    struct ends ends;
    unsigned legs;
    size_t i;

    (void)state;
    assert_non_null(message);
    for (i = 0; i < 50000; i++)
        message[i] = (unsigned char)(i * 7 + i / 256);
    make_ends(&ends, &profile, &rsa, NULL);
    assert_ok(shake_hands(&ends, &legs, &err), &err);
    assert_ok(tunnel_seal(ends.server, message, 50000, &records, &err), &err);
    assert_int_equal(records.len, 50000 + 4 * (5 + 8 + 16));
    assert_ok(tunnel_open(ends.client, records.data, records.len, &plain,
                          &err), &err);
    assert_int_equal(plain.len, 50000); /* exactly the buffer's maximum */
    assert_memory_equal(plain.data, message, 50000);
    buf_free(&records);
    buf_free(&plain);
    free_ends(&ends);
    free(message);
}

static void broken_records_are_refused(void **state)
{
    struct tunnel_profile profile = { .legacy = false };
    struct buf records = BUF_INIT(LEG_MAX), plain = BUF_INIT(64);
    struct err err = ERR_INIT;
    struct ends ends;
    unsigned legs;
    size_t n;

    (void)state;
    make_ends(&ends, &profile, &rsa, NULL);
    assert_ok(shake_hands(&ends, &legs, &err), &err);
    assert_ok(tunnel_seal(ends.server, "hello", 5, &records, &err), &err);
    for (n = 1; n < records.len; n++)
        assert_cause(tunnel_open(ends.client, records.data, n, &plain, &err),
                     &err, ERR_MALFORMED);
    assert_int_equal(plain.len, 0);
    records.data[records.len - 1] ^= 1;
    assert_cause(tunnel_open(ends.client, records.data, records.len, &plain,
                             &err), &err, ERR_TLS);
    assert_int_equal(err.stage, STAGE_SEALING);
    assert_int_equal(plain.len, 0);
    buf_free(&records);
    buf_free(&plain);
    free_ends(&ends);
}

static void more_than_asked_for_is_refused(void **state)
{
    struct tunnel_profile profile = { .legacy = false };
    struct buf records = BUF_INIT(LEG_MAX), plain = BUF_INIT(4);
    struct err err = ERR_INIT;
    struct ends ends;
    unsigned legs;

    (void)state;
    make_ends(&ends, &profile, &rsa, NULL);
    assert_ok(shake_hands(&ends, &legs, &err), &err);
    assert_ok(tunnel_seal(ends.server, "hello", 5, &records, &err), &err);
    assert_cause(tunnel_open(ends.client, records.data, records.len, &plain,
                             &err), &err, ERR_OVERSIZED);
    buf_free(&records);
    buf_free(&plain);
    free_ends(&ends);
}

static void both_ends_see_the_bit_string(void **state)
{
    struct tunnel_profile profile = { .legacy = false };
    const struct server_key *keys[] = { &rsa, &ec };
    struct buf client = BUF_INIT(TUNNEL_KEY_MAX);
    struct buf server = BUF_INIT(TUNNEL_KEY_MAX);
    struct err err = ERR_INIT;
    struct ends ends;
    unsigned legs;
    size_t i;

    (void)state;
    for (i = 0; i < 2; i++) {
        buf_clear(&client);
        buf_clear(&server);
        make_ends(&ends, &profile, keys[i], NULL);
        assert_ok(shake_hands(&ends, &legs, &err), &err);
        assert_ok(tunnel_public_key(ends.client, &client, &err), &err);
        assert_ok(tunnel_public_key(ends.server, &server, &err), &err);
        assert_int_equal(client.len, server.len);
        assert_memory_equal(client.data, server.data, server.len);
        /* RFC 8017 RSAPublicKey is a SEQUENCE; RFC 5480 an uncompressed
         * point starts with 4 and P-256 has 65 bytes. */
        assert_int_equal(client.data[0], i == 0 ? 0x30 : 0x04);
        assert_int_equal(client.len, i == 0 ? 270 : 65);
        free_ends(&ends);
    }
    buf_free(&client);
    buf_free(&server);
}

static void pins_decide(void **state)
{
    struct tunnel_profile profile = { .legacy = false };
    unsigned char digest[EVP_MAX_MD_SIZE];
    struct err err = ERR_INIT;
    struct ends ends;
    char hex[65], *p;
    unsigned legs, n = 0;

    (void)state;
    X509_digest(rsa.certificate, EVP_sha256(), digest, &n);
    for (p = hex; p < hex + 64; p += 2)
        snprintf(p, 3, "%02x", digest[(p - hex) / 2]);
    profile.pinned_sha256 = hex;
    make_ends(&ends, &profile, &rsa, NULL);
    assert_ok(shake_hands(&ends, &legs, &err), &err);
    free_ends(&ends);

    make_ends(&ends, &profile, &ec, NULL);
    assert_cause(shake_hands(&ends, &legs, &err), &err, ERR_CERTIFICATE);
    free_ends(&ends);

    profile.pinned_sha256 = "abcd";
    assert_cause(tunnel_new_client(&profile, &ends.client, &err), &err,
                 ERR_CERTIFICATE);
}

static void legacy_only_when_asked(void **state)
{
    struct tunnel_profile profile = { .legacy = false };
    struct server_key small = server_key_rsa(1024);
    struct err err = ERR_INIT;
    struct ends ends;
    unsigned legs;

    (void)state;
    make_ends(&ends, &profile, &rsa, "ECDHE-RSA-AES256-SHA384");
    assert_cause(shake_hands(&ends, &legs, &err), &err, ERR_TLS);
    assert_int_equal(err.domain, CODE_TLS_ALERT);
    assert_int_equal(err.code, 40); /* handshake_failure */
    free_ends(&ends);

    /* With suites as they should be, a short key remains a short key. */
    make_ends(&ends, &profile, &small, NULL);
    assert_cause(shake_hands(&ends, &legs, &err), &err, ERR_CERTIFICATE);
    assert_non_null(strstr(err.text, "1024"));
    assert_non_null(strstr(err.advice, "LegacyTLS"));
    free_ends(&ends);

    profile.legacy = true;
    make_ends(&ends, &profile, &small,
              "ECDHE-RSA-AES256-SHA384:@SECLEVEL=0");
    assert_ok(shake_hands(&ends, &legs, &err), &err);
    free_ends(&ends);
    server_key_free(&small);
}

static void only_tls_1_2_is_spoken(void **state)
{
    struct tunnel_profile profile = { .legacy = true };
    struct buf hello = BUF_INIT(LEG_MAX);
    struct tunnel *client = NULL;
    struct err err = ERR_INIT;
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    SSL *server = SSL_new(context);
    BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());
    char *flight = NULL;
    bool finished;
    long n;

    (void)state;
    assert_ok(tunnel_new_client(&profile, &client, &err), &err);
    assert_ok(tunnel_handshake(client, NULL, 0, &hello, &finished, &err),
              &err);
    SSL_set_min_proto_version(server, TLS1_3_VERSION);
    SSL_set_accept_state(server);
    SSL_set_bio(server, in, out);
    BIO_write(in, hello.data, (int)hello.len);
    assert_int_equal(SSL_do_handshake(server), -1);
    n = BIO_get_mem_data(out, &flight);
    assert_true(n > 0);
    assert_cause(tunnel_handshake(client, flight, (size_t)n, &hello,
                                  &finished, &err), &err, ERR_TLS);
    assert_int_equal(err.code, 70); /* protocol_version */
    SSL_free(server);
    SSL_CTX_free(context);
    tunnel_free(&client);
    buf_free(&hello);
}

static void a_forged_signature_is_noticed(void **state)
{
    /* VERIFY_NONE looks away from the chain, never from the signature of the
     * key exchange, or the binding would prove nothing. */
    struct tunnel_profile profile = { .legacy = false };
    struct buf there = BUF_INIT(LEG_MAX), back = BUF_INIT(LEG_MAX);
    struct err err = ERR_INIT;
    struct ends ends;
    bool finished;

    (void)state;
    make_ends(&ends, &profile, &rsa, NULL);
    assert_ok(tunnel_handshake(ends.client, NULL, 0, &there, &finished, &err),
              &err);
    assert_ok(tunnel_handshake(ends.server, there.data, there.len, &back,
                               &finished, &err), &err);
    /* The last record is ServerHelloDone, nine bytes; before it stands the
     * end of ServerKeyExchange's signature. */
    back.data[back.len - 9 - 1] ^= 1;
    buf_clear(&there);
    assert_cause(tunnel_handshake(ends.client, back.data, back.len, &there,
                                  &finished, &err), &err, ERR_TLS);
    buf_free(&there);
    buf_free(&back);
    free_ends(&ends);
}

static void no_ticket_and_no_session_id(void **state)
{
    struct tunnel_profile profile = { .legacy = false };
    struct buf hello = BUF_INIT(LEG_MAX);
    struct tunnel *client = NULL;
    struct err err = ERR_INIT;
    bool finished;

    (void)state;
    assert_ok(tunnel_new_client(&profile, &client, &err), &err);
    assert_ok(tunnel_handshake(client, NULL, 0, &hello, &finished, &err),
              &err);
    /* RFC 5246 section 7.4.1.2: record 5, handshake 4, version 2, random
     * 32, then the session id's length and the compression's at the end of
     * the suites. */
    assert_int_equal(hello.data[5 + 4 + 2 + 32], 0);
    assert_null(memmem(hello.data, hello.len, "\x00\x23\x00\x00", 4));
    tunnel_free(&client);
    buf_free(&hello);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_suite_has_its_trailer),
        cmocka_unit_test(trailer_of_the_recorded_2012r2),
        cmocka_unit_test(long_messages_are_whole_records),
        cmocka_unit_test(broken_records_are_refused),
        cmocka_unit_test(more_than_asked_for_is_refused),
        cmocka_unit_test(both_ends_see_the_bit_string),
        cmocka_unit_test(pins_decide),
        cmocka_unit_test(legacy_only_when_asked),
        cmocka_unit_test(only_tls_1_2_is_spoken),
        cmocka_unit_test(a_forged_signature_is_noticed),
        cmocka_unit_test(no_ticket_and_no_session_id),
    };

    return cmocka_run_group_tests(tests, make_keys, free_keys);
}
