/* wire_io.c - whole frames over a unix stream socket, with a deadline. */
#include "broker/wire.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>

#define FRAME_HEAD 5 /* u32 length and u8 type */

static int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int64_t deadline_at(int deadline_ms)
{
    return deadline_ms < 0 ? -1 : now_ms() + deadline_ms;
}

static int lost(struct err *err, int number, const char *what)
{
    if (number == 0)
        return err_set(err, ERR_BROKER_DOWN, STAGE_BROKER,
                       "the other end closed the connection %s", what);
    return err_set_errno(err, ERR_BROKER_DOWN, STAGE_BROKER, number,
                         "the connection broke %s", what);
}

/* Waits until the socket is ready or the deadline (-1: none) has passed. */
static int await(int fd, short events, int64_t until, struct err *err)
{
    for (;;) {
        struct pollfd p = { .fd = fd, .events = events };
        int64_t left = until < 0 ? -1 : until - now_ms();
        int n;

        if (until >= 0 && left <= 0)
            return err_set(err, ERR_TIMEOUT, STAGE_BROKER,
                           "the other end of the broker's socket is silent");
        n = poll(&p, 1, left > 60000 ? 60000 : (int)left);
        if (n > 0)
            return 0;
        if (n < 0 && errno != EINTR)
            return err_set_errno(err, ERR_SYSTEM, STAGE_BROKER, errno,
                                 "cannot wait for the broker's socket");
    }
}

/* What is left of the two when sent bytes have gone. */
static size_t left_of(const struct buf *frames, const void *body, size_t len,
                      size_t sent, struct iovec left[2])
{
    size_t of_body = sent > frames->len ? sent - frames->len : 0;
    size_t of_frames = sent - of_body;

    left[0].iov_base = frames->data + of_frames;
    left[0].iov_len = frames->len - of_frames;
    left[1].iov_base = len > 0 ? (char *)(uintptr_t)body + of_body : NULL;
    left[1].iov_len = len - of_body;
    return left[0].iov_len + left[1].iov_len;
}

int wire_send_with(int fd, const struct buf *frames, const void *body,
                   size_t len, int deadline_ms, struct err *err)
{
    int64_t until = deadline_at(deadline_ms);
    struct iovec left[2];
    struct msghdr message = { .msg_iov = left, .msg_iovlen = 2 };
    size_t sent = 0;

    if (buf_ok(frames, STAGE_BROKER, err) != 0)
        return -1;
    while (left_of(frames, body, len, sent, left) > 0) {
        ssize_t n = sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);

        if (n >= 0)
            sent += (size_t)n;
        else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            if (await(fd, POLLOUT, until, err) != 0)
                return -1;
        } else if (errno != EINTR) {
            return lost(err, errno, "while a frame was sent");
        }
    }
    return 0;
}

int wire_send(int fd, const struct buf *frames, int deadline_ms,
              struct err *err)
{
    return wire_send_with(fd, frames, NULL, 0, deadline_ms, err);
}

/* n bytes more into in; first: an end of stream here is a clean one. */
static int receive_bytes(int fd, struct buf *in, size_t n, int64_t until,
                         bool first, struct err *err)
{
    while (n > 0) {
        unsigned char *dst = buf_reserve(in, n);
        ssize_t got;

        if (dst == NULL)
            return buf_ok(in, STAGE_BROKER, err);
        got = recv(fd, dst, n, MSG_DONTWAIT);
        in->len -= n - (got > 0 ? (size_t)got : 0);
        if (got > 0) {
            n -= (size_t)got;
            first = false;
        } else if (got == 0) {
            return lost(err, 0, first ? "between frames"
                                      : "within a frame");
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            if (await(fd, POLLIN, until, err) != 0)
                return -1;
        } else if (errno != EINTR) {
            return lost(err, errno, "while a frame was awaited");
        }
    }
    return 0;
}

int wire_receive(int fd, size_t max, int deadline_ms, struct buf *in,
                 unsigned *type, struct reader *fields, struct err *err)
{
    int64_t until = deadline_at(deadline_ms);
    struct reader head;
    uint32_t len;

    buf_clear(in);
    if (receive_bytes(fd, in, FRAME_HEAD, until, true, err) != 0)
        return -1;
    head = (struct reader)READER_INIT(in->data, in->len);
    len = reader_u32(&head);
    *type = reader_u8(&head);
    if (len == 0 || len > max)
        return err_set(err, ERR_BROKER_PROTOCOL, STAGE_BROKER,
                       "a frame of %u bytes came where 1 to %zu are allowed",
                       (unsigned)len, max);
    if (receive_bytes(fd, in, len - 1, until, false, err) != 0)
        return -1;
    *fields = (struct reader)READER_INIT(in->data + FRAME_HEAD, len - 1);
    return 0;
}
