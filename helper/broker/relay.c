/* relay.c - the request POST: an opaque body to the host, its answer back. */
#include <stdio.h>

#include "broker/bounds.h"
#include "broker/client.h"

static long time_for(const struct wire_post *post)
{
    if (post->timeout_ms == 0)
        return LIMIT_POST_DEFAULT_MS;
    return post->timeout_ms > LIMIT_POST_MS ? LIMIT_POST_MS
                                            : (long)post->timeout_ms;
}

static void tell(struct client *client, const struct channel_reply *reply)
{
    struct wire_reply answer = {
        .status = (uint16_t)reply->status,
        .body = reply->body.data,
        .len = reply->body.len,
    };

    snprintf(answer.content_type, sizeof answer.content_type, "%s",
             reply->content_type);
    wire_put_reply(&client->out, &answer);
}

/* The client may be gone; the host must hear it all the same. */
static int post_final(struct client *client, const struct wire_post *post,
                      struct err *err)
{
    struct channel_reply reply;
    int result;

    channel_reply_init(&reply);
    channel_watch(client->channel, -1);
    result = channel_post(client->channel, post->body, post->len,
                          LIMIT_FINAL_MS, &reply, err);
    channel_watch(client->channel, client->fd);
    channel_reply_free(&reply);
    return result;
}

static int post_and_answer(struct client *client,
                           const struct wire_post *post, struct err *err)
{
    struct channel_reply reply;
    int result;

    channel_reply_init(&reply);
    result = channel_post(client->channel, post->body, post->len,
                          time_for(post), &reply, err);
    if (result == 0)
        tell(client, &reply);
    channel_reply_free(&reply);
    return result;
}

int request_post(struct client *client, struct reader *fields,
                 struct err *err)
{
    struct wire_post post;
    int result;

    if (wire_get_post(fields, &post, err) != 0
        || session_probe(client->session, err) != 0)
        return -1;
    result = (post.flags & WIRE_POST_FINAL) != 0
                 ? post_final(client, &post, err)
                 : post_and_answer(client, &post, err);
    if (result != 0)
        channel_free(&client->channel); /* never kept */
    return result;
}
