/* misbehave_soap.c - wrong envelopes, and wrong seals around right ones. */
#include "misbehave.h"

#include <string.h>

#define XML "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"

/* Puts text in front of what is there. */
static void put_before(struct buf *bytes, const char *text)
{
    struct buf all = BUF_INIT(bytes->max);

    buf_put(&all, text, strlen(text));
    buf_put(&all, bytes->data, bytes->len);
    buf_free(bytes);
    *bytes = all;
}

static void put_instead(struct buf *bytes, const char *text)
{
    buf_clear(bytes);
    buf_put(bytes, text, strlen(text));
}

static char *find(struct buf *bytes, const char *text)
{
    return memmem(bytes->data, bytes->len, text, strlen(text));
}

/* Ten of the one before, nine times: 10^9 times three bytes. */
void soap_bomb(const struct misbehaviour *m, struct buf *bytes)
{
    int i, j;

    (void)m;
    buf_clear(bytes);
    buf_printf(bytes, XML "<!DOCTYPE s:Envelope [<!ENTITY e0 \"lol\">");
    for (i = 1; i <= 9; i++) {
        buf_printf(bytes, "<!ENTITY e%d \"", i);
        for (j = 0; j < 10; j++)
            buf_printf(bytes, "&e%d;", i - 1);
        buf_printf(bytes, "\">");
    }
    buf_printf(bytes, "]><s:Envelope xmlns:s=\"http://www.w3.org/2003/05/"
               "soap-envelope\"><s:Body>&e9;</s:Body></s:Envelope>");
}

void soap_doctype(const struct misbehaviour *m, struct buf *bytes)
{
    (void)m;
    put_before(bytes, "<!DOCTYPE s:Envelope>");
}

void soap_entity(const struct misbehaviour *m, struct buf *bytes)
{
    (void)m;
    put_instead(bytes, XML "<!DOCTYPE s:Envelope [<!ENTITY x SYSTEM "
                "\"file:///etc/hostname\">]><s:Envelope xmlns:s=\"http://"
                "www.w3.org/2003/05/soap-envelope\"><s:Body>&x;</s:Body>"
                "</s:Envelope>");
}

/* The last digit of the MessageID that it answers. */
void soap_other_reply(const struct misbehaviour *m, struct buf *bytes)
{
    char *p = find(bytes, "RelatesTo>"), *end;

    (void)m;
    if (p == NULL)
        return;
    end = memchr(p, '<', bytes->len - (size_t)(p - (char *)bytes->data));
    if (end != NULL)
        end[-1] = end[-1] == '0' ? '1' : '0';
}

void soap_nonsense(const struct misbehaviour *m, struct buf *bytes)
{
    (void)m;
    put_instead(bytes, "\x01\x02 this is not XML");
}

void frame_boundary(const struct misbehaviour *m, struct buf *bytes)
{
    char *p = find(bytes, "--Encrypted Boundary");

    (void)m;
    if (p != NULL)
        p[2] = 'X';
}

/* The first digit of Length=. */
void frame_length(const struct misbehaviour *m, struct buf *bytes)
{
    char *p = find(bytes, "Length=");

    (void)m;
    if (p != NULL)
        p[7] = p[7] == '1' ? '2' : '1';
}

#define OCTETS "application/octet-stream\r\n"

void frame_trailer(const struct misbehaviour *m, struct buf *bytes)
{
    char *p = find(bytes, OCTETS);

    (void)m;
    if (p != NULL)
        p[sizeof OCTETS - 1]++;
}

/* Behind the trailer's length, a record's header and its explicit nonce. */
void frame_tampered(const struct misbehaviour *m, struct buf *bytes)
{
    char *p = find(bytes, OCTETS);

    (void)m;
    if (p != NULL)
        p[sizeof OCTETS - 1 + 4 + 5 + 8] ^= 1;
}

void frame_short(const struct misbehaviour *m, struct buf *bytes)
{
    (void)m;
    bytes->len -= bytes->len > 8 ? 8 : 0;
}

void frame_trailing(const struct misbehaviour *m, struct buf *bytes)
{
    (void)m;
    buf_printf(bytes, "more\r\n");
}
