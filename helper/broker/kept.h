/*
 * kept.h - authenticated connections that wait for the session's next OPEN.
 * A pool belongs to one worker, hence to one session; threads may share it.
 */
#ifndef CREDSSP_BROKER_KEPT_H
#define CREDSSP_BROKER_KEPT_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "broker/bounds.h"
#include "broker/wire.h"
#include "policy/hostname.h"
#include "policy/policy.h"
#include "transport/channel.h"

/* What a connection was made under; it is reused under the same only. */
struct kept_terms {
    char host[HOSTNAME_MAX]; /* canonical */
    struct policy_verdict verdict;
    char spn[WIRE_TEXT_MAX];
};

struct kept_channel {
    struct channel *channel; /* NULL: a free place */
    struct kept_terms terms;
    int64_t since_ms;
};

struct kept {
    pthread_mutex_t lock;
    struct kept_channel places[LIMIT_KEPT];
};

void kept_init(struct kept *kept);

/* Takes *channel over, or closes it when it has ended; a full pool closes its
 * oldest one for it. */
void kept_put(struct kept *kept, struct channel **channel,
              const struct kept_terms *terms);

/*
 * The connection for terms->host if there is a live one whose terms still hold
 * under terms->verdict; its SPN goes to terms->spn.  The caller owns it; NULL: none.
 */
struct channel *kept_take(struct kept *kept, struct kept_terms *terms);

/* Closes what has waited for LIMIT_KEPT_MS; how many are left. */
unsigned kept_expire(struct kept *kept, int64_t now_ms);

/* Closes all of them. */
void kept_clear(struct kept *kept);

/* Do two verdicts ask for the same connection, and may it be by this
 * mechanism under the newer one? */
bool kept_same_terms(const struct policy_verdict *then,
                     const struct policy_verdict *now,
                     enum spnego_mechanism mechanism);

#endif
