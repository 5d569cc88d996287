/*
 * busy.h - "The requested resource is in use": the host did nothing, and may
 * be asked again a little later.
 */
#ifndef CREDSSP_CLI_BUSY_H
#define CREDSSP_CLI_BUSY_H

#include <stdbool.h>

#include "credssp/err.h"

#define BUSY_PAUSE_MS 5000
#define BUSY_ATTEMPTS 12 /* a minute */

/* Is err the host's fault 170, in either of its spellings? */
bool busy_is(const struct err *err);

#endif
