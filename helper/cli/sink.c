/* sink.c - writes what the hosts wrote, and hears signals meanwhile. */
#include "cli/sink.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <unistd.h>

#include "cli/signals.h"

void sink_init(struct sink *sink, int fd, struct progress *progress,
               bool (*leave)(void *arg), void *arg)
{
    *sink = (struct sink){ .fd = fd, .progress = progress, .leave = leave,
                           .arg = arg };
    buf_init(&sink->batch, SINK_BATCH_MAX);
}

void sink_free(struct sink *sink)
{
    buf_free(&sink->batch);
}

/*
 * pipe(7): a pipe that poll(2) calls writable takes PIPE_BUF bytes at once, so
 * that no write blocks where a signal would not be heard.
 */
static int write_all(struct sink *sink, const unsigned char *p, size_t n,
                     struct err *err)
{
    while (n > 0) {
        struct pollfd ready[] = {
            { .fd = sink->fd, .events = POLLOUT },
            { .fd = signals_fd(), .events = POLLIN },
        };
        ssize_t put;

        if (poll(ready, 2, -1) < 0 && errno != EINTR)
            return err_set_errno(err, ERR_SYSTEM, STAGE_OUTPUT, errno,
                                 "cannot wait for the output's reader");
        if (ready[1].revents != 0 && sink->leave(sink->arg))
            return -1;
        if (ready[0].revents == 0)
            continue;
        put = write(sink->fd, p, n < PIPE_BUF ? n : PIPE_BUF);
        if (put < 0 && errno == EPIPE)
            return -1; /* ssh says nothing either */
        if (put < 0 && errno != EINTR && errno != EAGAIN)
            return err_set_errno(err, ERR_SYSTEM, STAGE_OUTPUT, errno,
                                 "cannot write the output");
        p += put > 0 ? put : 0;
        n -= put > 0 ? (size_t)put : 0;
    }
    return 0;
}

int sink_flush(struct sink *sink, struct err *err)
{
    int r;

    if (sink->batch.len == 0)
        return 0;
    progress_hide(sink->progress);
    r = write_all(sink, sink->batch.data, sink->batch.len, err);
    buf_clear_without_wipe(&sink->batch);
    return r;
}

int sink_put(void *arg, const void *bytes, size_t n, struct err *err)
{
    struct sink *sink = arg;

    if (n > SINK_BATCH_MAX - sink->batch.len && sink_flush(sink, err) != 0)
        return -1;
    buf_put(&sink->batch, bytes, n);
    return buf_ok(&sink->batch, STAGE_OUTPUT, err);
}
