/* open.h - what OPEN and TEST have in common. */
#ifndef CREDSSP_BROKER_OPEN_H
#define CREDSSP_BROKER_OPEN_H

#include "broker/client.h"

/*
 * Is client->terms.host allowed, at this port (0: the policy's)?  Fills in
 * client->terms.verdict.  No packet has left for the host, not even to its
 * DNS.
 */
int open_decide(struct client *client, uint16_t port, struct err *err)
    MUST_USE;

/* To ask the host that was decided on what it tells a stranger. */
void open_probe_params(const struct client *client,
                       struct http_params *params);

/* A delegation that was made, since started (monotonic_ms()). */
void open_audit_delegation(struct client *client, int64_t started);
/* One that was not, and why. */
void open_audit_refusal(struct client *client, const struct err *err,
                        int64_t started);

#endif
