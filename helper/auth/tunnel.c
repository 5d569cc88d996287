/* tunnel.c - CredSSP's TLS 1.2 over borrowed memory, the client's side. */
#include "auth/tunnel_private.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RECORD_HEADER 5      /* RFC 5246 section 6.2.1 */
#define HANDSHAKE_MAX 131072 /* bytes that one leg of a handshake may have */
#define SECURITY_BITS 112    /* NIST SP 800-57: RSA-2048, P-224 */
#define AEAD_TAG 16          /* GCM and ChaCha20-Poly1305 */
#define CBC_BLOCK 16         /* AES and Camellia */

struct tunnel {
    SSL *ssl;
    struct tunnel_io io;
    bool strict;               /* a client whose profile is not legacy */
    struct tunnel_trust trust; /* of a client */
    char description[96];
};

/*
 * Suites with forward secrecy and AEAD; every Windows since Server 2016 has
 * them.  2012R2 needs CBC, SHA-1 signatures and RSA-1024, which OpenSSL 3.0
 * offers at level 0 only (SSL_CTX_set_security_level(3)).
 */
#define SUITES_DEFAULT                                                        \
    "ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:" TUNNEL_SUITES_NEVER             \
    ":@SECLEVEL=2"
#define SUITES_LEGACY "DEFAULT:" TUNNEL_SUITES_NEVER ":@SECLEVEL=0"

/*
 * MS-CSSP 3.1.5: "session resumption is not supported".  Without
 * encrypt-then-MAC the trailer of a CBC record is what WinRM's message
 * encryption says it is.
 */
#define TUNNEL_OPTIONS                                                        \
    (SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION       \
     | SSL_OP_NO_ENCRYPT_THEN_MAC | SSL_OP_DONT_INSERT_EMPTY_FRAGMENTS)

int tunnel_context(const SSL_METHOD *method, SSL_CTX **context,
                   struct err *err)
{
    SSL_CTX *ctx;

    ERR_clear_error();
    ctx = SSL_CTX_new(method);
    if (ctx == NULL)
        return tunnel_error(err, STAGE_TLS, "OpenSSL cannot start");
    /* Windows does not do CredSSP over TLS 1.3; older is not safe. */
    if (SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) != 1
        || SSL_CTX_set_max_proto_version(ctx, TLS1_2_VERSION) != 1) {
        SSL_CTX_free(ctx);
        return tunnel_error(err, STAGE_TLS,
                            "this machine's OpenSSL does not do TLS 1.2");
    }
    SSL_CTX_set_options(ctx, TUNNEL_OPTIONS);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    /* The chain proves nothing here, the binding does; OpenSSL verifies the
     * handshake's signature all the same. */
    SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
    *context = ctx;
    return 0;
}

static int new_client_context(bool legacy, SSL_CTX **context, struct err *err)
{
    SSL_CTX *ctx = NULL;

    if (tunnel_context(TLS_client_method(), &ctx, err) != 0)
        return -1;
    if (SSL_CTX_set_cipher_list(ctx, legacy ? SUITES_LEGACY : SUITES_DEFAULT)
        != 1) {
        SSL_CTX_free(ctx);
        return tunnel_error(err, STAGE_TLS,
                            "this machine's OpenSSL has no usable suite");
    }
    *context = ctx;
    return 0;
}

/*
 * Making a context costs more than a handshake, so there is one for each
 * profile, kept for the life of the process.
 */
static int client_context(bool legacy, SSL_CTX **context, struct err *err)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static SSL_CTX *kept[2];
    int r = 0;

    pthread_mutex_lock(&lock);
    if (kept[legacy] == NULL)
        r = new_client_context(legacy, &kept[legacy], err);
    *context = kept[legacy];
    pthread_mutex_unlock(&lock);
    return r;
}

int tunnel_from_context(SSL_CTX *context, struct tunnel **tunnel, SSL **ssl,
                        struct err *err)
{
    struct tunnel *t = calloc(1, sizeof *t);
    BIO *bio;

    if (t == NULL)
        return err_set(err, ERR_MEMORY, STAGE_TLS, NULL);
    t->ssl = SSL_new(context);
    bio = tunnel_io_new(&t->io);
    if (t->ssl == NULL || bio == NULL) {
        SSL_free(t->ssl);
        BIO_free(bio);
        free(t);
        return err_set(err, ERR_MEMORY, STAGE_TLS, NULL);
    }
    SSL_set_bio(t->ssl, bio, bio); /* now the SSL's own */
    *tunnel = t;
    *ssl = t->ssl;
    return 0;
}

SSL *tunnel_ssl(struct tunnel *tunnel)
{
    return tunnel->ssl;
}

int tunnel_new_client(const struct tunnel_profile *profile,
                      struct tunnel **tunnel, struct err *err)
{
    struct tunnel *t = NULL;
    SSL_CTX *context = NULL;
    SSL *ssl = NULL;

    if (client_context(profile->legacy, &context, err) != 0
        || tunnel_from_context(context, &t, &ssl, err) != 0)
        return -1;
    SSL_set_connect_state(ssl);
    t->strict = !profile->legacy;
    if (tunnel_set_trust(&t->trust, profile, err) != 0) {
        tunnel_free(&t);
        return -1;
    }
    *tunnel = t;
    return 0;
}

void tunnel_free(struct tunnel **tunnel)
{
    if (*tunnel == NULL)
        return;
    SSL_free((*tunnel)->ssl);
    buf_free(&(*tunnel)->io.late);
    free(*tunnel);
    *tunnel = NULL;
}

/* Do whole records, and nothing else, stand here? */
static int check_records(const void *records, size_t len,
                         enum err_stage stage, struct err *err)
{
    struct reader r = READER_INIT(records, len);

    while (r.left > 0 && !r.failed) {
        (void)reader_bytes(&r, RECORD_HEADER - 2); /* type and version */
        (void)reader_bytes(&r, reader_u16(&r));
    }
    return reader_done(&r, stage, "a TLS record", err);
}

static int check_input(const void *in, size_t len, size_t max,
                       enum err_stage stage, struct err *err)
{
    if (len > max)
        return err_set(err, ERR_OVERSIZED, stage,
                       "a TLS message of %zu bytes is longer than %zu", len,
                       max);
    return check_records(in, len, stage, err);
}

static void describe(struct tunnel *t)
{
    snprintf(t->description, sizeof t->description, "%s %s",
             SSL_get_version(t->ssl), SSL_get_cipher_name(t->ssl));
}

/*
 * Security level 2 asks for 112 bits, but OpenSSL holds a certificate to it
 * only when it verifies a chain, which nobody does here.
 */
static int check_strength(const struct tunnel *t, struct err *err)
{
    X509 *certificate = SSL_get0_peer_certificate(t->ssl);
    EVP_PKEY *key = certificate == NULL ? NULL
                                        : X509_get0_pubkey(certificate);

    if (!t->strict)
        return 0;
    if (key == NULL)
        return tunnel_error(err, STAGE_TLS, "the host shows no usable key");
    if (EVP_PKEY_get_security_bits(key) >= SECURITY_BITS)
        return 0;
    err_set(err, ERR_CERTIFICATE, STAGE_TLS,
            "the key in the host's CredSSP certificate is too short: %d bits",
            EVP_PKEY_get_bits(key));
    return err_advise(err, "give the host a key of 2048 bits; for Windows "
                      "Server 2012 R2 set 'LegacyTLS yes' for it in the "
                      "policy file");
}

/* Why OpenSSL has nothing to read: nothing is there, or something is wrong. */
static int read_end(struct tunnel *t, int result, enum err_stage stage,
                    struct err *err)
{
    int why = SSL_get_error(t->ssl, result);

    if (why == SSL_ERROR_ZERO_RETURN)
        return tunnel_alert(err, stage, SSL_AD_CLOSE_NOTIFY);
    if (why == SSL_ERROR_WANT_READ)
        return 0;
    tunnel_error(err, stage, "OpenSSL cannot decrypt");
    /* An alert has its own advice; the host's log knows of nothing else. */
    if (err->domain != CODE_TLS_ALERT && err->cause == ERR_TLS)
        err_advise(err, "something may stand between this machine and the "
                   "host and alter what they say");
    return -1;
}

/*
 * A message that follows the handshake belongs to another leg (MS-CSSP
 * 3.1.5).  Looking for one takes records that say nothing out of the way: a
 * HelloRequest (RFC 5246 section 7.4.1.1), a warning, an empty record.
 */
static int finish(struct tunnel *t, struct err *err)
{
    unsigned char byte;
    size_t n = 0;
    int ok;

    ERR_clear_error();
    ok = SSL_peek_ex(t->ssl, &byte, sizeof byte, &n);
    if (ok == 1)
        return err_set(err, ERR_MALFORMED, STAGE_TLS,
                       "bytes follow the end of the TLS handshake");
    if (read_end(t, ok, STAGE_TLS, err) != 0)
        return -1;
    describe(t);
    if (check_strength(t, err) != 0)
        return -1;
    return tunnel_check_trust(&t->trust, t->ssl, err);
}

int tunnel_handshake(struct tunnel *tunnel, const void *in, size_t len,
                     struct buf *out, bool *finished, struct err *err)
{
    int r, why, result = 0;

    *finished = false;
    if (check_input(in, len, HANDSHAKE_MAX, STAGE_TLS, err) != 0)
        return -1;
    ERR_clear_error();
    tunnel_io_lend(&tunnel->io, in, len, out);
    r = SSL_do_handshake(tunnel->ssl);
    why = SSL_get_error(tunnel->ssl, r);
    /* On a failure out has the alert, which tells the peer why. */
    if (buf_ok(out, STAGE_TLS, err) != 0) {
        result = -1;
    } else if (r == 1) {
        /* What OpenSSL answers from here on belongs to the next leg. */
        tunnel_io_lend(&tunnel->io, tunnel->io.in, tunnel->io.left, NULL);
        result = finish(tunnel, err);
    } else if (why != SSL_ERROR_WANT_READ) {
        result = tunnel_error(err, STAGE_TLS, "the TLS handshake failed");
    }
    tunnel_io_return(&tunnel->io);
    *finished = r == 1 && result == 0;
    return result;
}

int tunnel_seal(struct tunnel *tunnel, const void *plain, size_t len,
                struct buf *records, struct err *err)
{
    size_t written = 0;
    int ok;

    if (len == 0)
        return 0;
    ERR_clear_error();
    tunnel_io_lend(&tunnel->io, NULL, 0, records);
    ok = SSL_write_ex(tunnel->ssl, plain, len, &written);
    tunnel_io_return(&tunnel->io);
    if (buf_ok(records, STAGE_SEALING, err) != 0)
        return -1;
    if (ok != 1 || written != len)
        return tunnel_error(err, STAGE_SEALING, "OpenSSL cannot encrypt");
    return 0;
}

/* Appends the plaintext of one record. Returns what SSL_read_ex() does. */
static int read_record(SSL *ssl, struct buf *plain)
{
    size_t room = plain->max - plain->len;
    size_t n = room < TUNNEL_RECORD_PLAIN_MAX ? room : TUNNEL_RECORD_PLAIN_MAX;
    unsigned char spill, *dst = n > 0 ? buf_reserve(plain, n) : NULL;
    size_t got = 0;
    int ok;

    if (n > 0 && dst == NULL)
        return 0;
    ok = SSL_read_ex(ssl, n > 0 ? dst : &spill, n > 0 ? n : 1, &got);
    if (n > 0)
        plain->len -= n - got;
    else
        buf_put(plain, &spill, got); /* too much, and remembered as that */
    return ok;
}

/*
 * OpenSSL decrypts within its read buffer.  SSL_free_buffers(3) wipes all of
 * it under SSL_OP_CLEANSE_PLAINTEXT, which is set only here: set for good, it
 * would wipe each record of a long body and then overwrite it.  What the
 * write buffer holds is ciphertext.
 */
void tunnel_wipe(struct tunnel *tunnel)
{
    SSL_set_options(tunnel->ssl, SSL_OP_CLEANSE_PLAINTEXT);
    SSL_free_buffers(tunnel->ssl);
    SSL_clear_options(tunnel->ssl, SSL_OP_CLEANSE_PLAINTEXT);
}

int tunnel_open_without_wipe(struct tunnel *tunnel, const void *records,
                             size_t len, struct buf *plain, struct err *err)
{
    int ok;

    if (check_input(records, len, INT_MAX, STAGE_SEALING, err) != 0)
        return -1;
    ERR_clear_error();
    tunnel_io_lend(&tunnel->io, records, len, NULL);
    do {
        ok = read_record(tunnel->ssl, plain);
    } while (ok == 1 && plain->failed == ERR_NONE
             && (tunnel->io.left > 0 || SSL_has_pending(tunnel->ssl)));
    tunnel_io_return(&tunnel->io);
    if (buf_ok(plain, STAGE_SEALING, err) != 0)
        return -1;
    return ok == 1 ? 0 : read_end(tunnel, ok, STAGE_SEALING, err);
}

int tunnel_open(struct tunnel *tunnel, const void *records, size_t len,
                struct buf *plain, struct err *err)
{
    int result = tunnel_open_without_wipe(tunnel, records, len, plain, err);

    tunnel_wipe(tunnel);
    return result;
}

int tunnel_public_key(const struct tunnel *tunnel, struct buf *key,
                      struct err *err)
{
    X509 *certificate = SSL_is_server(tunnel->ssl)
        ? SSL_get_certificate(tunnel->ssl)
        : SSL_get0_peer_certificate(tunnel->ssl);
    const ASN1_BIT_STRING *bits = certificate == NULL
        ? NULL : X509_get0_pubkey_bitstr(certificate);
    int len = bits == NULL ? 0 : ASN1_STRING_length(bits);

    if (len <= 0)
        return err_set(err, ERR_CERTIFICATE, STAGE_BINDING,
                       "the host's certificate holds no public key");
    if (len > TUNNEL_KEY_MAX)
        return err_set(err, ERR_OVERSIZED, STAGE_BINDING,
                       "the host's public key of %d bytes is longer than %d",
                       len, TUNNEL_KEY_MAX);
    buf_put(key, ASN1_STRING_get0_data(bits), (size_t)len);
    return buf_ok(key, STAGE_BINDING, err);
}

size_t tunnel_trailer(const struct tunnel *tunnel, size_t len)
{
    const SSL_CIPHER *suite = SSL_get_current_cipher(tunnel->ssl);
    const EVP_MD *digest;
    size_t mac;

    if (suite == NULL)
        return 0;
    if (SSL_CIPHER_is_aead(suite))
        return AEAD_TAG;
    digest = EVP_get_digestbynid(SSL_CIPHER_get_digest_nid(suite));
    mac = digest == NULL ? 0 : (size_t)EVP_MD_get_size(digest);
    /* RFC 5246 section 6.2.3.2: 1 to 16 bytes of padding fill the block. */
    return mac + CBC_BLOCK - (len + mac) % CBC_BLOCK;
}

const char *tunnel_describe(struct tunnel *tunnel)
{
    return tunnel->description;
}
