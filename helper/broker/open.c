/* open.c - the request OPEN: policy first, then a kept or a new connection. */
#include <stdio.h>
#include <string.h>

#include "broker/client.h"
#include "broker/delegate.h"
#include "broker/monotonic.h"
#include "broker/open.h"

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
    memset(&terms->verdict, 0, sizeof terms->verdict);
    policy_decide(client->policy, &query, &terms->verdict);
    if (!terms->verdict.kerberos && !terms->verdict.ntlm)
        return policy_refuse(&query, &terms->verdict, false, err);
    return check_port(port, terms, err);
}

static int take_or_delegate(struct client *client, uint32_t flags,
                            bool *reused, struct err *err)
{
    struct delegate_how how = { .cancel_fd = client->fd };

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
    how.hold = (flags & WIRE_OPEN_WITH_BODY) != 0
               && client->terms.verdict.https
               && client->will.value[0] == '\0';
    return delegate(client, &how, err);
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

void open_audit_delegation(struct client *client, int64_t started)
{
    const struct kept_terms *terms = &client->terms;
    const struct policy_rule *line;
    char rule[POLICY_TEXT_MAX + 16];
    struct credssp_facts facts;
    struct audit_record record = { .event = AUDIT_DELEGATED };

    channel_facts(client->channel, &facts);
    line = facts.mechanism == SPNEGO_KERBEROS ? &terms->verdict.kerberos_rule
                                              : &terms->verdict.ntlm_rule;
    snprintf(rule, sizeof rule, "%s:%u", line->file, line->line);
    record.host = terms->host;
    record.spn = terms->spn;
    record.mechanism = spnego_mechanism_name(facts.mechanism);
    record.credssp_version = facts.version;
    record.rule = rule;
    record.duration_ms = (unsigned)(monotonic_ms() - started);
    client_audit(client, &record);
}

void open_audit_refusal(struct client *client, const struct err *err,
                        int64_t started)
{
    struct audit_record record = {
        .event = AUDIT_REFUSED,
        .host = client->terms.host[0] != '\0' ? client->terms.host : NULL,
        .spn = client->terms.spn[0] != '\0' ? client->terms.spn : NULL,
        .err = err,
        .duration_ms = (unsigned)(monotonic_ms() - started),
    };

    client_audit(client, &record);
}

int client_reopen(struct client *client, int cancel_fd, struct err *err)
{
    const struct delegate_how how = { .cancel_fd = cancel_fd };
    int64_t started = monotonic_ms();

    channel_free(&client->channel);
    policy_free(&client->policy); /* hours may lie between two POSTs */
    if (open_decide(client, 0, err) != 0
        || delegate(client, &how, err) != 0) {
        open_audit_refusal(client, err, started);
        return -1;
    }
    open_audit_delegation(client, started);
    return 0;
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

int request_open(struct client *client, struct reader *fields,
                 struct err *err)
{
    struct wire_open request;
    bool reused = false;

    client->opening_ms = monotonic_ms();
    if (wire_get_open(fields, &request, err) != 0)
        return -1;
    if (hostname_canonical(request.host, strlen(request.host),
                           client->terms.host, err) != 0
        || open_decide(client, request.port, err) != 0
        || take_or_delegate(client, request.flags, &reused, err) != 0) {
        open_audit_refusal(client, err, client->opening_ms);
        will_clear(&client->will); /* it would need what just failed */
        return -1;
    }
    if (!reused && !channel_is_held(client->channel))
        open_audit_delegation(client, client->opening_ms);
    tell(client, reused);
    return 0;
}
