/* message.c - heads of PSRP messages, and GUIDs. */
#include "psrp/message.h"

#include <stdio.h>
#include <string.h>

const char *message_type_name(uint32_t type)
{
    static const struct { uint32_t number; const char *name; } names[] = {
#define X(id, number, name) { number, name },
        MESSAGE_TYPES(X)
#undef X
    };
    size_t i;

    for (i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].number == type)
            return names[i].name;
    return NULL;
}

/* MS-DTYP 2.3.4.2: a u32 and two u16 in little endian, and eight bytes, in
 * this order of the text's digits. */
static const unsigned char guid_order[GUID_BYTES] = {
    3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15
};

/* Behind which bytes of the text a '-' stands. */
static int dash_behind(size_t i)
{
    return i == 3 || i == 5 || i == 7 || i == 9;
}

static int hex_digit(char c)
{
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    const char *at = c != '\0' ? strchr(digits, c) : NULL;

    return at == NULL ? -1 : (int)((at - digits) % 16);
}

int guid_parse(const char *text, struct guid *guid)
{
    size_t i;

    for (i = 0; i < GUID_BYTES; i++) {
        int high = hex_digit(text[0]);
        int low = high < 0 ? -1 : hex_digit(text[1]);

        if (low < 0)
            return -1;
        guid->bytes[guid_order[i]] = (unsigned char)(high << 4 | low);
        text += 2;
        if (dash_behind(i) && *text++ != '-')
            return -1;
    }
    return *text == '\0' ? 0 : -1;
}

void guid_format(const struct guid *guid, char text[GUID_TEXT])
{
    size_t i;

    for (i = 0; i < GUID_BYTES; i++) {
        snprintf(text, 3, "%02X", guid->bytes[guid_order[i]]);
        text += 2;
        if (dash_behind(i))
            *text++ = '-';
    }
    *text = '\0';
}

/* The two numbers of the header are little endian, unlike a fragment's. */
static void put_le32(struct buf *out, uint32_t v)
{
    size_t i;

    for (i = 0; i < 4; i++)
        buf_put_u8(out, (uint8_t)(v >> 8 * i));
}

static uint32_t get_le32(const unsigned char *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
           (uint32_t)p[3] << 24;
}

void message_put_header(struct buf *out, const struct message_header *header)
{
    put_le32(out, header->destination);
    put_le32(out, header->type);
    buf_put(out, header->pool.bytes, GUID_BYTES);
    buf_put(out, header->pipeline.bytes, GUID_BYTES);
}

int message_get_header(const unsigned char p[MESSAGE_HEADER],
                       struct message_header *header, struct err *err)
{
    header->destination = get_le32(p);
    header->type = get_le32(p + 4);
    memcpy(header->pool.bytes, p + 8, GUID_BYTES);
    memcpy(header->pipeline.bytes, p + 8 + GUID_BYTES, GUID_BYTES);
    if (header->destination != TO_CLIENT)
        return err_set(err, ERR_MALFORMED, STAGE_OUTPUT,
                       "the host sent a PowerShell message that is for "
                       "destination %lu, not for a client",
                       (unsigned long)header->destination);
    if (message_type_name(header->type) == NULL)
        return err_set(err, ERR_MALFORMED, STAGE_OUTPUT,
                       "the host sent a PowerShell message of the unknown "
                       "type 0x%08lx", (unsigned long)header->type);
    return 0;
}
