/*
 * tunnel.h - the TLS 1.2 tunnel of CredSSP over the caller's memory: bytes in,
 * bytes out, no descriptor.  MS-CSSP 3.1.5: no resumption; Windows knows no
 * CredSSP over TLS 1.3.  The same tunnel seals WinRM messages afterwards.
 */
#ifndef CREDSSP_AUTH_TUNNEL_H
#define CREDSSP_AUTH_TUNNEL_H

#include <openssl/types.h>
#include <stdbool.h>

#include "credssp/buf.h"
#include "credssp/err.h"

#define TUNNEL_RECORD_PLAIN_MAX 16384
#define TUNNEL_KEY_MAX 8192 /* bytes of a subjectPublicKey */

struct tunnel;

/*
 * How strict the client is; all borrowed. Windows' certificate in CredSSP is
 * self-signed as a rule, so that a chain is verified only where it is asked
 * for: up to the system's CAs, and for this host's name. With a pin as well,
 * both must hold.
 */
struct tunnel_profile {
    bool legacy;                /* 2012R2: SHA-1, CBC, RSA-1024 */
    const char *pinned_sha256;  /* hex of the certificate's, or NULL */
    const char *trusted_host;   /* a trusted chain to it, or NULL */
};

int tunnel_new_client(const struct tunnel_profile *profile,
                      struct tunnel **tunnel, struct err *err) MUST_USE;
/* For tests' acceptor: certificate and key are borrowed (up_ref'd). */
int tunnel_new_server(X509 *certificate, EVP_PKEY *key,
                      const char *cipher_list, struct tunnel **tunnel,
                      struct err *err) MUST_USE;
/* The same, of another TLS version than 1.2 (TLS1_3_VERSION ...). */
int tunnel_new_server_of(X509 *certificate, EVP_PKEY *key,
                         const char *cipher_list, int version,
                         struct tunnel **tunnel, struct err *err) MUST_USE;
/* For tests' acceptor: what is sealed next follows a HelloRequest (RFC 5246
 * 7.4.1.1). */
int tunnel_renegotiate(struct tunnel *tunnel, struct err *err) MUST_USE;
void tunnel_free(struct tunnel **tunnel);

/* Feeds in, appends what must be sent to out. ERR_TLS (with the alert),
 * ERR_CERTIFICATE. */
int tunnel_handshake(struct tunnel *tunnel, const void *in, size_t len,
                     struct buf *out, bool *finished, struct err *err)
    MUST_USE;

/* After the handshake: plain to records, one record for each 16384 bytes. */
int tunnel_seal(struct tunnel *tunnel, const void *plain, size_t len,
                struct buf *records, struct err *err) MUST_USE;
/* All records in; their plaintext is appended. A partial record at the end
 * is ERR_MALFORMED. */
int tunnel_open(struct tunnel *tunnel, const void *records, size_t len,
                struct buf *plain, struct err *err) MUST_USE;
/* The same, for one of many: plaintext stays in OpenSSL's buffer, where the
 * next record overwrites it, until tunnel_wipe() behind the last one. */
int tunnel_open_without_wipe(struct tunnel *tunnel, const void *records,
                             size_t len, struct buf *plain, struct err *err)
    MUST_USE;
void tunnel_wipe(struct tunnel *tunnel);

/* The content of the peer's (client) or own (server) subjectPublicKey BIT
 * STRING: what the binding of MS-CSSP 3.1.5 is made of. */
int tunnel_public_key(const struct tunnel *tunnel, struct buf *key,
                      struct err *err) MUST_USE;

/* Bytes that a record of len plaintext bytes adds behind its header and
 * explicit nonce: the "trailer" of WinRM message encryption. GCM 16,
 * ChaCha20 16, CBC MAC and padding (RFC 5246 section 6.2.3). */
size_t tunnel_trailer(const struct tunnel *tunnel, size_t len);

/* "TLSv1.2 ECDHE-RSA-AES256-GCM-SHA384", valid as long as the tunnel. */
const char *tunnel_describe(struct tunnel *tunnel);

#endif
