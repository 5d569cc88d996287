/* delegate.c - which mechanism, which SPN, and then CredSSP. */
#include "broker/delegate.h"

#include <stdio.h>
#include <string.h>

#include "broker/bounds.h"

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

/* The state machine around a context; takes spnego over. */
static int make_initiator(const struct kept_terms *terms,
                          struct spnego *spnego,
                          struct release_source *source,
                          struct credssp **credssp, struct err *err)
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
        .release_arg = source,
    };

    return credssp_new_initiator(&params, credssp, err);
}

static int try_spn(struct client *client, struct kerberos *kerberos,
                   const char *service, struct release_source *source,
                   struct credssp **credssp, struct err *err)
{
    struct kept_terms *terms = &client->terms;
    struct spnego *spnego = NULL;

    make_spn(terms->spn, sizeof terms->spn, service, terms->host);
    if (spnego_initiate_kerberos(kerberos, terms->spn, &spnego, err) != 0)
        return -1;
    return make_initiator(terms, spnego, source, credssp, err);
}

/* The next name only if the domain does not know the one before. */
static int try_spns(struct client *client, struct kerberos *kerberos,
                    struct release_source *source, struct credssp **credssp,
                    struct err *err)
{
    const char *only = client->terms.verdict.spn_service;
    struct err first = ERR_INIT;
    size_t i;

    if (only[0] != '\0')
        return try_spn(client, kerberos, only, source, credssp, err);
    for (i = 0; i < sizeof spn_services / sizeof *spn_services; i++) {
        if (try_spn(client, kerberos, spn_services[i], source, credssp, err)
            == 0)
            return 0;
        if (err->cause != ERR_SPN_UNKNOWN)
            return -1;
        if (i == 0)
            first = *err;
    }
    *err = first;
    return -1;
}

static int prepare_kerberos(struct client *client,
                            struct release_source *source,
                            struct credssp **credssp, struct err *err)
{
    struct kerberos *kerberos;

    client->mechanism = spnego_mechanism_name(SPNEGO_KERBEROS);
    if (session_kerberos(client->session, source, &kerberos, err) != 0)
        return -1;
    return try_spns(client, kerberos, source, credssp, err);
}

static int prepare_ntlm(struct client *client, struct release_source *source,
                        struct credssp **credssp, struct err *err)
{
    struct kept_terms *terms = &client->terms;
    const char *service = terms->verdict.spn_service[0] != '\0'
                              ? terms->verdict.spn_service
                              : spn_services[0];
    struct spnego *spnego = NULL;

    client->mechanism = spnego_mechanism_name(SPNEGO_NTLM);
    make_spn(terms->spn, sizeof terms->spn, service, terms->host);
    if (release_ntlm(source, terms->spn, &spnego, err) != 0)
        return -1;
    return make_initiator(terms, spnego, source, credssp, err);
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

/* Exactly one mechanism; nothing has gone to the host yet.  why_not: why
 * Kerberos stepped back. */
static int prepare(struct client *client, struct release_source *source,
                   struct credssp **credssp, bool *kerberos,
                   struct err *why_not, struct err *err)
{
    const struct policy_verdict *verdict = &client->terms.verdict;

    *kerberos = verdict->kerberos;
    if (verdict->kerberos) {
        if (prepare_kerberos(client, source, credssp, err) == 0)
            return 0;
        if (!kerberos_cannot_be_had(err->cause))
            return -1;
        if (!verdict->ntlm) {
            add_ntlm_advice(client->terms.host, err);
            return -1;
        }
        *kerberos = false;
        *why_not = *err;
        err_clear(err);
    }
    return prepare_ntlm(client, source, credssp, err);
}

/* credssp is taken over by the channel. */
static int connect_host(struct client *client, struct credssp *credssp,
                        int cancel_fd, const struct delegate_watch *watch,
                        struct err *err)
{
    const struct kept_terms *terms = &client->terms;
    const struct http_params params = {
        .host = terms->host,
        .port = terms->verdict.port,
        .https = terms->verdict.https,
        .pinned_sha256 = terms->verdict.https_pinned_sha256,
        .connect_ms = LIMIT_CONNECT_MS,
        .cancel_fd = cancel_fd,
    };

    return channel_open_watched(&params, credssp, watch->leg, watch->arg,
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

/* What the host claims stays the cause; what the KDC said is the advice. */
static void doubt(struct err *err)
{
    if (err->cause == ERR_WRONG_PASSWORD)
        err_advise(err, "the domain has just taken this password, and the "
                   "host was not given it: look at the host's Security event "
                   "log, or mistrust the host");
}

int delegate(struct client *client, int cancel_fd,
             const struct delegate_watch *watch, struct err *err)
{
    static const struct delegate_watch nobody;
    struct release_source source;
    struct err why_not = ERR_INIT;
    struct credssp *credssp = NULL;
    bool turn, kerberos = false, proven;
    int result;

    if (watch == NULL)
        watch = &nobody;
    client_source(client, &source);
    if (session_begin_logon(client->session, &turn, err) != 0)
        return -1;
    result = prepare(client, &source, &credssp, &kerberos, &why_not, err);
    proven = result == 0 && kerberos;
    if (proven) {
        /* The KDC took the password; the other hosts need not wait. */
        session_end_logon(client->session, turn, NULL);
        turn = false;
    }
    if (result == 0 && watch->prepared != NULL)
        watch->prepared(watch->arg, kerberos, &why_not);
    if (result == 0)
        result = connect_host(client, credssp, cancel_fd, watch, err);
    if (result != 0 && !(proven && is_hearsay(err))) {
        session_end_logon(client->session, turn, err);
        return -1;
    }
    session_end_logon(client->session, turn, NULL);
    if (result != 0)
        doubt(err);
    return result;
}
