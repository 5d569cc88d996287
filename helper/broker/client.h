/*
 * client.h - one connection from a command: its ticket, its channel, and the
 * requests that it may make.  One thread each; nothing here is shared but
 * session, and fd for a last word (client_farewell()).
 */
#ifndef CREDSSP_BROKER_CLIENT_H
#define CREDSSP_BROKER_CLIENT_H

#include <pthread.h>
#include <stdbool.h>

#include "broker/identity.h"
#include "broker/session.h"
#include "broker/sinks.h"
#include "broker/wire.h"
#include "credssp/buf.h"
#include "credssp/err.h"
#include "credssp/secret.h"
#include "policy/policy.h"
#include "transport/channel.h"

struct client {
    int fd;                     /* owned */
    int64_t until_ms;           /* LIMIT_CLIENT_MS from its first byte on */
    struct session *session;    /* borrowed */
    pthread_mutex_t sending;    /* whole frames only */
    bool cut_short;             /* one was not: nothing may follow it */
    unsigned served;            /* a bit for each request type */
    struct secret *ticket;      /* as long as this connection lives */
    struct release_facts facts; /* of the opened key; service "" without */
    struct policy *policy;      /* in force at the last decision */
    struct identity identity;
    bool identified;
    struct channel *channel;    /* after OPEN; perhaps held (PROTOCOL 5) */
    struct release_source releasing; /* what the channel's logon opens */
    int64_t opening_ms;         /* when the channel was asked for */
    struct kept_terms terms;
    struct will will;           /* when it goes; before OPEN its label alone:
                                   of what it would inherit */
    const char *mechanism;      /* the one last tried; NULL */
    struct channel_reply reply; /* wiped after each; its memory is kept */
    struct buf in;              /* the request being served */
    struct buf out;             /* its answer; empty: none */
};

/* ERR_MEMORY. Takes fd over only when it succeeds. */
int client_new(int fd, struct session *session, struct client **client,
               struct err *err) MUST_USE;
void client_free(struct client **client); /* wipes, closes */

/* Serves requests until the client goes or is refused. */
void client_serve(struct client *client);

/* From another thread: an ERROR frame, unless an answer is on its way. */
void client_farewell(struct client *client, const struct err *err);

/* Has the credential been delegated over its channel? */
bool client_is_authenticated(const struct client *client);

/* Sends what is in client->out before the request is served to its end. */
int client_flush(struct client *client, struct err *err) MUST_USE;

/* The same for an answer that ends with this body. */
int client_flush_with(struct client *client, const void *body, size_t len,
                      struct err *err) MUST_USE;

/* The policy that is in force now; what was borrowed of the one before it
 * (client_source()) is gone. */
int client_policy(struct client *client, struct err *err) MUST_USE;
/* The caller's account, once for each connection. */
int client_identity(struct client *client, struct err *err) MUST_USE;

/* In check.c: whom CHECK and SHOW ask of, and the service that counts. The
 * caller clears *identity, also after a failure. */
int client_whose(struct client *client, const struct wire_whose *whose,
                 struct identity *identity, struct err *err) MUST_USE;

/* What opens this session's key; valid while client and policy live. */
void client_source(struct client *client, struct release_source *source);

/* In open.c: sends the credential on a channel that was held, with the body
 * of post unless that is final.  client->reply.status is 0 when the host has
 * not answered the body: post it then. */
int client_delegate(struct client *client, const struct wire_post *post,
                    long total_ms, struct err *err) MUST_USE;

/* In open.c: does the policy in force still want the channel that is held?  If
 * so, its logon goes by that policy from here on. */
bool client_may_go_on(struct client *client);

/* In open.c: the connection has ended; a new one, authenticated anew, under
 * what the policy says now.  cancel_fd as in http.h. */
int client_reopen(struct client *client, int cancel_fd, struct err *err)
    MUST_USE;

/*
 * In leave.c: the command has gone, in_order when it closed between two
 * requests.  Its will is executed, over a new connection when it must be, or
 * waits for its heir; a connection that still serves is kept.
 */
void client_leave(struct client *client, bool in_order);

/* Writes it, with what every event of this client has in common. */
void client_audit(struct client *client, struct audit_record *record);

/*
 * -- The requests, each in the file that is named after it --
 * fields reads behind the frame's type; an answer is put into client->out.
 */
typedef int request_fn(struct client *client, struct reader *fields,
                       struct err *err);
request_fn request_ticket, request_list, request_log;   /* credential.c */
request_fn request_login, request_logout;               /* credential.c */
request_fn request_check;                               /* check.c */
request_fn request_show;                                /* show.c */
request_fn request_open;                                /* open.c */
request_fn request_post;                                /* relay.c */
request_fn request_will, request_pool;                  /* leave.c */
request_fn request_test;                                /* diagnose.c */

#endif
