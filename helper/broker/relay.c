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

static int tell(struct client *client, const struct channel_reply *reply,
                struct err *err)
{
    struct wire_reply answer = {
        .status = (uint16_t)reply->status,
        .body = reply->body.data,
        .len = reply->body.len,
    };

    snprintf(answer.content_type, sizeof answer.content_type, "%s",
             reply->content_type);
    wire_put_reply_head(&client->out, &answer);
    return client_flush_with(client, answer.body, answer.len, err);
}

/* The client may be gone; the host must hear it all the same. */
static int post_final(struct client *client, const struct wire_post *post,
                      struct err *err)
{
    int result;

    kept_coming(&client->session->kept, &client->terms);
    channel_watch(client->channel, -1);
    result = channel_post(client->channel, post->body, post->len,
                          LIMIT_FINAL_MS, &client->reply, err);
    channel_watch(client->channel, client->fd);
    return result;
}

static int post_and_wait(struct client *client, const struct wire_post *post,
                         struct err *err)
{
    kept_not_coming(&client->session->kept, &client->terms);
    /* What rode along is answered; if not, it goes by itself. */
    if (client->reply.status != 0)
        return 0;
    return channel_post(client->channel, post->body, post->len,
                        time_for(post), &client->reply, err);
}

/*
 * PROTOCOL 5: a connection that ended while nothing was under way is opened
 * anew, once, before the body is sealed.  From here on nothing is repeated.
 * One that is held has not delegated yet: the policy in force says whether it
 * may.
 */
static int refresh(struct client *client, bool final, struct err *err)
{
    if (channel_is_alive(client->channel)
        && (!channel_is_held(client->channel)
            || client_may_go_on(client)))
        return 0;
    return client_reopen(client, final ? -1 : client->fd, err);
}

/* The credential, and what rides along.  A will for what was never heard
 * would need the logon that just failed. */
static int delegate_first(struct client *client, const struct wire_post *post,
                          struct err *err)
{
    if (client_delegate(client, post, time_for(post), err) == 0)
        return 0;
    if (err->cause != ERR_INTERRUPTED && err->cause != ERR_TIMEOUT
        && err->cause != ERR_CONNECTION_LOST)
        will_clear(&client->will);
    return -1;
}

int request_post(struct client *client, struct reader *fields,
                 struct err *err)
{
    struct wire_post post;
    bool final;
    int result;

    if (wire_get_post(fields, &post, err) != 0
        || session_probe(client->session, err) != 0)
        return -1;
    final = (post.flags & WIRE_POST_FINAL) != 0;
    client->reply.status = 0;
    result = refresh(client, final, err);
    if (result == 0 && channel_is_held(client->channel))
        result = delegate_first(client, &post, err);
    if (result == 0)
        result = final ? post_final(client, &post, err)
                       : post_and_wait(client, &post, err);
    if (result != 0)
        channel_free(&client->channel); /* never kept */
    else if (!final)
        result = tell(client, &client->reply, err);
    buf_clear(&client->reply.body);
    return result;
}
