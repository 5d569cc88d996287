/* kerberos_status.c - the NTSTATUS in a KRB-ERROR's e-data (MS-KILE 2.2). */
#include "auth/kerberos_status.h"

#include <openssl/asn1t.h>
#include <openssl/err.h>

#include "credssp/buf.h"

#define KERB_ERR_TYPE_EXTENDED 3 /* MS-KILE 2.2.2 */
#define FLAGS_ARE_STATUS 1u      /* MS-KILE 2.2.1 */

/* MS-KILE 2.2.2. */
typedef struct {
    ASN1_INTEGER *type;
    ASN1_OCTET_STRING *value;
} KERB_ERROR_DATA;

ASN1_SEQUENCE(KERB_ERROR_DATA) = {
    ASN1_EXP(KERB_ERROR_DATA, type, ASN1_INTEGER, 1),
    ASN1_EXP_OPT(KERB_ERROR_DATA, value, ASN1_OCTET_STRING, 2),
} static_ASN1_SEQUENCE_END(KERB_ERROR_DATA)

/*
 * METHOD-DATA, RFC 4120 section 7.5.1: PA-DATA has the tags of
 * KERB-ERROR-DATA, and 3 is PA-PW-SALT there.  Samba sends the status so.
 */
ASN1_ITEM_TEMPLATE(METHOD_DATA) =
    ASN1_EX_TEMPLATE_TYPE(ASN1_TFLG_SEQUENCE_OF, 0, METHOD_DATA,
                          KERB_ERROR_DATA)
static_ASN1_ITEM_TEMPLATE_END(METHOD_DATA)

/*
 * KERB-EXT-ERROR, MS-KILE 2.2.1: status, reserved, flags, little endian.  A
 * salt of twelve characters does not have NUL bytes in these places.
 */
static uint32_t read_status(const KERB_ERROR_DATA *data)
{
    struct reader in;
    uint32_t status, reserved, flags;
    struct err ignored = ERR_INIT; /* other contents are no status */

    if (data->value == NULL
        || ASN1_INTEGER_get(data->type) != KERB_ERR_TYPE_EXTENDED)
        return 0;
    in = (struct reader)READER_INIT(ASN1_STRING_get0_data(data->value),
                                    (size_t)ASN1_STRING_length(data->value));
    status = __builtin_bswap32(reader_u32(&in));
    reserved = reader_u32(&in);
    flags = __builtin_bswap32(reader_u32(&in));
    if (reader_done(&in, STAGE_KDC, "KERB-EXT-ERROR", &ignored) != 0
        || reserved != 0 || (flags & FLAGS_ARE_STATUS) == 0)
        return 0;
    return status;
}

/* The whole of it, or NULL. The caller frees it. */
static ASN1_VALUE *decode(const unsigned char *e_data, size_t len,
                          const ASN1_ITEM *item)
{
    const unsigned char *p = e_data;
    ASN1_VALUE *value = ASN1_item_d2i(NULL, &p, (long)len, item);

    ERR_clear_error(); /* there is other e-data */
    if (value == NULL || p == e_data + len)
        return value;
    ASN1_item_free(value, item);
    return NULL;
}

static uint32_t of_method_data(const unsigned char *e_data, size_t len)
{
    const ASN1_ITEM *item = ASN1_ITEM_rptr(METHOD_DATA);
    ASN1_VALUE *list = decode(e_data, len, item);
    const OPENSSL_STACK *entries = (const OPENSSL_STACK *)list;
    uint32_t status = 0;
    int i;

    if (list == NULL)
        return 0;
    for (i = 0; i < OPENSSL_sk_num(entries) && status == 0; i++)
        status = read_status(OPENSSL_sk_value(entries, i));
    ASN1_item_free(list, item);
    return status;
}

uint32_t kerberos_status(const void *e_data, size_t len)
{
    const ASN1_ITEM *item = ASN1_ITEM_rptr(KERB_ERROR_DATA);
    ASN1_VALUE *single;
    uint32_t status;

    if (len == 0 || len > KERBEROS_EDATA_MAX)
        return 0;
    single = decode(e_data, len, item);
    if (single == NULL)
        return of_method_data(e_data, len);
    status = read_status((const KERB_ERROR_DATA *)single);
    ASN1_item_free(single, item);
    return status;
}
