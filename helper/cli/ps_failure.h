/*
 * ps_failure.h - a host's failure as a line of JSON among its values.
 */
#ifndef CREDSSP_CLI_PS_FAILURE_H
#define CREDSSP_CLI_PS_FAILURE_H

#include "cli/ps_print.h"
#include "credssp/err.h"

/*
 * PSComputerName, and Error with the exit status that ps has for this host;
 * of a failure of our own its cause and text, else PowerShell's last error.
 * A line with its newline, to be freed; NULL: no memory.
 */
char *ps_failure(const char *host, int status,
                 const struct ps_complaint *last, const struct err *own);

/* The same of a host of which nothing came; of fanout.h. */
char *ps_failure_absent(const char *host, const struct err *why);

#endif
