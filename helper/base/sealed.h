/*
 * sealed.h - the payload of a sealed key: a header in the clear and the
 * credential under AES-256-GCM (NIST SP 800-38D).
 *
 *   "CSSP", u8 version, nonce[12], u32 uid, session[16], u64 created,
 *   u64 expires | ciphertext | tag[16]
 *
 * All that stands before the ciphertext is additional authenticated data.
 */
#ifndef CREDSSP_BASE_SEALED_H
#define CREDSSP_BASE_SEALED_H

#include <stdint.h>

#include "credssp/buf.h"
#include "credssp/cred.h"
#include "credssp/err.h"
#include "credssp/secret.h"

#define SEALED_KEY_BYTES 32
#define SEALED_MAX 2560 /* header, cred_encode() at its longest, tag */

struct sealed_header {
    uint32_t uid;
    unsigned char session[CRED_SESSION_BYTES];
    int64_t created;
    int64_t expires;
};

/* Appends the payload to out.  key has SEALED_KEY_BYTES. */
int sealed_encode(const struct cred *cred, const struct secret *key,
                  struct buf *out, struct err *err) MUST_USE;

/* The header alone: nothing in it is authenticated yet. ERR_FORGED_KEY. */
int sealed_header(const struct secret *payload, struct sealed_header *header,
                  struct err *err) MUST_USE;

/* ERR_NOT_YOURS when the key does not open it.  The caller clears *cred. */
int sealed_decode(const struct secret *payload, const struct secret *key,
                  struct cred *cred, struct err *err) MUST_USE;

/* Fills p with n <= 256 random bytes, without waiting: getrandom(2). */
int sealed_random(void *p, size_t n, struct err *err) MUST_USE;

#endif
