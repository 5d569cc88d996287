/*
 * tsrequest.h - the ASN.1 of CredSSP: TSRequest, TSCredentials and
 * TSPasswordCreds (MS-CSSP 2.2.1), with OpenSSL's templates.
 *
 * A codec: it parses or builds, decides nothing and logs nothing.
 */
#ifndef CREDSSP_AUTH_TSREQUEST_H
#define CREDSSP_AUTH_TSREQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "credssp/buf.h"
#include "credssp/err.h"
#include "credssp/secret.h"

#define TSREQUEST_MAX 131072   /* bytes of DER; large PACs need over 64 KiB */
#define TSREQUEST_NONCE_BYTES 32

/* A field that is absent has its has_ flag false; buffers are wiped on free. */
struct tsrequest {
    int version;
    bool has_nego;
    struct buf nego;            /* the one negoToken */
    bool has_auth_info;
    struct buf auth_info;       /* sealed TSCredentials */
    bool has_pub_key_auth;
    struct buf pub_key_auth;    /* sealed binding */
    bool has_error_code;
    uint32_t error_code;        /* NTSTATUS or HRESULT, from 4 or 5 bytes */
    bool has_nonce;
    unsigned char nonce[TSREQUEST_NONCE_BYTES];
};

void tsrequest_init(struct tsrequest *request);
void tsrequest_free(struct tsrequest *request);

/* Consumes all of der or refuses: ERR_MALFORMED, ERR_OVERSIZED. */
int tsrequest_decode(const unsigned char *der, size_t len,
                     struct tsrequest *request, struct err *err) MUST_USE;
int tsrequest_encode(const struct tsrequest *request, struct buf *der,
                     struct err *err) MUST_USE;

/* Who is delegated, UTF-8. domain and user are borrowed, password too. */
struct ts_identity {
    const char *domain;
    const char *user;
    const struct secret *password;
};

/* TSCredentials of type 1, DER; the caller owns *der. */
int ts_credentials_encode(const struct ts_identity *identity,
                          struct secret **der, struct err *err) MUST_USE;

/* For the acceptor: names as UTF-8 strings, password UTF-8, owned. */
struct ts_delegated {
    char domain[512];
    char user[512];
    struct secret *password;
};
int ts_credentials_decode(const unsigned char *der, size_t len,
                          struct ts_delegated *out, struct err *err) MUST_USE;
void ts_delegated_clear(struct ts_delegated *delegated);

#endif
