/* sealed.c - the payload of a sealed key: AES-256-GCM over a credential. */
#include "sealed.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <string.h>
#include <sys/random.h>

#define MAGIC "CSSP"
#define MAGIC_BYTES 4
#define PAYLOAD_VERSION 1
#define NONCE_BYTES 12
#define TAG_BYTES 16
#define NONCE_AT (MAGIC_BYTES + 1)
#define HEADER_BYTES (NONCE_AT + NONCE_BYTES + 4 + CRED_SESSION_BYTES + 8 + 8)

int sealed_random(void *p, size_t n, struct err *err)
{
    /* Up to 256 bytes come whole; a login must not wait for entropy. */
    if (getrandom(p, n, GRND_NONBLOCK) != (ssize_t)n)
        return err_set_errno(err, ERR_SYSTEM, STAGE_KEYS, errno,
                             "the kernel gave no random bytes");
    return 0;
}

static int crypto_failed(const char *what, struct err *err)
{
    err_set(err, ERR_INTERNAL, STAGE_KEYS,
            "AES-256-GCM of OpenSSL cannot %s", what);
    return err_advise(err, "check the OpenSSL configuration of this machine "
                           "('openssl list -cipher-algorithms')");
}

static int check_key(const struct secret *key, struct err *err)
{
    if (key->len != SEALED_KEY_BYTES)
        return err_set(err, ERR_INTERNAL, STAGE_KEYS,
                       "a ticket of %zu bytes", key->len);
    return 0;
}

static void put_header(struct buf *out, const struct cred *cred,
                       const unsigned char nonce[static NONCE_BYTES])
{
    buf_put(out, MAGIC, MAGIC_BYTES);
    buf_put_u8(out, PAYLOAD_VERSION);
    buf_put(out, nonce, NONCE_BYTES);
    buf_put_u32(out, cred->uid);
    buf_put(out, cred->session, sizeof cred->session);
    buf_put_u64(out, (uint64_t)cred->created);
    buf_put_u64(out, (uint64_t)cred->expires);
}

/* dst has plain->len + TAG_BYTES bytes. */
static bool gcm_seal(EVP_CIPHER_CTX *gcm, const unsigned char *header,
                     const struct secret *key, const struct secret *plain,
                     unsigned char *dst)
{
    int n;

    return EVP_EncryptInit_ex(gcm, EVP_aes_256_gcm(), NULL, key->data,
                              header + NONCE_AT) == 1
        && EVP_EncryptUpdate(gcm, NULL, &n, header, HEADER_BYTES) == 1
        && EVP_EncryptUpdate(gcm, dst, &n, plain->data,
                             (int)plain->len) == 1
        && (size_t)n == plain->len
        && EVP_EncryptFinal_ex(gcm, dst + plain->len, &n) == 1
        && EVP_CIPHER_CTX_ctrl(gcm, EVP_CTRL_GCM_GET_TAG, TAG_BYTES,
                               dst + plain->len) == 1;
}

static int seal(struct buf *out, const struct secret *key,
                const struct secret *plain, struct err *err)
{
    unsigned char *dst = buf_reserve(out, plain->len + TAG_BYTES);
    EVP_CIPHER_CTX *gcm;
    bool sealed;

    if (buf_ok(out, STAGE_KEYS, err) != 0)
        return -1;
    gcm = EVP_CIPHER_CTX_new(); /* its free wipes the key schedule */
    if (gcm == NULL)
        return err_set(err, ERR_MEMORY, STAGE_KEYS, NULL);
    sealed = gcm_seal(gcm, out->data, key, plain, dst);
    EVP_CIPHER_CTX_free(gcm);
    return sealed ? 0 : crypto_failed("seal", err);
}

int sealed_encode(const struct cred *cred, const struct secret *key,
                  struct buf *out, struct err *err)
{
    unsigned char nonce[NONCE_BYTES];
    struct secret *plain = NULL;
    int r;

    if (check_key(key, err) != 0
        || sealed_random(nonce, sizeof nonce, err) != 0
        || cred_encode(cred, &plain, err) != 0)
        return -1;
    buf_clear(out);
    put_header(out, cred, nonce);
    r = seal(out, key, plain, err);
    secret_free(&plain);
    return r;
}

int sealed_header(const struct secret *payload, struct sealed_header *header,
                  struct err *err)
{
    struct reader r = READER_INIT(payload->data, payload->len);
    const unsigned char *magic = reader_bytes(&r, MAGIC_BYTES);
    uint8_t version = reader_u8(&r);
    const unsigned char *session;

    memset(header, 0, sizeof *header);
    reader_bytes(&r, NONCE_BYTES);
    header->uid = reader_u32(&r);
    session = reader_bytes(&r, sizeof header->session);
    header->created = (int64_t)reader_u64(&r);
    header->expires = (int64_t)reader_u64(&r);
    if (r.failed || r.left <= TAG_BYTES
        || memcmp(magic, MAGIC, MAGIC_BYTES) != 0
        || version != PAYLOAD_VERSION)
        return err_set(err, ERR_FORGED_KEY, STAGE_KEYS,
                       "the sealed key does not hold a credential of this "
                       "release");
    memcpy(header->session, session, sizeof header->session);
    return 0;
}

/* All but the last step, which alone depends on the key. */
static bool gcm_open(EVP_CIPHER_CTX *gcm, const struct secret *payload,
                     const struct secret *key, struct secret *plain)
{
    const unsigned char *header = payload->data;
    const unsigned char *body = header + HEADER_BYTES;
    unsigned char tag[TAG_BYTES];
    int n;

    memcpy(tag, body + plain->len, sizeof tag);
    return EVP_DecryptInit_ex(gcm, EVP_aes_256_gcm(), NULL, key->data,
                              header + NONCE_AT) == 1
        && EVP_DecryptUpdate(gcm, NULL, &n, header, HEADER_BYTES) == 1
        && EVP_DecryptUpdate(gcm, plain->data, &n, body,
                             (int)plain->len) == 1
        && EVP_CIPHER_CTX_ctrl(gcm, EVP_CTRL_GCM_SET_TAG, TAG_BYTES,
                               tag) == 1;
}

static int unseal(const struct secret *payload, const struct secret *key,
                  struct secret *plain, struct err *err)
{
    EVP_CIPHER_CTX *gcm = EVP_CIPHER_CTX_new();
    bool ready, opened;
    int n;

    if (gcm == NULL)
        return err_set(err, ERR_MEMORY, STAGE_KEYS, NULL);
    ready = gcm_open(gcm, payload, key, plain);
    opened = ready
        && EVP_DecryptFinal_ex(gcm, plain->data + plain->len, &n) == 1;
    EVP_CIPHER_CTX_free(gcm);
    if (!ready)
        return err_set(err, ERR_MEMORY, STAGE_KEYS, NULL);
    if (!opened)
        return err_set(err, ERR_NOT_YOURS, STAGE_KEYS,
                       "the ticket of this session does not open the "
                       "sealed key");
    return 0;
}

/* The header is authenticated by now; both must tell the same story. */
static int check_same(const struct sealed_header *header,
                      const struct cred *cred, struct err *err)
{
    if (header->uid != cred->uid || header->created != cred->created
        || header->expires != cred->expires
        || memcmp(header->session, cred->session, sizeof cred->session) != 0)
        return err_set(err, ERR_FORGED_KEY, STAGE_KEYS,
                       "the sealed key's header is of another credential");
    return 0;
}

int sealed_decode(const struct secret *payload, const struct secret *key,
                  struct cred *cred, struct err *err)
{
    struct sealed_header header;
    struct secret *plain = NULL;
    int r;

    if (check_key(key, err) != 0
        || sealed_header(payload, &header, err) != 0
        || secret_new(payload->len - HEADER_BYTES - TAG_BYTES, &plain,
                      err) != 0)
        return -1;
    r = unseal(payload, key, plain, err);
    if (r == 0)
        r = cred_decode(plain, cred, err);
    secret_free(&plain);
    if (r == 0 && check_same(&header, cred, err) != 0) {
        cred_clear(cred);
        r = -1;
    }
    return r;
}
