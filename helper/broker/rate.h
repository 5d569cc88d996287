/* rate.h - how often each uid has done something within a minute. */
#ifndef CREDSSP_BROKER_RATE_H
#define CREDSSP_BROKER_RATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "broker/bounds.h"

struct rate {
    uid_t uid;
    unsigned count;    /* 0: nobody's */
    int64_t began_ms;  /* of the minute that count is of */
};

struct rates {
    struct rate rates[LIMIT_RATED_UIDS];
};

/* Counts one more of uid; false when its minute has had "most" of them. */
bool rate_allows(struct rates *rates, uid_t uid, unsigned most,
                 int64_t now_ms);

#endif
