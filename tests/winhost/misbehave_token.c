/* misbehave_token.c - wrong TLS, wrong TSRequests, wrong bindings. */
#include "misbehave.h"

#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <string.h>

#include "certificate.h"

#define OVERSIZE 40960 /* with base64, about what HTTP's headers may hold */

/* What the connection before used, to be replayed. */
static struct {
    pthread_mutex_t lock;
    unsigned char nonce[TSREQUEST_NONCE_BYTES];
    unsigned char sealed[512];
    size_t sealed_len;
} past = { .lock = PTHREAD_MUTEX_INITIALIZER, .sealed_len = 60 };

void bytes_garbage(const struct misbehaviour *m, struct buf *bytes)
{
    unsigned char random[48];

    (void)m;
    buf_clear(bytes);
    if (RAND_bytes(random, sizeof random) == 1)
        buf_put(bytes, random, sizeof random);
}

void bytes_truncated(const struct misbehaviour *m, struct buf *bytes)
{
    (void)m;
    bytes->len /= 2;
}

void bytes_trailing(const struct misbehaviour *m, struct buf *bytes)
{
    (void)m;
    buf_put_u8(bytes, 0);
}

void bytes_oversized(const struct misbehaviour *m, struct buf *bytes)
{
    unsigned char *more = buf_reserve(bytes, OVERSIZE);

    (void)m;
    if (more != NULL)
        memset(more, 0, OVERSIZE);
}

/* TSRequest { version 6 } is the least that there is. */
void bytes_empty(const struct misbehaviour *m, struct buf *bytes)
{
    static const unsigned char der[] = { 0x30, 0 };

    (void)m;
    buf_clear(bytes);
    buf_put(bytes, der, sizeof der);
}

static void forget(struct tsrequest *request)
{
    int version = request->version;

    tsrequest_free(request);
    request->version = version;
}

void request_error_code(const struct misbehaviour *m,
                        struct tsrequest *request)
{
    forget(request);
    request->has_error_code = true;
    request->error_code = m->value;
}

void request_version(const struct misbehaviour *m, struct tsrequest *request)
{
    request->version = (int)m->value;
}

void request_nothing(const struct misbehaviour *m, struct tsrequest *request)
{
    (void)m;
    forget(request);
}

void request_auth_info(const struct misbehaviour *m,
                       struct tsrequest *request)
{
    (void)m;
    request->has_auth_info = true;
    buf_put(&request->auth_info, "mine", 4);
}

/* RFC 4178 4.2.2, NegTokenResp: all lengths here are below 128. */
static void put_resp(struct buf *out, unsigned char state,
                     const unsigned char *oid, size_t oid_len,
                     const void *token, size_t token_len)
{
    size_t fields = 5 + oid_len + 2 + (token_len > 0 ? token_len + 4 : 0);

    buf_clear(out);
    buf_put_u8(out, 0xa1);
    buf_put_u8(out, (uint8_t)(fields + 2));
    buf_put_u8(out, 0x30);
    buf_put_u8(out, (uint8_t)fields);
    buf_put_u32(out, 0xa0030a01); /* [0] ENUMERATED, one byte */
    buf_put_u8(out, state);
    buf_put_u8(out, 0xa1);
    buf_put_u8(out, (uint8_t)oid_len);
    buf_put(out, oid, oid_len);
    if (token_len == 0)
        return;
    buf_put_u8(out, 0xa2);
    buf_put_u8(out, (uint8_t)(token_len + 2));
    buf_put_u8(out, 0x04);
    buf_put_u8(out, (uint8_t)token_len);
    buf_put(out, token, token_len);
}

enum { ACCEPT_COMPLETED, ACCEPT_INCOMPLETE, REJECT };

static const unsigned char kerberos_oid[] = {
    0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 1, 2, 2
};
static const unsigned char ntlm_oid[] = {
    0x06, 10, 0x2b, 6, 1, 4, 1, 0x82, 0x37, 2, 2, 10
};
/* MS-NLMP 2.2.1.2, CHALLENGE_MESSAGE without a target. */
static const unsigned char ntlm_challenge[48] = {
    'N', 'T', 'L', 'M', 'S', 'S', 'P', 0, 2, 0, 0, 0, /* no target name */
    0, 0, 0, 0, 48, 0, 0, 0, 0x35, 0x82, 0x8a, 0xe2, 1, 2, 3, 4, 5, 6, 7, 8
};

void request_ntlm(const struct misbehaviour *m, struct tsrequest *request)
{
    (void)m;
    put_resp(&request->nego, ACCEPT_INCOMPLETE, ntlm_oid, sizeof ntlm_oid,
             ntlm_challenge, sizeof ntlm_challenge);
}

void request_raw_ntlm(const struct misbehaviour *m,
                      struct tsrequest *request)
{
    (void)m;
    buf_clear(&request->nego);
    buf_put(&request->nego, ntlm_challenge, sizeof ntlm_challenge);
}

void request_reject(const struct misbehaviour *m, struct tsrequest *request)
{
    (void)m;
    put_resp(&request->nego, REJECT, kerberos_oid, sizeof kerberos_oid, NULL,
             0);
}

void request_no_proof(const struct misbehaviour *m,
                      struct tsrequest *request)
{
    (void)m;
    put_resp(&request->nego, ACCEPT_COMPLETED, kerberos_oid,
             sizeof kerberos_oid, NULL, 0);
}

void request_again(const struct misbehaviour *m, struct tsrequest *request)
{
    (void)m;
    request->has_nego = true;
    put_resp(&request->nego, ACCEPT_INCOMPLETE, kerberos_oid,
             sizeof kerberos_oid, NULL, 0);
}

void misbehave_remember(const struct tsrequest *request)
{
    pthread_mutex_lock(&past.lock);
    if (request->pub_key_auth.len > 0
        && request->pub_key_auth.len <= sizeof past.sealed) {
        past.sealed_len = request->pub_key_auth.len;
        memcpy(past.sealed, request->pub_key_auth.data, past.sealed_len);
    }
    pthread_mutex_unlock(&past.lock);
}

void request_replayed(const struct misbehaviour *m,
                      struct tsrequest *request)
{
    (void)m;
    buf_clear(&request->pub_key_auth);
    pthread_mutex_lock(&past.lock);
    buf_put(&request->pub_key_auth, past.sealed, past.sealed_len);
    pthread_mutex_unlock(&past.lock);
}

void binding_flipped(const struct misbehaviour *m, struct buf *bytes)
{
    (void)m;
    bytes->data[bytes->len - 1] ^= 1;
}

void bound_other_key(const struct misbehaviour *m, struct buf *key,
                     unsigned char *nonce)
{
    (void)m;
    (void)nonce;
    key->data[key->len / 2] ^= 0x5a;
}

void bound_old_nonce(const struct misbehaviour *m, struct buf *key,
                     unsigned char *nonce)
{
    unsigned char fresh[TSREQUEST_NONCE_BYTES];

    (void)m;
    (void)key;
    memcpy(fresh, nonce, sizeof fresh);
    pthread_mutex_lock(&past.lock);
    memcpy(nonce, past.nonce, sizeof past.nonce);
    memcpy(past.nonce, fresh, sizeof fresh);
    pthread_mutex_unlock(&past.lock);
}

void bound_own_nonce(const struct misbehaviour *m, struct buf *key,
                     unsigned char *nonce)
{
    (void)m;
    (void)key;
    memset(nonce, 0x55, TSREQUEST_NONCE_BYTES);
}

void request_own_nonce(const struct misbehaviour *m,
                       struct tsrequest *request)
{
    (void)m;
    request->has_nonce = true;
    memset(request->nonce, 0x55, sizeof request->nonce);
}

void acceptor_version(const struct misbehaviour *m,
                      struct credssp_acceptor *params,
                      struct credssp_misbehaviour *hooks)
{
    (void)hooks;
    params->version = (int)m->value;
}

void acceptor_tls11(const struct misbehaviour *m,
                    struct credssp_acceptor *params,
                    struct credssp_misbehaviour *hooks)
{
    (void)m;
    (void)params;
    hooks->tls_version = TLS1_1_VERSION;
}

void acceptor_tls13(const struct misbehaviour *m,
                    struct credssp_acceptor *params,
                    struct credssp_misbehaviour *hooks)
{
    (void)m;
    (void)params;
    hooks->tls_version = TLS1_3_VERSION;
}

/* Kept for the life of the process, as the host's own are. */
static void use_weak_key(struct credssp_acceptor *params)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static X509 *certificate;
    static EVP_PKEY *key;
    struct err unused = ERR_INIT;

    pthread_mutex_lock(&lock);
    if (certificate != NULL
        || certificate_new_weak("WEAK", &certificate, &key, &unused) == 0) {
        params->certificate = certificate;
        params->key = key;
    }
    pthread_mutex_unlock(&lock);
}

void acceptor_weak(const struct misbehaviour *m,
                   struct credssp_acceptor *params,
                   struct credssp_misbehaviour *hooks)
{
    (void)m;
    (void)hooks;
    use_weak_key(params);
    params->cipher_list = "ECDHE-RSA-AES256-SHA384:ECDHE-RSA-AES256-SHA:"
                          "@SECLEVEL=0";
}

void acceptor_short_key(const struct misbehaviour *m,
                        struct credssp_acceptor *params,
                        struct credssp_misbehaviour *hooks)
{
    (void)m;
    (void)hooks;
    use_weak_key(params);
}

void acceptor_renegotiates(const struct misbehaviour *m,
                           struct credssp_acceptor *params,
                           struct credssp_misbehaviour *hooks)
{
    (void)params;
    hooks->renegotiate = (enum credssp_step)(m->leg - 1);
}
