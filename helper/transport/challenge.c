/* challenge.c - the schemes and tokens of WWW-Authenticate. */
#include "transport/challenge.h"

#include <openssl/evp.h>
#include <string.h>
#include <strings.h>

/* RFC 9110 5.6.2 */
static const char token_characters[] =
    "!#$%&'*+-.^_`|~0123456789"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/* RFC 4648 4, the padding apart */
static const char base64_characters[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static int malformed(struct err *err, const char *what)
{
    return err_set(err, ERR_MALFORMED, STAGE_HTTP,
                   "the host's WWW-Authenticate header %s", what);
}

/* How many of the first len bytes are of that kind. */
static size_t run_of(const char *p, size_t len, const char *kind)
{
    size_t n = 0;

    while (n < len && p[n] != '\0' && strchr(kind, p[n]) != NULL)
        n++;
    return n;
}

/*
 * EVP_DecodeBlock(3) forgives white space and stray bits, which would let
 * two texts mean one token: what it gave must encode to what came.
 */
static int decode(const char *text, size_t len, struct buf *out,
                  struct err *err)
{
    size_t digits = run_of(text, len, base64_characters);
    size_t padding = len - digits, whole = len / 4 * 3;
    unsigned char again[5];
    unsigned char *dst;

    if (len == 0 || len % 4 != 0 || padding > 2
        || run_of(text + digits, padding, "=") != padding)
        return malformed(err, "holds bad base64");
    if (whole - padding > out->max)
        return err_set(err, ERR_OVERSIZED, STAGE_HTTP,
                       "the host's token is longer than %zu bytes", out->max);
    buf_clear(out);
    dst = buf_reserve(out, whole);
    if (dst == NULL)
        return buf_ok(out, STAGE_HTTP, err);
    if (EVP_DecodeBlock(dst, (const unsigned char *)text, (int)len)
            != (int)whole
        || EVP_EncodeBlock(again, dst + whole - 3, (int)(3 - padding)) != 4
        || memcmp(again, text + len - 4, 4) != 0)
        return malformed(err, "holds bad base64");
    out->len = whole - padding;
    return 0;
}

static void add_scheme(struct challenges *out, const char *name, size_t len)
{
    size_t used = strlen(out->schemes);

    /* For a person; what does not fit is left away. */
    if (used + len + 3 > sizeof out->schemes)
        return;
    if (used > 0) {
        memcpy(out->schemes + used, ", ", 2);
        used += 2;
    }
    memcpy(out->schemes + used, name, len);
    out->schemes[used + len] = '\0';
}

/* One element of the list: a scheme, with a token or parameters or bare, or
 * a further parameter of the scheme before it. */
static int take_element(const char *scheme, const char *p, size_t len,
                        struct challenges *out, struct buf *token,
                        struct err *err)
{
    size_t n = run_of(p, len, token_characters), blanks;

    if (n == 0)
        return len == 0 ? 0 : malformed(err, "holds an unknown character");
    blanks = run_of(p + n, len - n, " \t");
    if (blanks == 0 && n < len)
        return p[n] == '=' ? 0 : malformed(err, "cannot be understood");
    add_scheme(out, p, n);
    if (strlen(scheme) != n || strncasecmp(scheme, p, n) != 0)
        return 0;
    out->offered = true;
    n += blanks;
    if (n == len)
        return 0;
    if (out->has_token)
        return malformed(err, "brings two tokens");
    out->has_token = true;
    return decode(p + n, len - n, token, err);
}

/* The bytes before the next comma that is not in a quoted string. */
static size_t element_length(const char *p, size_t len)
{
    bool quoted = false;
    size_t n;

    for (n = 0; n < len; n++) {
        if (quoted && p[n] == '\\' && n + 1 < len)
            n++;
        else if (p[n] == '"')
            quoted = !quoted;
        else if (p[n] == ',' && !quoted)
            break;
    }
    return n;
}

static int take_value(const char *scheme, const char *p, size_t len,
                      struct challenges *out, struct buf *token,
                      struct err *err)
{
    while (len > 0) {
        size_t n = element_length(p, len), from = run_of(p, n, " \t");
        size_t to = n;

        while (to > from && (p[to - 1] == ' ' || p[to - 1] == '\t'))
            to--;
        if (take_element(scheme, p + from, to - from, out, token, err) != 0)
            return -1;
        if (n < len)
            n++;
        p += n;
        len -= n;
    }
    return 0;
}

int challenges_parse(const char *scheme, const void *lines, size_t len,
                     struct challenges *out, struct buf *token,
                     struct err *err)
{
    const char *p = lines;

    memset(out, 0, sizeof *out);
    buf_clear(token);
    while (len > 0) {
        const char *end = memchr(p, '\n', len);
        size_t n = end == NULL ? len : (size_t)(end - p);

        if (take_value(scheme, p, n, out, token, err) != 0)
            return -1;
        if (n < len)
            n++;
        p += n;
        len -= n;
    }
    return 0;
}

int challenge_answer(const char *scheme, const void *token, size_t len,
                     struct buf *out, struct err *err)
{
    size_t digits = (len + 2) / 3 * 4;
    unsigned char *dst;

    buf_printf(out, "%s ", scheme);
    dst = len <= INT32_MAX / 2 ? buf_reserve(out, digits + 1) : NULL;
    if (dst == NULL) {
        if (out->failed == ERR_NONE)
            out->failed = ERR_OVERSIZED;
        return buf_ok(out, STAGE_HTTP, err);
    }
    if (EVP_EncodeBlock(dst, token, (int)len) != (int)digits) /* and a NUL */
        return err_set(err, ERR_INTERNAL, STAGE_HTTP,
                       "OpenSSL does not encode base64");
    return 0;
}
