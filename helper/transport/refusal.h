/*
 * refusal.h - what an HTTP answer that is not the awaited one means: words
 * for a person, by leg and status.
 */
#ifndef CREDSSP_TRANSPORT_REFUSAL_H
#define CREDSSP_TRANSPORT_REFUSAL_H

#include "auth/credssp.h"
#include "credssp/err.h"
#include "transport/challenge.h"
#include "transport/http.h"

/* One round of CredSSP over HTTP. */
struct leg {
    const char *host;
    unsigned number;           /* from 1 */
    enum credssp_step step;    /* whose token was sent */
    size_t sent;               /* bytes of the Authorization header */
    bool closing;              /* the host ends the connection after it */
};

/* All return -1. */

/* A 401 without a token. */
int refusal_unauthorized(const struct leg *leg,
                         const struct challenges *challenges,
                         struct err *err);
/* A 200 although legs are to come. */
int refusal_early(const struct leg *leg, struct err *err);
/* The connection ends, and the authentication with it. */
int refusal_closing(const struct leg *leg, struct err *err);
/* Any other status; sent as above, 0 after the legs. */
int refusal_status(const char *host, const struct http_reply *reply,
                   size_t sent, struct err *err);
/* A web page, which WinRM never sends: who answers is somebody else. */
bool refusal_is_page(const struct http_reply *reply);
/* After the legs: the host knows nothing of the authentication any more. */
int refusal_forgotten(const char *host, long status, struct err *err);

#endif
