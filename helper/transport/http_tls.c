/* http_tls.c - whom the outer HTTPS trusts: the system's CAs, or one pin. */
#include <openssl/crypto.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <string.h>

#include "transport/http_parts.h"

int pin_parse(const char *hex, struct pin *pin, struct err *err)
{
    size_t n = 0;

    memset(pin, 0, sizeof *pin);
    if (hex == NULL || hex[0] == '\0')
        return 0;
    if (OPENSSL_hexstr2buf_ex(pin->sha256, sizeof pin->sha256, &n, hex, ':')
            != 1
        || n != sizeof pin->sha256)
        return err_set(err, ERR_CERTIFICATE, STAGE_HTTPS,
                       "the pin '%.80s' is no SHA-256 fingerprint in "
                       "hexadecimal", hex);
    pin->set = true;
    return 0;
}

/*
 * SSL_CTX_set_cert_verify_callback(3): in the place of the chain's
 * verification, so that nothing but the pin decides.
 */
static int check_pin(X509_STORE_CTX *store, void *arg)
{
    struct pin *pin = arg;
    X509 *leaf = X509_STORE_CTX_get0_cert(store);
    unsigned n = 0;

    if (leaf != NULL
        && X509_digest(leaf, EVP_sha256(), pin->found, &n) == 1
        && n == sizeof pin->found) {
        pin->differs = CRYPTO_memcmp(pin->found, pin->sha256, n) != 0;
        if (!pin->differs) {
            X509_STORE_CTX_set_error(store, X509_V_OK);
            return 1;
        }
    }
    X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION);
    return 0;
}

static CURLcode adjust_context(CURL *easy, void *context, void *arg)
{
    struct pin *pin = arg;

    (void)easy;
    pin->begun = true;
    /* libcurl obeys SSLKEYLOGFILE; no key may leave this process. */
    SSL_CTX_set_keylog_callback(context, NULL);
    if (pin->set)
        SSL_CTX_set_cert_verify_callback(context, check_pin, pin);
    return CURLE_OK;
}

CURLcode http_tls_options(CURL *easy, struct pin *pin)
{
    CURLcode code;

    /* VERIFYPEER stays on with a pin: it makes the callback's word count.
     * The pin is of one certificate, which may bear any name. */
    if ((code = curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L)) != 0
        || (code = curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST,
                                    pin->set ? 0L : 2L)) != 0
        || (code = curl_easy_setopt(easy, CURLOPT_SSLVERSION,
                                    (long)CURL_SSLVERSION_TLSv1_2)) != 0
        || (code = curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L))
               != 0
        || (code = curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION,
                                    adjust_context)) != 0
        || (code = curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, pin)) != 0)
        return code;
    if (!pin->set)
        return CURLE_OK;
    /* Reading the system's CAs costs more than the handshake. */
    if ((code = curl_easy_setopt(easy, CURLOPT_CAINFO, NULL)) != 0)
        return code;
    return curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
}
