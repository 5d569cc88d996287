/* http_reply.c - an HTTP answer as it comes in: headers and body, bounded. */
#include <string.h>
#include <strings.h>

#include "transport/http_parts.h"

/* A Content-Length is believed up to here before the bytes have come. */
#define RESERVE_MAX 1048576

void http_reply_init(struct http_reply *reply)
{
    memset(reply, 0, sizeof *reply);
    buf_init(&reply->authenticate, HTTP_HEADER_MAX);
    buf_init(&reply->body, HTTP_BODY_MAX);
}

void http_reply_free(struct http_reply *reply)
{
    buf_free(&reply->authenticate);
    buf_free(&reply->body);
    http_reply_init(reply);
}

static void forget_headers(struct http_reply *reply)
{
    reply->status = 0;
    reply->content_type[0] = '\0';
    reply->server[0] = '\0';
    reply->location[0] = '\0';
    reply->date[0] = '\0';
    reply->closing = false;
    buf_clear(&reply->authenticate);
}

void intake_begin(struct intake *intake, struct http_reply *reply)
{
    memset(intake, 0, sizeof *intake);
    intake->reply = reply;
    forget_headers(reply);
    buf_clear(&reply->body);
}

static bool refuse(struct intake *intake, enum err_cause cause,
                   const char *what)
{
    err_set(&intake->refused, cause, STAGE_HTTP, "the host's answer %s",
            what);
    return false;
}

/* For a person only: what does not fit is cut. */
static void keep_some(char *dst, size_t size, const char *value, size_t len)
{
    if (len > size - 1)
        len = size - 1;
    memcpy(dst, value, len);
    dst[len] = '\0';
}

static bool take_content_type(struct intake *intake, const char *value,
                              size_t len)
{
    struct http_reply *reply = intake->reply;

    if (reply->content_type[0] != '\0')
        return refuse(intake, ERR_MALFORMED, "has two Content-Type headers");
    if (len >= sizeof reply->content_type)
        return refuse(intake, ERR_OVERSIZED, "has an endless Content-Type");
    keep_some(reply->content_type, sizeof reply->content_type, value, len);
    return true;
}

static bool take_server(struct intake *intake, const char *value, size_t len)
{
    keep_some(intake->reply->server, sizeof intake->reply->server, value,
              len);
    return true;
}

static bool take_location(struct intake *intake, const char *value,
                          size_t len)
{
    keep_some(intake->reply->location, sizeof intake->reply->location, value,
              len);
    return true;
}

static bool take_date(struct intake *intake, const char *value, size_t len)
{
    keep_some(intake->reply->date, sizeof intake->reply->date, value, len);
    return true;
}

static bool take_authenticate(struct intake *intake, const char *value,
                              size_t len)
{
    struct buf *all = &intake->reply->authenticate;

    buf_put(all, value, len);
    buf_put_u8(all, '\n');
    if (buf_ok(all, STAGE_HTTP, &intake->refused) != 0)
        return false;
    return true;
}

static bool take_length(struct intake *intake, const char *value, size_t len)
{
    size_t total = 0, i;

    /* A value that is no number is libcurl's to refuse. */
    for (i = 0; i < len && value[i] >= '0' && value[i] <= '9'; i++) {
        total = total * 10 + (size_t)(value[i] - '0');
        if (total > HTTP_BODY_MAX)
            return refuse(intake, ERR_OVERSIZED, "announces an endless body");
    }
    buf_expect(&intake->reply->body,
               total < RESERVE_MAX ? total : RESERVE_MAX);
    return true;
}

static bool is_word(const char *p, size_t n, const char *word)
{
    return strlen(word) == n && strncasecmp(p, word, n) == 0;
}

/* RFC 9110 7.6.1: a list of options. */
static bool take_connection(struct intake *intake, const char *value,
                            size_t len)
{
    const char *p = value, *end = value + len;

    while (p < end) {
        size_t n = 0;

        while (p + n < end && strchr(", \t", p[n]) == NULL)
            n++;
        if (is_word(p, n, "close"))
            intake->reply->closing = true;
        else if (is_word(p, n, "keep-alive"))
            intake->reply->closing = false;
        p += p + n < end ? n + 1 : n;
    }
    return true;
}

struct header_row {
    const char *name;
    bool (*take)(struct intake *intake, const char *value, size_t len);
};

static const struct header_row header_rows[] = {
    { "Content-Type", take_content_type },
    { "Server", take_server },
    { "Location", take_location },
    { "Date", take_date },
    { "WWW-Authenticate", take_authenticate },
    { "Content-Length", take_length },
    { "Connection", take_connection },
};

/* "HTTP/1.1 401 ...": another answer begins. */
static bool take_status(struct intake *intake, const char *line, size_t len)
{
    forget_headers(intake->reply);
    intake->interim = len > 9 && line[9] == '1';
    intake->reply->closing = len > 8 && memcmp(line, "HTTP/1.0", 8) == 0;
    return true;
}

static bool take_field(struct intake *intake, const char *line, size_t len)
{
    const char *colon = memchr(line, ':', len), *value;
    size_t i, n;

    /* RFC 9112 5.2: folded lines are a way to smuggle. */
    if (colon == NULL || line[0] == ' ' || line[0] == '\t')
        return refuse(intake, ERR_MALFORMED, "has a header without a name");
    n = (size_t)(colon - line);
    value = colon + 1;
    len -= n + 1;
    while (len > 0 && (*value == ' ' || *value == '\t')) {
        value++;
        len--;
    }
    while (len > 0 && (value[len - 1] == ' ' || value[len - 1] == '\t'))
        len--;
    for (i = 0; i < sizeof header_rows / sizeof *header_rows; i++)
        if (is_word(line, n, header_rows[i].name))
            return header_rows[i].take(intake, value, len);
    return true;
}

static bool take_line(struct intake *intake, const char *line, size_t len)
{
    intake->received += len;
    intake->header_bytes += len;
    if (intake->header_bytes > HTTP_HEADER_MAX)
        return refuse(intake, ERR_OVERSIZED, "has endless headers");
    if (++intake->header_lines > HTTP_HEADER_LINES_MAX)
        return refuse(intake, ERR_OVERSIZED, "has too many headers");
    /* RFC 9110 6.5.1: trailers say nothing about authentication. */
    if (intake->headers_done)
        return true;
    while (len > 0 && (line[len - 1] == '\r' || line[len - 1] == '\n'))
        len--;
    if (len == 0) {
        intake->headers_done = !intake->interim;
        return true;
    }
    if (len >= 5 && memcmp(line, "HTTP/", 5) == 0)
        return take_status(intake, line, len);
    return take_field(intake, line, len);
}

size_t intake_header(char *line, size_t size, size_t n, void *arg)
{
    /* Anything but the number of bytes stops the transfer. */
    return take_line(arg, line, size * n) ? size * n : 0;
}

size_t intake_body(char *bytes, size_t size, size_t n, void *arg)
{
    struct intake *intake = arg;
    struct buf *body = &intake->reply->body;

    intake->received += size * n;
    if (size * n > body->max - body->len) {
        refuse(intake, ERR_OVERSIZED, "has an endless body");
        return 0;
    }
    buf_put(body, bytes, size * n);
    return buf_ok(body, STAGE_HTTP, &intake->refused) == 0 ? size * n : 0;
}
