/*
 * exchange.h - one whole CredSSP exchange in memory, as often as wanted: with
 * NTLM's user file or a KDC of its own, tokens shown, the initiator's time
 * taken.  For tests/bench and tests/interop.
 */
#ifndef CREDSSP_TESTS_EXCHANGE_H
#define CREDSSP_TESTS_EXCHANGE_H

#include <stdbool.h>

#include "auth/credssp.h"

struct exchange {
    enum spnego_mechanism mechanism;
    X509 *certificate;
    EVP_PKEY *key;                  /* RSA-2048 */
    struct kerberos *kerberos;
    const char *suite;              /* NULL: the best */
    bool legacy;                    /* the client's profile */
    /* Sees every token, if not NULL. */
    void (*token)(void *arg, bool from_initiator, const struct buf *token);
    void *arg;
    double initiator_us;            /* CPU of the last play */
};

/* NULL, or why this mechanism cannot be had here.  Once in a process. */
const char *exchange_begin(struct exchange *exchange,
                           enum spnego_mechanism mechanism);
void exchange_end(struct exchange *exchange);

/* Both roles to the end. */
int exchange_play(struct exchange *exchange, struct err *err) MUST_USE;

/* CPU of this thread, in microseconds. */
double exchange_cpu_us(void);

#endif
