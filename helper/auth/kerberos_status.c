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

/* KERB-EXT-ERROR, MS-KILE 2.2.1: status, reserved, flags, little endian. */
static uint32_t read_status(const ASN1_OCTET_STRING *value)
{
    struct reader in = READER_INIT(ASN1_STRING_get0_data(value),
                                   (size_t)ASN1_STRING_length(value));
    uint32_t status, flags;
    struct err ignored = ERR_INIT; /* other contents are no status */

    status = __builtin_bswap32(reader_u32(&in));
    (void)reader_u32(&in); /* reserved: ignored on receipt */
    flags = __builtin_bswap32(reader_u32(&in));
    if (reader_done(&in, STAGE_KDC, "KERB-EXT-ERROR", &ignored) != 0
        || (flags & FLAGS_ARE_STATUS) == 0)
        return 0;
    return status;
}

uint32_t kerberos_status(const void *e_data, size_t len)
{
    const unsigned char *p = e_data, *end = p + len;
    KERB_ERROR_DATA *found;
    uint32_t status = 0;

    if (len == 0 || len > KERBEROS_EDATA_MAX)
        return 0;
    found = (KERB_ERROR_DATA *)ASN1_item_d2i(NULL, &p, (long)len,
                                             ASN1_ITEM_rptr(KERB_ERROR_DATA));
    if (found != NULL && p == end && found->value != NULL
        && ASN1_INTEGER_get(found->type) == KERB_ERR_TYPE_EXTENDED)
        status = read_status(found->value);
    ASN1_item_free((ASN1_VALUE *)found, ASN1_ITEM_rptr(KERB_ERROR_DATA));
    ERR_clear_error(); /* METHOD-DATA, as most e-data is */
    return status;
}
