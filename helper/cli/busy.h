/*
 * busy.h - "The requested resource is in use": the host did nothing, and may
 * be asked again a little later.
 */
#ifndef CREDSSP_CLI_BUSY_H
#define CREDSSP_CLI_BUSY_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/waiting.h"
#include "credssp/err.h"

#define BUSY_PAUSE_MS 5000
#define BUSY_ATTEMPTS 12 /* a minute */

/* Is err the host's fault 170, in either of its spellings? */
bool busy_is(const struct err *err);

/*
 * Waits, and then it is asked again: err is cleared and *attempt counted up.
 * false: err stays, be it the fault or what came in between.
 */
bool busy_again(unsigned *attempt, line_wait_fn *wait, void *arg,
                const struct waiting_time *time, struct err *err);

/* A signal of the user's that is passed on once; {0} before. */
struct busy_signal {
    unsigned attempts;        /* that found the host busy */
    int64_t due_ms;           /* when it is passed on; INT64_MAX: it is */
};

bool busy_signal_is_due(const struct busy_signal *signal);
/* How long poll(2) may wait, if it is still to be passed on. */
int busy_signal_wait_ms(const struct busy_signal *signal, int wait_ms);

/*
 * It was passed on: rc and err are what became of it.  Of a busy host it is
 * due once more after a pause, and what it ran may just have ended: both are
 * no error.
 */
int busy_signal_passed(struct busy_signal *signal, int rc, struct err *err)
    MUST_USE;

#endif
