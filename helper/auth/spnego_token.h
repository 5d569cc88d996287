/*
 * spnego_token.h - looks into a SPNEGO answer, only to say what was wrong
 * with one that GSSAPI refused.
 */
#ifndef CREDSSP_AUTH_SPNEGO_TOKEN_H
#define CREDSSP_AUTH_SPNEGO_TOKEN_H

#include <stdbool.h>
#include <stddef.h>

#include "auth/spnego.h"

/*
 * Does the answer choose another mechanism than the one offered?  If so,
 * its name, or its numbers, are written to name.
 */
bool spnego_token_chooses_other(const void *token, size_t len,
                                enum spnego_mechanism offered, char *name,
                                size_t size);

#endif
