/* tsrequest.c - the DER of TSRequest (MS-CSSP 2.2.1). */
#include "auth/tsrequest.h"

#include <limits.h>
#include <openssl/asn1t.h>
#include <openssl/err.h>
#include <string.h>

#include "auth/openssl_memory.h"

/* NegoData ::= SEQUENCE OF SEQUENCE { negoToken [0] OCTET STRING } */
typedef struct {
    ASN1_OCTET_STRING *token;
} NEGO;

DEFINE_STACK_OF(NEGO)

ASN1_SEQUENCE(NEGO) = {
    ASN1_EXP(NEGO, token, ASN1_OCTET_STRING, 0),
} static_ASN1_SEQUENCE_END(NEGO)

typedef struct {
    ASN1_INTEGER *version;
    STACK_OF(NEGO) *nego;
    ASN1_OCTET_STRING *auth_info;
    ASN1_OCTET_STRING *pub_key_auth;
    ASN1_INTEGER *error_code;
    ASN1_OCTET_STRING *nonce;
} REQUEST;

ASN1_SEQUENCE(REQUEST) = {
    ASN1_EXP(REQUEST, version, ASN1_INTEGER, 0),
    ASN1_EXP_SEQUENCE_OF_OPT(REQUEST, nego, NEGO, 1),
    ASN1_EXP_OPT(REQUEST, auth_info, ASN1_OCTET_STRING, 2),
    ASN1_EXP_OPT(REQUEST, pub_key_auth, ASN1_OCTET_STRING, 3),
    ASN1_EXP_OPT(REQUEST, error_code, ASN1_INTEGER, 4),
    ASN1_EXP_OPT(REQUEST, nonce, ASN1_OCTET_STRING, 5),
} static_ASN1_SEQUENCE_END(REQUEST)

void tsrequest_init(struct tsrequest *request)
{
    memset(request, 0, sizeof *request);
    buf_init(&request->nego, TSREQUEST_MAX);
    buf_init(&request->auth_info, TSREQUEST_MAX);
    buf_init(&request->pub_key_auth, TSREQUEST_MAX);
}

void tsrequest_free(struct tsrequest *request)
{
    buf_free(&request->nego);
    buf_free(&request->auth_info);
    buf_free(&request->pub_key_auth);
    tsrequest_init(request);
}

static int malformed(struct err *err, const char *what)
{
    if (openssl_out_of_memory())
        return err_set(err, ERR_MEMORY, STAGE_SPNEGO, NULL);
    return err_set(err, ERR_MALFORMED, STAGE_SPNEGO,
                   "the CredSSP message cannot be understood: %s", what);
}

static int take_octets(const ASN1_OCTET_STRING *octets, bool *has,
                       struct buf *out, struct err *err)
{
    *has = octets != NULL;
    if (octets == NULL)
        return 0;
    buf_put(out, ASN1_STRING_get0_data(octets),
            (size_t)ASN1_STRING_length(octets));
    return buf_ok(out, STAGE_SPNEGO, err);
}

/* MS-CSSP 2.2.1.1: a sequence, of which only one element is ever used. */
static int take_nego(const STACK_OF(NEGO) *nego, struct tsrequest *request,
                     struct err *err)
{
    if (nego == NULL)
        return 0;
    if (sk_NEGO_num(nego) != 1)
        return malformed(err, "negoTokens does not hold one token");
    return take_octets(sk_NEGO_value(nego, 0)->token, &request->has_nego,
                       &request->nego, err);
}

static int take_version(const ASN1_INTEGER *version,
                        struct tsrequest *request, struct err *err)
{
    int64_t number = 0;

    if (ASN1_INTEGER_get_int64(&number, version) != 1 || number < 0
        || number > INT_MAX)
        return malformed(err, "the version is out of range");
    request->version = (int)number;
    return 0;
}

/*
 * An NTSTATUS or HRESULT has its top bit set: some write it as a negative
 * number of 4 bytes, others as a positive one of 5.
 */
static int take_error_code(const ASN1_INTEGER *code,
                           struct tsrequest *request, struct err *err)
{
    int64_t number = 0;

    request->has_error_code = code != NULL;
    if (code == NULL)
        return 0;
    if (ASN1_INTEGER_get_int64(&number, code) != 1 || number < INT32_MIN
        || number > UINT32_MAX)
        return malformed(err, "the errorCode is out of range");
    request->error_code = (uint32_t)number;
    return 0;
}

static int take_nonce(const ASN1_OCTET_STRING *nonce,
                      struct tsrequest *request, struct err *err)
{
    request->has_nonce = nonce != NULL;
    if (nonce == NULL)
        return 0;
    if (ASN1_STRING_length(nonce) != TSREQUEST_NONCE_BYTES)
        return malformed(err, "the clientNonce does not have 32 bytes");
    memcpy(request->nonce, ASN1_STRING_get0_data(nonce),
           TSREQUEST_NONCE_BYTES);
    return 0;
}

int tsrequest_decode(const unsigned char *der, size_t len,
                     struct tsrequest *request, struct err *err)
{
    const unsigned char *p = der;
    REQUEST *r;
    int bad;

    tsrequest_free(request);
    if (len > TSREQUEST_MAX)
        return err_set(err, ERR_OVERSIZED, STAGE_SPNEGO,
                       "a CredSSP message of %zu bytes is longer than %d",
                       len, TSREQUEST_MAX);
    ERR_clear_error(); /* malformed() asks what this call left there */
    r = (REQUEST *)ASN1_item_d2i(NULL, &p, (long)len, ASN1_ITEM_rptr(REQUEST));
    if (r == NULL)
        return malformed(err, "it is not a TSRequest");
    if (p != der + len)
        bad = malformed(err, "bytes follow its end");
    else
        bad = take_version(r->version, request, err) != 0
            || take_nego(r->nego, request, err) != 0
            || take_octets(r->auth_info, &request->has_auth_info,
                           &request->auth_info, err) != 0
            || take_octets(r->pub_key_auth, &request->has_pub_key_auth,
                           &request->pub_key_auth, err) != 0
            || take_error_code(r->error_code, request, err) != 0
            || take_nonce(r->nonce, request, err) != 0;
    ASN1_item_free((ASN1_VALUE *)r, ASN1_ITEM_rptr(REQUEST));
    if (bad)
        tsrequest_free(request);
    return bad ? -1 : 0;
}

/* True when there is nothing to put, or it could be. */
static bool put_octets(ASN1_OCTET_STRING **octets, bool has, const void *p,
                       size_t len)
{
    if (!has)
        return true;
    if (*octets == NULL)
        *octets = ASN1_OCTET_STRING_new();
    return *octets != NULL
        && ASN1_OCTET_STRING_set(*octets, p, (int)len) == 1;
}

static bool put_nego(REQUEST *r, const struct tsrequest *request)
{
    NEGO *nego;

    if (!request->has_nego)
        return true;
    nego = (NEGO *)ASN1_item_new(ASN1_ITEM_rptr(NEGO));
    r->nego = sk_NEGO_new_null();
    if (nego == NULL || r->nego == NULL || sk_NEGO_push(r->nego, nego) == 0) {
        ASN1_item_free((ASN1_VALUE *)nego, ASN1_ITEM_rptr(NEGO));
        return false;
    }
    return put_octets(&nego->token, true, request->nego.data,
                      request->nego.len);
}

/* As Windows writes it: a number of 4 bytes with its sign. */
static bool put_error_code(REQUEST *r, const struct tsrequest *request)
{
    if (!request->has_error_code)
        return true;
    r->error_code = ASN1_INTEGER_new();
    return r->error_code != NULL
        && ASN1_INTEGER_set_int64(r->error_code,
                                  (int32_t)request->error_code) == 1;
}

static bool fill(REQUEST *r, const struct tsrequest *request)
{
    return ASN1_INTEGER_set(r->version, request->version) == 1
        && put_nego(r, request)
        && put_octets(&r->auth_info, request->has_auth_info,
                      request->auth_info.data, request->auth_info.len)
        && put_octets(&r->pub_key_auth, request->has_pub_key_auth,
                      request->pub_key_auth.data, request->pub_key_auth.len)
        && put_error_code(r, request)
        && put_octets(&r->nonce, request->has_nonce, request->nonce,
                      TSREQUEST_NONCE_BYTES);
}

int tsrequest_encode(const struct tsrequest *request, struct buf *der,
                     struct err *err)
{
    REQUEST *r = (REQUEST *)ASN1_item_new(ASN1_ITEM_rptr(REQUEST));
    unsigned char *p = NULL;
    int len = -1;

    if (r != NULL && fill(r, request))
        len = ASN1_item_i2d((ASN1_VALUE *)r, NULL, ASN1_ITEM_rptr(REQUEST));
    if (len > 0) {
        p = buf_reserve(der, (size_t)len);
        if (p != NULL)
            ASN1_item_i2d((ASN1_VALUE *)r, &p, ASN1_ITEM_rptr(REQUEST));
    }
    ASN1_item_free((ASN1_VALUE *)r, ASN1_ITEM_rptr(REQUEST));
    if (len <= 0) {
        ERR_clear_error();
        return err_set(err, ERR_MEMORY, STAGE_SPNEGO, NULL);
    }
    return buf_ok(der, STAGE_SPNEGO, err);
}
