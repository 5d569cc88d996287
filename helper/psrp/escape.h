/*
 * escape.h - strings as CLIXML carries them: UTF-16 units that XML or a
 * reader might harm stand as _xHHHH_ (MS-PSRP 2.2.5.3.2), and in XML's own
 * escapes what XML demands.
 */
#ifndef CREDSSP_PSRP_ESCAPE_H
#define CREDSSP_PSRP_ESCAPE_H

#include <stddef.h>
#include <stdint.h>

#include "credssp/buf.h"

/*
 * n bytes of UTF-8 as the content of an element or of a quoted attribute.
 * Bytes that are no UTF-8 become U+FFFD each.
 */
void escape_put(struct buf *out, const char *text, size_t n);

#define UNESCAPE_PART 7 /* "_xHHHH_" */

/* Decodes a text that comes in pieces. */
struct unescape {
    char part[UNESCAPE_PART]; /* what may become an escape */
    size_t have;
    uint32_t high;            /* a high surrogate that waits; 0: none */
};

/* XML's own escapes are undone already.  A surrogate without its other half
 * becomes U+FFFD: what comes out is UTF-8. */
void unescape_feed(struct unescape *u, const char *text, size_t n,
                   struct buf *out);
/* One unit of UTF-16, which is never part of an escape. */
void unescape_unit(struct unescape *u, uint32_t unit, struct buf *out);
/* The end: what waits goes out as it is.  *u is as new. */
void unescape_end(struct unescape *u, struct buf *out);

#endif
