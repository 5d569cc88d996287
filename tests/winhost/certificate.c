/* certificate.c - makes the inner certificate at start, as Windows does. */
#include "certificate.h"

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdio.h>

#define KEY_BITS 2048
#define DAYS 365

static int fill(X509 *x, EVP_PKEY *key, const char *common_name)
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
        && X509_sign(x, key, EVP_sha256()) > 0;
}

int certificate_new(const char *host, X509 **certificate, EVP_PKEY **key,
                    struct err *err)
{
    char common_name[64]; /* ub-common-name, RFC 5280 appendix A.1 */
    X509 *x = X509_new();
    EVP_PKEY *k = EVP_RSA_gen(KEY_BITS);

    snprintf(common_name, sizeof common_name, "CREDSSP-%s", host);
    if (x == NULL || k == NULL || !fill(x, k, common_name)) {
        X509_free(x);
        EVP_PKEY_free(k);
        return err_set(err, ERR_INTERNAL, STAGE_START,
                       "cannot make a certificate");
    }
    *certificate = x;
    *key = k;
    return 0;
}
