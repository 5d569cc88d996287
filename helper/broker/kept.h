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
#include "broker/will.h"
#include "broker/wire.h"
#include "policy/hostname.h"
#include "policy/policy.h"
#include "transport/channel.h"

/* What a connection was made under; it is reused under the same only. */
struct kept_terms {
    char host[HOSTNAME_MAX]; /* canonical */
    struct policy_verdict verdict;
    char spn[WIRE_TEXT_MAX];
    int64_t made_ms;         /* when it was authenticated */
};

struct kept_channel {
    struct channel *channel; /* NULL: a free place */
    struct kept_terms terms;
    struct will will;        /* executed when it is closed; or inherited */
    int64_t since_ms;
};

struct kept {
    pthread_mutex_t lock;    /* of what follows */
    pthread_cond_t changed;
    struct kept_channel places[LIMIT_KEPT];
    const struct kept_terms *coming[LIMIT_CLIENTS];
    unsigned parting;        /* threads that execute a will */
};

void kept_init(struct kept *kept);

/* Takes *channel and *will over, or closes the channel when it has ended; a
 * full pool closes its oldest one for it. */
void kept_put(struct kept *kept, struct channel **channel,
              const struct kept_terms *terms, struct will *will);

/*
 * The connection for terms->host if there is a live one whose terms still hold
 * under terms->verdict; its SPN goes to terms->spn.  The caller owns it; NULL: none.
 * With a label in *will: one with a will of that label, which *will then is;
 * else, and without a label, one that has no will with a label.  Of a
 * connection that has ended its will is inherited all the same.  One that is
 * coming back (kept_coming()) is waited for, up to LIMIT_HEIR_MS.
 */
struct channel *kept_take(struct kept *kept, struct kept_terms *terms,
                          struct will *will);

/*
 * A connection with these terms, borrowed until kept_not_coming(), has its
 * last request under way; the command behind it may have gone already.
 */
void kept_coming(struct kept *kept, const struct kept_terms *terms);
void kept_not_coming(struct kept *kept, const struct kept_terms *terms);

/* Closes what has waited for LIMIT_KEPT_MS; how many are left.  Wills are
 * executed by threads of their own, which count as left. */
unsigned kept_expire(struct kept *kept, int64_t now_ms);

/* What waits now. */
void kept_list(struct kept *kept, int64_t now_ms, struct wire_pooled *pooled);

/* Closes all of them; their wills, and those that kept_expire() has begun, may
 * take total_ms together. */
void kept_clear(struct kept *kept, int64_t total_ms);

/* Do two verdicts ask for the same connection, and may it be by this
 * mechanism under the newer one? */
bool kept_same_terms(const struct policy_verdict *then,
                     const struct policy_verdict *now,
                     enum spnego_mechanism mechanism);

#endif
