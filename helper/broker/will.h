/*
 * will.h - the last will of a client: what is posted to its host when it has
 * gone, or what the session's next client for that host inherits (PROTOCOL 9).
 */
#ifndef CREDSSP_BROKER_WILL_H
#define CREDSSP_BROKER_WILL_H

#include <stdbool.h>

#include "broker/wire.h"
#include "credssp/buf.h"
#include "transport/channel.h"

struct will {
    char label[WIRE_LABEL_MAX];
    char value[WIRE_VALUE_MAX];
    struct buf body;
};

void will_init(struct will *will);
void will_clear(struct will *will);
/* dst was initialised; src is empty afterwards. */
void will_move(struct will *dst, struct will *src);

/* Is there something that is posted when no heir comes? */
bool will_is_there(const struct will *will);

/*
 * Posts the body, again if the answer is a fault, and clears the will.  Nobody
 * hears what becomes of it, and nobody cancels it.
 */
void will_execute(struct will *will, struct channel *channel, long total_ms);

#endif
