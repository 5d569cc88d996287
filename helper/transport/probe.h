/*
 * probe.h - what a host tells a stranger: who it is, and which schemes it
 * offers.  No credential is near.
 */
#ifndef CREDSSP_TRANSPORT_PROBE_H
#define CREDSSP_TRANSPORT_PROBE_H

#include <stdbool.h>
#include <stdint.h>

#include "credssp/buf.h"
#include "credssp/err.h"
#include "transport/challenge.h"
#include "transport/http.h"

#define PROBE_IDENTITY_MAX 4096

struct probe_answer {
    struct http_times times;       /* also after a failure */
    char server[128];              /* Server header; "" */
    char schemes[CHALLENGE_OFFERED_MAX];
    bool credssp;                  /* is among them */
    bool has_clock;                /* a Date header came */
    int64_t clock_ahead_s;         /* the host's clock before ours */
};

/*
 * One empty POST to /wsman without a logon, on a connection of its own, which
 * is closed.  0: the host answered as WinRM does, with 401, whatever it
 * offers.  -1: the error says where it stopped; answer->times, server and
 * clock hold what was learned.
 */
int probe_offers(const struct http_params *params,
                 struct probe_answer *answer, struct err *err) MUST_USE;

/*
 * Identify without a logon (DSP0226 section 11), on another connection.  The
 * SOAP answer is appended to identity, which is not looked into.
 */
int probe_identify(const struct http_params *params, struct buf *identity,
                   struct http_times *times, struct err *err) MUST_USE;

#endif
