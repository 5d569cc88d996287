/* direct.h - one connected socket, served as the user who started us. */
#ifndef CREDSSP_BROKER_DIRECT_H
#define CREDSSP_BROKER_DIRECT_H

#include "credssp/err.h"

/* Is it a connected unix socket? Before anything is closed for its sake. */
int direct_check(int fd, struct err *err) MUST_USE;

/* Takes fd over; status is what to exit with. */
int direct_run(int fd, const char *policy_file, int *status, struct err *err)
    MUST_USE;

#endif
