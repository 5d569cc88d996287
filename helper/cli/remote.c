/* remote.c - one remote command: Create, Command, Receive..., Delete. */
#include "cli/remote.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "broker/wire.h"
#include "cli/kept_shell.h"
#include "cli/loss.h"
#include "cli/signals.h"
#include "cli/stay_behind.h"
#include "cli/waiting.h"
#include "wsman/faults.h"

/*
 * The End of empty input, which whoever runs without a terminal has, goes
 * between two Receives: a quick command is done before, and costs no request
 * more.  One that is silent, or reads stdin, gets it after this time.
 */
#define EMPTY_INPUT_RECEIVE_MS 200
#define EXIT_OUT_OF_RANGE 254

int remote_exit_status(uint32_t code)
{
    return code <= EXIT_OUT_OF_RANGE ? (int)code : EXIT_OUT_OF_RANGE;
}

/*
 * The first Ctrl-C is the remote command's.  A host that is busy is asked
 * again, and its output read meanwhile.
 */
static int pass_interrupt(struct remote *r, struct err *err)
{
    struct winrs_shell shell = r->shell;
    struct winrs_command command = r->command;

    r->interrupt.due_ms = INT64_MAX;
    if (line_open(&r->control, r->dial, waiting_control, r, r->wsman, err)
        != 0)
        return -1;
    shell.wsman = &r->control.wsman;
    command.shell = &shell;
    return busy_signal_passed(&r->interrupt,
                              winrs_signal(&command, WINRS_CTRL_C, false,
                                           err), err);
}

/*
 * A first Ctrl-C while Create or Command is on its way waits for the answer,
 * and then nothing is started.
 */
static int check_signals(struct remote *r, struct err *err)
{
    if (r->behind)
        return 0;
    if (waiting_urgent(err) != 0)
        return -1;
    if (r->running && signals_interrupts() > 0
        && busy_signal_is_due(&r->interrupt))
        return pass_interrupt(r, err);
    return 0;
}

/* How long poll(2) may wait, if a Ctrl-C is still to be passed on. */
static int before_interrupt(const struct remote *r, int wait_ms)
{
    return r->running && signals_interrupts() > 0
               ? busy_signal_wait_ms(&r->interrupt, wait_ms) : wait_ms;
}

/*
 * Leaves, unless this is the process that stays for the answer to Create: it
 * alone tells which shell is to be deleted.
 */
static int leave(struct remote *r, int fd, struct err *err)
{
    bool creating = fd >= 0 && r->shell.id[0] == '\0';

    if (!creating || r->behind || !stay_behind())
        return -1;
    r->behind = true;
    r->time.limit_s = 0;
    err_clear(err);
    return 0;
}

int remote_wait(void *arg, int fd, int timeout_ms, struct err *err)
{
    struct remote *r = arg;
    int64_t until = timeout_ms < 0 ? INT64_MAX : waiting_now_ms() + timeout_ms;

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
            || waiting_time_left(&r->time, until, &wait_ms, err) != 0) {
            if (leave(r, fd, err) != 0)
                return -1;
            continue;
        }
        if (poll(p, sizeof p / sizeof *p, before_interrupt(r, wait_ms)) <= 0)
            continue; /* EINTR, or a time that is looked at above */
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

/* A wsman_post_fn that counts. */
static int counted_post(void *arg, const unsigned char *body, size_t len,
                        bool final, long timeout_ms,
                        struct wsman_answer *answer, struct err *err)
{
    struct remote *r = arg;

    if (body != NULL)
        r->result.requests++;
    return r->post(r->post_arg, body, len, final, timeout_ms, answer, err);
}

static int counted_send(void *arg, const unsigned char *body, size_t len,
                        long timeout_ms, struct err *err)
{
    struct remote *r = arg;

    r->result.requests++;
    return r->send(r->post_arg, body, len, timeout_ms, err);
}

static int write_out(struct remote *r, bool is_stderr, const void *p,
                     size_t n, struct err *err)
{
    const struct remote_options *o = r->options;
    struct buf *kept;

    if (o->capture == NULL)
        return waiting_write(is_stderr ? o->err : o->out, p, n, err);
    kept = is_stderr ? &o->capture->err : &o->capture->out;
    buf_put(kept, p, n);
    if (kept->failed != ERR_OVERSIZED)
        return buf_ok(kept, STAGE_OUTPUT, err);
    (void)err_set(err, ERR_OVERSIZED, STAGE_OUTPUT,
                  "the command wrote more than %d bytes, which is too much "
                  "for one JSON object", REMOTE_CAPTURE_MAX);
    return err_advise(err, "without --json output has no limit");
}

static int output(void *arg, bool is_stderr, const void *p, size_t n,
                  struct err *err)
{
    struct remote *r = arg;

    if (n > 0 && r->result.output_ms < 0) {
        r->result.output_ms = waiting_now_ms() - r->time.began_ms;
        r->result.requests_to_output =
            r->result.requests - (r->wsman->ahead[0] != '\0');
    }
    if (write_out(r, is_stderr, p, n, err) == 0)
        return 0;
    r->result.pipe_closed = err->domain == CODE_ERRNO && err->code == EPIPE;
    return -1;
}

static bool again(struct remote *r, unsigned *attempt, struct err *err)
{
    return busy_again(attempt, remote_wait, r, &r->time, err);
}

/* Whatever becomes of us, the broker deletes the shell, or keeps it. */
static int leave_shell(struct remote *r, bool keep, struct err *err)
{
    const struct remote_options *o = r->options;
    char value[WIRE_VALUE_MAX];

    if (keep && shell_value(&r->shell, value, sizeof value) != 0)
        keep = false;
    if (r->farewell == NULL
        && winrs_compose_delete(&r->shell, &r->farewell, err) != 0)
        return -1;
    if (o->will(o->will_arg, keep ? o->label : "", keep ? value : "",
                xmlBufferContent(r->farewell),
                (size_t)xmlBufferLength(r->farewell), err) != 0)
        return -1;
    r->result.kept = keep;
    return 0;
}

/* Nothing is started for somebody who has pressed Ctrl-C. */
static int check_wanted(const struct remote *r, struct err *err)
{
    if (!r->behind && signals_interrupts() == 0 && signals_end() == 0)
        return 0;
    return err_set(err, ERR_INTERRUPTED, STAGE_COMMAND, NULL);
}

static int create(struct remote *r, struct err *err)
{
    unsigned attempt = 0;

    if (r->farewell != NULL)
        xmlBufferFree(r->farewell);
    r->farewell = NULL;
    r->result.inherited = false;
    while (winrs_create(r->wsman, &r->options->shell, &r->shell, err) != 0)
        if (!again(r, &attempt, err) || check_wanted(r, err) != 0)
            return -1;
    return leave_shell(r, false, err);
}

static int start_command(struct remote *r, struct err *err)
{
    const struct remote_options *o = r->options;

    if (check_wanted(r, err) != 0)
        return -1;
    return winrs_start(&r->shell, o->command, o->arguments, o->argument_count,
                       o->skip_cmd_shell, &r->command, err);
}

/* For one that takes no command.  If it is disconnected, it is still there. */
static int replace_shell(struct remote *r, struct err *err)
{
    bool is_there = err->code == FAULT_SHELL_DISCONNECTED;

    err_clear(err);
    if (is_there && winrs_delete(&r->shell, false, err) != 0)
        return -1;
    return create(r, err);
}

/*
 * The shell that we inherit may have vanished, or be disconnected: the host
 * says so instead of starting the command, which then is asked for once more,
 * in a new shell.  Nothing else is: of any other failure it is not known what
 * it left running.
 */
static int start(struct remote *r, struct err *err)
{
    const struct remote_options *o = r->options;
    int started;

    r->result.inherited = shell_take_value(o->value, &r->shell) == 0;
    if (r->result.inherited ? leave_shell(r, false, err) != 0
                            : create(r, err) != 0)
        return -1;
    started = start_command(r, err);
    if (started != 0 && r->result.inherited && shell_is_missing(err)) {
        if (replace_shell(r, err) != 0)
            return -1;
        started = start_command(r, err);
    }
    if (started != 0 || check_wanted(r, err) != 0)
        return -1;
    r->running = true;
    return run_input_begin(&r->sending, &r->input, o->in, r->dial, &r->command,
                           err);
}

/* All input and its end, on the main line. */
static int send_input(struct remote *r, struct err *err)
{
    unsigned attempt = 0;

    while (winrs_send(&r->command, r->input.pending.data,
                      r->input.pending.len, true, err) != 0) {
        if (input_is_refused(err)) {
            err_clear(err);
            break;
        }
        if (!again(r, &attempt, err))
            return -1;
    }
    r->input.state = INPUT_OVER;
    return 0;
}

static int receive_once(struct remote *r, struct winrs_state *state,
                        struct err *err)
{
    bool brief = r->input.state == INPUT_EMPTY;
    unsigned attempt = 0;
    int got;

    r->wsman->brief_ms = brief ? EMPTY_INPUT_RECEIVE_MS : 0;
    /* Behind a brief one, input wants the line. */
    r->wsman->send = brief ? NULL : r->halves;
    do
        got = winrs_receive(&r->command, output, r, state, err);
    while (got != 0 && again(r, &attempt, err));
    r->wsman->brief_ms = 0;
    r->wsman->send = r->halves;
    /* A host that finds it too short has taken no output for it. */
    if (got != 0 && brief && err->domain == CODE_FAULT
        && err->code == FAULT_HEADER_INVALID) {
        err_clear(err);
        return 0;
    }
    return got;
}

static int receive(struct remote *r, struct err *err)
{
    struct winrs_state state = { .done = false };

    if (r->input.state == INPUT_WHOLE && send_input(r, err) != 0)
        return -1;
    while (!state.done) {
        if (receive_once(r, &state, err) != 0)
            return -1;
        if (!state.done && r->input.state == INPUT_EMPTY
            && send_input(r, err) != 0)
            return -1;
    }
    r->result.exit_code = state.exit_code;
    return 0;
}

/*
 * MS-WSMV 2.2.4.38: a command is terminated before the shell gets another.
 * Nobody waits for it, and the exit code is known: a failure costs the shell,
 * which the broker then deletes or the host times out, and nothing else.
 */
static void keep_shell(struct remote *r)
{
    struct err untold = ERR_INIT;

    if (leave_shell(r, true, &untold) == 0
        && winrs_signal(&r->command, WINRS_TERMINATE, true, &untold) != 0)
        r->result.kept = false;
}

void remote_init(struct remote *remote, const struct remote_options *options,
                 struct wsman *wsman, const struct dial *dial)
{
    memset(remote, 0, sizeof *remote);
    remote->options = options;
    remote->dial = dial;
    remote->wsman = wsman;
    input_init(&remote->input);
    remote->result.output_ms = -1;
    remote->post = wsman->post;
    remote->post_arg = wsman->post_arg;
    remote->send = wsman->send;
    remote->halves = wsman->send != NULL ? counted_send : NULL;
    wsman->post = counted_post;
    wsman->post_arg = remote;
    wsman->send = remote->halves;
}

int remote_run(struct remote *remote, struct err *err)
{
    const struct remote_options *o = remote->options;
    bool keep = o->label[0] != '\0' && o->keep;
    int r;

    remote->time.began_ms = waiting_now_ms();
    remote->time.limit_s = o->timeout_s;
    remote->command.shell = &remote->shell; /* also before Command */
    remote->shell.wsman = remote->wsman;
    if (signals_catch(err) != 0)
        return -1;
    r = start(remote, err);
    if (r == 0)
        r = receive(remote, err);
    if (r != 0)
        loss_explain("command", remote->shell.id[0] != '\0',
                     remote->running, &remote->time, err);
    else if (keep || remote->result.inherited)
        keep_shell(remote);
    input_finish(&remote->input);
    run_input_free(&remote->sending);
    line_close(&remote->control, remote->dial, r != 0);
    signals_release();
    if (remote->farewell != NULL)
        xmlBufferFree(remote->farewell);
    remote->wsman->post = remote->post;
    remote->wsman->post_arg = remote->post_arg;
    remote->wsman->send = remote->send;
    return r;
}
