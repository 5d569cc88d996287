/* remote.c - one remote command: Create, Command, Receive..., Delete. */
#include "cli/remote.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/signals.h"

/*
 * An End that is owed (stdin is empty) goes between two Receives, so that it
 * costs no second channel.  A quick command is done before; a command that
 * reads stdin waits this long for it.
 */
#define EMPTY_INPUT_RECEIVE_S 1
#define ABORT_MS 3000           /* to end a command that we leave */
#define EXIT_OUT_OF_RANGE 254

static int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int remote_exit_status(uint32_t code)
{
    return code <= EXIT_OUT_OF_RANGE ? (int)code : EXIT_OUT_OF_RANGE;
}

/* Ctrl-C twice, or any other signal to end: leave now. */
static int check_urgent(struct err *err)
{
    if (signals_end() != 0)
        return err_set(err, ERR_INTERRUPTED, STAGE_COMMAND,
                       "ended by signal %d (%s)", signals_end(),
                       strsignal(signals_end()));
    if (signals_interrupts() > 1)
        return err_set(err, ERR_INTERRUPTED, STAGE_COMMAND,
                       "interrupted twice");
    return 0;
}

/* The wait of the control line: only a further signal cuts it short. */
static int control_wait(void *arg, int fd, int timeout_ms, struct err *err)
{
    struct pollfd p[] = { { .fd = fd, .events = POLLIN },
                          { .fd = signals_fd(), .events = POLLIN } };
    int64_t until = now_ms() + timeout_ms;

    (void)arg;
    for (;;) {
        int64_t left = until - now_ms();
        int n;

        if (check_urgent(err) != 0)
            return -1;
        n = poll(p, 2, timeout_ms < 0 ? -1 : left > 0 ? (int)left : 0);
        if (n == 0)
            return err_set(err, ERR_TIMEOUT, STAGE_COMMAND,
                           "the host does not take the signal");
        if (n > 0 && p[0].revents != 0)
            return 0;
        if (n > 0)
            signals_seen();
    }
}

/* The first Ctrl-C is the remote command's. */
static int pass_interrupt(struct remote *r, struct err *err)
{
    r->interrupt_sent = true;
    if (line_open(&r->control, r->dial, control_wait, r, &r->command, err)
        != 0)
        return -1;
    if (winrs_signal(&r->control.command, WINRS_CTRL_C, false, err) == 0)
        return 0;
    return err->domain == CODE_FAULT ? 0 : -1; /* a fault: it just ended */
}

static int check_signals(struct remote *r, struct err *err)
{
    /* While Create or Command is on its way only a second one hurries us:
     * what the first would leave behind could not be cleaned up. */
    if (!r->running)
        return signals_interrupts() > 1 ? check_urgent(err) : 0;
    if (check_urgent(err) != 0)
        return -1;
    if (signals_interrupts() > 0 && !r->interrupt_sent)
        return pass_interrupt(r, err);
    return 0;
}

static int64_t left_of(const struct remote *r)
{
    int64_t left;

    if (r->options->timeout_s == 0)
        return INT32_MAX;
    left = r->started_ms + (int64_t)r->options->timeout_s * 1000 - now_ms();
    return left < INT32_MAX ? left : INT32_MAX;
}

/* Milliseconds to poll for, or -1 with ERR_TIMEOUT. */
static int check_time(const struct remote *r, int64_t until, int *wait_ms,
                      struct err *err)
{
    int64_t left = left_of(r), answer = until - now_ms();

    if (left <= 0) {
        (void)err_set(err, ERR_TIMEOUT, STAGE_COMMAND,
                      "the command ran longer than %u s",
                      r->options->timeout_s);
        return err_advise(err, "it was ended; raise --timeout if it needs "
                          "longer");
    }
    if (answer <= 0)
        return err_set(err, ERR_TIMEOUT, STAGE_COMMAND,
                       "no answer came in time");
    *wait_ms = (int)(answer < left ? answer : left);
    return 0;
}

int remote_wait(void *arg, int fd, int timeout_ms, struct err *err)
{
    struct remote *r = arg;
    int64_t until = timeout_ms < 0 ? INT64_MAX : now_ms() + timeout_ms;

    for (;;) {
        struct pollfd p[] = {
            { .fd = fd, .events = POLLIN },
            { .fd = signals_fd(), .events = POLLIN },
            { .fd = r->running && r->input.state == INPUT_WATCHED
                    ? r->input.fd : -1, .events = POLLIN },
            { .fd = r->running && r->input.state == INPUT_SENDING
                    ? r->input.report : -1, .events = POLLIN },
        };
        int wait_ms;

        if (check_signals(r, err) != 0
            || check_time(r, until, &wait_ms, err) != 0)
            return -1;
        if (poll(p, sizeof p / sizeof *p, wait_ms) <= 0)
            continue; /* EINTR, or a time that check_time() will see */
        if (p[1].revents != 0)
            signals_seen();
        if (p[2].revents != 0 && input_ready(&r->input, err) != 0)
            return -1;
        if (p[3].revents != 0 && input_reported(&r->input, err) != 0)
            return -1;
        if (p[0].revents != 0)
            return 0;
    }
}

/* A wsman_post_fn that counts, and remembers when the line is lost. */
static int counted_post(void *arg, const unsigned char *body, size_t len,
                        bool final, long timeout_ms,
                        struct wsman_answer *answer, struct err *err)
{
    struct remote *r = arg;

    r->result.requests++;
    if (r->post(r->post_arg, body, len, final, timeout_ms, answer, err) == 0)
        return 0;
    r->line_dead = true;
    return -1;
}

/* Blocks while the reader is slow: that is what bounds our memory. */
static int write_all(int fd, const unsigned char *p, size_t n,
                     struct err *err)
{
    struct pollfd ready = { .fd = fd, .events = POLLOUT };

    while (n > 0) {
        ssize_t put = write(fd, p, n);

        if (put >= 0) {
            p += put;
            n -= (size_t)put;
        } else if (errno == EAGAIN) {
            (void)poll(&ready, 1, 1000);
        } else if (errno != EINTR) {
            return err_set_errno(err, ERR_SYSTEM, STAGE_OUTPUT, errno,
                                 "cannot write the output");
        }
        if (n > 0 && check_urgent(err) != 0)
            return -1;
    }
    return 0;
}

static int output(void *arg, bool is_stderr, const void *p, size_t n,
                  struct err *err)
{
    struct remote *r = arg;

    if (n > 0 && r->result.output_ms < 0) {
        r->result.output_ms = now_ms() - r->started_ms;
        r->result.requests_to_output = r->result.requests;
    }
    if (write_all(is_stderr ? r->options->err : r->options->out, p, n, err)
        == 0)
        return 0;
    r->result.pipe_closed = err->domain == CODE_ERRNO && err->code == EPIPE;
    return -1;
}

static int start(struct remote *r, struct err *err)
{
    const struct remote_options *o = r->options;

    if (winrs_create(r->wsman, &o->shell, &r->shell, err) != 0
        || winrs_start(&r->shell, o->command, o->arguments,
                       o->argument_count, o->skip_cmd_shell, &r->command,
                       err) != 0)
        return -1;
    if (signals_interrupts() > 0 || signals_end() != 0)
        return err_set(err, ERR_INTERRUPTED, STAGE_COMMAND, NULL);
    r->running = true;
    return input_begin(&r->input, o->in, r->dial, &r->command, err);
}

static int receive(struct remote *r, struct err *err)
{
    unsigned usual_s = r->wsman->timeout_s;
    struct winrs_state state = { .done = false };

    while (!state.done) {
        bool owed = r->input.state == INPUT_EMPTY;
        int got;

        if (owed)
            r->wsman->timeout_s = EMPTY_INPUT_RECEIVE_S;
        got = winrs_receive(&r->command, output, r, &state, err);
        r->wsman->timeout_s = usual_s;
        if (got != 0)
            return -1;
        if (state.done || !owed)
            continue;
        r->input.state = INPUT_OVER;
        /* A fault is the command's end, which the next Receive tells. */
        if (winrs_send(&r->command, NULL, 0, true, err) != 0
            && err->domain != CODE_FAULT)
            return -1;
    }
    r->result.exit_code = state.exit_code;
    return 0;
}

static int abort_wait(void *arg, int fd, int timeout_ms, struct err *err)
{
    struct remote *r = arg;
    unsigned before = signals_interrupts();
    struct pollfd p[] = { { .fd = fd, .events = POLLIN },
                          { .fd = signals_fd(), .events = POLLIN } };

    (void)r;
    signals_seen();
    if (poll(p, 2, timeout_ms < ABORT_MS ? timeout_ms : ABORT_MS) > 0
        && p[0].revents != 0 && signals_interrupts() == before)
        return 0;
    return err_set(err, ERR_TIMEOUT, STAGE_COMMAND, NULL);
}

/* Nobody waits for it: the broker sends it while we are gone already. */
static void delete_shell(struct winrs_shell *shell)
{
    struct err untold = ERR_INIT;

    if (winrs_delete(shell, true, &untold) != 0)
        shell->id[0] = '\0'; /* no more can be done; the host times it out */
}

/*
 * The shell goes, and the command with it.  A Receive in flight keeps the
 * main line busy, so another one carries the Delete.  Why we leave is known
 * already: a failure here must not replace it.
 */
static void abandon(struct remote *r)
{
    struct err untold = ERR_INIT;

    if (r->shell.id[0] == '\0')
        return;
    if (!r->line_dead)
        delete_shell(&r->shell);
    else if (line_open(&r->control, r->dial, abort_wait, r, &r->command,
                       &untold) == 0)
        delete_shell(&r->control.shell);
}

void remote_init(struct remote *remote, const struct remote_options *options,
                 struct wsman *wsman, const struct dial *dial)
{
    memset(remote, 0, sizeof *remote);
    remote->options = options;
    remote->dial = dial;
    remote->wsman = wsman;
    remote->input.report = remote->input.stop = -1;
    remote->input.state = INPUT_OVER;
    remote->result.output_ms = -1;
    remote->post = wsman->post;
    remote->post_arg = wsman->post_arg;
    wsman->post = counted_post;
    wsman->post_arg = remote;
}

int remote_run(struct remote *remote, struct err *err)
{
    int r;

    remote->started_ms = now_ms();
    remote->command.shell = &remote->shell; /* also before Command */
    remote->shell.wsman = remote->wsman;
    if (signals_catch(err) != 0)
        return -1;
    r = start(remote, err);
    if (r == 0)
        r = receive(remote, err);
    if (r == 0)
        delete_shell(&remote->shell);
    else
        abandon(remote);
    input_finish(&remote->input);
    line_close(&remote->control, remote->dial, r != 0);
    signals_release();
    remote->wsman->post = remote->post;
    remote->wsman->post_arg = remote->post_arg;
    return r;
}
