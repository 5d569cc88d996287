/* ps_input.c - reads lines and sends them as strings. */
#include "cli/ps_input.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/input.h"

#define READ_BYTES 65536
#define MESSAGES_MAX 512      /* in one go, be they ever so short */
/* What PIPELINE_INPUT puts around a line, and escapes may make of a byte. */
#define MESSAGE_ROOM(n) ((n) * 7 + 256)

static int take(struct ps_input *input, struct err *err)
{
    unsigned char *room = buf_reserve(&input->pending, READ_BYTES);
    ssize_t n;

    if (room == NULL)
        return buf_ok(&input->pending, STAGE_COMMAND, err);
    do
        n = read(input->fd, room, READ_BYTES);
    while (n < 0 && errno == EINTR);
    input->pending.len -= READ_BYTES - (n > 0 ? (size_t)n : 0);
    if (n < 0 && errno != EAGAIN)
        return err_set_errno(err, ERR_SYSTEM, STAGE_COMMAND, errno,
                             "cannot read stdin");
    input->over = n == 0;
    return 0;
}

int ps_input_begin(struct ps_input *input, int fd, struct err *err)
{
    struct pollfd ready = { .fd = fd, .events = POLLIN };

    *input = (struct ps_input){ .fd = -1 };
    buf_init(&input->pending, PS_INPUT_LINE_MAX + READ_BYTES);
    if (fd < 0 || isatty(fd))
        return 0;
    input->fd = fd;
    if (poll(&ready, 1, 0) > 0) {
        if ((ready.revents & POLLNVAL) != 0)
            input->over = true;
        else if (take(input, err) != 0)
            return -1;
    }
    if (input->over && input->pending.len == 0)
        input->fd = -1;
    if (input->fd < 0)
        return 0;
    input->messages = calloc(MESSAGES_MAX, sizeof *input->messages);
    if (input->messages == NULL)
        return err_set(err, ERR_MEMORY, STAGE_COMMAND, NULL);
    return 0;
}

static void drop(struct ps_input *input)
{
    while (input->count > 0)
        buf_free(&input->messages[--input->count]);
    input->bytes = 0;
}

void ps_input_free(struct ps_input *input)
{
    drop(input);
    free(input->messages);
    input->messages = NULL;
    buf_free(&input->pending);
}

static int flush(struct ps_input *input, struct invocation *invocation,
                 struct err *err)
{
    int rc = 0;

    if (input->count > 0)
        rc = invocation_send(invocation, "stdin", input->messages,
                             input->count, err);
    drop(input);
    return rc;
}

/* The line without the end that Unix or Windows gave it. */
static int put_line(struct ps_input *input, struct invocation *invocation,
                    const unsigned char *line, size_t n, struct err *err)
{
    struct buf *message = &input->messages[input->count++];

    if (n > 0 && line[n - 1] == '\r')
        n--;
    buf_init(message, MESSAGE_ROOM(n));
    if (pipeline_put_input(&invocation->pipeline, (const char *)line, n,
                           message, err) != 0)
        return -1;
    input->bytes += FRAGMENT_LEN(message->len);
    if (input->count == MESSAGES_MAX ||
        input->bytes >= shell_send_max(&invocation->runspace->shell))
        return flush(input, invocation, err);
    return 0;
}

static int put_lines(struct ps_input *input, struct invocation *invocation,
                     struct err *err)
{
    const unsigned char *p = input->pending.data;
    size_t left = input->pending.len, n;

    while (left > 0) {
        const unsigned char *end = memchr(p, '\n', left);

        if (end == NULL && !input->over)
            break;
        n = end != NULL ? (size_t)(end - p) : left;
        if (put_line(input, invocation, p, n, err) != 0)
            return -1;
        n += end != NULL;
        p += n;
        left -= n;
    }
    buf_consume(&input->pending, input->pending.len - left);
    if (left <= PS_INPUT_LINE_MAX)
        return 0;
    return err_set(err, ERR_OVERSIZED, STAGE_COMMAND,
                   "a line of the input is longer than %d bytes",
                   PS_INPUT_LINE_MAX);
}

static int put_end(struct ps_input *input, struct invocation *invocation,
                   struct err *err)
{
    struct buf *message;

    if (input->count == MESSAGES_MAX && flush(input, invocation, err) != 0)
        return -1;
    message = &input->messages[input->count++];
    buf_init(message, MESSAGE_ROOM(0));
    if (pipeline_put_end(&invocation->pipeline, message, err) != 0)
        return -1;
    return flush(input, invocation, err);
}

/* Lines go as they come: a slow writer's wait for nothing but themselves. */
static int send_all(struct ps_input *input, struct invocation *invocation,
                    line_wait_fn *wait, void *wait_arg, struct err *err)
{
    struct pollfd ready = { .fd = input->fd, .events = POLLIN };

    for (;;) {
        if (put_lines(input, invocation, err) != 0)
            return -1;
        if (input->over)
            return put_end(input, invocation, err);
        if (poll(&ready, 1, 0) <= 0 && flush(input, invocation, err) != 0)
            return -1;
        if (wait(wait_arg, input->fd, -1, err) != 0 ||
            take(input, err) != 0)
            return -1;
    }
}

int ps_input_send(struct ps_input *input, struct invocation *invocation,
                  line_wait_fn *wait, void *wait_arg, struct err *err)
{
    if (input->fd < 0 ||
        send_all(input, invocation, wait, wait_arg, err) == 0)
        return 0;
    if (!input_is_refused(err))
        return -1;
    err_clear(err); /* the pipeline ended: Receive tells how */
    return 0;
}
