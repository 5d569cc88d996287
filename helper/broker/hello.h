/*
 * hello.h - connections that have been accepted and not yet handed over: the
 * listener reads the 13 bytes of their HELLO, and nothing else of anybody.
 */
#ifndef CREDSSP_BROKER_HELLO_H
#define CREDSSP_BROKER_HELLO_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "broker/bounds.h"
#include "broker/rate.h"
#include "broker/wire.h"
#include "credssp/err.h"

struct hello_pending {
    int fd;
    uid_t uid;
    int64_t deadline_ms;
    bool refused;          /* has its ERROR; waits to be closed */
    size_t have;
    unsigned char bytes[WIRE_HELLO_BYTES];
};

struct hello_queue {
    struct hello_pending pending[LIMIT_PENDING];
    size_t count;
    struct rates rates;
};

/* Whom a whole HELLO asks for: hands fd over; what it returns is told. */
typedef int hello_ready_fn(void *arg, uid_t uid, int32_t sealed, int fd,
                           struct err *err);

/*
 * Takes fd over.  Beyond a limit of its uid the client is told and closed;
 * beyond that of all, whoever has waited longest has to go: a client that
 * means it says HELLO at once.
 */
void hello_accept(struct hello_queue *queue, int fd, int64_t now_ms);

/* polls[i] belongs to pending[i]; the listener fills them and poll(2)s. */
void hello_fill(const struct hello_queue *queue, struct pollfd *polls);

/* Reads what came, hands over what is whole, closes what is late. */
void hello_serve(struct hello_queue *queue, const struct pollfd *polls,
                 size_t poll_count, int64_t now_ms, hello_ready_fn *ready,
                 void *arg);

#endif
