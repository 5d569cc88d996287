/*
 * channel.h - one authenticated WinRM connection: CredSSP legs over HTTP,
 * then sealed (5985) or TLS-protected (5986) bodies.
 */
#ifndef CREDSSP_TRANSPORT_CHANNEL_H
#define CREDSSP_TRANSPORT_CHANNEL_H

#include "auth/credssp.h"
#include "credssp/buf.h"
#include "credssp/err.h"
#include "transport/http.h"

#define CHANNEL_BODY_MAX 1048576  /* of a request */

struct channel;

/*
 * Connects and authenticates: five POSTs with empty bodies, the first unasked
 * (no 401 probe).  Takes credssp over, even on failure.  With a machine that
 * holds (credssp.h) the last leg is left to channel_delegate().
 */
int channel_open(const struct http_params *params, struct credssp *credssp,
                 struct channel **channel, struct err *err) MUST_USE;
void channel_free(struct channel **channel);

/*
 * Who wants to watch the exchange: called for each leg once its answer has
 * proved good, which for most legs the next one shows.  step is whose token
 * was sent, facts what is negotiated by now.  Legs of one step may be many.
 */
typedef void channel_progress_fn(void *arg, enum credssp_step step,
                                 int64_t duration_us,
                                 const struct credssp_facts *facts);

/* channel_open() with somebody who watches; progress may be NULL. */
int channel_open_watched(const struct http_params *params,
                         struct credssp *credssp,
                         channel_progress_fn *progress, void *arg,
                         struct channel **channel, struct err *err) MUST_USE;

/* A decrypted answer. status is the HTTP status: 200, or 500 with a fault. */
struct channel_reply {
    long status;
    char content_type[128];
    struct buf body;
};
void channel_reply_init(struct channel_reply *reply);
void channel_reply_free(struct channel_reply *reply);

/*
 * Sends one SOAP body.  A plaintext answer in an encrypted session is refused
 * (ERR_MALFORMED); a dropped connection is ERR_CONNECTION_LOST and the
 * channel is dead: open a new one, seal anew.
 */
int channel_post(struct channel *channel, const void *body, size_t len,
                 long total_ms, struct channel_reply *reply, struct err *err)
    MUST_USE;

/*
 * Has the host proved itself, and waits for the credential?  Then this sends
 * it; over HTTPS a body may ride along (len 0: none), as WinRM allows, which
 * saves a round trip.  reply->status is 0 when the host has answered the leg
 * alone: nobody knows whether it has read the body, so only what may be asked
 * twice may ride.  After a failure the channel is dead.
 */
bool channel_is_held(const struct channel *channel);
int channel_delegate(struct channel *channel, const void *body, size_t len,
                     long total_ms, struct channel_reply *reply,
                     struct err *err) MUST_USE;

/*
 * Could a body be posted?  Ask before each post on a connection that may have
 * been idle: what ended before anything was sent can be opened anew without
 * doubling a request; what ends later cannot.
 */
bool channel_is_alive(const struct channel *channel);

/* Gives back the memory of past bodies: nothing is posted for a while. */
void channel_rest(struct channel *channel);

/* Where the descriptor to watch changes with the client that uses it. */
void channel_watch(struct channel *channel, int cancel_fd);

void channel_facts(const struct channel *channel,
                   struct credssp_facts *facts);
unsigned channel_requests(const struct channel *channel); /* sent so far */

#endif
