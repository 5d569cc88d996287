/*
 * wire_server.h - a server on a loopback port for tests of transport: a
 * thread that serves one connection after the other, byte by byte as told.
 */
#ifndef CREDSSP_TESTS_UNIT_WIRE_SERVER_H
#define CREDSSP_TESTS_UNIT_WIRE_SERVER_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WIRE_REQUEST_MAX 2097152

struct wire_server;

/* A connection; ssl is NULL without HTTPS. */
struct wire {
    int fd;
    SSL *ssl;
};

/* Serves one connection, which is closed when it returns. */
typedef void wire_serve_fn(struct wire *wire, void *arg);

/* 127.0.0.1, any port; asserts that it works.  tls is borrowed, or NULL. */
struct wire_server *wire_start(wire_serve_fn *serve, void *arg, SSL_CTX *tls);
uint16_t wire_port(const struct wire_server *server);
/* Connections that were accepted; call it after wire_stop() or a reply. */
unsigned wire_connections(const struct wire_server *server);
void wire_stop(struct wire_server **server);

/* One whole request; head ends with an empty line and a NUL. */
struct wire_request {
    char head[600000];
    unsigned char body[WIRE_REQUEST_MAX];
    size_t len;
};
bool wire_read(struct wire *wire, struct wire_request *request);

/* False when the client is gone. */
bool wire_write(struct wire *wire, const void *bytes, size_t len);
bool wire_say(struct wire *wire, const char *text);

#endif
