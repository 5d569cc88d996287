/*
 * framing.h - message encryption on 5985, the server's side: the multipart
 * body of MS-WSMV 2.2.9.1, for CredSSP and for Negotiate.
 *
 * Written from the notes and on purpose not shared with the client's own
 * framing: a mistake must not meet its twin.
 */
#ifndef WINHOST_FRAMING_H
#define WINHOST_FRAMING_H

#include "connection.h"

enum framing {
    FRAMING_PLAIN,      /* application/soap+xml */
    FRAMING_ENCRYPTED,  /* this connection's protocol */
    FRAMING_OTHER       /* anything else */
};
enum framing framing_of(const struct connection *connection,
                        const char *content_type);

/* Bytes of body around max bytes of message, at most. */
size_t framing_overhead(size_t max);

/* ERR_MALFORMED for what is not exactly right. */
int framing_open(struct connection *connection, const unsigned char *body,
                 size_t len, struct buf *plain, struct err *err) MUST_USE;
int framing_seal(struct connection *connection, const unsigned char *plain,
                 size_t len, struct buf *body, const char **content_type,
                 struct err *err) MUST_USE;

#endif
