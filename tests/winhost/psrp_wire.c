/* psrp_wire.c - fragments in and out. */
#include "psrp_wire.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define FRAGMENT_HEADER 21
#define FRAGMENT_BLOB 32768   /* DefaultFragmentSize of recorded hosts */
#define MESSAGE_HEADER 40
#define START 1u
#define END 2u

void psrp_in_init(struct psrp_in *in, uint32_t destination)
{
    memset(in, 0, sizeof *in);
    in->destination = destination;
    buf_init(&in->bytes, PSRP_MESSAGE_MAX);
    buf_init(&in->message, PSRP_MESSAGE_MAX);
}

void psrp_in_free(struct psrp_in *in)
{
    buf_free(&in->bytes);
    buf_free(&in->message);
}

static uint32_t little(const unsigned char *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
           (uint32_t)p[3] << 24;
}

static int open_message(struct psrp_in *in, struct psrp_message *message)
{
    const unsigned char *p = in->message.data;

    buf_put_u8(&in->message, 0);
    p = in->message.data;
    if (in->message.failed != ERR_NONE || in->message.len <= MESSAGE_HEADER ||
        little(p) != in->destination)
        return -1;
    message->type = little(p + 4);
    memcpy(message->pool, p + 8, PSRP_GUID);
    memcpy(message->pipeline, p + 24, PSRP_GUID);
    message->xml = (char *)in->message.data + MESSAGE_HEADER;
    message->len = in->message.len - MESSAGE_HEADER - 1;
    return 1;
}

static uint64_t big(const unsigned char *p, size_t n)
{
    uint64_t number = 0;

    while (n-- > 0)
        number = number << 8 | *p++;
    return number;
}

/* MS-PSRP 2.2.4: the fragments of an object follow each other, from 0 on. */
static bool belongs(struct psrp_in *in, uint64_t object, uint64_t fragment,
                    unsigned flags)
{
    bool good = (flags & ~(START | END)) == 0;

    if ((flags & START) != 0) {
        good = good && !in->within && fragment == 0;
        in->object = object;
        buf_clear_without_wipe(&in->message);
    } else {
        good = good && in->within && object == in->object &&
               fragment == in->fragment + 1;
    }
    in->fragment = fragment;
    in->within = (flags & END) == 0;
    return good;
}

int psrp_in_next(struct psrp_in *in, struct psrp_message *message)
{
    for (;;) {
        const unsigned char *p = in->bytes.data;
        unsigned flags;
        size_t len;

        if (in->bytes.len < FRAGMENT_HEADER)
            return 0;
        flags = p[16];
        len = (size_t)big(p + 17, 4);
        if (in->bytes.len < FRAGMENT_HEADER + len)
            return 0;
        if (!belongs(in, big(p, 8), big(p + 8, 8), flags))
            return -1;
        buf_put(&in->message, p + FRAGMENT_HEADER, len);
        buf_consume(&in->bytes, FRAGMENT_HEADER + len);
        if (in->message.failed != ERR_NONE)
            return -1;
        if ((flags & END) != 0)
            return open_message(in, message);
    }
}

static void put_little(struct buf *out, uint32_t n)
{
    buf_put_u8(out, (uint8_t)n);
    buf_put_u8(out, (uint8_t)(n >> 8));
    buf_put_u8(out, (uint8_t)(n >> 16));
    buf_put_u8(out, (uint8_t)(n >> 24));
}

static void put_guid(struct buf *out, const unsigned char *guid)
{
    static const unsigned char zero[PSRP_GUID];

    buf_put(out, guid != NULL ? guid : zero, PSRP_GUID);
}

void psrp_put(struct buf *out, uint64_t object, uint32_t type,
              const unsigned char *pool, const unsigned char *pipeline,
              const char *xml, size_t len)
{
    struct buf message = BUF_INIT(PSRP_MESSAGE_MAX);
    uint64_t fragment = 0;
    size_t at = 0;

    put_little(&message, PSRP_TO_CLIENT);
    put_little(&message, type);
    put_guid(&message, pool);
    put_guid(&message, pipeline);
    if (len > 0)
        buf_printf(&message, "\xef\xbb\xbf");
    buf_put(&message, xml, len);
    do {
        size_t n = message.len - at;
        unsigned flags = at == 0 ? START : 0;

        if (n > FRAGMENT_BLOB)
            n = FRAGMENT_BLOB;
        flags |= at + n == message.len ? END : 0;
        buf_put_u64(out, object);
        buf_put_u64(out, fragment++);
        buf_put_u8(out, (uint8_t)flags);
        buf_put_u32(out, (uint32_t)n);
        buf_put(out, message.data + at, n);
        at += n;
    } while (at < message.len);
    buf_free(&message);
}

/* Where the digits of each byte stand: three numbers are little endian. */
static const unsigned char places[PSRP_GUID] = {
    6, 4, 2, 0, 11, 9, 16, 14, 19, 21, 24, 26, 28, 30, 32, 34
};

void psrp_guid_text(const unsigned char guid[PSRP_GUID],
                    char text[UUID_BYTES])
{
    static const char digits[] = "0123456789abcdef";
    size_t i;

    memset(text, '-', UUID_BYTES - 1);
    text[UUID_BYTES - 1] = '\0';
    for (i = 0; i < PSRP_GUID; i++) {
        text[places[i]] = digits[guid[i] >> 4];
        text[places[i] + 1] = digits[guid[i] & 15];
    }
}

int psrp_guid(const char *text, unsigned char guid[PSRP_GUID])
{
    size_t i;

    if (strlen(text) != 36)
        return -1;
    for (i = 0; i < PSRP_GUID; i++) {
        unsigned byte;

        if (!isxdigit((unsigned char)text[places[i]]) ||
            sscanf(text + places[i], "%2x", &byte) != 1)
            return -1;
        guid[i] = (unsigned char)byte;
    }
    return 0;
}

/* Control characters, and "_" before x, as _xHHHH_ (MS-PSRP 2.2.5.3.2). */
void psrp_text(struct buf *out, const char *text, size_t len)
{
    size_t i, plain = 0;

    for (i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        bool escape = c < 0x20 || c == 0x7f ||
                      (c == '_' && i + 1 < len &&
                       (text[i + 1] == 'x' || text[i + 1] == 'X'));

        if (!escape && c != '<' && c != '>' && c != '&')
            continue;
        buf_put(out, text + plain, i - plain);
        plain = i + 1;
        if (escape)
            buf_printf(out, "_x%04X_", c);
        else
            buf_printf(out, "%s", c == '<' ? "&lt;" : c == '>' ? "&gt;"
                                                             : "&amp;");
    }
    buf_put(out, text + plain, len - plain);
}
