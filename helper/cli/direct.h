/*
 * direct.h - a broker of our own, without the system's: the same program,
 * started by the user on one end of a socket pair.
 */
#ifndef CREDSSP_CLI_DIRECT_H
#define CREDSSP_CLI_DIRECT_H

#include <sys/types.h>

#include "credssp/err.h"

/* policy_file NULL: the system's.  The caller owns *fd and waits for *pid. */
int direct_start(const char *policy_file, int *fd, pid_t *pid,
                 struct err *err) MUST_USE;

#endif
