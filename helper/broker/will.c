/* will.c - the last wills of clients. */
#include "broker/will.h"

#include <poll.h>
#include <string.h>

#include "broker/monotonic.h"

#define HTTP_FAULT 500
#define POSTS 3
#define PAUSE_MS 2000

void will_init(struct will *will)
{
    memset(will, 0, sizeof *will);
    buf_init(&will->body, WIRE_WILL_MAX);
}

void will_clear(struct will *will)
{
    buf_free(&will->body);
    will_init(will);
}

void will_move(struct will *dst, struct will *src)
{
    will_clear(dst);
    *dst = *src;
    will_init(src);
}

bool will_is_there(const struct will *will)
{
    return will->body.len > 0;
}

/* The HTTP status of the answer; 0: there was none. */
static long post(const struct will *will, struct channel *channel,
                 int64_t left_ms)
{
    struct channel_reply reply;
    struct err untold = ERR_INIT;
    long status = 0;

    channel_reply_init(&reply);
    if (channel_post(channel, will->body.data, will->body.len, (long)left_ms,
                     &reply, &untold) == 0)
        status = reply.status;
    channel_reply_free(&reply);
    err_clear(&untold);
    return status;
}

/*
 * A fault, which Windows sends as HTTP 500, may be that of a busy host, which
 * obeys a little later.  One that never does ends what the will was about by
 * its own IdleTimeout.
 */
void will_execute(struct will *will, struct channel *channel, long total_ms)
{
    int64_t until = monotonic_ms() + total_ms, left = total_ms;
    unsigned posts;

    channel_watch(channel, -1);
    for (posts = 0; posts < POSTS && will_is_there(will) && left > 0;
         posts++) {
        if (post(will, channel, left) != HTTP_FAULT)
            break;
        left = until - monotonic_ms() - PAUSE_MS;
        if (posts + 1 < POSTS && left > 0)
            poll(NULL, 0, PAUSE_MS);
    }
    will_clear(will);
}
