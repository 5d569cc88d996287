/* direct.h - one connected socket, served as the user who started us. */
#ifndef CREDSSP_BROKER_DIRECT_H
#define CREDSSP_BROKER_DIRECT_H

#include "credssp/err.h"

/* Takes fd over; status is what to exit with. */
int direct_run(int fd, const char *policy_file, int *status, struct err *err)
    MUST_USE;

#endif
