/* tunnel_trust.c - is the host's certificate the pinned or a trusted one? */
#include "auth/tunnel_private.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

static int set_pin(struct tunnel_trust *trust, const char *hex,
                   struct err *err)
{
    size_t n = 0;

    if (OPENSSL_hexstr2buf_ex(trust->pin, sizeof trust->pin, &n, hex, ':')
            != 1
        || n != sizeof trust->pin) {
        ERR_clear_error();
        return err_set(err, ERR_CERTIFICATE, STAGE_TLS,
                       "the pinned fingerprint '%.80s' is not 64 hexadecimal "
                       "digits", hex);
    }
    trust->pinned = true;
    return 0;
}

int tunnel_set_trust(struct tunnel_trust *trust,
                     const struct tunnel_profile *profile, struct err *err)
{
    const char *pin = profile->pinned_sha256, *host = profile->trusted_host;

    if (host != NULL) {
        /* An empty name would let OpenSSL skip the comparison. */
        if (host[0] == '\0' || strlen(host) >= sizeof trust->host)
            return err_set(err, ERR_CERTIFICATE, STAGE_TLS,
                           "'%.64s' is no host name that a certificate could "
                           "be for", host);
        snprintf(trust->host, sizeof trust->host, "%s", host);
        trust->chain = true;
    }
    return pin != NULL && pin[0] != '\0' ? set_pin(trust, pin, err) : 0;
}

static int check_pin(const struct tunnel_trust *trust, X509 *certificate,
                     struct err *err)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    char hex[2 * TUNNEL_PIN_BYTES + 1];
    unsigned n = 0;

    if (X509_digest(certificate, EVP_sha256(), digest, &n) != 1
        || n != TUNNEL_PIN_BYTES)
        return tunnel_error(err, STAGE_TLS, "the certificate has no digest");
    if (CRYPTO_memcmp(digest, trust->pin, TUNNEL_PIN_BYTES) == 0)
        return 0;
    OPENSSL_buf2hexstr_ex(hex, sizeof hex, NULL, digest, TUNNEL_PIN_BYTES,
                          '\0');
    err_set(err, ERR_CERTIFICATE, STAGE_TLS,
            "the host's CredSSP certificate is not the pinned one; its "
            "SHA-256 fingerprint is %s", hex);
    return err_advise(err, "if the host was reinstalled, pin the new "
                      "fingerprint; else something stands in between");
}

/*
 * The CAs that this system trusts.  Reading them costs more than a
 * handshake, so they are kept for the life of the process, which is that of
 * one session.
 */
static X509_STORE *system_store(void)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static X509_STORE *kept;
    X509_STORE *store;

    pthread_mutex_lock(&lock);
    if (kept == NULL) {
        store = X509_STORE_new();
        if (store != NULL && X509_STORE_set_default_paths(store) == 1)
            kept = store;
        else
            X509_STORE_free(store);
    }
    store = kept;
    pthread_mutex_unlock(&lock);
    return store;
}

/* RFC 6125: the names of the certificate, a wildcard as a whole label. */
static int verify(const struct tunnel_trust *trust, X509_STORE_CTX *context)
{
    X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(context);

    X509_VERIFY_PARAM_set_hostflags(param,
                                    X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return X509_VERIFY_PARAM_set1_host(param, trust->host, 0) == 1
           && X509_STORE_CTX_set_default(context, "ssl_server") == 1
           && X509_verify_cert(context) == 1;
}

static int untrusted(const struct tunnel_trust *trust, int reason,
                     struct err *err)
{
    err_set(err, ERR_CERTIFICATE, STAGE_TLS,
            "the host's CredSSP certificate is not trusted for %.128s: %s",
            trust->host, X509_verify_cert_error_string(reason));
    return err_advise(err, "'TrustedChain yes' wants a certificate of a CA "
                      "that this system trusts, in that name; for Windows' "
                      "own self-signed one pin its fingerprint with "
                      "PinnedCertificate instead");
}

static int check_chain(const struct tunnel_trust *trust, X509 *certificate,
                       STACK_OF(X509) *sent, struct err *err)
{
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    X509_STORE *store = system_store();
    int ok, reason;

    if (context == NULL || store == NULL
        || X509_STORE_CTX_init(context, store, certificate, sent) != 1) {
        X509_STORE_CTX_free(context);
        return tunnel_error(err, STAGE_TLS,
                            "this system's CA certificates cannot be used");
    }
    ok = verify(trust, context);
    reason = X509_STORE_CTX_get_error(context);
    X509_STORE_CTX_free(context);
    ERR_clear_error();
    return ok ? 0 : untrusted(trust, reason, err);
}

int tunnel_check_trust(const struct tunnel_trust *trust, SSL *ssl,
                       struct err *err)
{
    X509 *certificate = SSL_get0_peer_certificate(ssl);

    if (!trust->pinned && !trust->chain)
        return 0;
    if (certificate == NULL)
        return err_set(err, ERR_CERTIFICATE, STAGE_TLS,
                       "the host showed no certificate");
    if (trust->pinned && check_pin(trust, certificate, err) != 0)
        return -1;
    return trust->chain ? check_chain(trust, certificate,
                                      SSL_get_peer_cert_chain(ssl), err)
                        : 0;
}
