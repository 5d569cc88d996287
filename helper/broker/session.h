/*
 * session.h - what one worker knows of its one session: the nonce that its
 * first ticket showed, whether the password was refused, one Kerberos ticket
 * for all connections, and the connections that are kept.
 *
 * Threads share it; every function locks for itself.
 */
#ifndef CREDSSP_BROKER_SESSION_H
#define CREDSSP_BROKER_SESSION_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "broker/history.h"
#include "broker/kept.h"
#include "broker/release.h"
#include "policy/source.h"

#define SESSION_NAME_BYTES 17 /* hex of 8 bytes of the nonce, and a NUL */

/* One ticket-granting ticket; older ones stay for contexts that use them. */
struct session_ticket {
    struct kerberos *kerberos;
    struct session_ticket *older;
};

struct session {
    /* Fixed for the life of the worker. */
    uid_t uid;
    int32_t sealed; /* 0: LOGIN and CHECK only */
    bool direct;
    struct policy_source *policy; /* borrowed */

    pthread_mutex_t lock; /* of what follows */
    bool opened;          /* a ticket has opened the key */
    unsigned char nonce[CRED_SESSION_BYTES];
    char name[SESSION_NAME_BYTES];
    char user[CRED_NAME_MAX];       /* for its last event; "" when unknown */
    char service[CRED_SERVICE_MAX];
    struct release_refusal refused; /* the password itself was */
    bool proven;          /* a domain or host has taken the password */
    unsigned proofs;      /* how often one has */
    unsigned unanswered;  /* logons whose turn has not ended */
    unsigned silent;      /* since then: that ended without a verdict */
    int64_t turn_ms;      /* when the last of them began */
    int64_t turn_lasts_ms; /* LIMIT_TURN_MS; a test has less time */
    pthread_cond_t answered; /* one has ended */
    size_t untaken;       /* bytes of answers that their clients may leave */
    int send_ms;          /* LIMIT_SEND_MS; a test has less time */

    pthread_mutex_t kerberos_lock; /* held during the AS exchange */
    struct session_ticket *tickets;
    bool ticket_doubted;  /* the domain is asked again before the next logon */
    struct err kerberos_err;
    int64_t kerberos_failed_ms;

    struct kept kept;
    struct history history;
};

void session_init(struct session *session);
/* When no client is left: closes what is kept, forgets the tickets. */
void session_clear(struct session *session);

/* Records the nonce of the first ticket; a later one must be the same. */
int session_enter(struct session *session,
                  const unsigned char nonce[CRED_SESSION_BYTES],
                  struct err *err) MUST_USE;
bool session_is_open(struct session *session);
/* Whose it is and what made it, for the event of its end; NULL: not known. */
void session_describe(struct session *session, const char *user,
                      const char *service);

/* May an answer of n bytes wait for its client, or do too many?  If it may,
 * session_taken() says when it does not any more. */
bool session_may_wait(struct session *session, size_t n);
void session_taken(struct session *session, size_t n);

/* Is the sealed key alive, and still this session's? */
int session_probe(struct session *session, struct err *err) MUST_USE;

/* The shared Kerberos credential, had now if need be; the session's. */
int session_kerberos(struct session *session,
                     const struct release_source *source,
                     struct kerberos **kerberos, struct err *err) MUST_USE;

/* The session's key, once it is open, without a ticket. */
void session_source(const struct session *session,
                    struct release_source *source);

#endif
