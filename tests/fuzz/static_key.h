/*
 * static_key.h - a host's key for fuzzing, always the same one: nothing but
 * tests knows it, and no run pays for making it.
 */
#ifndef CREDSSP_TESTS_FUZZ_STATIC_KEY_H
#define CREDSSP_TESTS_FUZZ_STATIC_KEY_H

#include <openssl/pem.h>
#include <openssl/x509.h>

#include "fuzz.h"

static const char static_key_pem[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgNiSM/DCMJ4T997K9\n"
    "3xJUiPnm0moHCVQW+Jwbs24O7XuhRANCAASbkHUlnoNbNhYYN8cMA+x6zn/QkBVW\n"
    "gC7t8eKfb7UcTnQNf6brW1v5aVlPzveAMfYbVBt18+DxL0RIP2GE6Ps+\n"
    "-----END PRIVATE KEY-----\n";

static inline EVP_PKEY *static_key(void)
{
    BIO *bio = BIO_new_mem_buf(static_key_pem, -1);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);

    BIO_free(bio);
    fuzz_require(key != NULL);
    return key;
}

/* Self-signed, as Windows' is. */
static inline X509 *static_certificate(EVP_PKEY *key)
{
    X509 *made = X509_new();
    X509_NAME *name = X509_get_subject_name(made);

    fuzz_require(made != NULL && name != NULL);
    X509_set_version(made, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(made), 1);
    X509_gmtime_adj(X509_getm_notBefore(made), -60);
    X509_gmtime_adj(X509_getm_notAfter(made), 86400);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               (const unsigned char *)"CREDSSP-WIN1", -1, -1,
                               0);
    X509_set_issuer_name(made, name);
    X509_set_pubkey(made, key);
    fuzz_require(X509_sign(made, key, EVP_sha256()) > 0);
    return made;
}

#endif
