/* fuzz_sealed.c - a sealed key's payload, forged or sealed with the ticket. */
#include "fuzz.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <string.h>

#include "base/sealed.h"

#define TAG_BYTES 16
#define HEADER_BYTES 53 /* sealed.h */
#define NONCE_AT 5

static struct secret *ticket;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    struct err err = ERR_INIT;

    (void)argc;
    (void)argv;
    fuzz_own_openssl();
    fuzz_require(secret_new(SEALED_KEY_BYTES, &ticket, &err) == 0);
    memset(ticket->data, 't', ticket->len);
    return 0;
}

static int decode(const struct secret *payload, struct err *err)
{
    struct cred cred = { .password = NULL };
    struct sealed_header header;
    int r = sealed_header(payload, &header, err);

    if (r == 0)
        r = sealed_decode(payload, ticket, &cred, err);
    if (r == 0)
        fuzz_require(header.uid == cred.uid && cred.password != NULL);
    else
        fuzz_require(cred.password == NULL);
    cred_clear(&cred);
    ERR_clear_error();
    return r;
}

static int forged(const uint8_t *data, size_t size, struct err *err)
{
    struct secret *payload = NULL;
    int r = secret_copy(data, size, &payload, err);

    if (r == 0)
        r = decode(payload, err);
    secret_free(&payload);
    return r;
}

/* Whoever has the ticket can seal anything: header and plaintext are ours. */
static bool seal(unsigned char *payload, size_t plain)
{
    EVP_CIPHER_CTX *gcm = EVP_CIPHER_CTX_new();
    unsigned char *body = payload + HEADER_BYTES;
    bool sealed;
    int n;

    sealed = gcm != NULL
        && EVP_EncryptInit_ex(gcm, EVP_aes_256_gcm(), NULL, ticket->data,
                              payload + NONCE_AT) == 1
        && EVP_EncryptUpdate(gcm, NULL, &n, payload, HEADER_BYTES) == 1
        && EVP_EncryptUpdate(gcm, body, &n, body, (int)plain) == 1
        && EVP_EncryptFinal_ex(gcm, body + plain, &n) == 1
        && EVP_CIPHER_CTX_ctrl(gcm, EVP_CTRL_GCM_GET_TAG, TAG_BYTES,
                               body + plain) == 1;
    EVP_CIPHER_CTX_free(gcm);
    return sealed;
}

/* Header and plaintext, which is padded as cred_encode() pads it. */
static int sealed(const uint8_t *data, size_t size, struct err *err)
{
    size_t plain = (size - HEADER_BYTES + 255) / 256 * 256;
    struct secret *payload = NULL;
    int r = secret_new(HEADER_BYTES + plain + TAG_BYTES, &payload, err);

    if (r != 0)
        return r;
    memcpy(payload->data, data, size);
    if (seal(payload->data, plain))
        r = decode(payload, err);
    else
        r = err_set(err, ERR_MEMORY, STAGE_KEYS, NULL);
    secret_free(&payload);
    return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unsigned seed = fuzz_seed(&data, &size);
    uint8_t which = fuzz_u8(&data, &size);

    if (size > 4 * SEALED_MAX)
        return 0;
    fuzz_twice(which == 's' && size > HEADER_BYTES ? sealed : forged, seed,
               data, size);
    return 0;
}
