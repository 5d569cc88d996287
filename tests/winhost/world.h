/*
 * world.h - a host and a CredSSP client in one process, without HTTP, for the
 * tests of the service.
 *
 * The client's framing is written out here once more, from MS-WSMV 2.2.9.1,
 * so that it can be written wrongly too.
 */
#ifndef WINHOST_WORLD_H
#define WINHOST_WORLD_H

#include "../unit/unit.h"

#include "credssp/buf.h"
#include "host.h"
#include "service.h"

#define PROTOCOL "application/HTTP-CredSSP-session-encrypted"
#define SEALED "multipart/encrypted;protocol=\"" PROTOCOL \
    "\";boundary=\"Encrypted Boundary\""
#define SEALED_MANY "multipart/x-multi-encrypted;protocol=\"" PROTOCOL \
    "\";boundary=\"Encrypted Boundary\""
#define SOAP "application/soap+xml;charset=UTF-8"
#define IDENTIFY "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/" \
    "soap-envelope\" xmlns:i=\"http://schemas.dmtf.org/wbem/wsman/identity/" \
    "1/wsmanidentity.xsd\"><s:Header/><s:Body><i:Identify/></s:Body>" \
    "</s:Envelope>"
#define END "--Encrypted Boundary--\r\n"
struct world {
    struct host host;
    struct connection *connection;
    struct credssp *initiator;
    const char *delegated;    /* the password that the client gives away */
    char token[65536];        /* Authorization of the next leg */
    struct answer answer;
    struct buf plain;         /* the last sealed answer, opened */
};

/* cmocka's; a host outside the domain, NTLM, and nobody logged on. */
int world_set_up(void **state);
int world_tear_down(void **state);

/* The HTTP status; the answer is in w->answer. */
unsigned world_ask(struct world *w, const struct question *question);
unsigned world_post(struct world *w, const char *authorization,
                    const char *content_type, const void *body, size_t len);

void world_begin(struct world *w);
/* What the host sent, to the initiator; its next token into w->token. */
int world_advance(struct world *w, bool *done, struct err *err);
/* All legs; returns their number. */
unsigned world_log_on(struct world *w);

/* How a sealed body may be wrong. */
struct twist {
    const char *what;
    size_t trailer, length; /* added to what is right */
    const char *end;
    const char *type;
    unsigned status;
};
extern const struct twist world_right;
void world_seal(struct world *w, const char *xml, const struct twist *twist,
                struct buf *body);
/* One sealed request; the answer opened, a string, in w->plain. */
unsigned world_call(struct world *w, const char *xml);

#endif
