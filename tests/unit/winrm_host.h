/*
 * winrm_host.h - a WinRM host for tests: CredSSP's acceptor behind HTTP, which
 * breaks off, lies or forgets when it is told to; and a client for it.
 */
#ifndef CREDSSP_TESTS_WINRM_HOST_H
#define CREDSSP_TESTS_WINRM_HOST_H

#include "auth/credssp.h"
#include "ntlm_users.h"
#include "transport/channel.h"
#include "wire_server.h"

#define BODY_MAX 4194304
#define LEGS 5

/* What the host does, and what it saw. */
struct host {
    unsigned at;               /* the request that it answers wrongly; 0 */
    const char *answer;        /* with this, instead of the right one */
    const char *extra;         /* header lines of that answer */
    unsigned leave_after;      /* ends the connection behind this answer; 0 */
    const char *unasked;       /* or says this behind it, and goes on */
    bool replay;               /* each post gets the first post's answer */
    /* A body may come with the last leg. */
    enum { RIDE_NEVER, RIDE_ANSWERED, RIDE_FAULT, RIDE_IGNORED } ride;
    uint32_t logon_status;     /* its verdict on the credential */
    unsigned requests, legs;
    bool headers_fine;         /* legs and posts look as they should */
    bool delegated;            /* the right password came */
    struct buf first;          /* of the answers to posts */
    struct tunnel *tunnel;     /* NULL: HTTPS protects the bodies */
};

/* Group set-up and tear-down: keys, users, no network. */
int host_world_make(void **state);
int host_world_end(void **state);

/* Without and with HTTPS. */
struct wire_server *host_start(struct host *host);
struct wire_server *host_start_https(struct host *host);

/* A channel to it as alice; over HTTPS with the host's certificate pinned. */
int host_open(const struct wire_server *server, bool tls,
              const char *password, struct channel **channel,
              struct err *err);
/* The same, but the credential is held back. */
int host_open_held(const struct wire_server *server, bool tls,
                   struct channel **channel, struct err *err);
/* What was told of the legs of the last host_open(): "0 1 2 3 4", and which
 * version was known with the last. */
const char *host_steps(void);
int host_steps_version(void);
/* How often the credential was taken for sending since host_open(). */
unsigned host_released(void);

/* Posts and gets the same body back. */
void assert_echo(struct channel *channel, const void *body, size_t len,
                 long status);

#endif
