/* soap_out.h - envelopes as Windows writes them, byte for byte. */
#ifndef WINHOST_SOAP_OUT_H
#define WINHOST_SOAP_OUT_H

#include "credssp/buf.h"

#define UUID_BYTES 37 /* text, upper case, and a NUL */

/* Which prefixes an envelope declares, as recorded. */
enum soap_kind {
    SOAP_SHELL,   /* Create, Command, Send, Signal */
    SOAP_RECEIVE,
    SOAP_DELETE,
    SOAP_GET,
    SOAP_ENUMERATE,
    SOAP_FAULT
};

/* Everything up to and with <s:Body>; relates_to "" leaves RelatesTo out. */
void soap_begin(struct buf *out, enum soap_kind kind, const char *action,
                const char *relates_to);
void soap_end(struct buf *out);

/* Text with &<>" replaced by entities. */
void soap_text(struct buf *out, const char *text);
/* <name>text</name>, name with its prefix. */
void soap_element(struct buf *out, const char *name, const char *text);

/* A random version 4 UUID. */
void soap_uuid(char uuid[UUID_BYTES]);

#endif
