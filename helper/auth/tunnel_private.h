/*
 * tunnel_private.h - what the two makers of a tunnel share: tunnel.c for the
 * client's side, tunnel_server.c (tests only) for the server's; and the memory
 * that both read and write.
 */
#ifndef CREDSSP_AUTH_TUNNEL_PRIVATE_H
#define CREDSSP_AUTH_TUNNEL_PRIVATE_H

#include <openssl/ssl.h>

#include "auth/tunnel.h"

/*
 * What OpenSSL reads from and writes to: memory that is borrowed for the time
 * of one call, in tunnel_bio.c.
 */
struct tunnel_io {
    const unsigned char *in;
    size_t left;
    struct buf *out;     /* NULL: what is written waits in late */
    struct buf late;     /* an alert that was written while reading */
};
/* A BIO over io, which outlives it. NULL: no memory. */
BIO *tunnel_io_new(struct tunnel_io *io);
void tunnel_io_lend(struct tunnel_io *io, const void *in, size_t len,
                    struct buf *out);
void tunnel_io_return(struct tunnel_io *io);

/* What tunnel_trailer() does not know, and what nobody should use. */
#define TUNNEL_SUITES_NEVER                                                   \
    "!aNULL:!eNULL:!PSK:!SRP:!aDSS:!RC4:!3DES:!AESCCM:!ARIA"

#define TUNNEL_PIN_BYTES 32
#define TUNNEL_HOST_MAX 256

/* What the host's certificate must be, apart from the key that signs. */
struct tunnel_trust {
    bool pinned;
    unsigned char pin[TUNNEL_PIN_BYTES]; /* SHA-256 of the certificate */
    bool chain;
    char host[TUNNEL_HOST_MAX];
};
int tunnel_set_trust(struct tunnel_trust *trust,
                     const struct tunnel_profile *profile, struct err *err)
    MUST_USE;
/* After the handshake, before anything else is sent: ERR_CERTIFICATE. */
int tunnel_check_trust(const struct tunnel_trust *trust, SSL *ssl,
                       struct err *err) MUST_USE;

/* A context with every option that both sides need. The caller owns it. */
int tunnel_context(const SSL_METHOD *method, SSL_CTX **context,
                   struct err *err) MUST_USE;

/* A tunnel over memory BIOs; its role is still to be set on *ssl, which
 * belongs to the tunnel. */
int tunnel_from_context(SSL_CTX *context, struct tunnel **tunnel, SSL **ssl,
                        struct err *err) MUST_USE;

/* Belongs to the tunnel. */
SSL *tunnel_ssl(struct tunnel *tunnel);

/* ERR_TLS for an alert of the peer (RFC 5246 section 7.2). Returns -1. */
int tunnel_alert(struct err *err, enum err_stage stage, int alert);

/* ERR_TLS with OpenSSL's own words and, if there was one, the alert. */
int tunnel_error(struct err *err, enum err_stage stage, const char *what);

/* The table's rows, for the test that walks it; false: there is none. */
bool tunnel_alert_at(size_t i, int64_t *alert);

#endif
