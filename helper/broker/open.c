/* open.c - the request OPEN: policy first, then a kept or a new connection. */
#include <stdio.h>
#include <string.h>

#include "broker/bounds.h"
#include "broker/client.h"
#include "broker/delegate.h"
#include "broker/fixes.h"
#include "broker/monotonic.h"
#include "broker/open.h"
#include "transport/probe.h"

static void make_query(const struct client *client,
                       struct policy_query *query)
{
    *query = (struct policy_query){
        .user = client->identity.user,
        .groups = (const char *const *)client->identity.groups,
        .group_count = client->identity.group_count,
        .service = client->facts.service,
        .host = client->terms.host,
    };
}

/* PROTOCOL 6. */
static int check_port(uint16_t asked, const struct kept_terms *terms,
                      struct err *err)
{
    if (asked == 0 || asked == terms->verdict.port)
        return 0;
    err_set(err, ERR_POLICY_DENIED, STAGE_POLICY,
            "the policy names port %u for %s, not %u",
            (unsigned)terms->verdict.port, terms->host, (unsigned)asked);
    return err_advise(err, "the administrator can give another port: "
                      "'Host %s' and below it 'Port %u'", terms->host,
                      (unsigned)asked);
}

int open_decide(struct client *client, uint16_t port, struct err *err)
{
    struct kept_terms *terms = &client->terms;
    struct policy_query query;

    if (client_policy(client, err) != 0 || client_identity(client, err) != 0)
        return -1;
    make_query(client, &query);
    terms->spn[0] = '\0'; /* of an earlier try */
    client->mechanism = NULL;
    memset(&terms->verdict, 0, sizeof terms->verdict);
    policy_decide(client->policy, &query, &terms->verdict);
    if (!terms->verdict.kerberos && !terms->verdict.ntlm)
        return policy_refuse(&query, &terms->verdict, false, err);
    return check_port(port, terms, err);
}

void open_probe_params(const struct client *client,
                       struct http_params *params)
{
    const struct kept_terms *terms = &client->terms;

    *params = (struct http_params){
        .host = terms->host,
        .port = terms->verdict.port,
        .https = terms->verdict.https,
        .pinned_sha256 = terms->verdict.https_pinned_sha256,
        .connect_ms = LIMIT_TEST_CONNECT_MS,
        .cancel_fd = client->fd,
    };
}

/*
 * A host that does not take the ticket may say that the password is wrong, or
 * nothing.  TEST knows better, for it has seen the host's clock: so ask.
 */
static void explain(const struct client *client, bool kerberos,
                    struct err *err)
{
    struct fix_facts facts = { .typed = client->terms.host,
                               .terms = &client->terms,
                               .kerberos = kerberos };
    struct probe_answer answer;
    struct http_params params;
    struct err untold = ERR_INIT;

    if (!kerberos || err->stage != STAGE_SPNEGO
        || !fix_is_known(WIRE_STAGE_SPNEGO, err->cause))
        return;
    open_probe_params(client, &params);
    if (probe_offers(&params, &answer, &untold) == 0) {
        facts.server = answer.server;
        facts.has_clock = answer.has_clock;
        facts.clock_ahead_s = answer.clock_ahead_s;
    }
    fix_advise(WIRE_STAGE_SPNEGO, &facts, err);
}

static void note_mechanism(void *kerberos, bool is_kerberos,
                           const struct err *why_not)
{
    (void)why_not;
    *(bool *)kerberos = is_kerberos;
}

static int delegate_or_explain(struct client *client, int cancel_fd,
                               bool hold, struct err *err)
{
    bool kerberos = false;
    const struct delegate_how how = {
        .cancel_fd = cancel_fd, .hold = hold,
        .prepared = note_mechanism, .arg = &kerberos,
    };

    if (delegate(client, &how, err) == 0)
        return 0;
    explain(client, kerberos, err);
    return -1;
}

static int take_or_delegate(struct client *client, uint32_t flags,
                            bool *reused, struct err *err)
{
    bool hold;

    /* The key may have gone since the ticket opened it. */
    if (session_probe(client->session, err) != 0)
        return -1;
    if ((flags & WIRE_OPEN_FRESH) == 0)
        client->channel = kept_take(&client->session->kept, &client->terms,
                                    &client->will);
    if (!will_is_there(&client->will))
        will_clear(&client->will); /* asked for, and not inherited */
    *reused = client->channel != NULL;
    if (*reused) {
        channel_watch(client->channel, client->fd);
        return 0;
    }
    /* An heir's first body is not a Create: it must not go twice. */
    hold = (flags & WIRE_OPEN_WITH_BODY) != 0 && client->terms.verdict.https
           && client->will.value[0] == '\0';
    return delegate_or_explain(client, client->fd, hold, err);
}

static void tell(struct client *client, bool reused)
{
    const struct kept_terms *terms = &client->terms;
    struct wire_opened opened = { 0 };
    struct credssp_facts facts;

    channel_facts(client->channel, &facts);
    snprintf(opened.host, sizeof opened.host, "%s", terms->host);
    opened.port = terms->verdict.port;
    opened.https = terms->verdict.https;
    opened.reused = reused;
    snprintf(opened.mechanism, sizeof opened.mechanism, "%s",
             spnego_mechanism_name(facts.mechanism));
    snprintf(opened.spn, sizeof opened.spn, "%s", terms->spn);
    opened.credssp_version = (uint8_t)facts.version;
    snprintf(opened.tls, sizeof opened.tls, "%s", facts.tls);
    opened.requests = reused ? 0 : channel_requests(client->channel);
    snprintf(opened.value, sizeof opened.value, "%s", client->will.value);
    wire_put_opened(&client->out, &opened);
}

/* The line that decided for the mechanism; before there is one, Kerberos'. */
static void name_rule(const struct client *client,
                      char rule[POLICY_TEXT_MAX + 16])
{
    const struct policy_verdict *verdict = &client->terms.verdict;
    const char *ntlm = spnego_mechanism_name(SPNEGO_NTLM);
    const struct policy_rule *line = &verdict->kerberos_rule;

    if (client->mechanism != NULL && strcmp(client->mechanism, ntlm) == 0)
        line = &verdict->ntlm_rule;
    rule[0] = '\0';
    if (line->line != 0)
        snprintf(rule, POLICY_TEXT_MAX + 16, "%s:%u", line->file, line->line);
}

/* facts: of a host that has the credential; NULL: it has not. */
static void audit(struct client *client, enum audit_event event,
                  const struct credssp_facts *facts, const struct err *err,
                  int64_t started)
{
    char rule[POLICY_TEXT_MAX + 16];
    struct audit_record record = {
        .event = event,
        .host = client->terms.host,
        .spn = client->terms.spn,
        .mechanism = client->mechanism,
        .credssp_version = facts != NULL ? facts->version : 0,
        .tls = facts != NULL ? facts->tls : NULL,
        .rule = rule,
        .err = err,
        .duration_ms = (unsigned)(monotonic_ms() - started),
    };

    name_rule(client, rule);
    client_audit(client, &record);
}

void open_audit_delegation(struct client *client, int64_t started)
{
    struct credssp_facts facts;

    channel_facts(client->channel, &facts);
    audit(client, AUDIT_DELEGATED, &facts, NULL, started);
}

void open_audit_refusal(struct client *client, const struct err *err,
                        int64_t started)
{
    audit(client, AUDIT_REFUSED, NULL, err, started);
}

int client_reopen(struct client *client, int cancel_fd, struct err *err)
{
    int64_t started = monotonic_ms();

    channel_free(&client->channel);
    if (open_decide(client, 0, err) != 0
        || delegate_or_explain(client, cancel_fd, false, err) != 0) {
        open_audit_refusal(client, err, started);
        return -1;
    }
    open_audit_delegation(client, started);
    return 0;
}

/*
 * Seconds may have passed since OPEN, and requests that took the policy anew:
 * the terms are looked at again, and what was borrowed of the older policy is
 * borrowed of this one.
 */
bool client_may_go_on(struct client *client)
{
    struct kept_terms then = client->terms;
    struct credssp_facts facts;
    struct err untold = ERR_INIT; /* client_reopen() tells it */

    if (open_decide(client, 0, &untold) != 0)
        return false;
    channel_facts(client->channel, &facts);
    if (!kept_same_terms(&then.verdict, &client->terms.verdict,
                         facts.mechanism))
        return false;
    memcpy(client->terms.spn, then.spn, sizeof client->terms.spn);
    client->mechanism = spnego_mechanism_name(facts.mechanism);
    client_source(client, &client->releasing);
    return true;
}

int client_delegate(struct client *client, const struct wire_post *post,
                    long total_ms, struct err *err)
{
    bool rides = (post->flags & WIRE_POST_FINAL) == 0;

    if (delegate_rest(client, post->body, rides ? post->len : 0, total_ms,
                      err) != 0) {
        open_audit_refusal(client, err, client->opening_ms);
        return -1;
    }
    open_audit_delegation(client, client->opening_ms);
    return 0;
}

static int open_host(struct client *client, const struct wire_open *request,
                     bool *reused, struct err *err)
{
    struct kept_terms *terms = &client->terms;

    if (hostname_canonical(request->host, strlen(request->host), terms->host,
                           err) != 0) {
        terms->host[0] = '\0'; /* no event names half a host */
        return -1;
    }
    return open_decide(client, request->port, err) != 0
               ? -1
               : take_or_delegate(client, request->flags, reused, err);
}

int request_open(struct client *client, struct reader *fields,
                 struct err *err)
{
    struct wire_open request;
    bool reused = false;

    client->opening_ms = monotonic_ms();
    if (wire_get_open(fields, &request, err) != 0)
        return -1;
    if (open_host(client, &request, &reused, err) != 0) {
        open_audit_refusal(client, err, client->opening_ms);
        will_clear(&client->will); /* it would need what just failed */
        return -1;
    }
    if (!reused && !channel_is_held(client->channel))
        open_audit_delegation(client, client->opening_ms);
    tell(client, reused);
    return 0;
}
