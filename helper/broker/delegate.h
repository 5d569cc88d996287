/* delegate.h - a new authenticated connection to a host. */
#ifndef CREDSSP_BROKER_DELEGATE_H
#define CREDSSP_BROKER_DELEGATE_H

#include "broker/client.h"

/* Who wants to know how it goes; any of the two may be NULL. */
struct delegate_watch {
    /* One mechanism is ready, and nothing has gone to the host yet.  why_not
     * is why it is not Kerberos although the policy allows that; else
     * ERR_NONE. */
    void (*prepared)(void *arg, bool kerberos, const struct err *why_not);
    channel_progress_fn *leg;
    void *arg;
};

/*
 * Kerberos alone if the policy has it and it can be had, else NTLM alone if
 * the policy has that, else why not.  client->terms says where and how; its
 * SPN is filled in, client->channel is the result.  cancel_fd as in http.h;
 * watch may be NULL.
 */
int delegate(struct client *client, int cancel_fd,
             const struct delegate_watch *watch, struct err *err) MUST_USE;

#endif
