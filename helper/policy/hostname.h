/*
 * hostname.h - canonical host names, the only form that policy compares and
 * that SPNs are made of.
 */
#ifndef CREDSSP_POLICY_HOSTNAME_H
#define CREDSSP_POLICY_HOSTNAME_H

#include <stddef.h>

#include "credssp/err.h"

#define HOSTNAME_MAX 254 /* 253 characters (RFC 1035 2.3.4) and a NUL */

/*
 * len bytes at in become lower-case A-labels without the trailing dot.
 * ERR_HOSTNAME says which rule was broken: empty, too long, NUL or control
 * characters, a character that is no letter, digit, '-' or '_', an IP address
 * in any notation, '%', '@', ':', or non-ASCII (give the A-label form).
 */
int hostname_canonical(const char *in, size_t len, char out[HOSTNAME_MAX],
                       struct err *err) MUST_USE;

#endif
