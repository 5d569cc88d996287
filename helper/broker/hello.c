/* hello.c - reads HELLO without ever waiting for anybody. */
#include "broker/hello.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ERROR_FRAME_MAX 4096

static int peer_uid(int fd, uid_t *uid)
{
    struct ucred peer;
    socklen_t size = sizeof peer;

    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
        return -1;
    *uid = peer.uid;
    return 0;
}

/* One send that does not wait: an ERROR fits into any socket's buffer. */
static void send_error(int fd, const struct err *err)
{
    struct buf out = BUF_INIT(ERROR_FRAME_MAX);
    struct err ignored = ERR_INIT;

    wire_put_error(&out, err);
    if (buf_ok(&out, STAGE_BROKER, &ignored) == 0
        && send(fd, out.data, out.len, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
        shutdown(fd, SHUT_RDWR);
    buf_free(&out);
}

static unsigned count_of(const struct hello_queue *queue, uid_t uid)
{
    unsigned count = 0;
    size_t i;

    for (i = 0; i < queue->count; i++)
        if (queue->pending[i].uid == uid)
            count++;
    return count;
}

static void turn_away(int fd, const char *why)
{
    struct err err = ERR_INIT;

    err_set(&err, ERR_BROKER_BUSY, STAGE_BROKER, "%s", why);
    send_error(fd, &err);
    close(fd);
}

static void forget(struct hello_queue *queue, struct hello_pending *pending)
{
    close(pending->fd);
    *pending = queue->pending[--queue->count];
}

static void drop_oldest(struct hello_queue *queue)
{
    struct hello_pending *oldest = &queue->pending[0];
    size_t i;

    for (i = 1; i < queue->count; i++)
        if (queue->pending[i].deadline_ms < oldest->deadline_ms)
            oldest = &queue->pending[i];
    forget(queue, oldest);
}

void hello_accept(struct hello_queue *queue, int fd, int64_t now_ms)
{
    uid_t uid;

    if (peer_uid(fd, &uid) != 0) {
        close(fd);
        return;
    }
    if (count_of(queue, uid) >= LIMIT_PENDING_PER_UID) {
        turn_away(fd, "too many of your connections wait for the broker");
        return;
    }
    if (!rate_allows(&queue->rates, uid, LIMIT_CONNECTS_PER_MINUTE, now_ms)) {
        turn_away(fd, "you have connected to the broker too often within a "
                  "minute");
        return;
    }
    if (queue->count == LIMIT_PENDING)
        drop_oldest(queue);
    queue->pending[queue->count++] = (struct hello_pending){
        .fd = fd, .uid = uid, .deadline_ms = now_ms + LIMIT_HELLO_MS,
    };
}

void hello_fill(const struct hello_queue *queue, struct pollfd *polls)
{
    size_t i;

    for (i = 0; i < queue->count; i++) {
        polls[i].fd = queue->pending[i].fd;
        /* A refused client's bytes (a TICKET!) are left where they are. */
        polls[i].events = queue->pending[i].refused ? POLLRDHUP : POLLIN;
        polls[i].revents = 0;
    }
}

static int parse(const struct hello_pending *pending, int32_t *sealed,
                 struct err *err)
{
    struct reader in = READER_INIT(pending->bytes, sizeof pending->bytes);
    uint32_t length = reader_u32(&in);
    uint8_t type = reader_u8(&in);
    struct wire_hello hello;

    if (length != WIRE_HELLO_BYTES - 4 || type != WIRE_HELLO)
        return err_set(err, ERR_BROKER_PROTOCOL, STAGE_BROKER,
                       "the first frame is not a HELLO");
    if (wire_get_hello(&in, &hello, err) != 0)
        return -1;
    *sealed = hello.sealed;
    return 0;
}

static void refuse(struct hello_pending *pending, const struct err *err,
                   int64_t now_ms)
{
    send_error(pending->fd, err);
    shutdown(pending->fd, SHUT_WR);
    pending->refused = true;
    pending->deadline_ms = now_ms + LIMIT_LINGER_MS;
}

enum progress { STAYS, GOES };

/* Never more than is missing: the next frame is none of our business. */
static enum progress read_some(struct hello_pending *pending)
{
    ssize_t got = recv(pending->fd, pending->bytes + pending->have,
                       sizeof pending->bytes - pending->have, MSG_DONTWAIT);

    if (got == 0)
        return GOES;
    if (got < 0)
        return errno == EAGAIN || errno == EINTR ? STAYS : GOES;
    pending->have += (size_t)got;
    return STAYS;
}

static enum progress advance(struct hello_pending *pending, int64_t now_ms,
                             hello_ready_fn *ready, void *arg)
{
    struct err err = ERR_INIT;
    int32_t sealed = 0;

    if (pending->refused || read_some(pending) == GOES)
        return GOES;
    if (pending->have < sizeof pending->bytes)
        return STAYS;
    if (parse(pending, &sealed, &err) == 0
        && ready(arg, pending->uid, sealed, pending->fd, &err) == 0)
        return GOES;
    refuse(pending, &err, now_ms);
    return STAYS;
}

void hello_serve(struct hello_queue *queue, const struct pollfd *polls,
                 size_t poll_count, int64_t now_ms, hello_ready_fn *ready,
                 void *arg)
{
    size_t i = poll_count;

    /* Backwards: the last one moves into the place of one that goes. */
    while (i-- > 0) {
        struct hello_pending *pending = &queue->pending[i];
        enum progress progress = STAYS;

        if (polls[i].revents != 0)
            progress = advance(pending, now_ms, ready, arg);
        if (progress == STAYS && now_ms < pending->deadline_ms)
            continue;
        forget(queue, pending);
    }
}
