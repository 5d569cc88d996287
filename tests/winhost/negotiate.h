/*
 * negotiate.h - Negotiate and Kerberos without delegation: a GSSAPI acceptor
 * and the sealing of HTTP-SPNEGO-session-encrypted (MS-WSMV 2.2.9.1.1).
 */
#ifndef WINHOST_NEGOTIATE_H
#define WINHOST_NEGOTIATE_H

#include <stdbool.h>

#include "credssp/buf.h"
#include "credssp/err.h"

#define NEGOTIATE_TOKEN_MAX 98304

struct negotiate;

int negotiate_new(struct negotiate **negotiate, struct err *err) MUST_USE;
void negotiate_free(struct negotiate **negotiate);

/* The client's token in, ours appended to out, which may stay empty. */
int negotiate_step(struct negotiate *negotiate, const void *in, size_t len,
                   struct buf *out, bool *complete, struct err *err) MUST_USE;

/* After completion: "alice@CORP.EXAMPLE.COM" or "CORP\alice". */
const char *negotiate_name(const struct negotiate *negotiate);
const char *negotiate_mechanism(const struct negotiate *negotiate);

/* Appends u32 LE signature length, signature, ciphertext. */
int negotiate_seal(struct negotiate *negotiate, const void *plain, size_t n,
                   struct buf *out, struct err *err) MUST_USE;
/* token is signature and ciphertext, one behind the other. */
int negotiate_open(struct negotiate *negotiate, const void *token, size_t n,
                   struct buf *plain, struct err *err) MUST_USE;

#endif
