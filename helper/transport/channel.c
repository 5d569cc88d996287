/* channel.c - an authenticated connection: SOAP bodies out and in. */
#include "transport/channel_private.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "transport/refusal.h"
#include "transport/seal.h"

#define SOAP_TYPE "application/soap+xml"
/* The framing of each 16384 bytes is shorter than a sixteenth of them. */
#define SEALED_MAX (CHANNEL_BODY_MAX + CHANNEL_BODY_MAX / 16 + SEAL_CHUNK_MAX)

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
    channel->leg.host = channel->host;
    if (http_new(params, &channel->http, err) != 0
        || channel_authenticate(channel, err) != 0) {
        channel_free(&channel);
        return -1;
    }
    channel->progress = NULL; /* whose argument may end now */
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

bool channel_is_held(const struct channel *channel)
{
    return channel->held;
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

bool channel_is_soap(const struct http_reply *raw)
{
    size_t n = strlen(SOAP_TYPE);

    return strncasecmp(raw->content_type, SOAP_TYPE, n) == 0
           && strchr("; \t", raw->content_type[n]) != NULL;
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
        && !channel_is_soap(raw))
        return refusal_status(channel->host, raw, 0, err);
    return seal_open(credssp_tunnel(channel->credssp), raw->content_type,
                     raw->body.data, raw->body.len, &reply->body,
                     reply->content_type, sizeof reply->content_type, err);
}

int channel_take_plain(struct channel *channel, struct http_reply *raw,
                       struct channel_reply *reply, struct err *err)
{
    struct buf swap = reply->body;

    if (!channel_is_soap(raw) && raw->status != 200)
        return refusal_status(channel->host, raw, 0, err);
    if (!channel_is_soap(raw))
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
        r = channel_take_plain(channel, raw, reply, err);
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

static int check_post(const struct channel *channel, size_t len,
                      struct err *err)
{
    if (len == 0 || len > CHANNEL_BODY_MAX)
        return err_set(err, ERR_OVERSIZED, STAGE_SEALING,
                       "a request of %zu bytes is not sent; 1 to %d can be",
                       len, CHANNEL_BODY_MAX);
    if (channel->dead || channel->held)
        return err_set(err, ERR_CONNECTION_LOST, STAGE_HTTP,
                       channel->dead ? "the connection to %s has ended"
                                     : "the connection to %s is not "
                                       "authenticated yet", channel->host);
    return 0;
}

static void begin_reply(struct channel_reply *reply)
{
    reply->status = 0;
    reply->content_type[0] = '\0';
    buf_clear(&reply->body);
}

/* The records are numbered: one that is lost loses all that follow. */
static void give_up(struct channel *channel, struct channel_reply *reply)
{
    channel->dead = true;
    channel_rest(channel);
    buf_clear(&reply->body);
}

int channel_post(struct channel *channel, const void *body, size_t len,
                 long total_ms, struct channel_reply *reply, struct err *err)
{
    struct http_request request = { .body = body, .len = len,
                                    .content_type = CHANNEL_SOAP_UTF8,
                                    .total_ms = total_ms };
    int r;

    if (check_post(channel, len, err) != 0)
        return -1;
    begin_reply(reply);
    r = channel->https ? exchange(channel, &request, reply, err)
                       : post_sealed(channel, body, len, &request, reply,
                                     err);
    if (r != 0)
        give_up(channel, reply);
    return r;
}

int channel_delegate(struct channel *channel, const void *body, size_t len,
                     long total_ms, struct channel_reply *reply,
                     struct err *err)
{
    int r;

    /* Message encryption begins behind the legs; HTTPS is there before. */
    if (!channel->held || (len > 0 && !channel->https))
        return err_set(err, ERR_INTERNAL, STAGE_DELEGATION,
                       "no body can ride on a leg to %s now", channel->host);
    begin_reply(reply);
    channel->held = false;
    r = len > 0 ? check_post(channel, len, err) : 0;
    if (r == 0)
        r = channel_last_leg(channel, body, len, total_ms, reply, err);
    if (r != 0)
        give_up(channel, reply);
    return r;
}
