/*
 * connection.h - one TCP connection and its authentication: Windows ties a
 * logon to the connection, not to a request (MS-WSMV 2.2.9.1).
 */
#ifndef WINHOST_CONNECTION_H
#define WINHOST_CONNECTION_H

#include <stdbool.h>

#include "auth/credssp.h"
#include "credssp/buf.h"
#include "host.h"
#include "identity.h"
#include "misbehave.h"
#include "negotiate.h"

enum scheme { SCHEME_NONE, SCHEME_CREDSSP, SCHEME_NEGOTIATE, SCHEME_KERBEROS };

/* Used by one thread at a time. */
struct connection {
    const struct host *host;
    unsigned number;             /* for the log */
    unsigned requests;
    char address[64];
    bool https;
    enum scheme scheme;
    unsigned leg;                /* of the authentication under way */
    unsigned last_leg;           /* that was answered, if only by a refusal */
    struct credssp *credssp;
    struct negotiate *negotiate;
    struct identity *delegated;  /* logged on, not yet the connection's */
    struct identity *identity;   /* NULL: not authenticated */
    struct misbehaviour misbehaviour;
    struct credssp_misbehaviour hooks;
};

int connection_new(const struct host *host, const char *address, bool https,
                   struct connection **connection, struct err *err) MUST_USE;
void connection_free(struct connection **connection);

/* What to answer to a request with an Authorization line. */
enum auth_result {
    AUTH_REFUSED,   /* 401 with the schemes, or with token if there is one */
    AUTH_CONTINUE,  /* 401 with token */
    AUTH_DONE       /* the request may go on; 200 with token if there is */
};
/* token gets the value of WWW-Authenticate, "CredSSP TlR...", or nothing. */
enum auth_result connection_authenticate(struct connection *connection,
                                         const char *authorization,
                                         struct buf *token);

const char *scheme_name(enum scheme scheme);

#endif
