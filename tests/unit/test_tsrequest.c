/* test_tsrequest.c - the DER of CredSSP, against published messages. */
#include "unit.h"

#include <openssl/crypto.h>
#include <stdlib.h>

#include "auth/tsrequest.h"

/* sspi-rs, src/credssp/ts_request/test.rs: NTLM_1_PHASE_TS_REQUEST. */
static const unsigned char negotiate[] = {
    0x30, 0x5b, 0xa0, 0x03, 0x02, 0x01, 0x06, 0xa1, 0x30, 0x30, 0x2e, 0x30,
    0x2c, 0xa0, 0x2a, 0x04, 0x28, 0x4e, 0x54, 0x4c, 0x4d, 0x53, 0x53, 0x50,
    0x00, 0x01, 0x00, 0x00, 0x00, 0xb7, 0x82, 0x08, 0xe2, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x06, 0x01, 0xb1, 0x1d, 0x00, 0x00, 0x00, 0x0f, 0xa5, 0x22, 0x04,
    0x20, 0x22, 0x10, 0x12, 0xad, 0x12, 0x5c, 0x7a, 0x15, 0xfe, 0xb6, 0x4b,
    0x1f, 0xcb, 0x94, 0x83, 0x3a, 0xc5, 0x6f, 0x66, 0x4c, 0xf3, 0xbc, 0xe7,
    0x54, 0x8a, 0x5d, 0x9e, 0x05, 0x0a, 0x46, 0x91, 0xdb,
};

/* The same file: NTLM_WITH_ERROR_CODE_TS_REQUEST. */
static const unsigned char refusal[] = {
    0x30, 0x65, 0xa0, 0x03, 0x02, 0x01, 0x06, 0xa3, 0x32, 0x04, 0x30, 0x01,
    0x00, 0x00, 0x00, 0xd8, 0xb3, 0x0c, 0x7e, 0x37, 0x51, 0x21, 0x84, 0x00,
    0x00, 0x00, 0x00, 0x6c, 0x47, 0xc8, 0xe3, 0x02, 0x59, 0x92, 0x19, 0xd1,
    0x99, 0xdf, 0xbd, 0x0f, 0xf5, 0x71, 0x61, 0x3a, 0xdf, 0x74, 0x03, 0xef,
    0xfc, 0xa5, 0x23, 0x16, 0x23, 0x37, 0x55, 0xff, 0x91, 0x20, 0xd8, 0xa4,
    0x06, 0x02, 0x04, 0xc0, 0x07, 0x00, 0xea, 0xa5, 0x22, 0x04, 0x20, 0xf8,
    0x8d, 0xd4, 0xb7, 0x55, 0x9a, 0x94, 0xe5, 0xe8, 0x7f, 0x2b, 0x2f, 0x94,
    0xc2, 0x38, 0x58, 0xa9, 0x84, 0xfc, 0x07, 0x69, 0x7d, 0xf8, 0x57, 0x76,
    0xc9, 0x57, 0xa3, 0x15, 0x12, 0xeb, 0x32,
};

/* The same file: NTLM_5_PHASE_TS_REQUEST, authInfo and nonce. */
static const unsigned char delegation[] = {
    0x30, 0x5a, 0xa0, 0x03, 0x02, 0x01, 0x06, 0xa2, 0x2f, 0x04, 0x2d, 0x01,
    0x00, 0x00, 0x00, 0xe0, 0xba, 0xe3, 0xba, 0xc2, 0x72, 0x54, 0xe8, 0x01,
    0x00, 0x00, 0x00, 0x6e, 0x03, 0x7c, 0x4c, 0x9d, 0x02, 0x4e, 0x5e, 0xeb,
    0xa1, 0x9f, 0xab, 0x60, 0x32, 0x97, 0xcd, 0x95, 0xcf, 0xfe, 0x8f, 0x44,
    0x70, 0x79, 0x6e, 0x6c, 0xcd, 0xea, 0x74, 0x6a, 0xa5, 0x22, 0x04, 0x20,
    0x22, 0x10, 0x12, 0xad, 0x12, 0x5c, 0x7a, 0x15, 0xfe, 0xb6, 0x4b, 0x1f,
    0xcb, 0x94, 0x83, 0x3a, 0xc5, 0x6f, 0x66, 0x4c, 0xf3, 0xbc, 0xe7, 0x54,
    0x8a, 0x5d, 0x9e, 0x05, 0x0a, 0x46, 0x91, 0xdb,
};

struct published {
    const unsigned char *der;
    size_t len;
    bool nego, auth_info, pub_key_auth, error_code;
};

static const struct published messages[] = {
    { negotiate, sizeof negotiate, true, false, false, false },
    { refusal, sizeof refusal, false, false, true, true },
    { delegation, sizeof delegation, false, true, false, false },
};
#define MESSAGES (sizeof messages / sizeof *messages)

static void published_messages_come_back_byte_by_byte(void **state)
{
    struct buf again = BUF_INIT(TSREQUEST_MAX);
    struct err err = ERR_INIT;
    struct tsrequest request;
    size_t i;

    (void)state;
    tsrequest_init(&request);
    for (i = 0; i < MESSAGES; i++) {
        assert_ok(tsrequest_decode(messages[i].der, messages[i].len,
                                   &request, &err), &err);
        assert_int_equal(request.version, 6);
        assert_int_equal(request.has_nego, messages[i].nego);
        assert_int_equal(request.has_auth_info, messages[i].auth_info);
        assert_int_equal(request.has_pub_key_auth, messages[i].pub_key_auth);
        assert_int_equal(request.has_error_code, messages[i].error_code);
        assert_true(request.has_nonce);
        buf_clear(&again);
        assert_ok(tsrequest_encode(&request, &again, &err), &err);
        assert_int_equal(again.len, messages[i].len);
        assert_memory_equal(again.data, messages[i].der, messages[i].len);
    }
    tsrequest_free(&request);
    buf_free(&again);
}

static void their_fields(void **state)
{
    struct err err = ERR_INIT;
    struct tsrequest request;

    (void)state;
    tsrequest_init(&request);
    assert_ok(tsrequest_decode(negotiate, sizeof negotiate, &request, &err),
              &err);
    assert_int_equal(request.nego.len, 40);
    assert_memory_equal(request.nego.data, "NTLMSSP", 8);
    assert_int_equal(request.nonce[0], 0x22);
    assert_int_equal(request.nonce[31], 0xdb);
    assert_ok(tsrequest_decode(refusal, sizeof refusal, &request, &err),
              &err);
    assert_true(request.error_code == 0xc00700ea);
    assert_int_equal(request.pub_key_auth.len, 48);
    assert_int_equal(request.nego.len, 0); /* nothing stays of the last */
    tsrequest_free(&request);
}

static void truncated_at_every_length(void **state)
{
    struct err err = ERR_INIT;
    struct tsrequest request;
    size_t i, n;

    (void)state;
    tsrequest_init(&request);
    for (i = 0; i < MESSAGES; i++) {
        for (n = 0; n < messages[i].len; n++) {
            /* Exactly n bytes of heap: a sanitizer sees a read beyond. */
            unsigned char *cut = malloc(n + 1);

            assert_non_null(cut);
            memcpy(cut, messages[i].der, n);
            assert_cause(tsrequest_decode(cut, n, &request, &err), &err,
                         ERR_MALFORMED);
            free(cut);
        }
    }
    tsrequest_free(&request);
}

static void bytes_behind_and_too_many(void **state)
{
    struct err err = ERR_INIT;
    struct tsrequest request;
    unsigned char *big = calloc(1, TSREQUEST_MAX + 1);

    (void)state;
    assert_non_null(big);
    tsrequest_init(&request);
    memcpy(big, negotiate, sizeof negotiate);
    assert_cause(tsrequest_decode(big, sizeof negotiate + 1, &request, &err),
                 &err, ERR_MALFORMED);
    assert_cause(tsrequest_decode(big, TSREQUEST_MAX + 1, &request, &err),
                 &err, ERR_OVERSIZED);
    tsrequest_free(&request);
    free(big);
}

/* No flipped bit may crash, and none may yield fields that were not sent. */
static void every_flipped_bit_is_survived(void **state)
{
    unsigned char der[sizeof refusal];
    struct err err = ERR_INIT;
    struct tsrequest request;
    size_t bit, refused = 0;

    (void)state;
    tsrequest_init(&request);
    for (bit = 0; bit < 8 * sizeof der; bit++) {
        memcpy(der, refusal, sizeof der);
        der[bit / 8] ^= (unsigned char)(1u << bit % 8);
        if (tsrequest_decode(der, sizeof der, &request, &err) != 0)
            refused++;
        else
            assert_true(request.pub_key_auth.len <= sizeof der);
    }
    assert_true(refused > 100);
    tsrequest_free(&request);
}

struct code_row {
    const char *der;
    size_t len;
    uint32_t code;
    bool ok;
};

/* version 3 and errorCode in each spelling that peers are known to use. */
static const struct code_row codes[] = {
    { "\x30\x0d\xa0\x03\x02\x01\x03\xa4\x06\x02\x04\xc0\x00\x00\x6d", 15,
      0xc000006d, true },
    { "\x30\x0e\xa0\x03\x02\x01\x03\xa4\x07\x02\x05\x00\xc0\x00\x00\x6d", 16,
      0xc000006d, true },
    { "\x30\x0d\xa0\x03\x02\x01\x03\xa4\x06\x02\x04\x80\x09\x03\x08", 15,
      0x80090308, true },
    { "\x30\x0a\xa0\x03\x02\x01\x03\xa4\x03\x02\x01\x00", 12, 0, true },
    { "\x30\x0e\xa0\x03\x02\x01\x03\xa4\x07\x02\x05\x01\x00\x00\x00\x00", 16,
      0, false }, /* over 32 bits */
    { "\x30\x0e\xa0\x03\x02\x01\x03\xa4\x07\x02\x05\xff\x00\x00\x00\x00", 16,
      0, false },
    { "\x30\x12\xa0\x03\x02\x01\x03\xa4\x0b\x02\x09\x01\x00\x00\x00\x00\x00"
      "\x00\x00\x00", 20, 0, false },
};

static void error_codes_by_table(void **state)
{
    struct buf der = BUF_INIT(64);
    struct err err = ERR_INIT;
    struct tsrequest request;
    size_t i;

    (void)state;
    tsrequest_init(&request);
    for (i = 0; i < sizeof codes / sizeof *codes; i++) {
        const unsigned char *bytes = (const unsigned char *)codes[i].der;

        if (!codes[i].ok) {
            assert_cause(tsrequest_decode(bytes, codes[i].len, &request,
                                          &err), &err, ERR_MALFORMED);
            continue;
        }
        assert_ok(tsrequest_decode(bytes, codes[i].len, &request, &err),
                  &err);
        assert_true(request.has_error_code);
        assert_true(request.error_code == codes[i].code);
    }
    /* We write it as Windows does. */
    request.has_error_code = true;
    request.error_code = 0xc000006d;
    request.version = 3;
    assert_ok(tsrequest_encode(&request, &der, &err), &err);
    assert_int_equal(der.len, codes[0].len);
    assert_memory_equal(der.data, codes[0].der, der.len);
    tsrequest_free(&request);
    buf_free(&der);
}

static const struct {
    const char *what, *der;
    size_t len;
} malformed[] = {
    { "an empty sequence", "\x30\x00", 2 },
    { "no version", "\x30\x06\xa1\x04\x30\x02\x30\x00", 8 },
    { "a negative version", "\x30\x05\xa0\x03\x02\x01\xff", 7 },
    { "a version of 5 bytes",
      "\x30\x09\xa0\x07\x02\x05\x01\x00\x00\x00\x06", 11 },
    { "no token in negoTokens", "\x30\x09\xa0\x03\x02\x01\x06\xa1\x02\x30"
      "\x00", 11 },
    { "two tokens", "\x30\x19\xa0\x03\x02\x01\x06\xa1\x12\x30\x10\x30\x06"
      "\xa0\x04\x04\x02hi\x30\x06\xa0\x04\x04\x02hi", 27 },
    { "a nonce of 4 bytes", "\x30\x0d\xa0\x03\x02\x01\x06\xa5\x06\x04\x04"
      "abcd", 15 },
    { "an unknown field", "\x30\x0a\xa0\x03\x02\x01\x06\xa6\x03\x02\x01\x00",
      12 },
    { "a field twice", "\x30\x0a\xa0\x03\x02\x01\x06\xa0\x03\x02\x01\x06",
      12 },
};

static void malformed_by_table(void **state)
{
    struct err err = ERR_INIT;
    struct tsrequest request;
    size_t i;

    (void)state;
    tsrequest_init(&request);
    for (i = 0; i < sizeof malformed / sizeof *malformed; i++) {
        if (tsrequest_decode((const unsigned char *)malformed[i].der,
                             malformed[i].len, &request, &err) == 0)
            fail_msg("%s was taken", malformed[i].what);
        assert_string_equal(err_cause_name(err.cause),
                            err_cause_name(ERR_MALFORMED));
        assert_false(request.has_nego);
    }
    tsrequest_free(&request);
}

/* Large PACs need more than 64 KiB. */
static void a_large_token_passes(void **state)
{
    struct buf der = BUF_INIT(TSREQUEST_MAX);
    struct tsrequest request, back;
    struct err err = ERR_INIT;

    (void)state;
    tsrequest_init(&request);
    tsrequest_init(&back);
    request.version = 6;
    request.has_nego = true;
    memset(buf_reserve(&request.nego, 98304), 'x', 98304);
    assert_ok(tsrequest_encode(&request, &der, &err), &err);
    assert_ok(tsrequest_decode(der.data, der.len, &back, &err), &err);
    assert_int_equal(back.nego.len, 98304);
    tsrequest_free(&request);
    tsrequest_free(&back);
    buf_free(&der);
}

struct credentials {
    const char *domain, *user, *password;
    const char *der;
    size_t len;
};

static const struct credentials credentials[] = {
    /* sspi-rs, TS_CREDENTIALS_ONE_SYMBOL_USERNAME_AND_PASSWORD. */
    { "", "a", "1",
      "\x30\x1b\xa0\x03\x02\x01\x01\xa1\x14\x04\x12\x30\x10\xa0\x02\x04\x00"
      "\xa1\x04\x04\x02\x61\x00\xa2\x04\x04\x02\x31\x00", 29 },
    /* sspi-rs, TS_CREDENTIALS_SIMPLE_WITH_USERNAME_AND_DOMAIN_AND_... */
    { "Domain", "Username", "Password",
      "\x30\x43\xa0\x03\x02\x01\x01\xa1\x3c\x04\x3a\x30\x38\xa0\x0e\x04\x0c"
      "D\0o\0m\0a\0i\0n\0\xa1\x12\x04\x10U\0s\0e\0r\0n\0a\0m\0e\0"
      "\xa2\x12\x04\x10P\0a\0s\0s\0w\0o\0r\0d\0", 69 },
    /* Beyond ASCII and beyond the BMP: by hand, RFC 2781 section 2.1. */
    { "", "\xc3\xbc", "\xe2\x82\xac\xf0\x9f\x94\x91",
      "\x30\x1f\xa0\x03\x02\x01\x01\xa1\x18\x04\x16\x30\x14\xa0\x02\x04\x00"
      "\xa1\x04\x04\x02\xfc\x00\xa2\x08\x04\x06\xac\x20\x3d\xd8\x11\xdd",
      33 },
};

static void credentials_by_table(void **state)
{
    struct ts_delegated back;
    struct secret *password = NULL, *der = NULL;
    struct err err = ERR_INIT;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof credentials / sizeof *credentials; i++) {
        const struct credentials *row = &credentials[i];
        struct ts_identity identity = { row->domain, row->user, NULL };

        assert_ok(secret_copy(row->password, strlen(row->password),
                              &password, &err), &err);
        identity.password = password;
        assert_ok(ts_credentials_encode(&identity, &der, &err), &err);
        assert_int_equal(der->len, row->len);
        assert_memory_equal(der->data, row->der, row->len);
        assert_ok(ts_credentials_decode(der->data, der->len, &back, &err),
                  &err);
        assert_string_equal(back.domain, row->domain);
        assert_string_equal(back.user, row->user);
        assert_true(secret_equal(back.password, password));
        ts_delegated_clear(&back);
        assert_null(back.password);
        secret_free(&password);
        secret_free(&der);
    }
}

static void credentials_cut_or_changed_are_refused(void **state)
{
    const unsigned char *der = (const unsigned char *)credentials[1].der;
    unsigned char odd[70];
    struct ts_delegated back;
    struct err err = ERR_INIT;
    size_t n;

    (void)state;
    for (n = 0; n < credentials[1].len; n++)
        assert_cause(ts_credentials_decode(der, n, &back, &err), &err,
                     ERR_MALFORMED);
    memcpy(odd, der, 69);
    odd[69] = 0; /* one behind */
    assert_cause(ts_credentials_decode(odd, 70, &back, &err), &err,
                 ERR_MALFORMED);
    odd[6] = 2; /* a smart card's */
    assert_cause(ts_credentials_decode(odd, 69, &back, &err), &err,
                 ERR_MALFORMED);
    odd[6] = 1;
    odd[68] = 0xd8; /* half a surrogate pair at the end */
    assert_cause(ts_credentials_decode(odd, 69, &back, &err), &err,
                 ERR_MALFORMED);
    odd[68] = 0;
    odd[17] = 0; /* a NUL in the domain */
    assert_cause(ts_credentials_decode(odd, 69, &back, &err), &err,
                 ERR_MALFORMED);
    assert_null(back.password);
}

static void bad_utf8_is_not_delegated(void **state)
{
    struct secret *password = NULL, *der = NULL;
    struct ts_identity identity = { "", "a", NULL };
    struct err err = ERR_INIT;

    (void)state;
    assert_ok(secret_copy("\xff", 1, &password, &err), &err);
    identity.password = password;
    assert_cause(ts_credentials_encode(&identity, &der, &err), &err,
                 ERR_MALFORMED);
    assert_null(der);
    secret_free(&password);
}

/* OpenSSL's allocations until one fails; negative: none will. */
static int allocations_left = -1;

static void *take(size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    if (allocations_left == 0)
        return NULL;
    if (allocations_left > 0)
        allocations_left--;
    return malloc(size);
}

static void give(void *p, const char *file, int line)
{
    (void)file;
    (void)line;
    free(p);
}

static int decode_credentials(struct err *err)
{
    struct ts_delegated back;
    int r = ts_credentials_decode((const unsigned char *)credentials[1].der,
                                  credentials[1].len, &back, err);

    ts_delegated_clear(&back);
    return r;
}

static int decode_request(struct err *err)
{
    struct tsrequest request;
    int r;

    tsrequest_init(&request);
    r = tsrequest_decode(refusal, sizeof refusal, &request, err);
    tsrequest_free(&request);
    return r;
}

/* However far it came: a good message is never called malformed. */
static void without_memory(int (*decode)(struct err *err))
{
    struct err err = ERR_INIT;
    int n = 0, r;

    do {
        allocations_left = n++;
        r = decode(&err);
        allocations_left = -1;
        if (r != 0)
            assert_cause(r, &err, ERR_MEMORY);
    } while (r != 0);
    assert_true(n > 5);
}

static void a_full_machine_is_not_a_bad_message(void **state)
{
    (void)state;
    without_memory(decode_request);
    without_memory(decode_credentials);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_messages_come_back_byte_by_byte),
        cmocka_unit_test(their_fields),
        cmocka_unit_test(truncated_at_every_length),
        cmocka_unit_test(bytes_behind_and_too_many),
        cmocka_unit_test(every_flipped_bit_is_survived),
        cmocka_unit_test(error_codes_by_table),
        cmocka_unit_test(malformed_by_table),
        cmocka_unit_test(a_large_token_passes),
        cmocka_unit_test(credentials_by_table),
        cmocka_unit_test(credentials_cut_or_changed_are_refused),
        cmocka_unit_test(bad_utf8_is_not_delegated),
        cmocka_unit_test(a_full_machine_is_not_a_bad_message),
    };

    /* Before OpenSSL's first allocation: CRYPTO_set_mem_functions(3). */
    if (CRYPTO_set_mem_functions(take, NULL, give) != 1)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
