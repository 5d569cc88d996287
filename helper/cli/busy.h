/*
 * busy.h - "The requested resource is in use": the host did nothing, and may
 * be asked again a little later.
 */
#ifndef CREDSSP_CLI_BUSY_H
#define CREDSSP_CLI_BUSY_H

#include <stdbool.h>

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

#endif
