/*
 * forged_server.h - the server's end of a tunnel that writes what no TLS
 * library would: it shakes hands by OpenSSL, takes the keys of the connection
 * (RFC 5246 section 6.3) and seals any record with them by itself.
 */
#ifndef CREDSSP_TESTS_FORGED_SERVER_H
#define CREDSSP_TESTS_FORGED_SERVER_H

#include <openssl/ssl.h>

#include "auth/tunnel.h"
#include "server_key.h"

#define FORGED_SUITE "ECDHE-RSA-AES128-GCM-SHA256"

struct forged_server {
    SSL *ssl;
    BIO *in, *out;
    /* AES-128-GCM: two keys of 16 bytes, two salts of 4 (RFC 5288). */
    unsigned char block[40];
    unsigned char sent, received; /* records under the keys */
};

/* To be freed; writes the handshake's answers into flight by itself. */
void forged_server_make(struct forged_server *server,
                        const struct server_key *key);
void forged_server_free(struct forged_server *server);

/* What OpenSSL answers to the client's flight. */
void forged_server_answer(struct forged_server *server,
                          const struct buf *from_client, struct buf *out);
/* After the handshake: the keys; then records of any type and content. */
void forged_server_take_keys(struct forged_server *server);
void forged_server_seal(struct forged_server *server, unsigned char type,
                        const void *plain, size_t len, struct buf *out);
/* The client's next record of those in r; its type is returned. */
unsigned char forged_server_open(struct forged_server *server,
                                 struct reader *r, struct buf *plain);

#endif
