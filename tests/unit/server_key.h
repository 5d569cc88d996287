/* server_key.h - a server's key and self-signed certificate for a test. */
#ifndef CREDSSP_TESTS_SERVER_KEY_H
#define CREDSSP_TESTS_SERVER_KEY_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "unit.h"

struct server_key {
    EVP_PKEY *key;
    X509 *certificate;
};

/* The certificate is signed with the key and SHA-256, as Windows' is. */
static inline struct server_key server_key_of(EVP_PKEY *key)
{
    struct server_key made = { key, X509_new() };
    X509_NAME *name = X509_get_subject_name(made.certificate);

    assert_non_null(key);
    X509_set_version(made.certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(made.certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(made.certificate), -60);
    X509_gmtime_adj(X509_getm_notAfter(made.certificate), 3600);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               (const unsigned char *)"CREDSSP-WIN1", -1, -1,
                               0);
    X509_set_issuer_name(made.certificate, name);
    X509_set_pubkey(made.certificate, key);
    assert_true(X509_sign(made.certificate, key, EVP_sha256()) > 0);
    return made;
}

static inline struct server_key server_key_rsa(unsigned bits)
{
    return server_key_of(EVP_RSA_gen(bits));
}

static inline struct server_key server_key_ec(const char *curve)
{
    return server_key_of(EVP_EC_gen(curve));
}

static inline void server_key_free(struct server_key *made)
{
    X509_free(made->certificate);
    EVP_PKEY_free(made->key);
}

#endif
