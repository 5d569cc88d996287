/* buf.c - bounded bytes that wipe themselves. */
#include "credssp/buf.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define SMALLEST 256

void buf_init(struct buf *b, size_t max)
{
    memset(b, 0, sizeof *b);
    b->max = max;
}

void buf_free(struct buf *b)
{
    size_t max = b->max;

    if (b->data != NULL) {
        explicit_bzero(b->data, b->alloc);
        free(b->data);
    }
    buf_init(b, max);
}

/* What lies behind len was wiped when len shrank. */
void buf_clear(struct buf *b)
{
    if (b->data != NULL)
        explicit_bzero(b->data, b->len);
    b->len = 0;
    b->failed = ERR_NONE;
}

void buf_clear_without_wipe(struct buf *b)
{
    b->len = 0;
    b->failed = ERR_NONE;
}

void buf_consume(struct buf *b, size_t n)
{
    size_t rest;

    if (n > b->len)
        n = b->len;
    if (n == 0)
        return;
    rest = b->len - n;
    memmove(b->data, b->data + n, rest);
    explicit_bzero(b->data + rest, n);
    b->len = rest;
}

/* By hand: reallocating would leave the old copy behind unwiped. */
static bool move_to(struct buf *b, size_t alloc)
{
    unsigned char *data = malloc(alloc);

    if (data == NULL)
        return false;
    if (b->data != NULL) {
        memcpy(data, b->data, b->len);
        explicit_bzero(b->data, b->alloc);
        free(b->data);
    }
    b->data = data;
    b->alloc = alloc;
    return true;
}

static void grow(struct buf *b, size_t need)
{
    size_t alloc = b->alloc < SMALLEST ? SMALLEST : b->alloc;

    while (alloc < need)
        alloc *= 2;
    if (alloc > b->max)
        alloc = b->max;
    if (!move_to(b, alloc))
        b->failed = ERR_MEMORY;
}

void buf_expect(struct buf *b, size_t n)
{
    if (b->failed != ERR_NONE)
        return;
    if (n > b->max - b->len)
        n = b->max - b->len;
    if (b->alloc < b->len + n && !move_to(b, b->len + n))
        return; /* the write that needs it will say so */
}

unsigned char *buf_reserve(struct buf *b, size_t n)
{
    unsigned char *p;

    if (b->failed != ERR_NONE)
        return NULL;
    if (n > b->max - b->len) {
        b->failed = ERR_OVERSIZED;
        return NULL;
    }
    if (b->data == NULL || b->len + n > b->alloc)
        grow(b, b->len + n);
    if (b->failed != ERR_NONE)
        return NULL;
    p = b->data + b->len;
    b->len += n;
    return p;
}

void buf_put(struct buf *b, const void *p, size_t n)
{
    unsigned char *dst;

    if (n == 0)
        return;
    dst = buf_reserve(b, n);
    if (dst != NULL)
        memcpy(dst, p, n);
}

void buf_put_u8(struct buf *b, uint8_t v)
{
    buf_put(b, &v, 1);
}

static void put_number(struct buf *b, uint64_t v, size_t bytes)
{
    unsigned char *dst = buf_reserve(b, bytes);

    if (dst == NULL)
        return;
    while (bytes > 0) {
        dst[--bytes] = (unsigned char)(v & 0xff);
        v >>= 8;
    }
}

void buf_put_u16(struct buf *b, uint16_t v)
{
    put_number(b, v, 2);
}

void buf_put_u32(struct buf *b, uint32_t v)
{
    put_number(b, v, 4);
}

void buf_put_u64(struct buf *b, uint64_t v)
{
    put_number(b, v, 8);
}

void buf_put_block(struct buf *b, const void *p, size_t n)
{
    if (n > UINT32_MAX) {
        b->failed = ERR_OVERSIZED;
        return;
    }
    buf_put_u32(b, (uint32_t)n);
    buf_put(b, p, n);
}

void buf_put_string(struct buf *b, const char *s)
{
    buf_put_block(b, s, strlen(s));
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
    size_t room = b->alloc - b->len;
    va_list ap, again;
    unsigned char *dst;
    int n;

    va_start(ap, fmt);
    va_copy(again, ap);
    if (b->failed == ERR_NONE) {
        /* Most often there is room enough already. */
        n = vsnprintf(room > 0 ? (char *)b->data + b->len : NULL, room, fmt,
                      ap);
        if (n < 0)
            b->failed = ERR_MEMORY;
        else if ((size_t)n < room)
            b->len += (size_t)n;
        else {
            /* One byte more for the NUL, which is given back. */
            dst = buf_reserve(b, (size_t)n + 1);
            if (dst != NULL) {
                vsnprintf((char *)dst, (size_t)n + 1, fmt, again);
                b->len--;
            }
        }
    }
    va_end(again);
    va_end(ap);
}

int buf_ok(const struct buf *b, enum err_stage stage, struct err *err)
{
    if (b->failed == ERR_NONE)
        return 0;
    if (b->failed == ERR_OVERSIZED)
        return err_set(err, ERR_OVERSIZED, stage,
                       "more than the %zu bytes that are allowed", b->max);
    return err_set(err, ERR_MEMORY, stage, NULL);
}

const unsigned char *reader_bytes(struct reader *r, size_t n)
{
    const unsigned char *p = r->p;

    if (r->failed || n > r->left) {
        r->failed = true;
        return NULL;
    }
    r->p += n;
    r->left -= n;
    return p;
}

static uint64_t get_number(struct reader *r, size_t bytes)
{
    const unsigned char *p = reader_bytes(r, bytes);
    uint64_t v = 0;
    size_t i;

    if (p == NULL)
        return 0;
    for (i = 0; i < bytes; i++)
        v = v << 8 | p[i];
    return v;
}

uint8_t reader_u8(struct reader *r)
{
    return (uint8_t)get_number(r, 1);
}

uint16_t reader_u16(struct reader *r)
{
    return (uint16_t)get_number(r, 2);
}

uint32_t reader_u32(struct reader *r)
{
    return (uint32_t)get_number(r, 4);
}

uint64_t reader_u64(struct reader *r)
{
    return get_number(r, 8);
}

const unsigned char *reader_block(struct reader *r, size_t max, size_t *n)
{
    uint32_t len = reader_u32(r);

    *n = 0;
    if (len > max)
        r->failed = true;
    if (r->failed)
        return NULL;
    *n = len;
    return reader_bytes(r, len);
}

void reader_string(struct reader *r, char *dst, size_t size)
{
    size_t n;
    const unsigned char *p = reader_block(r, size - 1, &n);

    dst[0] = '\0';
    if (r->failed)
        return;
    if (n > 0 && memchr(p, '\0', n) != NULL) {
        r->failed = true;
        return;
    }
    if (n > 0)
        memcpy(dst, p, n);
    dst[n] = '\0';
}

int reader_done(const struct reader *r, enum err_stage stage,
                const char *what, struct err *err)
{
    if (r->failed)
        return err_set(err, ERR_MALFORMED, stage,
                       "%s is cut short or has a field of a wrong length",
                       what);
    if (r->left > 0)
        return err_set(err, ERR_MALFORMED, stage,
                       "%s has %zu bytes too many", what, r->left);
    return 0;
}
