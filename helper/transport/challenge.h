/*
 * challenge.h - WWW-Authenticate: which schemes a host offers, and the token
 * of one of them (RFC 9110 11.6.1).
 */
#ifndef CREDSSP_TRANSPORT_CHALLENGE_H
#define CREDSSP_TRANSPORT_CHALLENGE_H

#include <stdbool.h>

#include "credssp/buf.h"
#include "credssp/err.h"

#define CHALLENGE_OFFERED_MAX 192

struct challenges {
    bool offered;              /* the scheme is among them */
    bool has_token;            /* and brings a token */
    char schemes[CHALLENGE_OFFERED_MAX]; /* "Negotiate, Basic"; "" for none */
};

/*
 * Reads the values in lines (as http_reply.authenticate holds them) and
 * replaces token with the decoded token68 of scheme.  ERR_MALFORMED for bad
 * base64 and for two tokens, ERR_OVERSIZED for one over token->max.
 */
int challenges_parse(const char *scheme, const void *lines, size_t len,
                     struct challenges *out, struct buf *token,
                     struct err *err) MUST_USE;

/* Appends "SCHEME BASE64" and a NUL. */
int challenge_answer(const char *scheme, const void *token, size_t len,
                     struct buf *out, struct err *err) MUST_USE;

#endif
