/* logon.c - which logons may try the password, and when. */
#include "broker/logon.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "broker/bounds.h"
#include "broker/monotonic.h"
#include "broker/notice.h"
#include "broker/release.h"

/*
 * Refusals of the password or the account, as opposed to those of one host
 * (its logon rights, its workstation list) or of one hour: trying again could
 * lock it.
 */
struct refusal {
    enum err_cause cause;
    const char *advice; /* for who asks again; NULL: the cause's own */
};

#define LOGIN_AGAIN "when that has changed, run 'credssp login'"

static const struct refusal refusals[] = {
    { ERR_WRONG_PASSWORD, NULL },
    { ERR_PASSWORD_EXPIRED, NULL },
    { ERR_PASSWORD_MUST_CHANGE, NULL },
    { ERR_ACCOUNT_LOCKED, LOGIN_AGAIN },
    { ERR_ACCOUNT_DISABLED, LOGIN_AGAIN },
    { ERR_ACCOUNT_EXPIRED, LOGIN_AGAIN },
};

static const struct refusal *find_refusal(enum err_cause cause)
{
    size_t i;

    for (i = 0; i < sizeof refusals / sizeof *refusals; i++)
        if (refusals[i].cause == cause)
            return &refusals[i];
    return NULL;
}

bool logon_is_refusal(enum err_cause cause)
{
    return find_refusal(cause) != NULL;
}

/* By the mark that an earlier worker left: who knows how often it tried. */
static void recall_refusal(struct session *session,
                           struct release_refusal *refusal)
{
    struct release_source source;
    struct err err = ERR_INIT;

    session_source(session, &source);
    if (release_was_refused(&source, refusal, &err) != 0)
        notice_err(LOG_WARNING, &err);
    if (refusal->why == ERR_NONE)
        return;
    pthread_mutex_lock(&session->lock);
    session->silent = LIMIT_UNANSWERED;
    pthread_mutex_unlock(&session->lock);
}

void logon_refused(struct session *session, struct release_refusal *refusal)
{
    pthread_mutex_lock(&session->lock);
    *refusal = session->refused;
    pthread_mutex_unlock(&session->lock);
    if (refusal->why == ERR_NONE)
        recall_refusal(session, refusal);
}

/*
 * Under the lock, so that what a later thread found out replaces it in the
 * keyring, too, and never the other way round.
 */
static void remember_refusal(struct session *session,
                             const struct release_refusal *refusal)
{
    struct release_source source;
    struct err err = ERR_INIT;

    session->refused = *refusal;
    session_source(session, &source);
    if (release_mark_refused(&source, refusal, &err) == 0)
        return;
    notice(LOG_WARNING, "session %s: only this worker knows that the "
           "password was refused; a later one will try it once more",
           session->name);
    notice_err(LOG_WARNING, &err);
}

static int refuse_host_again(const struct release_refusal *refusal,
                             struct err *err)
{
    err_set(err, ERR_REFUSED_BEFORE, STAGE_KEYS,
            "%s ended a logon with this password before and did not say why; "
            "it is not tried again there, so that the account is not locked",
            refusal->host);
    return err_advise(err, "check the password, and the host's Security event "
                      "log; then run 'credssp login'");
}

int logon_refuse_again(enum err_cause why, struct err *err)
{
    const struct refusal *row = find_refusal(why);

    if (why == ERR_REFUSED_BEFORE)
        return err_set(err, ERR_REFUSED_BEFORE, STAGE_KEYS, NULL);
    err_set(err, ERR_REFUSED_BEFORE, STAGE_KEYS,
            "this password was refused before (%s) and is not tried again, "
            "so that the account is not locked", err_cause_text(why));
    return err_advise(err, "%s", row != NULL && row->advice != NULL
                                     ? row->advice : err_cause_advice(why));
}

int logon_check(struct session *session, const char *host, struct err *err)
{
    struct release_refusal refusal;

    logon_refused(session, &refusal);
    if (refusal.why == ERR_NONE
        || (refusal.host[0] != '\0' && strcmp(refusal.host, host) != 0))
        return 0;
    return refusal.host[0] != '\0' ? refuse_host_again(&refusal, err)
                                   : logon_refuse_again(refusal.why, err);
}

/* Under the lock.  Who ended without a verdict may have counted, too. */
static bool has_room(const struct session *session)
{
    return session->unanswered + session->silent < LIMIT_UNANSWERED;
}

static bool may_go(const struct session *session, int64_t now)
{
    if (session->proven || session->unanswered == 0)
        return true;
    if (session->refused.why != ERR_NONE && session->refused.host[0] == '\0')
        return true; /* to hear it */
    return has_room(session)
           && now >= session->turn_ms + session->turn_lasts_ms;
}

/* A tick at most: a client that goes shall not keep its place. */
static void wait_for_answer(struct session *session, int64_t now)
{
    int64_t until_ms = now + LIMIT_TICK_MS;
    struct timespec until;

    if (has_room(session)
        && session->turn_ms + session->turn_lasts_ms < until_ms)
        until_ms = session->turn_ms + session->turn_lasts_ms;
    until.tv_sec = (time_t)(until_ms / 1000);
    until.tv_nsec = (long)(until_ms % 1000) * 1000000;
    pthread_cond_timedwait(&session->answered, &session->lock, &until);
}

/* As http.h has it: whatever the client says now, it waits no more. */
static bool is_gone(int cancel_fd)
{
    struct pollfd watched = { .fd = cancel_fd,
                              .events = POLLIN | POLLRDHUP };

    return cancel_fd >= 0 && poll(&watched, 1, 0) > 0;
}

/* Under the lock. */
static void take(struct session *session, struct logon_turn *turn,
                 int64_t now)
{
    turn->proofs = session->proofs;
    turn->taken = !session->proven;
    if (turn->taken) {
        session->unanswered++;
        session->turn_ms = now;
    }
}

int logon_take_turn(struct session *session, const char *host, int cancel_fd,
                    struct logon_turn *turn, struct err *err)
{
    int64_t now;
    bool gone;

    pthread_mutex_lock(&session->lock);
    while (now = monotonic_ms(),
           gone = !session->proven && is_gone(cancel_fd),
           !gone && !may_go(session, now))
        wait_for_answer(session, now);
    turn->taken = false;
    if (!gone)
        take(session, turn, now);
    pthread_mutex_unlock(&session->lock);
    if (gone)
        return err_set(err, ERR_INTERRUPTED, STAGE_BROKER, NULL);
    if (logon_check(session, host, err) == 0)
        return 0;
    logon_end(session, turn, err);
    return -1;
}

/* Kerberos: the ticket may be older than the password. */
static void doubt_ticket(struct session *session)
{
    pthread_mutex_lock(&session->kerberos_lock);
    session->ticket_doubted = true;
    pthread_mutex_unlock(&session->kerberos_lock);
    pthread_mutex_lock(&session->lock);
    session->proven = false;
    pthread_mutex_unlock(&session->lock);
}

/* Under the lock. */
static void bar(struct session *session, const char *host)
{
    struct release_refusal refusal = session->refused;

    if (refusal.why == ERR_NONE)
        refusal.why = ERR_AUTH_DROPPED;
    snprintf(refusal.host, sizeof refusal.host, "%s", host);
    remember_refusal(session, &refusal);
}

/* NTLM: a second host's silence may be the password's fault. */
static void doubt_password(struct session *session, const char *host,
                           const struct logon_turn *turn)
{
    struct release_refusal before;
    bool at_most_here;

    logon_refused(session, &before);
    pthread_mutex_lock(&session->lock);
    if (session->refused.why == ERR_NONE)
        session->refused = before;
    before = session->refused; /* another thread's, perhaps */
    at_most_here = before.why == ERR_NONE || strcmp(before.host, host) == 0
                   || (before.host[0] != '\0'
                       && session->proofs != turn->proofs);
    session->silent++;
    bar(session, at_most_here ? host : "");
    pthread_mutex_unlock(&session->lock);
}

void logon_doubt(struct session *session, const char *host,
                 bool kerberos, const struct logon_turn *turn)
{
    if (kerberos)
        doubt_ticket(session);
    else
        doubt_password(session, host, turn);
}

/* Under the lock.  Nobody waited for the answer; the host may have counted.
 * Who leaves again and again shall not lock the account either. */
static void note_unheard(struct session *session)
{
    session->silent++;
    if (!session->proven && session->silent > LIMIT_UNANSWERED)
        bar(session, "");
}

void logon_end(struct session *session, struct logon_turn *turn,
               const struct err *err)
{
    pthread_mutex_lock(&session->lock);
    if (err != NULL && logon_is_refusal(err->cause))
        remember_refusal(session, &(struct release_refusal){
            .why = err->cause });
    if (err == NULL) {
        session->proven = true;
        session->proofs++;
        session->silent = 0;
    }
    if (turn->taken) {
        session->unanswered--;
        if (err != NULL && err->cause == ERR_INTERRUPTED)
            note_unheard(session);
    }
    turn->taken = false;
    pthread_cond_broadcast(&session->answered);
    pthread_mutex_unlock(&session->lock);
}
