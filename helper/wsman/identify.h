/* identify.h - what a host says of itself: IdentifyResponse (DSP0226 11). */
#ifndef CREDSSP_WSMAN_IDENTIFY_H
#define CREDSSP_WSMAN_IDENTIFY_H

#include <stddef.h>

#include "credssp/err.h"

#define IDENTIFY_TEXT_MAX 256

/* "Microsoft Corporation, OS: 0.0.0 SP: 0.0 Stack: 3.0", as it came. */
int identify_describe(const unsigned char *p, size_t n,
                      char dst[IDENTIFY_TEXT_MAX], struct err *err) MUST_USE;

#endif
