/* http_client.h - what the tests of the HTTP connection have in common. */
#ifndef CREDSSP_TESTS_HTTP_CLIENT_H
#define CREDSSP_TESTS_HTTP_CLIENT_H

#include <stdio.h>
#include <time.h>

#include "transport/http.h"
#include "unit.h"
#include "wire_server.h"

#define EMPTY_OK "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

/* What the server read last. */
static struct wire_request request;

static inline struct http_params to_server(const struct wire_server *server)
{
    struct http_params params = { .host = "127.0.0.1",
                                  .port = wire_port(server),
                                  .connect_ms = 2000,
                                  .cancel_fd = -1 };

    return params;
}

static inline struct http *new_http(const struct wire_server *server)
{
    struct http_params params = to_server(server);
    struct http *http = NULL;
    struct err err = ERR_INIT;

    assert_ok(http_new(&params, &http, &err), &err);
    return http;
}

static inline int post(struct http *http, struct http_reply *reply,
                       struct err *err)
{
    struct http_request sent = { .body = "<x/>", .len = 4,
                                 .content_type = "text/xml",
                                 .total_ms = 5000 };

    return http_post(http, &sent, reply, err);
}

static inline long elapsed_ms(const struct timespec *since)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (now.tv_sec - since->tv_sec) * 1000
           + (now.tv_nsec - since->tv_nsec) / 1000000;
}

/* Answers every request of the connection with the same text. */
static inline void serve_text(struct wire *wire, void *text)
{
    while (wire_read(wire, &request))
        if (!wire_say(wire, text))
            return;
}

static inline void assert_header(const char *line)
{
    char text[256];

    snprintf(text, sizeof text, "\r\n%s\r\n", line);
    if (strstr(request.head, text) == NULL)
        fail_msg("no '%s' in:\n%s", line, request.head);
}

#endif
