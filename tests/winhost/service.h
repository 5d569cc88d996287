/*
 * service.h - one HTTP request as WinRM answers it: who may ask, in which
 * form, and what the engine says.  Knows no HTTP library.
 */
#ifndef WINHOST_SERVICE_H
#define WINHOST_SERVICE_H

#include <stdbool.h>

#include "connection.h"
#include "trouble.h"

/* Borrowed; NULL for header lines that are not there. */
struct question {
    const char *method, *path;
    const char *authorization, *content_type;
    const unsigned char *body;
    size_t len;
    bool oversized;
};

struct answer {
    unsigned status;
    const char *challenges[3];  /* the schemes that are offered */
    size_t challenge_count;
    struct buf token;           /* "CredSSP TlR...", NUL-terminated */
    const char *content_type;   /* constant, or NULL */
    struct buf body;
    bool close, chunked;        /* how it is sent: misbehave.h */
    enum trouble_loss loss;     /* or not sent at all */
};

size_t service_body_max(const struct host *host);

/* Always gives an answer; the caller frees it. */
void service_answer(struct connection *connection,
                    const struct question *question, struct answer *answer);
/* Which leg the request was; MISBEHAVE_LEG_MESSAGE for what follows them. */
unsigned service_leg(const struct connection *connection,
                     const struct question *question);
void answer_free(struct answer *answer);

#endif
