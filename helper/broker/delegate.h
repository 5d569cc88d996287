/* delegate.h - a new authenticated connection to a host. */
#ifndef CREDSSP_BROKER_DELEGATE_H
#define CREDSSP_BROKER_DELEGATE_H

#include "broker/client.h"

/*
 * Kerberos alone if the policy has it and it can be had, else NTLM alone if
 * the policy has that, else why not.  client->terms says where and how; its
 * SPN is filled in, client->channel is the result.  cancel_fd as in http.h.
 */
int delegate(struct client *client, int cancel_fd, struct err *err) MUST_USE;

#endif
