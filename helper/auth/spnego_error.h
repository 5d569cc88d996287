/* spnego_error.h - a GSS failure as cause, sentence and code. */
#ifndef CREDSSP_AUTH_SPNEGO_ERROR_H
#define CREDSSP_AUTH_SPNEGO_ERROR_H

#include <gssapi/gssapi.h>

#include "auth/spnego.h"

/* The minor status is kept: CODE_KRB5 when it is libkrb5's, else CODE_GSS.
 * what says what could not be done. Returns -1. */
int spnego_error(struct err *err, enum spnego_mechanism mechanism,
                 OM_uint32 major, OM_uint32 minor, const char *what);

#endif
