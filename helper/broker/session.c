/* session.c - the state that all connections of one session share. */
#include "broker/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "broker/bounds.h"
#include "broker/logon.h"
#include "broker/monotonic.h"

#define TICKET_MARGIN_S 60 /* a ticket that ends sooner is had anew */

void session_init(struct session *session)
{
    pthread_condattr_t monotonic;

    pthread_mutex_init(&session->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&session->answered, &monotonic);
    pthread_condattr_destroy(&monotonic);
    session->turn_lasts_ms = LIMIT_TURN_MS;
    session->send_ms = LIMIT_SEND_MS;
    pthread_mutex_init(&session->kerberos_lock, NULL);
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
        result = err_set(err, ERR_KEY_REPLACED, STAGE_KEYS, NULL);
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

bool session_may_wait(struct session *session, size_t n)
{
    bool may;

    pthread_mutex_lock(&session->lock);
    may = n <= LIMIT_UNTAKEN_BYTES - session->untaken;
    if (may)
        session->untaken += n;
    pthread_mutex_unlock(&session->lock);
    return may;
}

void session_taken(struct session *session, size_t n)
{
    pthread_mutex_lock(&session->lock);
    session->untaken -= n;
    pthread_mutex_unlock(&session->lock);
}

/* The nonce never changes once it is there. */
void session_source(const struct session *session,
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

    session_source(session, &source);
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

/* To who waited while another was refused, the refusal is one of before. */
static int fail_again(const struct session *session, struct err *err)
{
    if (logon_is_refusal(session->kerberos_err.cause))
        return logon_refuse_again(session->kerberos_err.cause, err);
    *err = session->kerberos_err;
    return -1;
}

int session_kerberos(struct session *session,
                     const struct release_source *source,
                     struct kerberos **kerberos, struct err *err)
{
    int result = 0;

    pthread_mutex_lock(&session->kerberos_lock);
    *kerberos = current_ticket(session);
    if (*kerberos == NULL && failed_just_now(session)) {
        result = fail_again(session, err);
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
