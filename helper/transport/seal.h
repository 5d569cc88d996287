/*
 * seal.h - WinRM message encryption: multipart framing around the tunnel's
 * TLS records (MS-WSMV 2.2.9.1, "Encrypted Message Types").
 */
#ifndef CREDSSP_TRANSPORT_SEAL_H
#define CREDSSP_TRANSPORT_SEAL_H

#include "auth/tunnel.h"
#include "credssp/buf.h"
#include "credssp/err.h"

#define SEAL_CHUNK_MAX 16384

/* Appends the sealed body; *content_type is a constant of this module. */
int seal_body(struct tunnel *tunnel, const void *plain, size_t len,
              struct buf *out, const char **content_type, struct err *err)
    MUST_USE;

/*
 * Checks content_type, boundaries, parts, lengths and trailers, and appends
 * the plaintext.  Consumes all or refuses: ERR_MALFORMED, ERR_OVERSIZED.
 * original_type gets the type of the plaintext, size bytes at most.
 */
int seal_open(struct tunnel *tunnel, const char *content_type,
              const void *body, size_t len, struct buf *plain,
              char *original_type, size_t size, struct err *err) MUST_USE;

#endif
