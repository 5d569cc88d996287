/*
 * http_parts.h - what http.c, http_reply.c, http_tls.c and http_error.c share
 * about one connection; nobody else includes it.
 */
#ifndef CREDSSP_TRANSPORT_HTTP_PARTS_H
#define CREDSSP_TRANSPORT_HTTP_PARTS_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "transport/http.h"

#define HTTP_HOST_MAX 256
#define HTTP_SHA256_BYTES 32

/* The answer as it comes in: http_reply.c. */
struct intake {
    struct http_reply *reply;  /* borrowed for the request */
    size_t header_bytes;       /* of all lines, interim answers too */
    unsigned header_lines;
    uint64_t received;         /* header and body bytes */
    bool interim;              /* the lines belong to a 1xx answer */
    bool headers_done;         /* what comes now are trailers */
    struct err refused;        /* why a callback stopped the transfer */
};
void intake_begin(struct intake *intake, struct http_reply *reply);
/* CURLOPT_HEADERFUNCTION and CURLOPT_WRITEFUNCTION; arg is the intake. */
size_t intake_header(char *line, size_t size, size_t n, void *arg);
size_t intake_body(char *bytes, size_t size, size_t n, void *arg);

/* Whom the outer TLS trusts: http_tls.c. */
struct pin {
    bool set;                              /* else the system's CAs */
    bool begun;                            /* the handshake */
    bool differs;                          /* found is not the pinned one */
    unsigned char sha256[HTTP_SHA256_BYTES];
    unsigned char found[HTTP_SHA256_BYTES];
};
/* "" and NULL: no pin. */
int pin_parse(const char *hex, struct pin *pin, struct err *err) MUST_USE;
/* The options of HTTPS; pin is borrowed as long as easy. */
CURLcode http_tls_options(CURL *easy, struct pin *pin) MUST_USE;

struct http {
    CURL *easy;
    CURLM *multi;
    char host[HTTP_HOST_MAX];
    uint16_t port;
    bool https;
    struct pin pin;
    long stall_ms;
    int cancel_fd;
    curl_socket_t socket;      /* of the connection; CURL_SOCKET_BAD: none */
    bool resolved;             /* the name has an address */
    struct sockaddr_storage tried; /* the last of them */
    socklen_t tried_size;
    bool connected;            /* once; never again */
    bool second_refused;       /* libcurl wanted another connection */
    bool ended;                /* nothing can be sent any more */
    long total_ms;             /* of the request in flight */
    char problem[CURL_ERROR_SIZE];
    struct intake intake;
};

/* What libcurl's failure means: http_error.c.  All return -1. */
int http_error(const struct http *http, CURLcode code, struct err *err);
int http_error_late(const struct http *http, struct err *err);
int http_error_stalled(const struct http *http, struct err *err);
int http_error_ended(const struct http *http, struct err *err);

/* The table's rows, for the test that walks it; false: there is none. */
bool http_code_at(size_t i, int64_t *code);

#endif
