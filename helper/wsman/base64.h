/*
 * base64.h - base64 (RFC 4648 section 4) as shells' streams carry it: whole,
 * padded, without white space.  Megabytes pass here, so that OpenSSL's
 * line-wise decoder and a link to libcrypto are both avoided.
 */
#ifndef CREDSSP_WSMAN_BASE64_H
#define CREDSSP_WSMAN_BASE64_H

#include <stddef.h>

#include "credssp/err.h"

/* Bytes that n bytes become, without a NUL. */
#define BASE64_LEN(n) (((n) + 2) / 3 * 4)

void base64_encode(const void *in, size_t n, char *out);

/*
 * Decodes n characters; out has room for n / 4 * 3 bytes and may be in
 * itself.  -1 for a character, padding or length that RFC 4648 does not
 * produce, nonzero unused bits among them (section 3.5); what stands in out
 * then is worthless.
 */
int base64_decode(const char *in, size_t n, unsigned char *out, size_t *len)
    MUST_USE;

#endif
