/*
 * tscredentials.c - the DER of a credential (MS-CSSP 2.2.1.2), built without
 * a copy outside of locked memory: the ASN.1 strings borrow the bytes of
 * secrets, and OpenSSL writes straight into another secret.
 */
#include "auth/tscredentials.h"

#include <openssl/err.h>
#include <string.h>

#include "auth/tsrequest.h"

ASN1_SEQUENCE(TS_PASSWORD_CREDS) = {
    ASN1_EXP(TS_PASSWORD_CREDS, domain, ASN1_OCTET_STRING, 0),
    ASN1_EXP(TS_PASSWORD_CREDS, user, ASN1_OCTET_STRING, 1),
    ASN1_EXP(TS_PASSWORD_CREDS, password, ASN1_OCTET_STRING, 2),
} ASN1_SEQUENCE_END(TS_PASSWORD_CREDS)

ASN1_SEQUENCE(TS_CREDENTIALS) = {
    ASN1_EXP(TS_CREDENTIALS, type, ASN1_INTEGER, 0),
    ASN1_EXP(TS_CREDENTIALS, credentials, ASN1_OCTET_STRING, 1),
} ASN1_SEQUENCE_END(TS_CREDENTIALS)

static int no_memory(struct err *err)
{
    ERR_clear_error();
    return err_set(err, ERR_MEMORY, STAGE_DELEGATION, NULL);
}

static void lend(ASN1_OCTET_STRING *octets, const struct secret *bytes)
{
    ASN1_STRING_set0(octets, bytes->data, (int)bytes->len);
}

/* ASN1_STRING_set0() would free what was lent. */
static void give_back(ASN1_OCTET_STRING *octets)
{
    octets->data = NULL;
    octets->length = 0;
}

/* i2d into a new secret. */
static int to_der(const ASN1_VALUE *value, const ASN1_ITEM *item,
                  struct secret **der, struct err *err)
{
    int len = ASN1_item_i2d(value, NULL, item);
    unsigned char *p;

    if (len <= 0)
        return no_memory(err);
    if (secret_new((size_t)len, der, err) != 0)
        return -1;
    p = (*der)->data;
    ASN1_item_i2d(value, &p, item);
    return 0;
}

static int wrap_credentials(const struct secret *inner, struct secret **der,
                            struct err *err)
{
    TS_CREDENTIALS *outer =
        (TS_CREDENTIALS *)ASN1_item_new(ASN1_ITEM_rptr(TS_CREDENTIALS));
    int r;

    if (outer == NULL
        || ASN1_INTEGER_set(outer->type, TS_CRED_TYPE_PASSWORD) != 1) {
        ASN1_item_free((ASN1_VALUE *)outer, ASN1_ITEM_rptr(TS_CREDENTIALS));
        return no_memory(err);
    }
    lend(outer->credentials, inner);
    r = to_der((ASN1_VALUE *)outer, ASN1_ITEM_rptr(TS_CREDENTIALS), der, err);
    give_back(outer->credentials);
    ASN1_item_free((ASN1_VALUE *)outer, ASN1_ITEM_rptr(TS_CREDENTIALS));
    return r;
}

/* The three strings in UTF-16LE. */
struct wide {
    struct secret *domain, *user, *password;
};

static void wide_free(struct wide *wide)
{
    secret_free(&wide->domain);
    secret_free(&wide->user);
    secret_free(&wide->password);
}

static int encode_password_creds(const struct wide *wide, struct secret **der,
                                 struct err *err)
{
    TS_PASSWORD_CREDS *creds =
        (TS_PASSWORD_CREDS *)ASN1_item_new(ASN1_ITEM_rptr(TS_PASSWORD_CREDS));
    int r;

    if (creds == NULL)
        return no_memory(err);
    lend(creds->domain, wide->domain);
    lend(creds->user, wide->user);
    lend(creds->password, wide->password);
    r = to_der((ASN1_VALUE *)creds, ASN1_ITEM_rptr(TS_PASSWORD_CREDS), der,
               err);
    give_back(creds->domain);
    give_back(creds->user);
    give_back(creds->password);
    ASN1_item_free((ASN1_VALUE *)creds, ASN1_ITEM_rptr(TS_PASSWORD_CREDS));
    return r;
}

static int widen_name(const char *name, struct secret **wide, struct err *err)
{
    struct secret *narrow = NULL;
    int r;

    if (secret_copy(name, strlen(name), &narrow, err) != 0)
        return -1;
    r = secret_utf16(narrow, wide, err);
    secret_free(&narrow);
    return r;
}

int ts_credentials_encode(const struct ts_identity *identity,
                          struct secret **der, struct err *err)
{
    struct wide wide = { NULL, NULL, NULL };
    struct secret *inner = NULL;
    int r;

    r = widen_name(identity->domain, &wide.domain, err) != 0
        || widen_name(identity->user, &wide.user, err) != 0
        || secret_utf16(identity->password, &wide.password, err) != 0
        || encode_password_creds(&wide, &inner, err) != 0
        || wrap_credentials(inner, der, err) != 0;
    secret_free(&inner);
    wide_free(&wide);
    return r ? -1 : 0;
}

void ts_delegated_clear(struct ts_delegated *delegated)
{
    secret_free(&delegated->password);
    explicit_bzero(delegated, sizeof *delegated);
}
