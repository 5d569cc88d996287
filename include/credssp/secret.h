/*
 * secret.h - memory for passwords and keys: its own locked pages, left out of
 * core dumps, wiped in a forked child, wiped when freed.
 *
 * mlock(2), madvise(2) MADV_DONTDUMP and MADV_WIPEONFORK.
 */
#ifndef CREDSSP_SECRET_H
#define CREDSSP_SECRET_H

#include <stdbool.h>
#include <stddef.h>

#include "credssp/err.h"

#define SECRET_MAX 65536 /* bytes in one secret */

/* len bytes at data; one zero byte always stands behind them. */
struct secret {
    unsigned char *data;
    size_t len;
    size_t mapped; /* bytes of the mapping, a multiple of the page size */
};

/*
 * A zeroed secret of len bytes (0 to SECRET_MAX).  The caller owns it.
 * ERR_OVERSIZED, or ERR_MEMORY when the pages cannot be had or locked.
 */
int secret_new(size_t len, struct secret **out, struct err *err) MUST_USE;
int secret_copy(const void *p, size_t len, struct secret **out,
                struct err *err) MUST_USE;

/* A smaller length (len <= secret->len); wipes what falls off. */
void secret_truncate(struct secret *secret, size_t len);

/* Wipes, unlocks, unmaps, sets *secret to NULL. NULL is fine. */
void secret_free(struct secret **secret);

/* Compares in constant time; lengths are not secret. */
bool secret_equal(const struct secret *a, const struct secret *b);

/* UTF-8 to UTF-16LE (TSPasswordCreds, NTLM). ERR_MALFORMED for bad UTF-8. */
int secret_utf16(const struct secret *utf8, struct secret **out,
                 struct err *err) MUST_USE;

#endif
