/* escape.c - _xHHHH_, both ways. */
#include "psrp/escape.h"

#include <stdbool.h>
#include <string.h>

#define REPLACEMENT 0xfffdU
#define SURROGATE_HIGH 0xd800U
#define SURROGATE_LOW 0xdc00U
#define SURROGATE_END 0xdfffU
#define BEYOND_BMP 0x10000U

/* The length that a UTF-8 sequence has by its first byte; 0: none begins. */
static size_t sequence_length(unsigned char first)
{
    if (first < 0x80)
        return 1;
    if (first >= 0xc2 && first < 0xe0)
        return 2;
    if (first >= 0xe0 && first < 0xf0)
        return 3;
    return first >= 0xf0 && first < 0xf5 ? 4 : 0;
}

/* The character at p and its length; U+FFFD for a byte that begins none
 * (RFC 3629 section 3: no surrogates, no overlong forms). */
static size_t get_character(const unsigned char *p, size_t n, uint32_t *c)
{
    static const unsigned char first_bits[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
    static const uint32_t least[] = { 0, 0, 0x80, 0x800, BEYOND_BMP };
    size_t len = sequence_length(p[0]), i;

    *c = REPLACEMENT;
    if (len == 0 || len > n)
        return 1;
    uint32_t value = p[0] & first_bits[len];
    for (i = 1; i < len; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 1;
        value = value << 6 | (p[i] & 0x3f);
    }
    if (value < least[len] || value > 0x10ffff ||
        (value >= SURROGATE_HIGH && value <= SURROGATE_END))
        return 1;
    *c = value;
    return len;
}

static void put_character(struct buf *out, uint32_t c)
{
    unsigned char bytes[4];
    size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < BEYOND_BMP ? 3 : 4, i;
    static const unsigned char marks[] = { 0, 0, 0xc0, 0xe0, 0xf0 };

    for (i = n; i-- > 1; c >>= 6)
        bytes[i] = (unsigned char)(0x80 | (c & 0x3f));
    bytes[0] = (unsigned char)(marks[n] | c);
    buf_put(out, bytes, n);
}

static void put_unit(struct buf *out, uint32_t unit)
{
    buf_printf(out, "_x%04X_", (unsigned)unit);
}

/* The serializer's set: controls of ASCII and Latin 1, surrogates, and a '_'
 * that would look like the start of an escape. */
static void escape_character(struct buf *out, uint32_t c, bool before_x)
{
    if (c < 0x20 || (c >= 0x7f && c <= 0x9f) || (c == '_' && before_x)) {
        put_unit(out, c);
    } else if (c >= BEYOND_BMP) {
        put_unit(out, SURROGATE_HIGH + ((c - BEYOND_BMP) >> 10));
        put_unit(out, SURROGATE_LOW + ((c - BEYOND_BMP) & 0x3ff));
    } else if (c == '<') {
        buf_put(out, "&lt;", 4);
    } else if (c == '>') {
        buf_put(out, "&gt;", 4);
    } else if (c == '&') {
        buf_put(out, "&amp;", 5);
    } else if (c == '"') {
        buf_put(out, "&quot;", 6);
    } else {
        put_character(out, c);
    }
}

static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c < 0x7f && c != '_' && c != '<' && c != '>' &&
           c != '&' && c != '"';
}

void escape_put(struct buf *out, const char *text, size_t n)
{
    const unsigned char *p = (const unsigned char *)text, *end = p + n;

    while (p < end) {
        const unsigned char *start = p;
        uint32_t c;

        while (p < end && is_plain(*p))
            p++;
        buf_put(out, start, (size_t)(p - start));
        if (p == end)
            break;
        p += get_character(p, (size_t)(end - p), &c);
        escape_character(out, c, p < end && (*p == 'x' || *p == 'X'));
    }
}

static int hex_value(char c)
{
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    const char *at = c != '\0' ? strchr(digits, c) : NULL;

    return at == NULL ? -1 : (int)((at - digits) % 16);
}

/* Whether c may stand at place i of "_xHHHH_". */
static bool fits(size_t i, char c)
{
    if (i == 0 || i == UNESCAPE_PART - 1)
        return c == '_';
    if (i == 1)
        return c == 'x' || c == 'X';
    return hex_value(c) >= 0;
}

static void flush_high(struct unescape *u, struct buf *out)
{
    if (u->high != 0)
        put_character(out, REPLACEMENT);
    u->high = 0;
}

void unescape_unit(struct unescape *u, uint32_t unit, struct buf *out)
{
    if (unit >= SURROGATE_LOW && unit <= SURROGATE_END && u->high != 0) {
        put_character(out, BEYOND_BMP + ((u->high - SURROGATE_HIGH) << 10) +
                           (unit - SURROGATE_LOW));
        u->high = 0;
        return;
    }
    flush_high(u, out);
    if (unit >= SURROGATE_HIGH && unit < SURROGATE_LOW)
        u->high = unit;
    else if (unit >= SURROGATE_LOW && unit <= SURROGATE_END)
        put_character(out, REPLACEMENT);
    else
        put_character(out, unit);
}

static void plain(struct unescape *u, const char *p, size_t n,
                  struct buf *out)
{
    if (n == 0)
        return;
    flush_high(u, out);
    buf_put(out, p, n);
}

/* One more character of what may be an escape. */
static void take_part(struct unescape *u, char c, struct buf *out)
{
    if (!fits(u->have, c)) {
        plain(u, u->part, u->have, out);
        u->have = 0;
        if (c == '_')
            u->part[u->have++] = c;
        else
            plain(u, &c, 1, out);
        return;
    }
    u->part[u->have++] = c;
    if (u->have == UNESCAPE_PART) {
        uint32_t unit = 0;
        size_t i;

        for (i = 2; i < UNESCAPE_PART - 1; i++)
            unit = unit << 4 | (uint32_t)hex_value(u->part[i]);
        u->have = 0;
        unescape_unit(u, unit, out);
    }
}

void unescape_feed(struct unescape *u, const char *text, size_t n,
                   struct buf *out)
{
    const char *p = text, *end = text + n;

    while (p < end) {
        const char *mark = u->have > 0 ? p
                                       : memchr(p, '_', (size_t)(end - p));

        if (mark == NULL)
            mark = end;
        plain(u, p, (size_t)(mark - p), out);
        p = mark;
        if (p < end)
            take_part(u, *p++, out);
    }
}

void unescape_end(struct unescape *u, struct buf *out)
{
    plain(u, u->part, u->have, out);
    u->have = 0;
    flush_high(u, out);
}
