/* diagnose.c - the request TEST: one stage after the other, and its fix. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "broker/client.h"
#include "broker/delegate.h"
#include "broker/fixes.h"
#include "broker/monotonic.h"
#include "broker/open.h"
#include "transport/probe.h"

/* A host whose clock is further off than this is told of. */
#define CLOCK_TOLD_S 60

struct diagnosis {
    struct client *client;
    struct wire_test test;
    struct probe_answer answer;
    int64_t started_ms;
    int64_t began_us;          /* the stage in hand */
    int64_t leg_us[CREDSSP_STEP_COUNT];
    bool prepared;             /* a mechanism is ready */
    bool kerberos;             /* which is this one */
    enum wire_stage_id next;   /* the first stage not told yet */
    struct err lost;           /* the client cannot be told any more */
};

static int64_t now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* -- telling -- */

static void send_stage(struct diagnosis *d, const struct wire_stage *stage)
{
    d->next = (enum wire_stage_id)(stage->id + 1);
    d->began_us = now_us();
    if (d->lost.cause != ERR_NONE)
        return;
    wire_put_stage(&d->client->out, stage);
    if (client_flush(d->client, &d->lost) != 0)
        return; /* remembered: nothing more is said */
}

static void tell(struct diagnosis *d, enum wire_stage_id id,
                 enum wire_outcome outcome, int64_t us, const char *detail)
{
    struct wire_stage stage = { .id = id, .outcome = outcome,
                                .duration_us = (uint64_t)us };

    snprintf(stage.detail, sizeof stage.detail, "%s", detail);
    send_stage(d, &stage);
}

static void tell_ok(struct diagnosis *d, enum wire_stage_id id,
                    const char *detail)
{
    tell(d, id, WIRE_OK, now_us() - d->began_us, detail);
}

/* Would this stage have come, as far as the policy says? */
static bool is_due(const struct diagnosis *d, enum wire_stage_id id)
{
    const struct policy_verdict *verdict = &d->client->terms.verdict;
    bool ntlm_alone = verdict->ntlm && !verdict->kerberos;

    if (id == WIRE_STAGE_HTTPS)
        return verdict->https;
    if (id == WIRE_STAGE_KERBEROS)
        return !ntlm_alone;
    return id != WIRE_STAGE_NTLM || ntlm_alone;
}

/* Returns -1: no stage behind a failed one is tried. */
static int fail(struct diagnosis *d, enum wire_stage_id id, int64_t us,
                const struct err *err)
{
    const struct fix_facts facts = {
        .typed = d->test.host,
        .terms = &d->client->terms,
        .policy = d->client->policy,
        .kerberos = d->kerberos,
        .server = d->answer.server,
        .has_clock = d->answer.has_clock,
        .clock_ahead_s = d->answer.clock_ahead_s,
    };
    struct wire_stage stage = { .id = id, .outcome = WIRE_FAILED,
                                .duration_us = (uint64_t)us, .err = *err };

    if (err->cause == ERR_INTERRUPTED) {
        d->lost = *err; /* the client is gone */
        open_audit_refusal(d->client, err, d->started_ms);
        return -1;
    }
    fix_advise(id, &facts, &stage.err);
    send_stage(d, &stage);
    open_audit_refusal(d->client, &stage.err, d->started_ms);
    while (d->next < WIRE_STAGE_COMMAND)
        if (is_due(d, d->next))
            tell(d, d->next, WIRE_SKIPPED, 0, "");
        else
            d->next++;
    return -1;
}

static int fail_now(struct diagnosis *d, enum wire_stage_id id,
                    const struct err *err)
{
    return fail(d, id, now_us() - d->began_us, err);
}

/* -- before any packet -- */

static int test_name(struct diagnosis *d)
{
    struct kept_terms *terms = &d->client->terms;
    struct err err = ERR_INIT;

    if (hostname_canonical(d->test.host, strlen(d->test.host), terms->host,
                           &err) != 0) {
        terms->host[0] = '\0';
        return fail_now(d, WIRE_STAGE_NAME, &err);
    }
    tell_ok(d, WIRE_STAGE_NAME, terms->host);
    return 0;
}

static int test_policy(struct diagnosis *d)
{
    const struct policy_verdict *verdict = &d->client->terms.verdict;
    const struct policy_rule *rule;
    char detail[WIRE_TEXT_MAX];
    struct err err = ERR_INIT;

    if (open_decide(d->client, 0, &err) != 0)
        return fail_now(d, WIRE_STAGE_POLICY, &err);
    rule = verdict->kerberos ? &verdict->kerberos_rule : &verdict->ntlm_rule;
    snprintf(detail, sizeof detail, "%.200s:%u: %.200s", rule->file,
             rule->line, rule->text);
    tell_ok(d, WIRE_STAGE_POLICY, detail);
    return 0;
}

/* -- what the host tells a stranger -- */

/* Which of the stages of one request an error belongs to. */
static enum wire_stage_id reached(const struct err *err)
{
    switch (err->stage) {
    case STAGE_DNS:
        return WIRE_STAGE_DNS;
    case STAGE_TCP:
        return WIRE_STAGE_TCP;
    case STAGE_HTTPS:
        return WIRE_STAGE_HTTPS;
    case STAGE_START: case STAGE_KEYS: case STAGE_BROKER: case STAGE_POLICY:
    case STAGE_HTTP: case STAGE_KDC: case STAGE_TLS: case STAGE_SPNEGO:
    case STAGE_BINDING: case STAGE_DELEGATION: case STAGE_SEALING:
    case STAGE_SHELL: case STAGE_COMMAND: case STAGE_OUTPUT:
    case STAGE_COUNT:
        break;
    }
    return WIRE_STAGE_HTTP;
}

static void describe_server(const struct probe_answer *answer,
                            char dst[WIRE_TEXT_MAX])
{
    char clock[FIX_CLOCK_MAX];

    snprintf(dst, WIRE_TEXT_MAX, "%s",
             answer->server[0] != '\0' ? answer->server
                                       : "no Server header");
    if (!answer->has_clock || (answer->clock_ahead_s <= CLOCK_TOLD_S
                               && answer->clock_ahead_s >= -CLOCK_TOLD_S))
        return;
    fix_describe_clock(answer->clock_ahead_s, clock);
    snprintf(dst, WIRE_TEXT_MAX, "%s; its clock is %s this machine's",
             answer->server, clock);
}

static int64_t time_of(const struct http_times *times, enum wire_stage_id id)
{
    if (id == WIRE_STAGE_DNS)
        return times->lookup_us;
    if (id == WIRE_STAGE_TCP)
        return times->connect_us;
    return id == WIRE_STAGE_HTTPS ? times->tls_us : times->answer_us;
}

/*
 * One request shows four stages.  No address is told: a client needs none,
 * and the broker connects to names only.
 */
static int test_http(struct diagnosis *d)
{
    const struct policy_verdict *verdict = &d->client->terms.verdict;
    const struct http_times *times = &d->answer.times;
    char port[32], server[WIRE_TEXT_MAX];
    const char *details[] = {
        [WIRE_STAGE_DNS] = "an IPv4 address",
        [WIRE_STAGE_TCP] = port,
        [WIRE_STAGE_HTTPS] = "the certificate is accepted",
        [WIRE_STAGE_HTTP] = server,
    };
    enum wire_stage_id end = WIRE_STAGE_IDENTIFY, id;
    struct http_params params;
    struct err err = ERR_INIT;
    int r;

    open_probe_params(d->client, &params);
    r = probe_offers(&params, &d->answer, &err);
    if (r != 0)
        end = reached(&err);
    if (times->ipv6)
        details[WIRE_STAGE_DNS] = "an IPv6 address";
    snprintf(port, sizeof port, "port %u", (unsigned)verdict->port);
    describe_server(&d->answer, server);
    for (id = WIRE_STAGE_DNS; id < end; id++)
        if (is_due(d, id))
            tell(d, id, WIRE_OK, time_of(times, id), details[id]);
    return r == 0 ? 0 : fail(d, end, time_of(times, end), &err);
}

static bool identify_alone(const struct diagnosis *d)
{
    return (d->test.flags & WIRE_TEST_IDENTIFY) != 0;
}

/* Nice to know, and no more: a host may well keep it to itself.  It fails
 * only when nothing else was asked for. */
static void test_identify(struct diagnosis *d)
{
    struct wire_stage stage = { .id = WIRE_STAGE_IDENTIFY };
    struct buf identity = BUF_INIT(WIRE_IDENTIFY_MAX);
    struct http_params params;
    struct http_times times;
    struct err err = ERR_INIT;

    open_probe_params(d->client, &params);
    if (probe_identify(&params, &identity, &times, &err) == 0) {
        stage.identity = identity.data;
        stage.identity_len = identity.len;
        stage.duration_us = (uint64_t)times.answer_us;
    } else if (identify_alone(d)) {
        stage.outcome = WIRE_FAILED;
        stage.err = err;
    } else {
        stage.outcome = WIRE_SKIPPED;
        snprintf(stage.detail, sizeof stage.detail, "%s", err.text);
    }
    send_stage(d, &stage);
    buf_free(&identity);
}

static int test_offered(struct diagnosis *d)
{
    const char *schemes = d->answer.schemes[0] != '\0' ? d->answer.schemes
                                                       : "nothing";
    struct err err = ERR_INIT;

    if (d->answer.credssp) {
        tell(d, WIRE_STAGE_OFFERED, WIRE_OK, 0, schemes);
        return 0;
    }
    err_set(&err, ERR_NO_CREDSSP, STAGE_HTTP,
            "the host does not offer CredSSP; it offers %s", schemes);
    return fail(d, WIRE_STAGE_OFFERED, 0, &err);
}

/* -- with the session's credential -- */

static int test_credential(struct diagnosis *d)
{
    struct client *client = d->client;
    struct release_source source;
    struct cred_names names;
    char detail[WIRE_TEXT_MAX];
    struct err err = ERR_INIT;

    if (client->session->sealed == 0 || client->ticket == NULL) {
        err_set(&err, ERR_NO_CREDENTIAL, STAGE_KEYS, NULL);
        return fail_now(d, WIRE_STAGE_CREDENTIAL, &err);
    }
    client_source(client, &source);
    if (session_probe(client->session, &err) != 0
        || release_names(&source, &names, &err) != 0)
        return fail_now(d, WIRE_STAGE_CREDENTIAL, &err);
    snprintf(detail, sizeof detail, "%.200s%s%.200s, from %.60s", names.domain,
             names.domain[0] != '\0' ? "\\" : "", names.user,
             client->facts.service);
    tell_ok(d, WIRE_STAGE_CREDENTIAL, detail);
    return 0;
}

static void note_prepared(void *arg, bool kerberos, const struct err *why_not)
{
    struct diagnosis *d = arg;
    const struct kept_terms *terms = &d->client->terms;
    char detail[WIRE_TEXT_MAX];

    d->prepared = true;
    d->kerberos = kerberos;
    if (why_not->cause != ERR_NONE)
        tell(d, WIRE_STAGE_KERBEROS, WIRE_SKIPPED, 0, why_not->text);
    snprintf(detail, sizeof detail, kerberos ? "ticket for %.300s"
                                             : "for %.300s, as the policy "
                                               "allows", terms->spn);
    tell_ok(d, kerberos ? WIRE_STAGE_KERBEROS : WIRE_STAGE_NTLM, detail);
}

static void tell_binding(struct diagnosis *d,
                         const struct credssp_facts *facts)
{
    char detail[WIRE_TEXT_MAX];

    tell(d, WIRE_STAGE_SPNEGO, WIRE_OK, d->leg_us[CREDSSP_NEGOTIATE],
         spnego_mechanism_name(facts->mechanism));
    /* MS-CSSP 3.1.5: a hash since version 5, the key itself before. */
    snprintf(detail, sizeof detail, "CredSSP version %d, the %s of the "
             "host's TLS key", facts->version,
             facts->version >= 5 ? "hash" : "echo");
    tell(d, WIRE_STAGE_BINDING, WIRE_OK, d->leg_us[CREDSSP_AUTHENTICATE],
         detail);
}

/*
 * channel_progress_fn.  SPNEGO is only told good with the binding: NTLM's
 * last token travels together with it, and may still be refused.
 */
static void note_leg(void *arg, enum credssp_step step, int64_t us,
                     const struct credssp_facts *facts)
{
    struct diagnosis *d = arg;

    d->leg_us[step] += us;
    switch (step) {
    case CREDSSP_HELLO:
    case CREDSSP_NEGOTIATE:
    case CREDSSP_DONE:
    case CREDSSP_STEP_COUNT:
        break;
    case CREDSSP_FINISH:
        tell(d, WIRE_STAGE_TLS, WIRE_OK,
             d->leg_us[CREDSSP_HELLO] + d->leg_us[CREDSSP_FINISH],
             facts->tls);
        break;
    case CREDSSP_AUTHENTICATE:
        tell_binding(d, facts);
        break;
    case CREDSSP_DELEGATE:
        tell(d, WIRE_STAGE_DELEGATION, WIRE_OK, us,
             "the host has taken the credential");
        break;
    }
}

/* Which stage of the exchange an error has ended. */
static int fail_exchange(struct diagnosis *d, const struct err *err)
{
    bool kerberos = d->client->terms.verdict.kerberos;

    if (!d->prepared)
        return fail_now(d, kerberos ? WIRE_STAGE_KERBEROS : WIRE_STAGE_NTLM,
                        err);
    if (d->next == WIRE_STAGE_SPNEGO && err->stage == STAGE_BINDING) {
        tell(d, WIRE_STAGE_SPNEGO, WIRE_OK, d->leg_us[CREDSSP_NEGOTIATE],
             "");
        return fail_now(d, WIRE_STAGE_BINDING, err);
    }
    return fail_now(d, d->next < WIRE_STAGE_TLS ? WIRE_STAGE_TLS : d->next,
                    err);
}

static int test_exchange(struct diagnosis *d)
{
    const struct delegate_how how = {
        .cancel_fd = d->client->fd,
        .prepared = note_prepared, .leg = note_leg, .arg = d,
    };
    struct err err = ERR_INIT;

    if (delegate(d->client, &how, &err) != 0)
        return fail_exchange(d, &err);
    open_audit_delegation(d->client, d->started_ms);
    return 0;
}

static bool test_all(struct diagnosis *d)
{
    if (test_name(d) != 0 || test_policy(d) != 0 || test_http(d) != 0)
        return false;
    test_identify(d);
    if (identify_alone(d))
        return false; /* nothing stands */
    return test_offered(d) == 0 && test_credential(d) == 0
           && d->lost.cause == ERR_NONE && test_exchange(d) == 0;
}

/*
 * Without a credential the stages run as far as none is needed.  Only a host
 * that the policy allows gets a packet, at the policy's port, and for each
 * connection to the broker it is two requests of fixed content.
 */
int request_test(struct client *client, struct reader *fields,
                 struct err *err)
{
    struct diagnosis d = { .client = client, .started_ms = monotonic_ms(),
                           .began_us = now_us() };
    struct wire_tested tested = { .opened = false };

    if (wire_get_test(fields, &d.test, err) != 0)
        return -1;
    tested.opened = test_all(&d);
    if (d.lost.cause != ERR_NONE) {
        *err = d.lost;
        return -1;
    }
    if (tested.opened) {
        snprintf(tested.host, sizeof tested.host, "%s", client->terms.host);
        tested.port = client->terms.verdict.port;
        tested.https = client->terms.verdict.https;
    }
    wire_put_tested(&client->out, &tested);
    return 0;
}
