/*
 * tscredentials.h - the ASN.1 templates of TSCredentials and TSPasswordCreds
 * (MS-CSSP 2.2.1.2), shared by the encoder and the tests' decoder.
 */
#ifndef CREDSSP_AUTH_TSCREDENTIALS_H
#define CREDSSP_AUTH_TSCREDENTIALS_H

#include <openssl/asn1t.h>

#define TS_CRED_TYPE_PASSWORD 1

typedef struct {
    ASN1_OCTET_STRING *domain; /* UTF-16LE without NUL, as the others */
    ASN1_OCTET_STRING *user;
    ASN1_OCTET_STRING *password;
} TS_PASSWORD_CREDS;
DECLARE_ASN1_ITEM(TS_PASSWORD_CREDS)

typedef struct {
    ASN1_INTEGER *type;
    ASN1_OCTET_STRING *credentials; /* DER of TS_PASSWORD_CREDS */
} TS_CREDENTIALS;
DECLARE_ASN1_ITEM(TS_CREDENTIALS)

#endif
