/* tscredentials_decode.c - reads a delegated credential; for the acceptor. */
#include "auth/tscredentials.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <string.h>

#include "auth/openssl_memory.h"
#include "auth/tsrequest.h"

#define PASSWORD_MAX 4096 /* bytes of UTF-8 */

static int malformed(struct err *err, const char *what)
{
    if (openssl_out_of_memory())
        return err_set(err, ERR_MEMORY, STAGE_DELEGATION, NULL);
    return err_set(err, ERR_MALFORMED, STAGE_DELEGATION,
                   "the delegated credential cannot be understood: %s", what);
}

static void wipe(ASN1_OCTET_STRING *octets)
{
    if (octets != NULL && ASN1_STRING_length(octets) > 0)
        explicit_bzero(octets->data, (size_t)octets->length);
}

/* The next code point; reader->failed for half a surrogate pair. */
static uint32_t next_utf16le(struct reader *in)
{
    uint16_t unit = __builtin_bswap16(reader_u16(in)), low;

    if (unit < 0xd800 || unit > 0xdfff)
        return unit;
    low = __builtin_bswap16(reader_u16(in));
    if (unit > 0xdbff || low < 0xdc00 || low > 0xdfff)
        in->failed = true;
    return 0x10000 + ((uint32_t)(unit & 0x3ff) << 10 | (low & 0x3ff));
}

static void put_utf8(struct buf *out, uint32_t c)
{
    static const struct {
        uint32_t below;
        uint8_t lead, more;
    } forms[] = {
        { 0x80, 0x00, 0 }, { 0x800, 0xc0, 1 },
        { 0x10000, 0xe0, 2 }, { 0x110000, 0xf0, 3 },
    };
    size_t i = 0;
    unsigned more;

    while (c >= forms[i].below)
        i++;
    more = forms[i].more;
    buf_put_u8(out, (uint8_t)(forms[i].lead | c >> 6 * more));
    while (more > 0)
        buf_put_u8(out, (uint8_t)(0x80 | (c >> 6 * --more & 0x3f)));
}

static int to_utf8(const ASN1_OCTET_STRING *wide, struct buf *out,
                   struct err *err)
{
    struct reader in = READER_INIT(ASN1_STRING_get0_data(wide),
                                   (size_t)ASN1_STRING_length(wide));

    while (in.left > 0 && !in.failed)
        put_utf8(out, next_utf16le(&in));
    if (reader_done(&in, STAGE_DELEGATION, "UTF-16", err) != 0)
        return -1;
    return buf_ok(out, STAGE_DELEGATION, err);
}

static int take_name(const ASN1_OCTET_STRING *wide, char *dst, size_t size,
                     struct err *err)
{
    struct buf name = BUF_INIT(size - 1);
    int r = to_utf8(wide, &name, err);

    if (r == 0 && name.len > 0) {
        memcpy(dst, name.data, name.len);
        dst[name.len] = '\0';
        if (strlen(dst) != name.len)
            r = malformed(err, "a name holds a NUL");
    }
    buf_free(&name);
    return r;
}

static int take_password(const ASN1_OCTET_STRING *wide,
                         struct secret **password, struct err *err)
{
    struct buf narrow = BUF_INIT(PASSWORD_MAX);
    int r = to_utf8(wide, &narrow, err);

    if (r == 0)
        r = secret_copy(narrow.data, narrow.len, password, err);
    buf_free(&narrow);
    return r;
}

static int decode_password_creds(const ASN1_OCTET_STRING *der,
                                 struct ts_delegated *out, struct err *err)
{
    const unsigned char *start = ASN1_STRING_get0_data(der), *p = start;
    long len = ASN1_STRING_length(der);
    TS_PASSWORD_CREDS *creds = (TS_PASSWORD_CREDS *)ASN1_item_d2i(
        NULL, &p, len, ASN1_ITEM_rptr(TS_PASSWORD_CREDS));
    int bad;

    if (creds == NULL)
        return malformed(err, "it holds no TSPasswordCreds");
    if (p != start + len)
        bad = malformed(err, "bytes follow TSPasswordCreds");
    else
        bad = take_name(creds->domain, out->domain, sizeof out->domain, err)
            || take_name(creds->user, out->user, sizeof out->user, err)
            || take_password(creds->password, &out->password, err);
    wipe(creds->password);
    ASN1_item_free((ASN1_VALUE *)creds, ASN1_ITEM_rptr(TS_PASSWORD_CREDS));
    return bad ? -1 : 0;
}

int ts_credentials_decode(const unsigned char *der, size_t len,
                          struct ts_delegated *out, struct err *err)
{
    const unsigned char *p = der;
    TS_CREDENTIALS *outer;
    int r;

    memset(out, 0, sizeof *out);
    if (len > TSREQUEST_MAX)
        return err_set(err, ERR_OVERSIZED, STAGE_DELEGATION, NULL);
    ERR_clear_error(); /* malformed() asks what this call left there */
    outer = (TS_CREDENTIALS *)ASN1_item_d2i(NULL, &p, (long)len,
                                            ASN1_ITEM_rptr(TS_CREDENTIALS));
    if (outer == NULL)
        return malformed(err, "it is not TSCredentials");
    if (p != der + len)
        r = malformed(err, "bytes follow TSCredentials");
    else if (ASN1_INTEGER_get(outer->type) != TS_CRED_TYPE_PASSWORD)
        r = malformed(err, "its type is not a password's");
    else
        r = decode_password_creds(outer->credentials, out, err);
    wipe(outer->credentials);
    ASN1_item_free((ASN1_VALUE *)outer, ASN1_ITEM_rptr(TS_CREDENTIALS));
    if (r != 0)
        ts_delegated_clear(out);
    return r;
}
