/* legs.c - CredSSP's legs over HTTP: one POST each. */
#include "transport/channel_private.h"

#include <time.h>

#include "transport/challenge.h"

#define SCHEME "CredSSP"
#define LEG_MS 60000L          /* a host may ask a far domain controller */
#define LEGS_MAX 12            /* five, and rounds of a chatty mechanism */

/* An Authorization header: what a leg is. The request may hold a body. */
static int send_leg(struct channel *channel, const struct buf *token,
                    struct http_request request, struct http_reply *reply,
                    struct err *err)
{
    struct buf header = BUF_INIT(HTTP_TOKEN_MAX);
    int r;

    if (challenge_answer(SCHEME, token->data, token->len, &header, err) != 0) {
        buf_free(&header);
        return -1;
    }
    channel->leg.sent = header.len;
    request.authorization = (const char *)header.data;
    channel->requests++;
    r = http_post(channel->http, &request, reply, err);
    buf_free(&header);
    return r;
}

/*
 * Is the answer the one that this leg awaits?  token gets the host's; an
 * empty one after the last leg.
 */
static int judge_leg(struct leg *leg, const struct http_reply *reply,
                     bool last, struct buf *token, struct err *err)
{
    struct challenges challenges;

    if (challenges_parse(SCHEME, reply->authenticate.data,
                         reply->authenticate.len, &challenges, token, err)
        != 0)
        return -1;
    if (reply->status == 401 && !challenges.has_token)
        return refusal_unauthorized(leg, &challenges, err);
    if (reply->status == 200 && refusal_is_page(reply))
        return refusal_status(leg->host, reply, leg->sent, err);
    if (reply->status == 200 && (!last || challenges.has_token))
        return refusal_early(leg, err);
    if (reply->status != 200 && reply->status != 401)
        return refusal_status(leg->host, reply, leg->sent, err);
    /* A token may say why the host hangs up: it is read first. */
    leg->closing = reply->closing;
    if (leg->closing && !challenges.has_token)
        return refusal_closing(leg, err);
    return 0;
}

/* After authInfo a token can only carry an errorCode (MS-CSSP 3.1.5). */
static int read_verdict(struct channel *channel, const struct leg *leg,
                        const struct buf *verdict, struct err *err)
{
    struct buf more = BUF_INIT(CREDSSP_TOKEN_MAX);
    struct challenges refused = { .offered = true };
    bool done;
    int r;

    if (verdict->len == 0)
        return 0;
    r = credssp_step(channel->credssp, verdict->data, verdict->len, &more,
                     &done, err);
    buf_free(&more);
    return r != 0 ? r : refusal_unauthorized(leg, &refused, err);
}

/* Whose token has just been made: after the last one the machine is done. */
static enum credssp_step sent_step(const struct credssp *credssp)
{
    struct credssp_facts facts;

    credssp_facts(credssp, &facts);
    return facts.step == CREDSSP_DONE ? CREDSSP_DELEGATE : facts.step;
}

static int64_t now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* The leg's answer is good; the next leg begins. */
static void tell_progress(struct channel *channel, const struct leg *leg)
{
    struct credssp_facts facts;
    int64_t now;

    if (channel->progress == NULL)
        return;
    now = now_us();
    if (leg->number > 0) {
        credssp_facts(channel->credssp, &facts);
        channel->progress(channel->progress_arg, leg->step,
                          now - channel->leg_began_us, &facts);
    }
    channel->leg_began_us = now;
}

/*
 * Takes the host's token and makes ours, which is empty when the machine
 * holds its last one back: the host has proved itself by then.
 */
static int take_token(struct channel *channel, const struct buf *theirs,
                      struct buf *ours, bool *done, struct err *err)
{
    struct leg *leg = &channel->leg;
    int r = credssp_step(channel->credssp, theirs->data, theirs->len, ours,
                         done, err);

    if (r == 0 && leg->closing)
        r = refusal_closing(leg, err);
    if (r == 0)
        tell_progress(channel, leg);
    channel->held = r == 0 && !*done && ours->len == 0;
    return r;
}

static void count_leg(struct channel *channel)
{
    channel->leg.number++;
    channel->leg.step = sent_step(channel->credssp);
}

static int run_leg(struct channel *channel, struct buf *theirs, bool *done,
                   struct err *err)
{
    const struct http_request bare = { .total_ms = LEG_MS };
    struct buf ours = BUF_INIT(CREDSSP_TOKEN_MAX);
    struct http_reply reply;
    int r;

    http_reply_init(&reply);
    r = take_token(channel, theirs, &ours, done, err);
    if (r == 0 && !channel->held) {
        count_leg(channel);
        r = send_leg(channel, &ours, bare, &reply, err);
        if (r == 0)
            r = judge_leg(&channel->leg, &reply, *done, theirs, err);
    }
    buf_free(&ours);
    http_reply_free(&reply);
    return r;
}

int channel_authenticate(struct channel *channel, struct err *err)
{
    const struct leg *leg = &channel->leg;
    struct buf theirs = BUF_INIT(CREDSSP_TOKEN_MAX);
    bool done = false;
    int r = 0;

    while (r == 0 && !done && !channel->held && leg->number < LEGS_MAX)
        r = run_leg(channel, &theirs, &done, err);
    if (r == 0 && !done && !channel->held)
        r = err_set(err, ERR_MALFORMED, STAGE_SPNEGO,
                    "%s does not come to an end after %d legs",
                    channel->host, LEGS_MAX);
    if (r == 0 && done)
        r = read_verdict(channel, leg, &theirs, err);
    if (r == 0 && done)
        tell_progress(channel, leg);
    buf_free(&theirs);
    return r;
}

/*
 * Has the host answered the body that rode along?  With a fault too; a web
 * page, a 401 and whatever else are answers to the leg.
 */
static bool is_answer(const struct http_reply *raw)
{
    return raw->body.len > 0 && !refusal_is_page(raw)
           && (raw->status == 200
               || (raw->status == 500 && channel_is_soap(raw)));
}

static int judge_last_leg(struct channel *channel, bool rode,
                          struct channel_reply *reply, struct err *err)
{
    struct buf theirs = BUF_INIT(CREDSSP_TOKEN_MAX);
    struct http_reply *raw = &channel->raw;
    int r;

    if (rode && is_answer(raw)) {
        reply->status = raw->status;
        return channel_take_plain(channel, raw, reply, err);
    }
    r = judge_leg(&channel->leg, raw, true, &theirs, err);
    if (r == 0)
        r = read_verdict(channel, &channel->leg, &theirs, err);
    buf_free(&theirs);
    return r;
}

int channel_last_leg(struct channel *channel, const void *body, size_t len,
                     long total_ms, struct channel_reply *reply,
                     struct err *err)
{
    const struct http_request request = {
        .body = body, .len = len,
        .content_type = len > 0 ? CHANNEL_SOAP_UTF8 : NULL,
        .total_ms = total_ms > LEG_MS ? total_ms : LEG_MS,
    };
    struct buf ours = BUF_INIT(CREDSSP_TOKEN_MAX);
    bool done = false;
    int r = credssp_step(channel->credssp, NULL, 0, &ours, &done, err);

    count_leg(channel);
    if (r == 0)
        r = send_leg(channel, &ours, request, &channel->raw, err);
    buf_free(&ours);
    if (r == 0)
        r = judge_last_leg(channel, len > 0, reply, err);
    return r;
}
