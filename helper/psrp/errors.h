/*
 * errors.h - what a host's PowerShell says went wrong, as an error of ours.
 */
#ifndef CREDSSP_PSRP_ERRORS_H
#define CREDSSP_PSRP_ERRORS_H

#include "credssp/err.h"
#include "psrp/clixml.h"

/* record: an ErrorRecord (MS-PSRP 2.2.3.15), or NULL: then what alone. */
int psrp_error(const struct clixml *record, enum err_stage stage,
               const char *what, struct err *err) MUST_USE;
/* Of a pool or a pipeline that went on without us (MS-PSRP 3.1.4.9). */
int psrp_disconnected(struct err *err) MUST_USE;

/* What to do about an ErrorRecord that says little to who reads it; NULL for
 * all others. */
const char *psrp_advice(const struct clixml *record);

#endif
