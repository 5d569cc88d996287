/* input.c - forwards stdin with real EOF, never in the way of the output. */
#include "cli/input.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "cli/busy.h"

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
 * A line or two never wait; who writes much may need a moment to fill the
 * pipe again.
 */
int input_fill(struct input *input, size_t have, size_t max, struct err *err)
{
    struct pollfd p = { .fd = input->fd, .events = POLLIN };

    while (input->pending.len <= have && !input->eof) {
        if (!await(input, input->fd, -1))
            return err_set(err, ERR_INTERRUPTED, STAGE_COMMAND, NULL);
        if (read_some(input, max - input->pending.len, err) != 0)
            return -1;
    }
    while (!input->eof && input->pending.len < max
           && poll(&p, 1, input->pending.len < BULK_BYTES ? 0 : BULK_WAIT_MS)
                  > 0)
        if (read_some(input, max - input->pending.len, err) != 0)
            return -1;
    return 0;
}

bool input_again(struct input *input, unsigned *attempt, struct err *err)
{
    static const struct waiting_time endless = { .limit_s = 0 };

    return busy_again(attempt, input_wait, input, &endless, err);
}

static int forward(struct input *input, struct err *err)
{
    if (line_open(&input->line, input->dial, input_wait, input, &input->same,
                  err) != 0)
        return -1;
    return input->use.forward(input->use.arg, input, err);
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

    input->same = *input->other; /* which goes on meanwhile */
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

int input_look(struct input *input, struct err *err)
{
    struct pollfd p = { .fd = input->fd, .events = POLLIN };
    size_t max = input->use.whole_max;

    if ((input->state != INPUT_WATCHED && input->state != INPUT_BEGUN)
        || isatty(input->fd) || poll(&p, 1, 0) <= 0)
        return 0;
    /* One byte more than can be sent at once tells. */
    while (!input->eof && input->pending.len <= max && poll(&p, 1, 0) > 0)
        if (read_some(input, max + 1 - input->pending.len, err) != 0)
            return -1;
    if (!input->eof || input->pending.len > max)
        input->state = input->pending.len > 0 ? INPUT_BEGUN : INPUT_WATCHED;
    else
        input->state = input->pending.len > 0 ? INPUT_WHOLE : INPUT_EMPTY;
    return 0;
}

void input_init(struct input *input)
{
    memset(input, 0, sizeof *input);
    input->state = INPUT_OVER;
    input->fd = input->report = input->stop = -1;
}

int input_begin(struct input *input, int fd, const struct dial *dial,
                const struct wsman *other, const struct input_use *use,
                struct err *err)
{
    input_init(input);
    input->state = INPUT_WATCHED;
    input->fd = fd;
    input->dial = dial;
    input->other = other;
    input->use = *use;
    buf_init(&input->pending, use->pending_max);
    input->report = eventfd(0, EFD_CLOEXEC);
    input->stop = eventfd(0, EFD_CLOEXEC);
    if (input->report < 0 || input->stop < 0)
        return err_set_errno(err, ERR_SYSTEM, STAGE_COMMAND, errno,
                             "cannot make an eventfd for stdin");
    return input_look(input, err);
}

int input_go(struct input *input, struct err *err)
{
    return input->state == INPUT_BEGUN ? start(input, err) : 0;
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
    buf_free(&input->pending);
    if (input->report >= 0)
        close(input->report);
    if (input->stop >= 0)
        close(input->stop);
    input->report = input->stop = -1;
}
