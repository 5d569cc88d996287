/*
 * possession.h - what a process may do with the credential of its own
 * session, with no privilege: find it, read its ticket, drop it, take one in.
 */
#ifndef CREDSSP_POSSESSION_H
#define CREDSSP_POSSESSION_H

#include <stdint.h>

#include "credssp/err.h"
#include "credssp/secret.h"

#define POSSESSION_TICKET_BYTES 32

/* serials are the kernel's; ticket has POSSESSION_TICKET_BYTES, owned. */
struct possession {
    int32_t ticket_serial;
    int32_t sealed_serial;
    struct secret *ticket;
};

/* Reads the session keyring. ERR_NO_CREDENTIAL, ERR_EXPIRED, ERR_REVOKED. */
int possession_find(struct possession *own, struct err *err) MUST_USE;
void possession_clear(struct possession *own);

/*
 * Ends this session's credential: the ticket is invalidated, the sealed key
 * unlinked.  ERR_NO_CREDENTIAL when there is none.
 */
int possession_drop(struct err *err) MUST_USE;

/*
 * "credssp login", three steps.  offer: a fresh ticket and a keyring that
 * the broker may link into, for a moment.  accept: the
 * keyring is closed again, the ticket stored beside it with the same expiry
 * and older keys are displaced.  withdraw: undoes offer.  Until accept, the
 * drop keyring is in the thread keyring, and the session's older credential
 * stays: call all of them from one thread.
 */
struct possession_offer {
    int32_t drop_keyring;
    struct secret *ticket;
};
int possession_offer(struct possession_offer *offer, struct err *err)
    MUST_USE;
int possession_accept(struct possession_offer *offer, int32_t sealed,
                      unsigned lifetime_s, struct err *err) MUST_USE;
void possession_withdraw(struct possession_offer *offer);

#endif
