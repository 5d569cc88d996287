/* session.c - the state that all connections of one session share. */
#include "broker/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>

#include "broker/monotonic.h"
#include "broker/notice.h"

#define TICKET_MARGIN_S 60 /* a ticket that ends sooner is had anew */

void session_init(struct session *session)
{
    pthread_mutex_init(&session->lock, NULL);
    pthread_mutex_init(&session->kerberos_lock, NULL);
    pthread_mutex_init(&session->turn, NULL);
    kept_init(&session->kept);
    history_init(&session->history);
}

void session_clear(struct session *session)
{
    struct session_ticket *ticket = session->tickets, *older;

    /* Its contexts borrow the tickets. */
    kept_clear(&session->kept, LIMIT_FINAL_MS + LIMIT_LINGER_MS);
    for (; ticket != NULL; ticket = older) {
        older = ticket->older;
        kerberos_free(&ticket->kerberos);
        free(ticket);
    }
    session->tickets = NULL;
    history_clear(&session->history);
}

static void name_session(struct session *session)
{
    size_t i;

    for (i = 0; i < (SESSION_NAME_BYTES - 1) / 2; i++)
        snprintf(session->name + 2 * i, 3, "%02x", session->nonce[i]);
}

int session_enter(struct session *session,
                  const unsigned char nonce[CRED_SESSION_BYTES],
                  struct err *err)
{
    int result = 0;

    pthread_mutex_lock(&session->lock);
    if (!session->opened) {
        memcpy(session->nonce, nonce, sizeof session->nonce);
        name_session(session);
        session->opened = true;
    } else if (memcmp(session->nonce, nonce, sizeof session->nonce) != 0) {
        result = release_not_the_same(err);
    }
    pthread_mutex_unlock(&session->lock);
    return result;
}

bool session_is_open(struct session *session)
{
    bool opened;

    pthread_mutex_lock(&session->lock);
    opened = session->opened;
    pthread_mutex_unlock(&session->lock);
    return opened;
}

void session_describe(struct session *session, const char *user,
                      const char *service)
{
    pthread_mutex_lock(&session->lock);
    if (user != NULL)
        snprintf(session->user, sizeof session->user, "%s", user);
    if (service != NULL)
        snprintf(session->service, sizeof session->service, "%s", service);
    pthread_mutex_unlock(&session->lock);
}

/* Of an open session, without its ticket.  The nonce never changes once it is
 * there. */
static void make_source(const struct session *session,
                        struct release_source *source)
{
    *source = (struct release_source){
        .sealed = session->sealed,
        .uid = session->uid,
        .session = session->nonce,
    };
}

int session_probe(struct session *session, struct err *err)
{
    bool opened = session_is_open(session);
    struct release_source source;

    make_source(session, &source);
    if (!opened)
        source.session = NULL;
    if (release_probe(&source, err) == 0)
        return 0;
    /* It was there, so it is not missing: logout or the session's end. */
    if (opened && err->cause == ERR_NO_CREDENTIAL)
        err_set(err, ERR_REVOKED, STAGE_KEYS, NULL);
    return -1;
}

/* The newest ticket if it lives long enough. Under kerberos_lock. */
static struct kerberos *current_ticket(const struct session *session)
{
    const struct session_ticket *newest = session->tickets;

    if (newest == NULL || session->ticket_doubted
        || kerberos_expires(newest->kerberos)
               < (int64_t)time(NULL) + TICKET_MARGIN_S)
        return NULL;
    return newest->kerberos;
}

/*
 * One AS exchange.  An expired ticket is not freed: a connection's context
 * borrows it (spnego.h).  It holds a few KiB, once in a ticket lifetime.
 */
static int renew_ticket(struct session *session,
                        const struct release_source *source, struct err *err)
{
    struct session_ticket *ticket = calloc(1, sizeof *ticket);

    if (ticket == NULL)
        return err_set(err, ERR_MEMORY, STAGE_KDC, NULL);
    if (release_kerberos(source, &ticket->kerberos, err) != 0) {
        free(ticket);
        session->kerberos_err = *err;
        session->kerberos_failed_ms = monotonic_ms();
        return -1;
    }
    ticket->older = session->tickets;
    session->tickets = ticket;
    session->ticket_doubted = false;
    return 0;
}

/* A fan-out asks an unreachable or refusing KDC once, not once per host. */
static bool failed_just_now(const struct session *session)
{
    return session->kerberos_err.cause != ERR_NONE
           && monotonic_ms() - session->kerberos_failed_ms
                  < LIMIT_KDC_PAUSE_MS;
}

int session_kerberos(struct session *session,
                     const struct release_source *source,
                     struct kerberos **kerberos, struct err *err)
{
    int result = 0;

    pthread_mutex_lock(&session->kerberos_lock);
    *kerberos = current_ticket(session);
    if (*kerberos == NULL && failed_just_now(session)) {
        *err = session->kerberos_err;
        result = -1;
    } else if (*kerberos == NULL) {
        result = renew_ticket(session, source, err);
        *kerberos = current_ticket(session);
        if (result == 0 && *kerberos == NULL)
            result = err_set(err, ERR_KERBEROS, STAGE_KDC,
                             "the domain gives tickets that end at once");
    }
    pthread_mutex_unlock(&session->kerberos_lock);
    return result;
}

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

/* In this worker's memory, or by the mark that an earlier one left. */
void session_refused(struct session *session,
                     struct release_refusal *refusal)
{
    struct release_source source;
    struct err err = ERR_INIT;

    pthread_mutex_lock(&session->lock);
    *refusal = session->refused;
    pthread_mutex_unlock(&session->lock);
    make_source(session, &source);
    if (refusal->why == ERR_NONE
        && release_was_refused(&source, refusal, &err) != 0)
        notice_err(LOG_WARNING, &err);
}

static void remember_refusal(struct session *session,
                             const struct release_refusal *refusal)
{
    struct release_source source;
    struct err err = ERR_INIT;

    pthread_mutex_lock(&session->lock);
    session->refused = *refusal;
    pthread_mutex_unlock(&session->lock);
    make_source(session, &source);
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

static int refuse_again(enum err_cause why, struct err *err)
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

int session_begin_logon(struct session *session, const char *host, bool *turn,
                        struct err *err)
{
    struct release_refusal refusal;

    pthread_mutex_lock(&session->lock);
    *turn = !session->proven;
    pthread_mutex_unlock(&session->lock);
    if (*turn)
        pthread_mutex_lock(&session->turn);
    session_refused(session, &refusal);
    if (refusal.why == ERR_NONE
        || (refusal.host[0] != '\0' && strcmp(refusal.host, host) != 0))
        return 0;
    if (*turn)
        pthread_mutex_unlock(&session->turn);
    return refusal.host[0] != '\0' ? refuse_host_again(&refusal, err)
                                   : refuse_again(refusal.why, err);
}

void session_doubt_logon(struct session *session, const char *host,
                         bool kerberos)
{
    struct release_refusal refusal;

    if (kerberos) {
        pthread_mutex_lock(&session->kerberos_lock);
        session->ticket_doubted = true;
        pthread_mutex_unlock(&session->kerberos_lock);
        pthread_mutex_lock(&session->lock);
        session->proven = false;
        pthread_mutex_unlock(&session->lock);
        return;
    }
    session_refused(session, &refusal);
    if (refusal.why == ERR_NONE) {
        refusal.why = ERR_AUTH_DROPPED;
        snprintf(refusal.host, sizeof refusal.host, "%s", host);
    } else if (strcmp(refusal.host, host) != 0) {
        refusal.host[0] = '\0'; /* a second host: it may be the password */
    }
    remember_refusal(session, &refusal);
}

void session_end_logon(struct session *session, bool turn,
                       const struct err *err)
{
    if (err != NULL && find_refusal(err->cause) != NULL)
        remember_refusal(session, &(struct release_refusal){
            .why = err->cause });
    pthread_mutex_lock(&session->lock);
    if (err == NULL)
        session->proven = true;
    pthread_mutex_unlock(&session->lock);
    if (turn)
        pthread_mutex_unlock(&session->turn);
}
