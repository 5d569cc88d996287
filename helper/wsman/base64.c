/* base64.c - RFC 4648 base64, strict, table-driven, in place if wanted. */
#include "wsman/base64.h"

#include <stdint.h>

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* A character's six bits and VALID; 0 for what is not in the alphabet. */
#define VALID 0x40
static const uint8_t sextets[256] = {
    ['A'] = 0x40, ['B'] = 0x41, ['C'] = 0x42, ['D'] = 0x43,
    ['E'] = 0x44, ['F'] = 0x45, ['G'] = 0x46, ['H'] = 0x47,
    ['I'] = 0x48, ['J'] = 0x49, ['K'] = 0x4a, ['L'] = 0x4b,
    ['M'] = 0x4c, ['N'] = 0x4d, ['O'] = 0x4e, ['P'] = 0x4f,
    ['Q'] = 0x50, ['R'] = 0x51, ['S'] = 0x52, ['T'] = 0x53,
    ['U'] = 0x54, ['V'] = 0x55, ['W'] = 0x56, ['X'] = 0x57,
    ['Y'] = 0x58, ['Z'] = 0x59, ['a'] = 0x5a, ['b'] = 0x5b,
    ['c'] = 0x5c, ['d'] = 0x5d, ['e'] = 0x5e, ['f'] = 0x5f,
    ['g'] = 0x60, ['h'] = 0x61, ['i'] = 0x62, ['j'] = 0x63,
    ['k'] = 0x64, ['l'] = 0x65, ['m'] = 0x66, ['n'] = 0x67,
    ['o'] = 0x68, ['p'] = 0x69, ['q'] = 0x6a, ['r'] = 0x6b,
    ['s'] = 0x6c, ['t'] = 0x6d, ['u'] = 0x6e, ['v'] = 0x6f,
    ['w'] = 0x70, ['x'] = 0x71, ['y'] = 0x72, ['z'] = 0x73,
    ['0'] = 0x74, ['1'] = 0x75, ['2'] = 0x76, ['3'] = 0x77,
    ['4'] = 0x78, ['5'] = 0x79, ['6'] = 0x7a, ['7'] = 0x7b,
    ['8'] = 0x7c, ['9'] = 0x7d, ['+'] = 0x7e, ['/'] = 0x7f,
};

static void encode_group(const unsigned char *in, char *out)
{
    out[0] = alphabet[in[0] >> 2];
    out[1] = alphabet[(in[0] << 4 | in[1] >> 4) & 0x3f];
    out[2] = alphabet[(in[1] << 2 | in[2] >> 6) & 0x3f];
    out[3] = alphabet[in[2] & 0x3f];
}

void base64_encode(const void *in, size_t n, char *out)
{
    const unsigned char *p = in;
    unsigned char last[3] = { 0, 0, 0 };

    for (; n >= 3; n -= 3, p += 3, out += 4)
        encode_group(p, out);
    if (n == 0)
        return;
    last[0] = p[0];
    if (n == 2)
        last[1] = p[1];
    encode_group(last, out);
    out[3] = '=';
    if (n == 1)
        out[2] = '=';
}

/* How many bytes the last group of four stands for; 0 if it is none. */
static size_t decode_last(const unsigned char *in, unsigned char *out)
{
    uint8_t a = sextets[in[0]], b = sextets[in[1]];
    uint8_t c = sextets[in[2]], d = sextets[in[3]];
    size_t n = 3;

    if (in[3] == '=') {
        n = 2;
        d = VALID;
        if (in[2] == '=') {
            n = 1;
            c = VALID;
        }
    }
    if ((a & b & c & d & VALID) == 0 || (n == 2 && (c & 0x03) != 0) ||
        (n == 1 && (b & 0x0f) != 0))
        return 0;
    out[0] = (unsigned char)(a << 2 | (b >> 4 & 0x03));
    if (n > 1)
        out[1] = (unsigned char)(b << 4 | (c >> 2 & 0x0f));
    if (n > 2)
        out[2] = (unsigned char)(c << 6 | (d & 0x3f));
    return n;
}

int base64_decode(const char *in, size_t n, unsigned char *out, size_t *len)
{
    const unsigned char *p = (const unsigned char *)in, *last;
    unsigned char *dst = out;
    uint8_t valid = VALID;
    size_t rest;

    *len = 0;
    if (n == 0)
        return 0;
    if (n % 4 != 0)
        return -1;
    for (last = p + n - 4; p < last; p += 4, dst += 3) {
        uint8_t a = sextets[p[0]], b = sextets[p[1]];
        uint8_t c = sextets[p[2]], d = sextets[p[3]];

        valid = valid & a & b & c & d;
        dst[0] = (unsigned char)(a << 2 | (b >> 4 & 0x03));
        dst[1] = (unsigned char)(b << 4 | (c >> 2 & 0x0f));
        dst[2] = (unsigned char)(c << 6 | (d & 0x3f));
    }
    rest = decode_last(last, dst);
    if (valid == 0 || rest == 0)
        return -1;
    *len = (size_t)(dst - out) + rest;
    return 0;
}
