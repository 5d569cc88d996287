/*
 * binding.h - the public key binding of MS-CSSP 3.1.5: what each side sends
 * in pubKeyAuth to prove that both see the same TLS key.
 */
#ifndef CREDSSP_AUTH_BINDING_H
#define CREDSSP_AUTH_BINDING_H

#include <stddef.h>

#include "credssp/buf.h"
#include "credssp/err.h"

#define BINDING_MAX 8192 /* a whole key, for versions 2 to 4 */

enum binding_sender { BINDING_INITIATOR, BINDING_ACCEPTOR };

/* What is bound: the effective version, the subjectPublicKey and, from
 * version 5 on, the initiator's nonce. All borrowed. */
struct binding {
    int version;
    const struct buf *key;
    const void *nonce;
    size_t nonce_len;
};

/* Appends what that side has to send, before it is sealed. */
int binding_make(const struct binding *binding, enum binding_sender sender,
                 struct buf *out, struct err *err) MUST_USE;

/* ERR_BINDING unless that side sent just that; compares in constant time. */
int binding_check(const struct binding *binding, enum binding_sender sender,
                  const struct buf *sent, struct err *err) MUST_USE;

#endif
