/* delegate.c - which mechanism, which SPN, and then CredSSP. */
#include "broker/delegate.h"

#include <stdio.h>
#include <string.h>

#include "broker/bounds.h"
#include "broker/logon.h"
#include "broker/monotonic.h"

/* Names that a WinRM host's account may have, in the order that Windows'
 * client and others try them. */
static const char *const spn_services[] = { "WSMAN", "HTTP", "host" };

/*
 * Kerberos cannot be had: for these NTLM may step in, if the policy says so.
 * A refused password is not among them: trying it again by NTLM would count
 * towards the account's lockout.
 */
static bool kerberos_cannot_be_had(enum err_cause cause)
{
    static const enum err_cause causes[] = {
        ERR_KDC_UNREACHABLE, ERR_CLOCK_SKEW, ERR_SPN_UNKNOWN,
        ERR_PRINCIPAL_UNKNOWN, ERR_KERBEROS,
    };
    size_t i;

    for (i = 0; i < sizeof causes / sizeof *causes; i++)
        if (cause == causes[i])
            return true;
    return false;
}

static void make_spn(char *dst, size_t size, const char *service,
                     const char *host)
{
    snprintf(dst, size, "%s/%s", service, host);
}

/* One logon on its way. */
struct attempt {
    struct client *client;
    struct release_source *source;
    bool hold;
    struct credssp *credssp;   /* the result of its preparation */
    bool kerberos;             /* by this mechanism */
    bool proven;               /* and the KDC took the password */
    struct err why_not;        /* why Kerberos stepped back */
    const struct delegate_how *how;
    enum credssp_step sent;    /* the last token that the host got */
    struct logon_turn turn;
};

/*
 * channel_progress_fn: the answer to step was good, so the next one left.  The
 * one to NTLM's proof of the password takes a key that is made of it.
 */
static void note_leg(void *arg, enum credssp_step step, int64_t duration_us,
                     const struct credssp_facts *facts)
{
    struct attempt *attempt = arg;

    attempt->sent = (enum credssp_step)(step + 1);
    if (!attempt->kerberos && step == CREDSSP_AUTHENTICATE)
        logon_end(attempt->client->session, &attempt->turn, NULL);
    if (attempt->how->leg != NULL)
        attempt->how->leg(attempt->how->arg, step, duration_us, facts);
}

/* credssp_prove_fn.  A ticket is no proof of the password; the KDC's business
 * was that. */
static int prove(void *arg, struct err *err)
{
    struct attempt *attempt = arg;
    struct client *client = attempt->client;

    if (attempt->kerberos)
        return 0;
    return logon_take_turn(client->session, client->terms.host,
                           attempt->how->cancel_fd, &attempt->turn, err);
}

/* The state machine around a context; takes spnego over. */
static int make_initiator(const struct kept_terms *terms,
                          struct spnego *spnego, struct attempt *attempt,
                          struct err *err)
{
    const struct policy_verdict *verdict = &terms->verdict;
    const struct credssp_initiator params = {
        .tls = {
            .legacy = verdict->legacy_tls,
            .pinned_sha256 = verdict->pinned_sha256[0] != '\0'
                                 ? verdict->pinned_sha256 : NULL,
            .trusted_host = verdict->trusted_chain ? terms->host : NULL,
        },
        .minimum_version = verdict->minimum_version,
        .spnego = spnego,
        .release = release_delegated,
        .release_arg = attempt->source,
        .prove = prove,
        .prove_arg = attempt,
        .hold = attempt->hold,
    };

    return credssp_new_initiator(&params, &attempt->credssp, err);
}

static int try_spn(struct client *client, struct kerberos *kerberos,
                   const char *service, struct attempt *attempt,
                   struct err *err)
{
    struct kept_terms *terms = &client->terms;
    struct spnego *spnego = NULL;

    make_spn(terms->spn, sizeof terms->spn, service, terms->host);
    if (spnego_initiate_kerberos(kerberos, terms->spn, &spnego, err) != 0)
        return -1;
    return make_initiator(terms, spnego, attempt, err);
}

/* The next name only if the domain does not know the one before. */
static int try_spns(struct client *client, struct kerberos *kerberos,
                    struct attempt *attempt, struct err *err)
{
    const char *only = client->terms.verdict.spn_service;
    struct err first = ERR_INIT;
    size_t i;

    if (only[0] != '\0')
        return try_spn(client, kerberos, only, attempt, err);
    for (i = 0; i < sizeof spn_services / sizeof *spn_services; i++) {
        if (try_spn(client, kerberos, spn_services[i], attempt, err) == 0)
            return 0;
        if (err->cause != ERR_SPN_UNKNOWN)
            return -1;
        if (i == 0)
            first = *err;
    }
    *err = first;
    return -1;
}

static int prepare_kerberos(struct client *client, struct attempt *attempt,
                            struct err *err)
{
    struct kerberos *kerberos;

    client->mechanism = spnego_mechanism_name(SPNEGO_KERBEROS);
    if (session_kerberos(client->session, attempt->source, &kerberos, err)
        != 0)
        return -1;
    return try_spns(client, kerberos, attempt, err);
}

static int prepare_ntlm(struct client *client, struct attempt *attempt,
                        struct err *err)
{
    struct kept_terms *terms = &client->terms;
    const char *service = terms->verdict.spn_service[0] != '\0'
                              ? terms->verdict.spn_service
                              : spn_services[0];
    struct spnego *spnego = NULL;

    client->mechanism = spnego_mechanism_name(SPNEGO_NTLM);
    make_spn(terms->spn, sizeof terms->spn, service, terms->host);
    if (release_ntlm(attempt->source, terms->spn, &spnego, err) != 0)
        return -1;
    return make_initiator(terms, spnego, attempt, err);
}

/* "..., or: AllowFreshCredentialsWhenNTLMOnly WSMAN/host": what NTLM needs. */
static void add_ntlm_advice(const char *host, struct err *err)
{
    char advice[ERR_TEXT_MAX];

    memcpy(advice, err->advice, sizeof advice);
    err_advise(err, "%s%sNTLM would need the line "
               "'AllowFreshCredentialsWhenNTLMOnly WSMAN/%s'",
               advice, advice[0] != '\0' ? "; " : "", host);
}

/* Exactly one mechanism; nothing has gone to the host yet. */
static int prepare(struct client *client, struct attempt *attempt,
                   struct err *err)
{
    const struct policy_verdict *verdict = &client->terms.verdict;

    attempt->kerberos = verdict->kerberos;
    if (verdict->kerberos) {
        if (prepare_kerberos(client, attempt, err) == 0)
            return 0;
        if (!kerberos_cannot_be_had(err->cause))
            return -1;
        if (!verdict->ntlm) {
            add_ntlm_advice(client->terms.host, err);
            return -1;
        }
        attempt->kerberos = false;
        attempt->why_not = *err;
        err_clear(err);
    }
    return prepare_ntlm(client, attempt, err);
}

/* The machine is taken over by the channel. */
static int connect_host(struct client *client, struct attempt *attempt,
                        struct err *err)
{
    const struct kept_terms *terms = &client->terms;
    const struct http_params params = {
        .host = terms->host,
        .port = terms->verdict.port,
        .https = terms->verdict.https,
        .pinned_sha256 = terms->verdict.https_pinned_sha256,
        .connect_ms = LIMIT_CONNECT_MS,
        .cancel_fd = attempt->how->cancel_fd,
    };

    return channel_open_watched(&params, attempt->credssp, note_leg, attempt,
                                &client->channel, err);
}

/*
 * With Kerberos the host gets the password in authInfo and not before: what
 * it says of it earlier is hearsay, by which any one host could have the
 * session's password marked as refused for all of them.
 */
static bool is_hearsay(const struct err *err)
{
    return err->stage != STAGE_DELEGATION;
}

/* The token from which the host can tell whether the password is right. */
static enum credssp_step evidence_of(bool kerberos)
{
    return kerberos ? CREDSSP_DELEGATE : CREDSSP_AUTHENTICATE;
}

/*
 * Ended by the host or on the way, and nothing said of the logon.  A code of
 * the host's is a verdict, and what ended here was not the host's doing.
 */
static bool is_no_verdict(const struct err *err)
{
    static const enum err_cause causes[] = {
        ERR_AUTH_DROPPED, ERR_CONNECTION_LOST, ERR_HTTP, ERR_TIMEOUT,
        ERR_TLS, ERR_MALFORMED, ERR_OVERSIZED,
    };
    size_t i;

    for (i = 0; i < sizeof causes / sizeof *causes; i++)
        if (err->cause == causes[i])
            return true;
    return false;
}

/* A result that the host, or the KDC before it, is responsible for. */
static void end_attempt(struct client *client, struct attempt *attempt,
                        const struct err *err)
{
    if (err != NULL && attempt->sent >= evidence_of(attempt->kerberos)
        && is_no_verdict(err))
        logon_doubt(client->session, client->terms.host, attempt->kerberos,
                    &attempt->turn);
    if (err == NULL || !attempt->proven || !is_hearsay(err))
        logon_end(client->session, &attempt->turn, err);
}

int delegate(struct client *client, const struct delegate_how *how,
             struct err *err)
{
    struct attempt attempt = { .client = client, .source = &client->releasing,
                               .hold = how->hold, .how = how };
    int result;

    client_source(client, attempt.source);
    if (logon_check(client->session, client->terms.host, err) != 0)
        return -1;
    result = prepare(client, &attempt, err);
    attempt.proven = result == 0 && attempt.kerberos;
    if (attempt.proven) /* the KDC took the password */
        logon_end(client->session, &attempt.turn, NULL);
    if (result == 0 && how->prepared != NULL)
        how->prepared(how->arg, attempt.kerberos, &attempt.why_not);
    if (result == 0)
        result = connect_host(client, &attempt, err);
    end_attempt(client, &attempt, result == 0 ? NULL : err);
    client->terms.made_ms = monotonic_ms();
    return result;
}

int delegate_rest(struct client *client, const void *body, size_t len,
                  long total_ms, struct err *err)
{
    struct credssp_facts facts;
    struct logon_turn turn;
    int result;

    if (logon_take_turn(client->session, client->terms.host, client->fd, &turn,
                        err) != 0)
        return -1;
    channel_facts(client->channel, &facts);
    result = channel_delegate(client->channel, body, len, total_ms,
                              &client->reply, err);
    if (result != 0 && is_no_verdict(err))
        logon_doubt(client->session, client->terms.host,
                    facts.mechanism == SPNEGO_KERBEROS, &turn);
    logon_end(client->session, &turn, result == 0 ? NULL : err);
    return result;
}
