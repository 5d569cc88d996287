/* delegate.h - a new authenticated connection to a host. */
#ifndef CREDSSP_BROKER_DELEGATE_H
#define CREDSSP_BROKER_DELEGATE_H

#include "broker/client.h"

/* How it is done, and who wants to know how it goes. */
struct delegate_how {
    int cancel_fd;             /* as in http.h */
    bool hold;                 /* stops before the credential leaves */
    /* Any of the two may be NULL. */
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
 * SPN is filled in, client->channel is the result.
 */
int delegate(struct client *client, const struct delegate_how *how,
             struct err *err) MUST_USE;

/*
 * The rest of it, on a channel that was held: the credential, with post's
 * body if there is one (len 0: none).  client->reply is what came; its status
 * is 0 when the host has answered the leg alone.
 */
int delegate_rest(struct client *client, const void *body, size_t len,
                  long total_ms, struct err *err) MUST_USE;

#endif
