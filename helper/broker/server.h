/*
 * server.h - the listener: accepts, asks who it is, hands over.  It never
 * touches a secret, and so its forks start without one.
 */
#ifndef CREDSSP_BROKER_SERVER_H
#define CREDSSP_BROKER_SERVER_H

#include "credssp/err.h"

/* Serves listen_fd until SIGTERM or SIGINT. policy_file is borrowed. */
int server_run(int listen_fd, const char *policy_file, struct err *err)
    MUST_USE;

/* Logs what is wrong with the policy file; 0 when nothing is. */
int server_check_policy(const char *policy_file);

#endif
