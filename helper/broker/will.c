/* will.c - the last wills of clients. */
#include "broker/will.h"

#include <string.h>

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

void will_execute(struct will *will, struct channel *channel, long total_ms)
{
    struct channel_reply reply;
    struct err untold = ERR_INIT;

    if (will_is_there(will)) {
        channel_reply_init(&reply);
        channel_watch(channel, -1);
        /* A host that does not take it ends by its own IdleTimeout. */
        if (channel_post(channel, will->body.data, will->body.len, total_ms,
                         &reply, &untold) != 0)
            err_clear(&untold);
        channel_reply_free(&reply);
    }
    will_clear(will);
}
