/* input.c - forwards stdin with real EOF, never in the way of the output. */
#include "cli/input.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "cli/busy.h"

#define PENDING_MAX 1048576 /* more than winrs_send_max() twice */
#define BULK_BYTES 32768
#define BULK_WAIT_MS 2

#define HRESULT_WIN32(code) (0x80070000u | (code)) /* MS-ERREF 2.1.2 */

/* Nobody reads the remote stdin any more: as EPIPE is to a local one. */
bool input_is_refused(const struct err *err)
{
    static const uint32_t codes[] = {
        109,  /* ERROR_BROKEN_PIPE */
        232,  /* ERROR_NO_DATA: the pipe is being closed */
        233,  /* ERROR_PIPE_NOT_CONNECTED */
        995,  /* ERROR_OPERATION_ABORTED: the command ended meanwhile */
    };
    size_t i;

    if (err->cause == ERR_SHELL_GONE)
        return true; /* the Receive will tell */
    for (i = 0; i < sizeof codes / sizeof *codes; i++)
        if (err->domain == CODE_FAULT
            && (err->code == codes[i]
                || err->code == HRESULT_WIN32(codes[i])))
            return true;
    return false;
}

/* Waits for events on fd; false: the thread shall stop, or time is over. */
static bool await(const struct input *input, int fd, int timeout_ms)
{
    struct pollfd p[] = { { .fd = input->stop, .events = POLLIN },
                          { .fd = fd, .events = POLLIN } };

    for (;;) {
        int n = poll(p, 2, timeout_ms);

        if (n < 0 && errno == EINTR)
            continue;
        return n > 0 && p[0].revents == 0;
    }
}

static int input_wait(void *arg, int fd, int timeout_ms, struct err *err)
{
    const struct input *input = arg;
    struct pollfd p = { .fd = input->stop, .events = POLLIN };

    if (await(input, fd, timeout_ms))
        return 0;
    if (poll(&p, 1, 0) > 0)
        return err_set(err, ERR_INTERRUPTED, STAGE_COMMAND, NULL);
    return err_set(err, ERR_TIMEOUT, STAGE_COMMAND,
                   "the host did not take the input within %d s",
                   timeout_ms / 1000);
}

/* One read(2) into pending: what a terminal gives is one line. */
static int read_some(struct input *input, size_t room, struct err *err)
{
    unsigned char *dst = buf_reserve(&input->pending, room);
    ssize_t n;

    if (dst == NULL)
        return buf_ok(&input->pending, STAGE_COMMAND, err);
    do
        n = read(input->fd, dst, room);
    while (n < 0 && errno == EINTR);
    input->pending.len -= room - (n > 0 ? (size_t)n : 0);
    if (n == 0 || (n < 0 && errno != EAGAIN))
        input->eof = true; /* EIO, EISDIR, EBADF: nothing will ever come */
    return 0;
}

/*
 * As much as one Send takes.  A line or two never wait; who writes much may
 * need a moment to fill the pipe again.
 */
static int fill(struct input *input, size_t max, struct err *err)
{
    struct pollfd p = { .fd = input->fd, .events = POLLIN };

    if (input->pending.len == 0 && !input->eof
        && !await(input, input->fd, -1))
        return err_set(err, ERR_INTERRUPTED, STAGE_COMMAND, NULL);
    while (!input->eof && input->pending.len < max
           && poll(&p, 1, input->pending.len < BULK_BYTES ? 0 : BULK_WAIT_MS)
                  > 0)
        if (read_some(input, max - input->pending.len, err) != 0)
            return -1;
    return 0;
}

/* The Send of what is pending from here on. */
static int prepare(struct input *input, size_t from, size_t max,
                   struct err *err)
{
    size_t left = input->pending.len - from;

    input->next_bytes = left < max ? left : max;
    input->next_ends = input->eof && input->next_bytes == left;
    return winrs_prepare_send(&input->line.command,
                              input->pending.data + from, input->next_bytes,
                              input->next_ends, &input->next, err);
}

/*
 * While the host takes a whole Send, which is one of many, the next one is
 * read and composed, if there is as much.
 */
static int prepare_next(struct input *input, size_t taken, size_t max,
                        struct err *err)
{
    size_t both = taken + max;

    if (taken < max || input->next.xml != NULL)
        return 0;
    if (fill(input, both, err) != 0)
        return -1;
    return input->pending.len < both ? 0 : prepare(input, taken, max, err);
}

/* One Send, of *n bytes: the one that is composed already, if there is.  Input
 * may since have come to its end, which then goes with the next. */
static int send_once(struct input *input, size_t max, size_t *n, bool *end,
                     struct err *err)
{
    struct wsman_envelope envelope;

    if (input->next.xml == NULL && prepare(input, 0, max, err) != 0)
        return -1;
    *n = input->next_bytes;
    *end = input->next_ends;
    envelope = input->next;
    input->next.xml = NULL;
    winrs_begin_send(&input->line.command, &envelope);
    if (prepare_next(input, *n, max, err) != 0) {
        wsman_envelope_free(&envelope);
        return -1;
    }
    return winrs_finish_send(&input->line.command, &envelope, err);
}

static int send_pending(struct input *input, size_t max, struct err *err)
{
    bool end = false;
    size_t n = 0;
    int attempt;

    for (attempt = 0; attempt < BUSY_ATTEMPTS; attempt++) {
        if (send_once(input, max, &n, &end, err) == 0)
            break;
        if (!busy_is(err) || attempt + 1 == BUSY_ATTEMPTS)
            return -1;
        wsman_envelope_free(&input->next); /* not its turn yet */
        if (!await(input, -1, BUSY_PAUSE_MS)) {
            struct pollfd p = { .fd = input->stop, .events = POLLIN };

            if (poll(&p, 1, 0) > 0)
                return -1;
        }
    }
    buf_consume(&input->pending, n);
    input->ended = end;
    return 0;
}

/* A whole envelope is full: worth a request that may make them larger. */
static int lift(struct input *input, size_t *max, struct err *err)
{
    if (wsman_lift_envelope(&input->line.wsman, err) != 0)
        return -1;
    *max = winrs_send_max(&input->line.shell);
    return fill(input, *max, err);
}

static int forward(struct input *input, struct err *err)
{
    bool lifted = false;
    size_t max;

    if (line_open(&input->line, input->dial, input_wait, input, input->same,
                  err) != 0)
        return -1;
    max = winrs_send_max(&input->line.shell);
    do {
        if (fill(input, max, err) != 0)
            return -1;
        if (!lifted && input->pending.len >= max) {
            lifted = true;
            if (lift(input, &max, err) != 0)
                return -1;
        }
        if ((input->pending.len > 0 || input->eof)
            && send_pending(input, max, err) != 0)
            return -1;
    } while (!input->ended);
    return 0;
}

static void *thread_main(void *arg)
{
    struct input *input = arg;
    const uint64_t one = 1;
    ssize_t ignored;

    input->failed = forward(input, &input->err) != 0
        && !input_is_refused(&input->err);
    line_close(&input->line, input->dial, input->failed);
    ignored = write(input->report, &one, sizeof one);
    (void)ignored;
    return NULL;
}

/* The thread takes no signal: the one that waits for output does. */
static int start(struct input *input, struct err *err)
{
    sigset_t all, old;
    int r;

    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &old);
    r = pthread_create(&input->thread, NULL, thread_main, input);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (r != 0)
        return err_set_errno(err, ERR_SYSTEM, STAGE_COMMAND, r,
                             "cannot start a thread for stdin");
    input->state = INPUT_SENDING;
    return 0;
}

/* What is there already; one byte more than can be sent at once tells. */
static int look(struct input *input, struct err *err)
{
    if (fill(input, INPUT_WHOLE_MAX + 1, err) != 0)
        return -1;
    if (!input->eof)
        return input->pending.len > 0 ? start(input, err) : 0;
    if (input->pending.len > INPUT_WHOLE_MAX)
        return start(input, err);
    input->state = input->pending.len > 0 ? INPUT_WHOLE : INPUT_EMPTY;
    return 0;
}

int input_begin(struct input *input, int fd, const struct dial *dial,
                const struct winrs_command *command, struct err *err)
{
    struct pollfd p = { .fd = fd, .events = POLLIN };

    memset(input, 0, sizeof *input);
    input->fd = fd;
    input->dial = dial;
    input->same = command;
    buf_init(&input->pending, PENDING_MAX);
    input->report = eventfd(0, EFD_CLOEXEC);
    input->stop = eventfd(0, EFD_CLOEXEC);
    if (input->report < 0 || input->stop < 0)
        return err_set_errno(err, ERR_SYSTEM, STAGE_COMMAND, errno,
                             "cannot make an eventfd for stdin");
    return !isatty(fd) && poll(&p, 1, 0) > 0 ? look(input, err) : 0;
}

int input_ready(struct input *input, struct err *err)
{
    if (read_some(input, 4096, err) != 0)
        return -1;
    if (input->pending.len == 0 && !input->eof)
        return 0;
    return start(input, err);
}

int input_reported(struct input *input, struct err *err)
{
    pthread_join(input->thread, NULL);
    input->state = INPUT_OVER;
    if (!input->failed)
        return 0;
    *err = input->err;
    return -1;
}

void input_finish(struct input *input)
{
    const uint64_t one = 1;
    ssize_t ignored;

    if (input->state == INPUT_SENDING) {
        ignored = write(input->stop, &one, sizeof one);
        (void)ignored;
        pthread_join(input->thread, NULL);
    }
    input->state = INPUT_OVER;
    wsman_envelope_free(&input->next);
    buf_free(&input->pending);
    if (input->report >= 0)
        close(input->report);
    if (input->stop >= 0)
        close(input->stop);
    input->report = input->stop = -1;
}
