/* spnego_token.c - NegTokenResp (RFC 4178 section 4.2.2), for errors. */
#include "auth/spnego_token.h"

#include "auth/spnego_private.h"

#include <openssl/asn1t.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <stdio.h>
#include <string.h>

typedef struct {
    ASN1_ENUMERATED *state;
    ASN1_OBJECT *mechanism;
    ASN1_OCTET_STRING *token;
    ASN1_OCTET_STRING *mic;
} RESPONSE;

ASN1_SEQUENCE(RESPONSE) = {
    ASN1_EXP_OPT(RESPONSE, state, ASN1_ENUMERATED, 0),
    ASN1_EXP_OPT(RESPONSE, mechanism, ASN1_OBJECT, 1),
    ASN1_EXP_OPT(RESPONSE, token, ASN1_OCTET_STRING, 2),
    ASN1_EXP_OPT(RESPONSE, mic, ASN1_OCTET_STRING, 3),
} static_ASN1_SEQUENCE_END(RESPONSE)

ASN1_ITEM_TEMPLATE(NEG_TOKEN_RESP) =
    ASN1_EX_TEMPLATE_TYPE(ASN1_TFLG_EXPTAG | ASN1_TFLG_CONTEXT, 1,
                          NEG_TOKEN_RESP, RESPONSE)
static_ASN1_ITEM_TEMPLATE_END(NEG_TOKEN_RESP)

static const struct {
    const char *numbers;
    enum spnego_mechanism mechanism;
} known[] = {
    { "1.2.840.113554.1.2.2", SPNEGO_KERBEROS },
    { "1.2.840.48018.1.2.2", SPNEGO_KERBEROS }, /* MS-SPNG 3.1.5.2 */
    { "1.3.6.1.4.1.311.2.2.10", SPNEGO_NTLM },
};

bool spnego_is_raw_ntlm(const void *token, size_t len)
{
    return len >= 8 && memcmp(token, "NTLMSSP", 8) == 0;
}

static bool is_other(const char *numbers, enum spnego_mechanism offered,
                     char *name, size_t size)
{
    size_t i;

    snprintf(name, size, "%s", numbers);
    for (i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(numbers, known[i].numbers) != 0)
            continue;
        snprintf(name, size, "%s",
                 spnego_mechanism_name(known[i].mechanism));
        return known[i].mechanism != offered;
    }
    return true;
}

bool spnego_token_chooses_other(const void *token, size_t len,
                                enum spnego_mechanism offered, char *name,
                                size_t size)
{
    const unsigned char *p = token;
    char numbers[128] = "";
    RESPONSE *response;

    if (spnego_is_raw_ntlm(token, len)) {
        snprintf(name, size, "%s", spnego_mechanism_name(SPNEGO_NTLM));
        return offered != SPNEGO_NTLM;
    }
    if (len == 0 || len > SPNEGO_TOKEN_MAX)
        return false;
    response = (RESPONSE *)ASN1_item_d2i(NULL, &p, (long)len,
                                         ASN1_ITEM_rptr(NEG_TOKEN_RESP));
    ERR_clear_error();
    if (response != NULL && response->mechanism != NULL)
        OBJ_obj2txt(numbers, sizeof numbers, response->mechanism, 1);
    ASN1_item_free((ASN1_VALUE *)response, ASN1_ITEM_rptr(NEG_TOKEN_RESP));
    return numbers[0] != '\0' && is_other(numbers, offered, name, size);
}
