/*
 * psrp_key.h - the session key of a pool as its server has it (MS-PSRP
 * 2.2.2.3, 2.2.2.4): made for the client's RSA key, and what is sealed with
 * it.  OpenSSL's throughout; written apart from the client's.
 */
#ifndef WINHOST_PSRP_KEY_H
#define WINHOST_PSRP_KEY_H

#include <stdbool.h>
#include <stddef.h>

#include "credssp/buf.h"

#define PSRP_KEY_BYTES 32

struct psrp_key {
    bool ready;
    unsigned char bytes[PSRP_KEY_BYTES];
};

/* PUBLIC_KEY's CLIXML in, ENCRYPTED_SESSION_KEY's out; -1: it is no key. */
int psrp_key_answer(struct psrp_key *key, const char *xml, size_t len,
                    struct buf *out) MUST_USE;

/* A SecureString's text in UTF-8, and back in base64; -1: without a key, or
 * of another one. */
int psrp_key_open(const struct psrp_key *key, const char *base64,
                  struct buf *text) MUST_USE;
int psrp_key_seal(const struct psrp_key *key, const char *text, size_t len,
                  struct buf *base64) MUST_USE;

#endif
