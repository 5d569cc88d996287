/* certificate.c - makes the inner certificate at start, as Windows does. */
#include "certificate.h"

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdio.h>

#define DAYS 365

static int fill(X509 *x, EVP_PKEY *key, const char *common_name,
                const EVP_MD *digest)
{
    X509_NAME *name = X509_get_subject_name(x);

    return X509_set_version(x, X509_VERSION_3) == 1
        && ASN1_INTEGER_set(X509_get_serialNumber(x), 1) == 1
        && X509_gmtime_adj(X509_getm_notBefore(x), -86400L) != NULL
        && X509_gmtime_adj(X509_getm_notAfter(x), DAYS * 86400L) != NULL
        && X509_set_pubkey(x, key) == 1
        && X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                      (const unsigned char *)common_name, -1,
                                      -1, 0) == 1
        && X509_set_issuer_name(x, name) == 1
        && X509_sign(x, key, digest) > 0;
}

static int make(const char *host, unsigned bits, const EVP_MD *digest,
                X509 **certificate, EVP_PKEY **key, struct err *err)
{
    char common_name[64]; /* ub-common-name, RFC 5280 appendix A.1 */
    X509 *x = X509_new();
    EVP_PKEY *k = EVP_RSA_gen(bits);

    snprintf(common_name, sizeof common_name, "CREDSSP-%s", host);
    if (x == NULL || k == NULL || !fill(x, k, common_name, digest)) {
        X509_free(x);
        EVP_PKEY_free(k);
        return err_set(err, ERR_INTERNAL, STAGE_START,
                       "cannot make a certificate");
    }
    *certificate = x;
    *key = k;
    return 0;
}

int certificate_new(const char *host, X509 **certificate, EVP_PKEY **key,
                    struct err *err)
{
    return make(host, 2048, EVP_sha256(), certificate, key, err);
}

int certificate_new_weak(const char *host, X509 **certificate,
                         EVP_PKEY **key, struct err *err)
{
    return make(host, 1024, EVP_sha1(), certificate, key, err);
}
