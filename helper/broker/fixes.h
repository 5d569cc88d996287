/*
 * fixes.h - the classic mistakes of a first try, by name, and what mends
 * each: more than the cause alone can say, for a test knows the stage.
 */
#ifndef CREDSSP_BROKER_FIXES_H
#define CREDSSP_BROKER_FIXES_H

#include <stdbool.h>
#include <stdint.h>

#include "broker/kept.h"
#include "broker/wire.h"
#include "policy/policy.h"

/* What a test knows by the time that a stage fails. */
struct fix_facts {
    const char *typed;              /* the host, as the user wrote it */
    const struct kept_terms *terms;
    const struct policy *policy;    /* NULL: not read yet */
    bool kerberos;                  /* its ticket was made */
    const char *server;             /* Server header; "" */
    bool has_clock;
    int64_t clock_ahead_s;          /* the host's clock before ours */
};

/* Rewrites text and advice of an error at this stage if it is a classic. */
void fix_advise(enum wire_stage_id stage, const struct fix_facts *facts,
                struct err *err);

bool fix_is_known(enum wire_stage_id stage, enum err_cause cause);

/* "7 min 3 s ahead of"; for clocks that differ. */
#define FIX_CLOCK_MAX 64
void fix_describe_clock(int64_t ahead_s, char dst[FIX_CLOCK_MAX]);

#endif
