/* requests.h - which requests exist and when each is allowed: PROTOCOL 3. */
#ifndef CREDSSP_BROKER_REQUESTS_H
#define CREDSSP_BROKER_REQUESTS_H

#include <stddef.h>

#include "broker/client.h"

#define REQUEST_ONCE 0x01u
#define REQUEST_AFTER_TICKET 0x02u
#define REQUEST_AFTER_OPEN 0x04u
#define REQUEST_WITH_KEY 0x08u    /* HELLO named a sealed key */
#define REQUEST_WITHOUT_KEY 0x10u
#define REQUEST_BEFORE_OPEN 0x20u /* no connection to a host stands yet */

struct request {
    unsigned type; /* enum wire_type */
    unsigned flags;
    size_t max;    /* bytes of the frame */
    request_fn *serve;
};

/* NULL: no request that a client may send. */
const struct request *request_find(unsigned type);

/* 0, or -1 with ERR_BROKER_PROTOCOL and the rule that was broken. */
int request_allowed(const struct request *request,
                    const struct client *client, struct err *err) MUST_USE;

#endif
