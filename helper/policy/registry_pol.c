/* registry_pol.c - the codec of Registry.pol: MS-GPREG 2.2.1. */
#include "policy/registry_pol.h"

#include <stdbool.h>
#include <string.h>

/* "REGFILE_SIGNATURE 0x67655250", "REGISTRY_FILE_VERSION 1". */
static const unsigned char header[8] = { 'P', 'R', 'e', 'g', 1, 0, 0, 0 };

/* Little endian, as all of it. */
struct pol {
    const unsigned char *p;
    size_t left;
    bool failed;
};

static uint32_t number(struct pol *pol, size_t bytes)
{
    uint32_t n = 0;
    size_t i;

    if (pol->left < bytes) {
        pol->failed = true;
        return 0;
    }
    for (i = bytes; i > 0; i--)
        n = n << 8 | pol->p[i - 1];
    pol->p += bytes;
    pol->left -= bytes;
    return n;
}

static void expect(struct pol *pol, uint32_t character)
{
    if (number(pol, 2) != character)
        pol->failed = true;
}

/* RFC 3629 section 3. The room needed is at most 4 bytes. */
static size_t put_utf8(uint32_t c, unsigned char *dst)
{
    static const unsigned char first[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
    size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4, i;

    for (i = n - 1; i > 0; i--) {
        dst[i] = (unsigned char)(0x80 | (c & 0x3f));
        c >>= 6;
    }
    dst[0] = (unsigned char)(n == 1 ? c : first[n] | c);
    return n;
}

/* One character of UTF-16 (RFC 2781 section 2.2); a lone surrogate fails. */
static uint32_t character(struct pol *pol)
{
    uint32_t c = number(pol, 2), low;

    if (c < 0xd800 || c > 0xdfff)
        return c;
    low = number(pol, 2);
    if (c > 0xdbff || low < 0xdc00 || low > 0xdfff)
        pol->failed = true;
    return 0x10000 + ((c & 0x3ff) << 10 | (low & 0x3ff));
}

/* Up to its NUL, or to the end where the text may go without one. */
static void text(struct pol *pol, char *dst, size_t size, bool may_end)
{
    size_t used = 0;

    while (!pol->failed && !(may_end && pol->left == 0)) {
        uint32_t c = character(pol);

        if (c == 0)
            break;
        if (used + 4 >= size)
            pol->failed = true;
        else
            used += put_utf8(c, (unsigned char *)dst + used);
    }
    dst[used] = '\0';
}

/* "[key;value;type;size;data]" */
static bool record(struct pol *pol, struct registry_record *r)
{
    expect(pol, '[');
    text(pol, r->key, sizeof r->key, false);
    expect(pol, ';');
    text(pol, r->value, sizeof r->value, false);
    expect(pol, ';');
    r->type = number(pol, 4);
    expect(pol, ';');
    r->len = number(pol, 4);
    expect(pol, ';');
    if (pol->failed || r->len > REGISTRY_POL_DATA_MAX || r->len > pol->left)
        return false;
    r->data = pol->p;
    pol->p += r->len;
    pol->left -= r->len;
    expect(pol, ']');
    return !pol->failed;
}

int registry_pol_parse(const unsigned char *bytes, size_t len,
                       registry_record_fn *fn, void *arg, struct err *err)
{
    struct pol pol = { bytes, len, false };
    struct registry_record r;

    if (len < sizeof header || memcmp(bytes, header, sizeof header) != 0) {
        err_set(err, ERR_MALFORMED, STAGE_POLICY,
                "this is no Registry.pol: it does not begin with 'PReg' and "
                "version 1");
        return err_advise(err, "take the file Machine/Registry.pol of a "
                          "group policy in SYSVOL");
    }
    pol.p += sizeof header;
    pol.left -= sizeof header;
    while (pol.left > 0) {
        size_t at = len - pol.left;

        if (!record(&pol, &r)) {
            err_set(err, ERR_MALFORMED, STAGE_POLICY,
                    "the record at byte %zu of the Registry.pol is broken",
                    at);
            return err_advise(err, "copy the file from SYSVOL again; "
                              "nothing of it was taken");
        }
        if (fn(arg, &r, err) != 0)
            return -1;
    }
    return 0;
}

int registry_text(const struct registry_record *r, char *dst, size_t size)
{
    struct pol pol = { r->data, r->len, false };

    dst[0] = '\0';
    if (r->type != REGISTRY_SZ)
        return -1;
    text(&pol, dst, size, true);
    return pol.failed || pol.left > 0 ? -1 : 0;
}

int registry_dword(const struct registry_record *r, uint32_t *n)
{
    struct pol pol = { r->data, r->len, false };

    *n = number(&pol, 4);
    return r->type != REGISTRY_DWORD || pol.failed || pol.left > 0 ? -1 : 0;
}
