/*
 * sealed.c - the payload of a sealed key: AES-256-GCM over a credential.
 *
 * By nettle, not OpenSSL: login and su do not have libcrypto in memory, and
 * loading it there would cost more than the rest of the module together.
 */
#include "sealed.h"

#include <errno.h>
#include <nettle/gcm.h>
#include <nettle/memops.h>
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

/*
 * The cipher with its key, nonce and header set, in memory that wipes itself:
 * the caller frees *memory.
 */
static int start_gcm(const unsigned char *header, const struct secret *key,
                     struct secret **memory, struct gcm_aes256_ctx **gcm,
                     struct err *err)
{
    if (secret_new(sizeof **gcm, memory, err) != 0)
        return -1;
    *gcm = (void *)(*memory)->data; /* a page of its own: aligned */
    gcm_aes256_set_key(*gcm, key->data);
    gcm_aes256_set_iv(*gcm, NONCE_BYTES, header + NONCE_AT);
    gcm_aes256_update(*gcm, HEADER_BYTES, header);
    return 0;
}

static int seal(struct buf *out, const struct secret *key,
                const struct secret *plain, struct err *err)
{
    unsigned char *dst = buf_reserve(out, plain->len + TAG_BYTES);
    struct secret *memory = NULL;
    struct gcm_aes256_ctx *gcm;

    if (buf_ok(out, STAGE_KEYS, err) != 0
        || start_gcm(out->data, key, &memory, &gcm, err) != 0)
        return -1;
    gcm_aes256_encrypt(gcm, plain->len, dst, plain->data);
    gcm_aes256_digest(gcm, TAG_BYTES, dst + plain->len);
    secret_free(&memory);
    return 0;
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

static int unseal(const struct secret *payload, const struct secret *key,
                  struct secret *plain, struct err *err)
{
    const unsigned char *body = payload->data + HEADER_BYTES;
    unsigned char tag[TAG_BYTES];
    struct secret *memory = NULL;
    struct gcm_aes256_ctx *gcm;

    if (start_gcm(payload->data, key, &memory, &gcm, err) != 0)
        return -1;
    gcm_aes256_decrypt(gcm, plain->len, plain->data, body);
    gcm_aes256_digest(gcm, TAG_BYTES, tag);
    secret_free(&memory);
    if (!memeql_sec(tag, body + plain->len, TAG_BYTES))
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
