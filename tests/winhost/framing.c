/* framing.c - multipart/encrypted as a Windows server reads and writes it. */
#include "framing.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define CHUNK_MAX 16384 /* plaintext of one part, CredSSP only */
#define BOUNDARY "--Encrypted Boundary"
#define CREDSSP_PROTOCOL "application/HTTP-CredSSP-session-encrypted"
#define SPNEGO_PROTOCOL "application/HTTP-SPNEGO-session-encrypted"
#define KERBEROS_PROTOCOL "application/HTTP-Kerberos-session-encrypted"
#define TYPE(kind, protocol) \
    kind ";protocol=\"" protocol "\";boundary=\"Encrypted Boundary\""

static const char *const protocols[] = {
    [SCHEME_NONE] = "", [SCHEME_CREDSSP] = CREDSSP_PROTOCOL,
    [SCHEME_NEGOTIATE] = SPNEGO_PROTOCOL,
    [SCHEME_KERBEROS] = KERBEROS_PROTOCOL,
};
static const char *const single_types[] = {
    [SCHEME_NONE] = "",
    [SCHEME_CREDSSP] = TYPE("multipart/encrypted", CREDSSP_PROTOCOL),
    [SCHEME_NEGOTIATE] = TYPE("multipart/encrypted", SPNEGO_PROTOCOL),
    [SCHEME_KERBEROS] = TYPE("multipart/encrypted", KERBEROS_PROTOCOL),
};

/* The bytes of a body that are still to be read. */
struct cursor {
    const unsigned char *p, *end;
};

enum framing framing_of(const struct connection *connection,
                        const char *content_type)
{
    static const char *const kinds[] = { "multipart/encrypted",
                                         "multipart/x-multi-encrypted" };
    const char *protocol;
    size_t i, n;

    if (strncasecmp(content_type, "application/soap+xml", 20) == 0)
        return FRAMING_PLAIN;
    for (i = 0; i < 2; i++)
        if (strncasecmp(content_type, kinds[i], strlen(kinds[i])) == 0)
            break;
    protocol = strstr(content_type, "protocol=\"");
    if (i == 2 || protocol == NULL || connection->scheme == SCHEME_NONE
        || strstr(content_type, "boundary=\"Encrypted Boundary\"") == NULL)
        return FRAMING_OTHER;
    protocol += strlen("protocol=\"");
    n = strcspn(protocol, "\"");
    /* Several parts are CredSSP's alone: MS-WSMV 2.2.9.1.3. */
    if ((i == 1 && connection->scheme != SCHEME_CREDSSP)
        || strlen(protocols[connection->scheme]) != n
        || strncmp(protocol, protocols[connection->scheme], n) != 0)
        return FRAMING_OTHER;
    return FRAMING_ENCRYPTED;
}

size_t framing_overhead(size_t max)
{
    return (max / CHUNK_MAX + 1) * 512;
}

static bool skip(struct cursor *c, const char *text)
{
    size_t n = strlen(text);

    if ((size_t)(c->end - c->p) < n || memcmp(c->p, text, n) != 0)
        return false;
    c->p += n;
    return true;
}

/* One header line; the tab in front is the clients' habit, not needed. */
static bool skip_line(struct cursor *c, const char *text)
{
    (void)skip(c, "\t");
    return skip(c, text);
}

/* Decimal digits and CRLF. */
static bool read_length(struct cursor *c, size_t *n)
{
    size_t digits = 0;

    *n = 0;
    for (; c->p < c->end && isdigit(*c->p) && digits < 9; digits++)
        *n = *n * 10 + (size_t)(*c->p++ - '0');
    return digits > 0 && skip(c, "\r\n");
}

static bool read_part_header(struct cursor *c, const char *protocol,
                             size_t *length)
{
    return skip(c, BOUNDARY "\r\n") && skip_line(c, "Content-Type: ")
        && skip(c, protocol) && skip(c, "\r\n")
        && skip_line(c, "OriginalContent: type=application/soap+xml;"
                     "charset=UTF-8;Length=")
        && read_length(c, length) && skip(c, BOUNDARY "\r\n")
        && skip_line(c, "Content-Type: application/octet-stream\r\n");
}

static bool read_le32(struct cursor *c, size_t *n)
{
    if (c->end - c->p < 4)
        return false;
    *n = (size_t)c->p[0] | (size_t)c->p[1] << 8 | (size_t)c->p[2] << 16
       | (size_t)c->p[3] << 24;
    c->p += 4;
    return true;
}

/* How far whole TLS records go (RFC 5246 6.2.1): none begins with '-'. */
static size_t records_length(const struct cursor *c)
{
    const unsigned char *p = c->p;

    while (c->end - p >= 5 && *p != '-') {
        size_t n = 5 + ((size_t)p[3] << 8 | p[4]);

        if (n > (size_t)(c->end - p))
            break;
        p += n;
    }
    return (size_t)(p - c->p);
}

static int open_part(struct connection *connection, struct cursor *c,
                     size_t length, struct buf *plain, struct err *err)
{
    size_t before = plain->len, first, n;
    int rc;

    if (!read_le32(c, &first))
        return err_set(err, ERR_MALFORMED, STAGE_SEALING, "no length");
    if (connection->scheme == SCHEME_CREDSSP) {
        struct tunnel *tunnel = credssp_tunnel(connection->credssp);

        n = records_length(c);
        if (first != tunnel_trailer(tunnel, length))
            return err_set(err, ERR_MALFORMED, STAGE_SEALING,
                           "trailer length %zu where %zu is right", first,
                           tunnel_trailer(tunnel, length));
        rc = tunnel_open_without_wipe(tunnel, c->p, n, plain, err);
    } else {
        n = first + length;
        if (first > 1024 || n > (size_t)(c->end - c->p))
            return err_set(err, ERR_MALFORMED, STAGE_SEALING,
                           "signature length %zu", first);
        rc = negotiate_open(connection->negotiate, c->p, n, plain, err);
    }
    if (rc != 0)
        return -1;
    c->p += n;
    if (plain->len - before != length)
        return err_set(err, ERR_MALFORMED, STAGE_SEALING,
                       "Length=%zu, but %zu bytes came", length,
                       plain->len - before);
    return 0;
}

int framing_open(struct connection *connection, const unsigned char *body,
                 size_t len, struct buf *plain, struct err *err)
{
    struct cursor c = { body, body + len };
    size_t length, parts = 0;

    while (c.p < c.end) {
        if (parts > 0 && skip(&c, BOUNDARY "--\r\n"))
            continue; /* PSWSMan ends each part so; Windows takes it */
        if (!read_part_header(&c, protocols[connection->scheme], &length)
            || (connection->scheme == SCHEME_CREDSSP && length > CHUNK_MAX))
            return err_set(err, ERR_MALFORMED, STAGE_SEALING,
                           "part %zu is not understood", parts + 1);
        if (open_part(connection, &c, length, plain, err) != 0)
            return -1;
        parts++;
    }
    if (parts == 0 || len < sizeof BOUNDARY + 3
        || memcmp(c.end - 4, "--\r\n", 4) != 0)
        return err_set(err, ERR_MALFORMED, STAGE_SEALING,
                       "the last boundary is missing");
    return buf_ok(plain, STAGE_SEALING, err);
}

static void put_trailer_length(struct buf *body, size_t n)
{
    size_t i;

    for (i = 0; i < 4; i++)
        buf_put_u8(body, (uint8_t)(n >> (8 * i) & 0xff));
}

static int seal_part(struct connection *connection,
                     const unsigned char *plain, size_t n, struct buf *body,
                     struct err *err)
{
    buf_printf(body, BOUNDARY "\r\n\tContent-Type: %s\r\n"
               "\tOriginalContent: type=application/soap+xml;charset=UTF-8;"
               "Length=%zu\r\n" BOUNDARY "\r\n"
               "\tContent-Type: application/octet-stream\r\n",
               protocols[connection->scheme], n);
    if (connection->scheme != SCHEME_CREDSSP)
        return negotiate_seal(connection->negotiate, plain, n, body, err);
    put_trailer_length(body, tunnel_trailer(
                           credssp_tunnel(connection->credssp), n));
    return tunnel_seal(credssp_tunnel(connection->credssp), plain, n, body,
                       err);
}

int framing_seal(struct connection *connection, const unsigned char *plain,
                 size_t len, struct buf *body, const char **content_type,
                 struct err *err)
{
    size_t most = connection->scheme == SCHEME_CREDSSP ? CHUNK_MAX : len;
    size_t at, n;

    *content_type = len > most
        ? TYPE("multipart/x-multi-encrypted", CREDSSP_PROTOCOL)
        : single_types[connection->scheme];
    buf_expect(body, len + framing_overhead(len));
    for (at = 0; at < len; at += n) {
        n = len - at < most ? len - at : most;
        if (seal_part(connection, plain + at, n, body, err) != 0)
            return -1;
    }
    buf_printf(body, BOUNDARY "--\r\n");
    return buf_ok(body, STAGE_SEALING, err);
}
