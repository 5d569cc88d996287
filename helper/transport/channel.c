/* channel.c - CredSSP's legs over HTTP, and SOAP bodies afterwards. */
#include "transport/channel.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "transport/challenge.h"
#include "transport/refusal.h"
#include "transport/seal.h"

#define SCHEME "CredSSP"
#define SOAP_TYPE "application/soap+xml"
#define SOAP_UTF8 SOAP_TYPE ";charset=UTF-8"
#define LEG_MS 60000L          /* a host may ask a far domain controller */
#define LEGS_MAX 12            /* five, and rounds of a chatty mechanism */
/* The framing of each 16384 bytes is shorter than a sixteenth of them. */
#define SEALED_MAX (CHANNEL_BODY_MAX + CHANNEL_BODY_MAX / 16 + SEAL_CHUNK_MAX)
#define HOST_MAX 256

struct channel {
    struct http *http;
    struct credssp *credssp;
    char host[HOST_MAX];
    bool https;
    bool dead;                 /* after a failure nothing can follow */
    unsigned requests;
    /* Of channel_open_watched(). */
    channel_progress_fn *progress;
    void *progress_arg;
    int64_t leg_began_us;
    /* Their memory stays from post to post: allocating 500 kB anew costs
     * more than encrypting them. */
    struct buf sealed;
    struct http_reply raw;
};

void channel_reply_init(struct channel_reply *reply)
{
    memset(reply, 0, sizeof *reply);
    buf_init(&reply->body, HTTP_BODY_MAX);
}

void channel_reply_free(struct channel_reply *reply)
{
    buf_free(&reply->body);
    channel_reply_init(reply);
}

/* An Authorization header and no body: what a leg is. */
static int send_leg(struct channel *channel, const struct buf *token,
                    struct leg *leg, struct http_reply *reply,
                    struct err *err)
{
    struct buf header = BUF_INIT(HTTP_TOKEN_MAX);
    struct http_request request = { .total_ms = LEG_MS };
    int r;

    if (challenge_answer(SCHEME, token->data, token->len, &header, err) != 0) {
        buf_free(&header);
        return -1;
    }
    leg->sent = header.len;
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

static int run_leg(struct channel *channel, struct leg *leg,
                   struct buf *theirs, bool *done, struct err *err)
{
    struct buf ours = BUF_INIT(CREDSSP_TOKEN_MAX);
    struct http_reply reply;
    int r;

    http_reply_init(&reply);
    r = credssp_step(channel->credssp, theirs->data, theirs->len, &ours, done,
                     err);
    if (r == 0 && leg->closing)
        r = refusal_closing(leg, err);
    if (r == 0)
        tell_progress(channel, leg);
    leg->number++;
    leg->step = sent_step(channel->credssp);
    if (r == 0)
        r = send_leg(channel, &ours, leg, &reply, err);
    buf_free(&ours);
    if (r == 0)
        r = judge_leg(leg, &reply, *done, theirs, err);
    http_reply_free(&reply);
    return r;
}

static int authenticate(struct channel *channel, struct err *err)
{
    struct leg leg = { .host = channel->host };
    struct buf theirs = BUF_INIT(CREDSSP_TOKEN_MAX);
    bool done = false;
    int r = 0;

    while (r == 0 && !done && leg.number < LEGS_MAX)
        r = run_leg(channel, &leg, &theirs, &done, err);
    if (r == 0 && !done)
        r = err_set(err, ERR_MALFORMED, STAGE_SPNEGO,
                    "%s does not come to an end after %d legs",
                    channel->host, LEGS_MAX);
    if (r == 0)
        r = read_verdict(channel, &leg, &theirs, err);
    if (r == 0)
        tell_progress(channel, &leg);
    buf_free(&theirs);
    return r;
}

int channel_open(const struct http_params *params, struct credssp *credssp,
                 struct channel **out, struct err *err)
{
    return channel_open_watched(params, credssp, NULL, NULL, out, err);
}

int channel_open_watched(const struct http_params *params,
                         struct credssp *credssp,
                         channel_progress_fn *progress, void *arg,
                         struct channel **out, struct err *err)
{
    struct channel *channel = calloc(1, sizeof *channel);

    if (channel == NULL) {
        credssp_free(&credssp);
        return err_set(err, ERR_MEMORY, STAGE_START, NULL);
    }
    channel->credssp = credssp;
    channel->progress = progress;
    channel->progress_arg = arg;
    channel->https = params->https;
    buf_init(&channel->sealed, SEALED_MAX);
    http_reply_init(&channel->raw);
    snprintf(channel->host, sizeof channel->host, "%s", params->host);
    if (http_new(params, &channel->http, err) != 0
        || authenticate(channel, err) != 0) {
        channel_free(&channel);
        return -1;
    }
    *out = channel;
    return 0;
}

void channel_free(struct channel **out)
{
    struct channel *channel = *out;

    if (channel == NULL)
        return;
    http_free(&channel->http);
    credssp_free(&channel->credssp);
    channel_rest(channel);
    free(channel);
    *out = NULL;
}

bool channel_is_alive(const struct channel *channel)
{
    return !channel->dead && http_is_alive(channel->http);
}

void channel_rest(struct channel *channel)
{
    buf_free(&channel->sealed);
    http_reply_free(&channel->raw);
}

void channel_watch(struct channel *channel, int cancel_fd)
{
    http_watch(channel->http, cancel_fd);
}

void channel_facts(const struct channel *channel,
                   struct credssp_facts *facts)
{
    credssp_facts(channel->credssp, facts);
}

unsigned channel_requests(const struct channel *channel)
{
    return channel->requests;
}

static bool has_type(const char *content_type, const char *type)
{
    size_t n = strlen(type);

    return strncasecmp(content_type, type, n) == 0
           && strchr("; \t", content_type[n]) != NULL;
}

/* Answers that end the conversation whatever the body is protected by. */
static int judge_answer(const struct channel *channel,
                        const struct http_reply *raw, struct err *err)
{
    /* An idle connection gets an empty 400 once the host has dropped its
     * side of the encryption (pypsrp, issue 21). */
    if (raw->status == 401 || (raw->status == 400 && raw->body.len == 0))
        return refusal_forgotten(channel->host, raw->status, err);
    if ((raw->body.len == 0 && raw->status != 200) || refusal_is_page(raw))
        return refusal_status(channel->host, raw, 0, err);
    return 0;
}

/* Whatever the status says, only what opens is believed. */
static int open_sealed(struct channel *channel, const struct http_reply *raw,
                       struct channel_reply *reply, struct err *err)
{
    if (raw->status != 200 && strncasecmp(raw->content_type, "multipart/", 10)
                                  != 0
        && !has_type(raw->content_type, SOAP_TYPE))
        return refusal_status(channel->host, raw, 0, err);
    return seal_open(credssp_tunnel(channel->credssp), raw->content_type,
                     raw->body.data, raw->body.len, &reply->body,
                     reply->content_type, sizeof reply->content_type, err);
}

/* 5986: HTTPS protects the body. Takes it without copying. */
static int take_plain(struct channel *channel, struct http_reply *raw,
                      struct channel_reply *reply, struct err *err)
{
    struct buf swap = reply->body;

    if (!has_type(raw->content_type, SOAP_TYPE) && raw->status != 200)
        return refusal_status(channel->host, raw, 0, err);
    if (!has_type(raw->content_type, SOAP_TYPE))
        return err_set(err, ERR_MALFORMED, STAGE_HTTP,
                       "%s answered '%.80s' instead of SOAP", channel->host,
                       raw->content_type);
    if (strlen(raw->content_type) >= sizeof reply->content_type)
        return err_set(err, ERR_OVERSIZED, STAGE_HTTP,
                       "the Content-Type of %s is too long", channel->host);
    memcpy(reply->content_type, raw->content_type,
           strlen(raw->content_type) + 1);
    reply->body = raw->body;
    raw->body = swap;
    return 0;
}

static int exchange(struct channel *channel,
                    const struct http_request *request,
                    struct channel_reply *reply, struct err *err)
{
    struct http_reply *raw = &channel->raw;
    int r;

    channel->requests++;
    r = http_post(channel->http, request, raw, err);
    if (r == 0)
        r = judge_answer(channel, raw, err);
    if (r == 0 && channel->https)
        r = take_plain(channel, raw, reply, err);
    else if (r == 0)
        r = open_sealed(channel, raw, reply, err);
    reply->status = raw->status;
    return r;
}

static int post_sealed(struct channel *channel, const void *body, size_t len,
                       struct http_request *request,
                       struct channel_reply *reply, struct err *err)
{
    struct buf *sealed = &channel->sealed;
    int r = seal_body(credssp_tunnel(channel->credssp), body, len, sealed,
                      &request->content_type, err);

    if (r == 0) {
        request->body = sealed->data;
        request->len = sealed->len;
        r = exchange(channel, request, reply, err);
    }
    buf_clear_without_wipe(sealed);
    return r;
}

int channel_post(struct channel *channel, const void *body, size_t len,
                 long total_ms, struct channel_reply *reply, struct err *err)
{
    struct http_request request = { .body = body, .len = len,
                                    .content_type = SOAP_UTF8,
                                    .total_ms = total_ms };
    int r;

    if (len == 0 || len > CHANNEL_BODY_MAX)
        return err_set(err, ERR_OVERSIZED, STAGE_SEALING,
                       "a request of %zu bytes is not sent; 1 to %d can be",
                       len, CHANNEL_BODY_MAX);
    if (channel->dead)
        return err_set(err, ERR_CONNECTION_LOST, STAGE_HTTP,
                       "the connection to %s has ended", channel->host);
    reply->status = 0;
    reply->content_type[0] = '\0';
    buf_clear(&reply->body);
    r = channel->https ? exchange(channel, &request, reply, err)
                       : post_sealed(channel, body, len, &request, reply,
                                     err);
    /* The records are numbered: one that is lost loses all that follow. */
    if (r != 0) {
        channel->dead = true;
        channel_rest(channel);
        buf_clear(&reply->body);
    }
    return r;
}
