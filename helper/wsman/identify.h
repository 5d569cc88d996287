/* identify.h - what a host says of itself: IdentifyResponse (DSP0226 11). */
#ifndef CREDSSP_WSMAN_IDENTIFY_H
#define CREDSSP_WSMAN_IDENTIFY_H

#include <libxml/tree.h>
#include <stddef.h>

#include "credssp/err.h"

#define IDENTIFY_TEXT_MAX 256

/* The IdentifyResponse of an answer; the caller frees *doc. */
int identify_parse(const unsigned char *p, size_t n, xmlDocPtr *doc,
                   xmlNodePtr *response, struct err *err) MUST_USE;

/* "Microsoft Corporation, OS: 0.0.0 SP: 0.0 Stack: 3.0", as it came. */
int identify_describe(const unsigned char *p, size_t n,
                      char dst[IDENTIFY_TEXT_MAX], struct err *err) MUST_USE;

#endif
