/* fuzz_tsrequest.c - TSRequest and TSCredentials (MS-CSSP 2.2.1). */
#include "fuzz.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <string.h>

#include "auth/tsrequest.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    fuzz_own_openssl();
    OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CRYPTO_STRINGS, NULL);
    return 0;
}

static bool same_buf(const struct buf *a, const struct buf *b)
{
    return a->len == b->len
        && (a->len == 0 || memcmp(a->data, b->data, a->len) == 0);
}

static bool same(const struct tsrequest *a, const struct tsrequest *b)
{
    return a->version == b->version && a->has_nego == b->has_nego
        && a->has_auth_info == b->has_auth_info
        && a->has_pub_key_auth == b->has_pub_key_auth
        && a->has_error_code == b->has_error_code
        && a->has_nonce == b->has_nonce && a->error_code == b->error_code
        && same_buf(&a->nego, &b->nego)
        && same_buf(&a->auth_info, &b->auth_info)
        && same_buf(&a->pub_key_auth, &b->pub_key_auth)
        && memcmp(a->nonce, b->nonce, sizeof a->nonce) == 0;
}

/* What was understood, said again, is understood alike. */
static int again(const struct tsrequest *request, struct err *err)
{
    struct buf der = BUF_INIT(2 * TSREQUEST_MAX);
    struct tsrequest other;
    int r = tsrequest_encode(request, &der, err);

    if (r == 0) {
        tsrequest_init(&other);
        r = tsrequest_decode(der.data, der.len, &other, err);
        if (r == 0)
            fuzz_require(same(request, &other));
        tsrequest_free(&other);
    }
    buf_free(&der);
    return r;
}

static int decode_request(const uint8_t *data, size_t size, struct err *err)
{
    struct tsrequest request;
    int r;

    tsrequest_init(&request);
    r = tsrequest_decode(data, size, &request, err);
    if (r == 0)
        r = again(&request, err);
    tsrequest_free(&request);
    ERR_clear_error();
    return r;
}

static int decode_credentials(const uint8_t *data, size_t size,
                              struct err *err)
{
    struct ts_delegated delegated = { .password = NULL };
    struct secret *der = NULL;
    int r = ts_credentials_decode(data, size, &delegated, err);

    if (r == 0) {
        struct ts_identity identity = { delegated.domain, delegated.user,
                                        delegated.password };

        r = ts_credentials_encode(&identity, &der, err);
    }
    secret_free(&der);
    ts_delegated_clear(&delegated);
    ERR_clear_error();
    return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unsigned seed = fuzz_seed(&data, &size);
    uint8_t which = fuzz_u8(&data, &size);

    fuzz_twice(which == 'c' ? decode_credentials : decode_request, seed,
               data, size);
    return 0;
}
