/* test_sealed.c - the sealed payload: opens with its ticket, whole, or not. */
#include "unit.h"

#include <openssl/evp.h>

#include "base/sealed.h"

#define HEADER_BYTES 53
#define NONCE_AT 5
#define TAG_BYTES 16

static struct secret *sealed, *ticket;

static int seal(void **state)
{
    struct cred cred = {
        .uid = 4001, .session = "0123456789abcde", .created = 1790000000,
        .expires = 1790036000, .service = "sshd", .login = "alice",
    };
    struct buf out = BUF_INIT(SEALED_MAX);
    struct err err = ERR_INIT;

    (void)state;
    assert_ok(secret_copy("0123456789abcdef0123456789abcdef", 32, &ticket,
                          &err), &err);
    assert_ok(secret_copy("hunter2", 7, &cred.password, &err), &err);
    assert_ok(sealed_encode(&cred, ticket, &out, &err), &err);
    assert_ok(secret_copy(out.data, out.len, &sealed, &err), &err);
    buf_free(&out);
    cred_clear(&cred);
    return 0;
}

static int wipe(void **state)
{
    (void)state;
    secret_free(&sealed);
    secret_free(&ticket);
    return 0;
}

static void it_opens_with_its_ticket(void **state)
{
    struct err err = ERR_INIT;
    struct cred cred;

    (void)state;
    assert_int_equal(sealed->len, HEADER_BYTES + 256 + 16);
    assert_null(memmem(sealed->data, sealed->len, "hunter2", 7));
    assert_null(memmem(sealed->data, sealed->len, "alice", 5));
    assert_ok(sealed_decode(sealed, ticket, &cred, &err), &err);
    assert_string_equal((char *)cred.password->data, "hunter2");
    assert_string_equal(cred.login, "alice");
    cred_clear(&cred);
}

static void the_header_is_in_the_clear(void **state)
{
    struct sealed_header header;
    struct err err = ERR_INIT;

    (void)state;
    assert_ok(sealed_header(sealed, &header, &err), &err);
    assert_int_equal(header.uid, 4001);
    assert_memory_equal(header.session, "0123456789abcde", 16);
    assert_true(header.created == 1790000000);
    assert_true(header.expires == 1790036000);
}

/* One bit anywhere: the nonce, the header, the ciphertext, the tag. */
static void every_bit_counts(void **state)
{
    struct err err = ERR_INIT;
    struct cred cred;
    size_t i;

    (void)state;
    for (i = 0; i < sealed->len; i++) {
        sealed->data[i] ^= 1;
        assert_cause(sealed_decode(sealed, ticket, &cred, &err), &err,
                     i < 5 ? ERR_FORGED_KEY : ERR_NOT_YOURS);
        assert_null(cred.password);
        sealed->data[i] ^= 1;
    }
}

static void another_ticket_does_not_open_it(void **state)
{
    struct secret *empty = NULL;
    struct err err = ERR_INIT;
    struct cred cred;

    (void)state;
    ticket->data[31] ^= 0x80;
    assert_cause(sealed_decode(sealed, ticket, &cred, &err), &err,
                 ERR_NOT_YOURS);
    secret_truncate(ticket, 16); /* AES-128 is not what we speak */
    assert_cause(sealed_decode(sealed, ticket, &cred, &err), &err,
                 ERR_INTERNAL);
    assert_ok(secret_new(0, &empty, &err), &err);
    assert_cause(sealed_decode(sealed, empty, &cred, &err), &err,
                 ERR_INTERNAL);
    secret_free(&empty);
}

static void short_ones_are_refused(void **state)
{
    struct sealed_header header;
    struct err err = ERR_INIT;

    (void)state;
    secret_truncate(sealed, HEADER_BYTES + 16); /* a tag of nothing */
    assert_cause(sealed_header(sealed, &header, &err), &err, ERR_FORGED_KEY);
    secret_truncate(sealed, 20);
    assert_cause(sealed_header(sealed, &header, &err), &err, ERR_FORGED_KEY);
    secret_truncate(sealed, 0);
    assert_cause(sealed_header(sealed, &header, &err), &err, ERR_FORGED_KEY);
}

static void no_two_seals_are_alike(void **state)
{
    struct secret *first = sealed, *first_ticket = ticket;

    sealed = ticket = NULL;
    seal(state);
    assert_memory_not_equal(first->data + 5, sealed->data + 5, 12);
    assert_memory_not_equal(first->data + HEADER_BYTES,
                            sealed->data + HEADER_BYTES, 256);
    secret_free(&first);
    secret_free(&first_ticket);
}

/* -- Another implementation of NIST SP 800-38D reads and writes the same -- */

/* The body of *sealed there and back: encrypt is 0 or 1. */
static void openssl_crypts(int encrypt, unsigned char *body, size_t n,
                           unsigned char tag[static TAG_BYTES])
{
    EVP_CIPHER_CTX *gcm = EVP_CIPHER_CTX_new();
    int done;

    assert_int_equal(EVP_CipherInit_ex(gcm, EVP_aes_256_gcm(), NULL,
                                       ticket->data, sealed->data + NONCE_AT,
                                       encrypt), 1);
    assert_int_equal(EVP_CipherUpdate(gcm, NULL, &done, sealed->data,
                                      HEADER_BYTES), 1);
    assert_int_equal(EVP_CipherUpdate(gcm, body, &done, body, (int)n), 1);
    if (!encrypt)
        assert_int_equal(EVP_CIPHER_CTX_ctrl(gcm, EVP_CTRL_GCM_SET_TAG,
                                             TAG_BYTES, tag), 1);
    assert_int_equal(EVP_CipherFinal_ex(gcm, body + done, &done), 1);
    if (encrypt)
        assert_int_equal(EVP_CIPHER_CTX_ctrl(gcm, EVP_CTRL_GCM_GET_TAG,
                                             TAG_BYTES, tag), 1);
    EVP_CIPHER_CTX_free(gcm);
}

static void openssl_opens_it_and_seals_one(void **state)
{
    unsigned char *body = sealed->data + HEADER_BYTES;
    size_t n = sealed->len - HEADER_BYTES - TAG_BYTES;
    unsigned char *at;
    struct err err = ERR_INIT;
    struct cred cred;

    (void)state;
    openssl_crypts(0, body, n, body + n);
    at = memmem(body, n, "hunter2", 7);
    assert_non_null(at);
    memcpy(at, "correct", 7);
    openssl_crypts(1, body, n, body + n);
    assert_ok(sealed_decode(sealed, ticket, &cred, &err), &err);
    assert_string_equal((char *)cred.password->data, "correct");
    cred_clear(&cred);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, seal, wipe)
    const struct CMUnitTest tests[] = {
        T(it_opens_with_its_ticket),
        T(the_header_is_in_the_clear),
        T(every_bit_counts),
        T(another_ticket_does_not_open_it),
        T(short_ones_are_refused),
        T(no_two_seals_are_alike),
        T(openssl_opens_it_and_seals_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
