/*
 * logon.h - around each logon of a session: a password that was refused is
 * not tried again, and one that nobody took yet is tried at few hosts at a
 * time, so that a wrong one locks no account.
 *
 * Threads share the session; every function locks for itself.
 */
#ifndef CREDSSP_BROKER_LOGON_H
#define CREDSSP_BROKER_LOGON_H

#include "broker/session.h"

/* A logon's turn to try a password that nobody took yet. */
struct logon_turn {
    bool taken;        /* false: it needs none, or has ended */
    unsigned proofs;   /* of the session, then */
};

/* Whether the password was refused, here or in an earlier worker. */
void logon_refused(struct session *session, struct release_refusal *refusal);

/* Is it one of the password or the account?  Then it may be told again, as
 * ERR_REFUSED_BEFORE. */
bool logon_is_refusal(enum err_cause cause);
int logon_refuse_again(enum err_cause why, struct err *err);

/* Before anything goes to a host: ERR_REFUSED_BEFORE when the password was
 * refused, by this host or for all of them. */
int logon_check(struct session *session, const char *host, struct err *err)
    MUST_USE;

/*
 * Before that leaves by which the host can tell a wrong password: until
 * somebody took it, logons wait here for each other (bounds.h, LIMIT_TURN_MS),
 * so that a wrong one counts once and not once for each host of a fan-out.
 * Then logon_check().  ERR_INTERRUPTED when the client at cancel_fd (-1: none)
 * has gone: for him nothing is tried.
 */
int logon_take_turn(struct session *session, const char *host, int cancel_fd,
                    struct logon_turn *turn, struct err *err) MUST_USE;

/*
 * Ends a turn, if it was taken.  err is NULL for a logon that succeeded, else
 * why it did not; a refusal is kept in the keyring, for workers to come.
 */
void logon_end(struct session *session, struct logon_turn *turn,
               const struct err *err);

/*
 * Before the end: the host has seen the password, or proof of it, and ended
 * without a verdict, as hosts of CredSSP version 2 and 5 do.  It may have
 * been a wrong one that somebody counts.  When Kerberos vouched for the host,
 * the domain is asked again before the next logon.  Else this host does not
 * get the password again; after a second one none does, unless somebody took
 * the password after turn.
 */
void logon_doubt(struct session *session, const char *host, bool kerberos,
                 const struct logon_turn *turn);

#endif
