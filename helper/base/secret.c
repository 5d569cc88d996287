/* secret.c - locked pages that wipe themselves. */
#include "credssp/secret.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static int map_pages(size_t bytes, unsigned char **pages, struct err *err)
{
    void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (p == MAP_FAILED)
        return err_set_errno(err, ERR_MEMORY, STAGE_KEYS, errno,
                             "cannot map memory for a secret");
    if (mlock(p, bytes) != 0 || madvise(p, bytes, MADV_DONTDUMP) != 0
        || madvise(p, bytes, MADV_WIPEONFORK) != 0) {
        int saved = errno;

        munmap(p, bytes);
        return err_set_errno(err, ERR_MEMORY, STAGE_KEYS, saved,
                             "cannot lock memory for a secret");
    }
    *pages = p;
    return 0;
}

int secret_new(size_t len, struct secret **out, struct err *err)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    struct secret *s;

    if (len > SECRET_MAX)
        return err_set(err, ERR_OVERSIZED, STAGE_KEYS,
                       "a secret of %zu bytes is too long", len);
    s = calloc(1, sizeof *s);
    if (s == NULL)
        return err_set(err, ERR_MEMORY, STAGE_KEYS, NULL);
    s->len = len;
    s->mapped = (len + 1 + page - 1) / page * page;
    if (map_pages(s->mapped, &s->data, err) != 0) {
        free(s);
        return -1;
    }
    *out = s;
    return 0;
}

int secret_copy(const void *p, size_t len, struct secret **out,
                struct err *err)
{
    if (secret_new(len, out, err) != 0)
        return -1;
    if (len > 0)
        memcpy((*out)->data, p, len);
    return 0;
}

void secret_truncate(struct secret *secret, size_t len)
{
    if (len >= secret->len)
        return;
    explicit_bzero(secret->data + len, secret->len - len);
    secret->len = len;
}

void secret_free(struct secret **secret)
{
    struct secret *s = *secret;

    if (s == NULL)
        return;
    explicit_bzero(s->data, s->mapped);
    munmap(s->data, s->mapped); /* unlocks too */
    free(s);
    *secret = NULL;
}

bool secret_equal(const struct secret *a, const struct secret *b)
{
    volatile unsigned char differ = 0;
    size_t i;

    if (a->len != b->len)
        return false;
    for (i = 0; i < a->len; i++)
        differ = (unsigned char)(differ | (a->data[i] ^ b->data[i]));
    return differ == 0;
}

/* How UTF-8 sequences start: RFC 3629 section 4. */
struct utf8_lead {
    unsigned char first, last; /* range of the first byte */
    unsigned char bits;        /* of it that belong to the character */
    unsigned char more;        /* bytes that follow */
    uint32_t least;            /* smaller ones are overlong */
};

static const struct utf8_lead utf8_leads[] = {
    { 0x00, 0x7f, 0x7f, 0, 0x0 },
    { 0xc2, 0xdf, 0x1f, 1, 0x80 },
    { 0xe0, 0xef, 0x0f, 2, 0x800 },
    { 0xf0, 0xf4, 0x07, 3, 0x10000 },
};

/* The next character, or -1; takes it from *p. */
static int32_t utf8_next(const unsigned char **p, const unsigned char *end)
{
    const struct utf8_lead *lead = NULL;
    uint32_t c;
    size_t i;

    for (i = 0; i < sizeof utf8_leads / sizeof *utf8_leads; i++)
        if (**p >= utf8_leads[i].first && **p <= utf8_leads[i].last)
            lead = &utf8_leads[i];
    if (lead == NULL || end - *p <= lead->more)
        return -1;
    c = *(*p)++ & lead->bits;
    for (i = 0; i < lead->more; i++) {
        if ((**p & 0xc0) != 0x80)
            return -1;
        c = c << 6 | (*(*p)++ & 0x3f);
    }
    if (c < lead->least || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
        return -1;
    return (int32_t)c;
}

static unsigned char *put_unit(unsigned char *dst, uint32_t unit)
{
    *dst++ = (unsigned char)(unit & 0xff);
    *dst++ = (unsigned char)(unit >> 8 & 0xff);
    return dst;
}

int secret_utf16(const struct secret *utf8, struct secret **out,
                 struct err *err)
{
    const unsigned char *p = utf8->data, *end = p + utf8->len;
    struct secret *wide = NULL;
    unsigned char *dst;

    if (secret_new(utf8->len * 2, &wide, err) != 0)
        return -1;
    dst = wide->data;
    while (p < end) {
        int32_t c = utf8_next(&p, end);

        if (c < 0) {
            secret_free(&wide);
            return err_set(err, ERR_MALFORMED, STAGE_KEYS,
                           "a name or password is not valid UTF-8");
        }
        if (c >= 0x10000) {
            uint32_t rest = (uint32_t)c - 0x10000;

            dst = put_unit(dst, 0xd800 | rest >> 10);
            dst = put_unit(dst, 0xdc00 | (rest & 0x3ff));
        } else {
            dst = put_unit(dst, (uint32_t)c);
        }
    }
    secret_truncate(wide, (size_t)(dst - wide->data));
    *out = wide;
    return 0;
}
