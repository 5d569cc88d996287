/*
 * session_key.h - the key under which a pool's SecureStrings travel (MS-PSRP
 * 2.2.2.3 to 2.2.2.5, 2.2.5.1.24): asked for with an RSA key made for it,
 * and then AES-256-CBC.
 */
#ifndef CREDSSP_PSRP_SESSION_KEY_H
#define CREDSSP_PSRP_SESSION_KEY_H

#include <stdbool.h>
#include <stddef.h>

#include "credssp/buf.h"
#include "credssp/err.h"
#include "credssp/secret.h"

struct session_key;

/* Makes the RSA key, which takes some tens of milliseconds. */
int session_key_new(struct session_key **out, struct err *err) MUST_USE;
/* NULL is fine. */
void session_key_free(struct session_key **key);

/* PUBLIC_KEY's string: the blob in base64. */
int session_key_put_public(const struct session_key *key, struct buf *out,
                           struct err *err) MUST_USE;

/* ENCRYPTED_SESSION_KEY's string.  The RSA key has done its work then. */
int session_key_take(struct session_key *key, const char *text, size_t n,
                     struct err *err) MUST_USE;
bool session_key_is_ready(const struct session_key *key);

/* A SecureString's text, in base64, and back; UTF-8 on our side. */
int session_key_seal(const struct session_key *key,
                     const struct secret *utf8, struct buf *out,
                     struct err *err) MUST_USE;
int session_key_open(const struct session_key *key, const char *text,
                     size_t n, struct secret **utf8, struct err *err)
    MUST_USE;

#endif
