/* ps_input.c - reads lines and sends them as strings. */
#include "cli/ps_input.h"

#include <string.h>
#include <unistd.h>

#define READ_BYTES 65536
/* What PIPELINE_INPUT puts around a line, and escapes may make of a byte. */
#define MESSAGE_ROOM(n) ((n) * 7 + 256)

/* The line without the end that Unix or Windows gave it. */
static int put_line(struct ps_input *ps, const unsigned char *line, size_t n,
                    struct err *err)
{
    if (n > 0 && line[n - 1] == '\r')
        n--;
    buf_clear(&ps->message);
    if (pipeline_put_input(&ps->invocation->pipeline, (const char *)line, n,
                           &ps->message, err) != 0)
        return -1;
    return feed_put(&ps->feed, &ps->message, err);
}

static int put_end(struct ps_input *ps, struct err *err)
{
    buf_clear(&ps->message);
    if (pipeline_put_end(&ps->invocation->pipeline, &ps->message, err) != 0)
        return -1;
    return feed_put(&ps->feed, &ps->message, err);
}

/* Whole lines, and at the end of input what stands behind the last; from:
 * bytes that have no end of line. */
static int put_lines(struct ps_input *ps, struct input *input, size_t from,
                     struct err *err)
{
    const unsigned char *p = input->pending.data;
    size_t left = input->pending.len, n;

    while (left > 0) {
        const unsigned char *end = memchr(p + from, '\n', left - from);

        if (end == NULL && !input->eof)
            break;
        n = end != NULL ? (size_t)(end - p) : left;
        if (put_line(ps, p, n, err) != 0)
            return -1;
        n += end != NULL;
        p += n;
        left -= n;
        from = 0;
    }
    buf_consume(&input->pending, input->pending.len - left);
    if (left <= PS_INPUT_LINE_MAX)
        return 0;
    return err_set(err, ERR_OVERSIZED, STAGE_COMMAND,
                   "a line of the input is longer than %d bytes",
                   PS_INPUT_LINE_MAX);
}

/* What is pending, and what came to its end is told. */
static int send_pending(struct ps_input *ps, struct input *input, size_t from,
                        struct err *err)
{
    if (put_lines(ps, input, from, err) != 0 ||
        (input->eof && put_end(ps, err) != 0))
        return -1;
    return feed_flush(&ps->feed, err);
}

static void begin_feed(struct ps_input *ps, struct wsman *wsman)
{
    const struct shell *shell = &ps->invocation->runspace->shell;

    ps->shell = (struct shell){ wsman, shell->resource, shell->id };
    feed_begin(&ps->feed, ps->invocation, "stdin");
    ps->feed.shell = &ps->shell;
}

static bool again(void *arg, unsigned *attempt, struct err *err)
{
    return input_again(arg, attempt, err);
}

/* Lines go as they come: a slow writer's wait for nothing but themselves. */
static int forward(void *arg, struct input *input, struct err *err)
{
    struct ps_input *ps = arg;
    size_t left = 0;

    begin_feed(ps, &input->line.wsman);
    ps->feed.again = again;
    ps->feed.arg = input;
    for (;;) {
        if (input_fill(input, left, left + READ_BYTES, err) != 0 ||
            send_pending(ps, input, left, err) != 0)
            return -1;
        if (input->eof)
            return 0;
        left = input->pending.len;
    }
}

int ps_input_begin(struct ps_input *ps, struct input *input, int fd,
                   const struct dial *dial, const struct wsman *other,
                   struct invocation *invocation, struct err *err)
{
    const struct input_use use = {
        .whole_max = PS_INPUT_WHOLE_MAX,
        .pending_max = PS_INPUT_LINE_MAX + 2 * READ_BYTES,
        .forward = forward, .arg = ps,
    };

    memset(ps, 0, sizeof *ps);
    ps->invocation = invocation;
    buf_init(&ps->message, MESSAGE_ROOM((size_t)PS_INPUT_LINE_MAX));
    if (fd < 0 || isatty(fd))
        return 0;
    if (input_begin(input, fd, dial, other, &use, err) != 0)
        return -1;
    if (input->state == INPUT_EMPTY)
        input->state = INPUT_OVER;
    return 0;
}

void ps_input_free(struct ps_input *ps)
{
    feed_end(&ps->feed);
    buf_free(&ps->message);
}

/* On the pipeline's own line, before its first Receive. */
static int send_whole(struct ps_input *ps, struct input *input,
                      struct err *err)
{
    int rc = send_pending(ps, input, 0, err);

    input->state = INPUT_OVER;
    if (rc == 0 || !input_is_refused(err))
        return rc;
    err_clear(err); /* the pipeline ended: Receive tells how */
    return 0;
}

int ps_input_go(struct ps_input *ps, struct input *input,
                bool (*try_again)(void *arg, unsigned *attempt,
                                  struct err *err),
                void *arg, struct err *err)
{
    if (input_look(input, err) != 0)
        return -1;
    if (input->state != INPUT_WHOLE && input->state != INPUT_EMPTY)
        return input_go(input, err);
    begin_feed(ps, ps->invocation->runspace->shell.wsman);
    ps->feed.again = try_again;
    ps->feed.arg = arg;
    return send_whole(ps, input, err);
}
