/*
 * channel_private.h - the inside of a channel, for its two halves: the legs
 * in legs.c and the bodies in channel.c.
 */
#ifndef CREDSSP_TRANSPORT_CHANNEL_PRIVATE_H
#define CREDSSP_TRANSPORT_CHANNEL_PRIVATE_H

#include "transport/channel.h"
#include "transport/refusal.h"

#define CHANNEL_SOAP_UTF8 "application/soap+xml;charset=UTF-8"
#define CHANNEL_HOST_MAX 256

struct channel {
    struct http *http;
    struct credssp *credssp;
    char host[CHANNEL_HOST_MAX];
    bool https;
    bool dead;                 /* after a failure nothing can follow */
    bool held;                 /* the last leg is still to be sent */
    unsigned requests;
    struct leg leg;            /* the last one that was sent */
    /* Of channel_open_watched(). */
    channel_progress_fn *progress;
    void *progress_arg;
    int64_t leg_began_us;
    /* Their memory stays from post to post: allocating 500 kB anew costs
     * more than encrypting them. */
    struct buf sealed;
    struct http_reply raw;
};

/* legs.c: all legs, or all but the last one of a machine that holds. */
int channel_authenticate(struct channel *channel, struct err *err) MUST_USE;

/* legs.c: that last leg; body may ride on it, len 0: none. */
int channel_last_leg(struct channel *channel, const void *body, size_t len,
                     long total_ms, struct channel_reply *reply,
                     struct err *err) MUST_USE;

/* channel.c: has the answer SOAP's Content-Type? */
bool channel_is_soap(const struct http_reply *raw);

/* channel.c: a body that HTTPS protects, taken from raw without copying. */
int channel_take_plain(struct channel *channel, struct http_reply *raw,
                       struct channel_reply *reply, struct err *err) MUST_USE;

#endif
