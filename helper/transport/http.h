/*
 * http.h - one pinned HTTP connection with libcurl: POSTs to one path and
 * nothing else.  No proxy, no redirect, no second connection behind our back:
 * authentication belongs to the TCP connection (MS-WSMV 2.2.9.1).
 */
#ifndef CREDSSP_TRANSPORT_HTTP_H
#define CREDSSP_TRANSPORT_HTTP_H

#include <stdbool.h>
#include <stdint.h>

#include "credssp/buf.h"
#include "credssp/err.h"

#define HTTP_BODY_MAX 4194304     /* of an answer */
#define HTTP_HEADER_MAX 65536     /* all header lines of an answer */
#define HTTP_TOKEN_MAX 393216     /* base64 of CREDSSP_TOKEN_MAX and a rest */
#define HTTP_HEADER_LINES_MAX 128 /* of an answer */
#define HTTP_STALL_MS 30000       /* between bytes of an answer */

struct http;

/* Strings are borrowed during http_new() only. Times in milliseconds. */
struct http_params {
    const char *host;
    uint16_t port;
    bool https;
    const char *path;             /* NULL: /wsman */
    const char *pinned_sha256;    /* HTTPS: hex of the certificate's; "" */
    long connect_ms;
    long stall_ms;                /* an answer that stands still for so long
                                     is given up; 0: HTTP_STALL_MS */
    /* Readable or hung up: the request in flight is given up with
     * ERR_INTERRUPTED. -1: none. */
    int cancel_fd;
};

int http_new(const struct http_params *params, struct http **http,
             struct err *err) MUST_USE;
void http_free(struct http **http);

/* Another descriptor to watch from the next request on; -1: none. */
void http_watch(struct http *http, int cancel_fd);

/*
 * Could a request be sent?  False once the connection has ended, by either
 * side, and when bytes came that nobody asked for: no answer can be trusted
 * to be the right one then.
 */
bool http_is_alive(const struct http *http);

/* body is borrowed; content_type and token may be NULL. */
struct http_request {
    const void *body;
    size_t len;
    const char *content_type;
    const char *authorization;    /* the whole header value, or NULL */
    bool unauthenticated;         /* an Identify that needs no logon */
    long total_ms;
};

/* Buffers are wiped by http_reply_free(). */
struct http_reply {
    long status;
    char content_type[512];
    char server[128];
    char location[256];           /* told in errors, never followed */
    char date[64];                /* RFC 9110 6.6.1, as it came */
    struct buf authenticate;      /* every WWW-Authenticate value, '\n' after
                                     each */
    struct buf body;
    bool closing;                 /* the server ends the connection */
};
void http_reply_init(struct http_reply *reply);
void http_reply_free(struct http_reply *reply);

/*
 * One request on the one connection; the first call connects.  Once it was
 * connected it never connects again: ERR_CONNECTION_LOST.
 */
int http_post(struct http *http, const struct http_request *request,
              struct http_reply *reply, struct err *err) MUST_USE;

/*
 * Of the last request, failed or not: how long each part took, 0 for one that
 * it did not come to; in http_times.c.
 */
struct http_times {
    int64_t lookup_us;
    int64_t connect_us;
    int64_t tls_us;               /* HTTPS */
    int64_t answer_us;            /* from there to the whole answer */
    bool ipv6;                    /* the connection, if there was one */
};
void http_times(const struct http *http, struct http_times *times);

#endif
