/* base64.c - RFC 4648 base64, strict, table-driven, in place if wanted. */
#include "wsman/base64.h"

#include <stdint.h>
#include <string.h>

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Each character and its six bits. */
#define SEXTETS(C)                                                     \
    C('A', 0) C('B', 1) C('C', 2) C('D', 3) C('E', 4) C('F', 5)        \
    C('G', 6) C('H', 7) C('I', 8) C('J', 9) C('K', 10) C('L', 11)      \
    C('M', 12) C('N', 13) C('O', 14) C('P', 15) C('Q', 16) C('R', 17)  \
    C('S', 18) C('T', 19) C('U', 20) C('V', 21) C('W', 22) C('X', 23)  \
    C('Y', 24) C('Z', 25) C('a', 26) C('b', 27) C('c', 28) C('d', 29)  \
    C('e', 30) C('f', 31) C('g', 32) C('h', 33) C('i', 34) C('j', 35)  \
    C('k', 36) C('l', 37) C('m', 38) C('n', 39) C('o', 40) C('p', 41)  \
    C('q', 42) C('r', 43) C('s', 44) C('t', 45) C('u', 46) C('v', 47)  \
    C('w', 48) C('x', 49) C('y', 50) C('z', 51) C('0', 52) C('1', 53)  \
    C('2', 54) C('3', 55) C('4', 56) C('5', 57) C('6', 58) C('7', 59)  \
    C('8', 60) C('9', 61) C('+', 62) C('/', 63)

/*
 * Where a character's bits stand in a group of four, and VALID, which adds up
 * to four where all are of the alphabet.
 */
#define VALID 0x01000000u
#define GROUP_VALID 4
#define FIRST(c, bits) [c] = VALID | (bits) << 18,
#define SECOND(c, bits) [c] = VALID | (bits) << 12,
#define THIRD(c, bits) [c] = VALID | (bits) << 6,
#define FOURTH(c, bits) [c] = VALID | (bits),
static const uint32_t sextets[4][256] = {
    { SEXTETS(FIRST) }, { SEXTETS(SECOND) },
    { SEXTETS(THIRD) }, { SEXTETS(FOURTH) },
};

/* The two characters of each twelve bits. */
#define PAIRS 4096
struct pairs {
    char text[PAIRS][2];
};

/* Less than this is not worth a table. */
#define PAIRS_WORTH 16384

static void make_pairs(struct pairs *pairs)
{
    size_t i;

    for (i = 0; i < PAIRS; i++) {
        pairs->text[i][0] = alphabet[i >> 6];
        pairs->text[i][1] = alphabet[i & 0x3f];
    }
}

static uint32_t group_of(const unsigned char *in)
{
    return (uint32_t)in[0] << 16 | (uint32_t)in[1] << 8 | in[2];
}

static void encode_group(const unsigned char *in, char *out)
{
    uint32_t group = group_of(in);

    out[0] = alphabet[group >> 18];
    out[1] = alphabet[group >> 12 & 0x3f];
    out[2] = alphabet[group >> 6 & 0x3f];
    out[3] = alphabet[group & 0x3f];
}

/* n is a multiple of three. */
static void encode_many(const unsigned char *in, size_t n, char *out)
{
    const unsigned char *end = in + n;
    struct pairs pairs;

    make_pairs(&pairs);
    for (; in < end; in += 3, out += 4) {
        uint32_t group = group_of(in);

        memcpy(out, pairs.text[group >> 12], 2);
        memcpy(out + 2, pairs.text[group & 0xfff], 2);
    }
}

void base64_encode(const void *in, size_t n, char *out)
{
    const unsigned char *p = in;
    unsigned char last[3] = { 0, 0, 0 };

    if (n >= PAIRS_WORTH) {
        size_t many = n / 3 * 3;

        encode_many(p, many, out);
        p += many;
        out += many / 3 * 4;
        n -= many;
    }
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

/* 24 bits, and above them what VALID came to. */
static inline uint32_t decode_group(const unsigned char *in)
{
    return sextets[0][in[0]] + sextets[1][in[1]] + sextets[2][in[2]]
           + sextets[3][in[3]];
}

static inline void put_group(uint32_t group, unsigned char *out)
{
    out[0] = (unsigned char)(group >> 16);
    out[1] = (unsigned char)(group >> 8);
    out[2] = (unsigned char)group;
}

/* How many bytes the last group of four stands for; 0 if it is none. */
static size_t decode_last(const unsigned char *in, unsigned char *out)
{
    unsigned char text[4] = { in[0], in[1], in[2], in[3] }, bytes[3];
    size_t n = 3;
    uint32_t group;

    if (text[3] == '=') {
        text[3] = 'A'; /* no bits */
        n = 2;
        if (text[2] == '=') {
            text[2] = 'A';
            n = 1;
        }
    }
    group = decode_group(text);
    put_group(group, bytes);
    if (group >> 24 != GROUP_VALID || (n < 3 && bytes[2] != 0)
        || (n < 2 && bytes[1] != 0))
        return 0;
    memcpy(out, bytes, n);
    return n;
}

int base64_decode(const char *in, size_t n, unsigned char *out, size_t *len)
{
    const unsigned char *p = (const unsigned char *)in, *last;
    unsigned char *dst = out;
    uint32_t wrong = 0;
    size_t rest;

    *len = 0;
    if (n == 0)
        return 0;
    if (n % 4 != 0)
        return -1;
    for (last = p + n - 4; p < last; p += 4, dst += 3) {
        uint32_t group = decode_group(p);

        wrong |= group >> 24 ^ GROUP_VALID;
        put_group(group, dst);
    }
    rest = decode_last(last, dst);
    if (wrong != 0 || rest == 0)
        return -1;
    *len = (size_t)(dst - out) + rest;
    return 0;
}
