/* service.c - what WinRM does with an HTTP request. */
#include "service.h"

#include <string.h>
#include <time.h>

#include "engine.h"
#include "framing.h"
#include "journal.h"

#define SOAP_TYPE "application/soap+xml;charset=UTF-8"
#define PATH "/wsman"
#define PATH_IDENTIFY "/wsman-anon/identify"

/* What the log says about a request. */
struct record {
    const char *kind;   /* probe, leg, message, empty, refused */
    const char *what;   /* the WS-Man action */
    unsigned leg;
};

size_t service_body_max(const struct host *host)
{
    return host->max_envelope + framing_overhead(host->max_envelope);
}

void answer_free(struct answer *answer)
{
    buf_free(&answer->token);
    buf_free(&answer->body);
}

static void offer_schemes(const struct host *host, struct answer *answer)
{
    answer->status = 401;
    answer->challenge_count = 0;
    if (host->offer_negotiate) {
        answer->challenges[answer->challenge_count++] = "Negotiate";
        answer->challenges[answer->challenge_count++] = "Kerberos";
    }
    if (host->offer_credssp)
        answer->challenges[answer->challenge_count++] = "CredSSP";
}

static void run_engine(struct connection *c, const unsigned char *xml,
                       size_t len, struct buf *out, struct answer *answer,
                       struct record *record)
{
    struct caller caller = { .identity = c->identity };

    memcpy(caller.address, c->address, sizeof caller.address);
    answer->status = (unsigned)engine_answer(c->host, &caller, xml, len, out,
                                             &record->what);
    answer->loss = trouble_loss(c->host->troubles, record->what);
}

static void answer_plain(struct connection *c, const struct question *q,
                         struct answer *answer, struct record *record)
{
    /* AllowUnencrypted=false: an empty 500, and a line in Windows' log. */
    if (!c->https) {
        answer->status = 500;
        return;
    }
    if (q->len > c->host->max_envelope) {
        answer->status = 413;
        return;
    }
    run_engine(c, q->body, q->len, &answer->body, answer, record);
    answer->content_type = SOAP_TYPE;
}

static int seal(struct connection *c, struct buf *reply,
                struct answer *answer, struct err *err)
{
    const struct misbehave_row *wrong = c->misbehaviour.row;

    if (wrong != NULL && wrong->soap != NULL)
        wrong->soap(&c->misbehaviour, reply);
    if (wrong != NULL && wrong->plain) {
        buf_put(&answer->body, reply->data, reply->len);
        answer->content_type = SOAP_TYPE;
        return buf_ok(&answer->body, STAGE_SEALING, err);
    }
    if (framing_seal(c, reply->data, reply->len, &answer->body,
                     &answer->content_type, err) != 0)
        return -1;
    if (wrong != NULL && wrong->frame != NULL)
        wrong->frame(&c->misbehaviour, &answer->body);
    return 0;
}

static void answer_encrypted(struct connection *c, const struct question *q,
                             struct answer *answer, struct record *record)
{
    struct buf plain = BUF_INIT(c->host->max_envelope);
    struct buf reply = BUF_INIT(answer->body.max);
    struct err err = ERR_INIT;
    char text[ERR_TEXT_MAX * 2];
    int rc;

    buf_expect(&plain, q->len);
    rc = framing_open(c, q->body, q->len, &plain, &err);
    if (rc == 0) {
        run_engine(c, plain.data, plain.len, &reply, answer, record);
        rc = seal(c, &reply, answer, &err);
    }
    if (rc != 0) {
        err_format(text, sizeof text, &err);
        journal_write(c->host->journal, "unsealed", "conn=%u why=\"%s\"",
                      c->number, text);
        buf_clear(&answer->body);
        answer->content_type = NULL;
        answer->status = 400; /* empty, as with a stale context */
    }
    buf_free(&plain);
    buf_free(&reply);
}

static void answer_message(struct connection *c, const struct question *q,
                           struct answer *answer, struct record *record)
{
    record->kind = "message";
    if (q->oversized) {
        answer->status = 413;
        return;
    }
    switch (framing_of(c, q->content_type != NULL ? q->content_type : "")) {
    case FRAMING_PLAIN:
        answer_plain(c, q, answer, record);
        break;
    case FRAMING_ENCRYPTED:
        answer_encrypted(c, q, answer, record);
        break;
    case FRAMING_OTHER:
        answer->status = 415;
        break;
    }
}

/* A proxy of a kind: CredSSP over HTTPS, and bodies only behind it. */
static bool takes_legs_alone(const struct connection *c)
{
    return c->misbehaviour.row != NULL && c->misbehaviour.row->leg_alone;
}

static void answer_authorization(struct connection *c,
                                 const struct question *q,
                                 struct answer *answer,
                                 struct record *record)
{
    enum auth_result result =
        connection_authenticate(c, q->authorization, &answer->token);

    record->kind = result == AUTH_REFUSED ? "refused" : "leg";
    record->leg = c->leg;
    if (result == AUTH_REFUSED && answer->token.len == 0)
        offer_schemes(c->host, answer);
    else if (result != AUTH_DONE)
        answer->status = 401;
    else if (c->https && q->len > 0 && !takes_legs_alone(c))
        answer_message(c, q, answer, record); /* the body rode along */
    else
        answer->status = 200; /* on 5985 nothing rides on a leg */
}

/* Test-WSMan without a logon. */
static void answer_anonymous(struct connection *c, const struct question *q,
                             struct answer *answer, struct record *record)
{
    struct connection nobody = { .host = c->host };

    record->kind = "anonymous";
    run_engine(&nobody, q->body, q->len, &answer->body, answer, record);
    answer->content_type = SOAP_TYPE;
}

static void route(struct connection *c, const struct question *q,
                  struct answer *answer, struct record *record)
{
    if (strcmp(q->path, PATH) != 0 && strcmp(q->path, PATH_IDENTIFY) != 0)
        answer->status = 404;
    else if (strcmp(q->method, "POST") != 0)
        answer->status = 405;
    else if (strcmp(q->path, PATH_IDENTIFY) == 0)
        answer_anonymous(c, q, answer, record);
    else if (q->authorization != NULL)
        answer_authorization(c, q, answer, record);
    else if (c->identity == NULL)
        offer_schemes(c->host, answer);
    else if (q->len == 0 && !q->oversized)
        record->kind = "empty";
    else
        answer_message(c, q, answer, record);
}

unsigned service_leg(const struct connection *c, const struct question *q)
{
    return q->authorization != NULL ? c->last_leg : MISBEHAVE_LEG_MESSAGE;
}

void service_answer(struct connection *c, const struct question *q,
                    struct answer *answer)
{
    struct record record = { .kind = "probe", .what = "-" };
    struct timespec before, after;

    memset(answer, 0, sizeof *answer);
    answer->status = 200;
    buf_init(&answer->token, CREDSSP_TOKEN_MAX * 2);
    buf_init(&answer->body, 2 * service_body_max(c->host));
    c->requests++;
    clock_gettime(CLOCK_MONOTONIC, &before);
    route(c, q, answer, &record);
    clock_gettime(CLOCK_MONOTONIC, &after);
    if (misbehave_now(&c->misbehaviour, service_leg(c, q))
        && c->misbehaviour.row->answer != NULL)
        c->misbehaviour.row->answer(&c->misbehaviour, answer);
    journal_write(c->host->journal, "request",
                  "conn=%u n=%u kind=%s leg=%u action=%s status=%u in=%zu "
                  "out=%zu ms=%ld", c->number, c->requests, record.kind,
                  record.leg, record.what, answer->status, q->len,
                  answer->body.len,
                  (after.tv_sec - before.tv_sec) * 1000
                      + (after.tv_nsec - before.tv_nsec) / 1000000);
}
