/*
 * test_session_key.c - the host's side of a key exchange by OpenSSL, which
 * has nothing of ours: it reads our public key, encrypts a session key for
 * it, and opens and makes SecureStrings.
 */
#include "unit.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rand.h>

#include "psrp/session_key.h"

#define HEAD 20
#define RSA_BYTES 256
#define AES_BYTES 32

static const unsigned char zeros[16];

/* What the host has. */
struct peer {
    EVP_PKEY *rsa;
    unsigned char aes[AES_BYTES];
};

static void reverse(unsigned char *p, size_t n)
{
    size_t i;

    for (i = 0; i < n / 2; i++) {
        unsigned char c = p[i];

        p[i] = p[n - 1 - i];
        p[n - 1 - i] = c;
    }
}

static void read_public(struct peer *peer, const struct session_key *key)
{
    static const unsigned char head[HEAD] = {
        6, 2, 0, 0, 0, 0xa4, 0, 0, 'R', 'S', 'A', '1', 0, 8, 0, 0, 1, 0, 1, 0
    };
    struct buf text = BUF_INIT(4096);
    struct err err = ERR_INIT;
    unsigned char blob[512];
    OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    OSSL_PARAM *params;
    BIGNUM *n, *e;

    assert_ok(session_key_put_public(key, &text, &err), &err);
    assert_int_equal(text.len, 368);
    assert_int_equal(EVP_DecodeBlock(blob, text.data, (int)text.len), 276);
    assert_memory_equal(blob, head, HEAD);
    reverse(blob + HEAD, RSA_BYTES);
    n = BN_bin2bn(blob + HEAD, RSA_BYTES, NULL);
    e = BN_bin2bn((const unsigned char *)"\1\0\1", 3, NULL);
    assert_int_equal(BN_num_bits(n), 2048);
    OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_N, n);
    OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_E, e);
    params = OSSL_PARAM_BLD_to_param(bld);
    assert_int_equal(EVP_PKEY_fromdata_init(ctx), 1);
    assert_int_equal(EVP_PKEY_fromdata(ctx, &peer->rsa, EVP_PKEY_PUBLIC_KEY,
                                       params), 1);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(bld);
    EVP_PKEY_CTX_free(ctx);
    BN_free(n);
    BN_free(e);
    buf_free(&text);
}

/* ENCRYPTED_SESSION_KEY's string, of n bytes of a key. */
static void wrap(struct peer *peer, size_t n, char text[512])
{
    unsigned char blob[12 + RSA_BYTES] = {
        1, 2, 0, 0, 0x10, 0x66, 0, 0, 0, 0xa4, 0, 0
    };
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(peer->rsa, NULL);
    size_t len = RSA_BYTES;

    assert_int_equal(RAND_bytes(peer->aes, AES_BYTES), 1);
    assert_int_equal(EVP_PKEY_encrypt_init(ctx), 1);
    assert_int_equal(EVP_PKEY_encrypt(ctx, blob + 12, &len, peer->aes, n), 1);
    assert_int_equal(len, RSA_BYTES);
    reverse(blob + 12, RSA_BYTES);
    EVP_EncodeBlock((unsigned char *)text, blob, sizeof blob);
    EVP_PKEY_CTX_free(ctx);
}

/* AES-256-CBC as the specification has it. */
static int cipher(const struct peer *peer, int encrypt,
                  const unsigned char *in, int n, unsigned char *out)
{
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    int len, rest;

    assert_int_equal(EVP_CipherInit_ex(ctx, EVP_aes_256_cbc(), NULL,
                                       peer->aes, zeros, encrypt), 1);
    assert_int_equal(EVP_CipherUpdate(ctx, out, &len, in, n), 1);
    assert_int_equal(EVP_CipherFinal_ex(ctx, out + len, &rest), 1);
    EVP_CIPHER_CTX_free(ctx);
    return len + rest;
}

struct ends {
    struct session_key *key;
    struct peer peer;
};

static int set_up(void **state)
{
    static struct ends ends;
    struct err err = ERR_INIT;

    memset(&ends, 0, sizeof ends);
    assert_ok(session_key_new(&ends.key, &err), &err);
    read_public(&ends.peer, ends.key);
    *state = &ends;
    return 0;
}

static int tear_down(void **state)
{
    struct ends *ends = *state;

    session_key_free(&ends->key);
    EVP_PKEY_free(ends->peer.rsa);
    return 0;
}

static void exchange(struct ends *ends)
{
    struct err err = ERR_INIT;
    char text[512];

    wrap(&ends->peer, AES_BYTES, text);
    assert_false(session_key_is_ready(ends->key));
    assert_ok(session_key_take(ends->key, text, strlen(text), &err), &err);
    assert_true(session_key_is_ready(ends->key));
}

static void what_we_seal_the_host_opens(void **state)
{
    static const char utf16[] = "p\0\344\0\x3d\xd8\x00\xde";
    struct ends *ends = *state;
    struct buf text = BUF_INIT(4096);
    unsigned char sealed[64], plain[64];
    struct secret *password;
    struct err err = ERR_INIT;

    exchange(ends);
    assert_ok(secret_copy("p\u00e4\U0001f600", 7, &password, &err), &err);
    assert_ok(session_key_seal(ends->key, password, &text, &err), &err);
    assert_int_equal(text.len, 24);
    EVP_DecodeBlock(sealed, text.data, (int)text.len);
    assert_int_equal(cipher(&ends->peer, 0, sealed, 16, plain), 8);
    assert_memory_equal(plain, utf16, 8);
    secret_free(&password);
    buf_free(&text);
}

/* A block of padding alone stands behind whole blocks, and nothing else in an
 * empty string. */
static void every_length_comes_back(void **state)
{
    struct ends *ends = *state;
    struct err err = ERR_INIT;
    size_t n;

    exchange(ends);
    for (n = 0; n <= 40; n++) {
        struct buf text = BUF_INIT(4096);
        struct secret *in, *out;

        assert_ok(secret_new(n, &in, &err), &err);
        memset(in->data, 'a' + (int)n % 26, n);
        assert_ok(session_key_seal(ends->key, in, &text, &err), &err);
        assert_ok(session_key_open(ends->key, (char *)text.data, text.len,
                                   &out, &err), &err);
        assert_true(secret_equal(in, out));
        secret_free(&in);
        secret_free(&out);
        buf_free(&text);
    }
}

static void what_the_host_seals_we_open(void **state)
{
    static const unsigned char utf16[] = "a\0\x3d\xd8\x00\xde\xac\x20";
    struct ends *ends = *state;
    unsigned char sealed[64];
    struct secret *out;
    struct err err = ERR_INIT;
    char text[128];
    int n;

    exchange(ends);
    n = cipher(&ends->peer, 1, utf16, 8, sealed);
    EVP_EncodeBlock((unsigned char *)text, sealed, n);
    assert_ok(session_key_open(ends->key, text, strlen(text), &out, &err),
              &err);
    assert_int_equal(out->len, 8);
    assert_string_equal((char *)out->data, "a\U0001f600\u20ac");
    secret_free(&out);
}

static void what_is_no_secure_string_is_refused(void **state)
{
    static const char *const texts[] = {
        "", "x", "AAAA", "AAAAAAAAAAAAAAAAAAAAAA==", "%%%%",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    };
    struct ends *ends = *state;
    struct secret *out;
    size_t i;

    exchange(ends);
    for (i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct err err = ERR_INIT;

        assert_cause(session_key_open(ends->key, texts[i], strlen(texts[i]),
                                      &out, &err), &err, ERR_MALFORMED);
        assert_null(out);
    }
}

static void nothing_is_sealed_without_a_key(void **state)
{
    struct ends *ends = *state;
    struct buf text = BUF_INIT(64);
    struct err err = ERR_INIT;
    struct secret *in, *out;

    assert_ok(secret_copy("x", 1, &in, &err), &err);
    assert_cause(session_key_seal(ends->key, in, &text, &err), &err,
                 ERR_INTERNAL);
    assert_int_equal(text.len, 0);
    assert_cause(session_key_open(ends->key, "AAAA", 4, &out, &err), &err,
                 ERR_INTERNAL);
    secret_free(&in);
}

static void a_second_key_is_refused(void **state)
{
    struct ends *ends = *state;
    struct err err = ERR_INIT;
    char text[512];

    exchange(ends);
    wrap(&ends->peer, AES_BYTES, text);
    assert_cause(session_key_take(ends->key, text, strlen(text), &err), &err,
                 ERR_MALFORMED);
}

/* Another length, another head, another key, garbage. */
static void what_is_no_session_key_is_refused(void **state)
{
    struct ends *ends = *state;
    char text[512], other[512];
    struct err err = ERR_INIT;

    wrap(&ends->peer, 16, text);
    assert_cause(session_key_take(ends->key, text, strlen(text), &err), &err,
                 ERR_MALFORMED);
    wrap(&ends->peer, AES_BYTES, text);
    assert_cause(session_key_take(ends->key, text, strlen(text) - 4, &err),
                 &err, ERR_MALFORMED);
    memcpy(other, text, sizeof other);
    other[6] = other[6] == 'B' ? 'C' : 'B'; /* CALG_AES_256 */
    assert_cause(session_key_take(ends->key, other, strlen(other), &err),
                 &err, ERR_MALFORMED);
    memcpy(other, text, sizeof other);
    memset(other + 40, other[40] == 'A' ? 'B' : 'A', 8);
    assert_cause(session_key_take(ends->key, other, strlen(other), &err),
                 &err, ERR_MALFORMED);
    assert_false(session_key_is_ready(ends->key));
    /* None of it spoilt the key. */
    assert_ok(session_key_take(ends->key, text, strlen(text), &err), &err);
}

int main(void)
{
#define WITH_ENDS(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_ENDS(what_we_seal_the_host_opens),
        WITH_ENDS(every_length_comes_back),
        WITH_ENDS(what_the_host_seals_we_open),
        WITH_ENDS(what_is_no_secure_string_is_refused),
        WITH_ENDS(nothing_is_sealed_without_a_key),
        WITH_ENDS(a_second_key_is_refused),
        WITH_ENDS(what_is_no_session_key_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
