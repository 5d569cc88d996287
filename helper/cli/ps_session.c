/* ps_session.c - Create, Receive, Command, Send, Receive... of a pipeline. */
#include "cli/ps_session.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "cli/kept_shell.h"
#include "cli/loss.h"
#include "cli/ps_calls.h"
#include "cli/signals.h"
#include "wsman/faults.h"
#include "wsman/uri.h"

/*
 * Stops the pipeline on a line of its own: a Receive that waits for output
 * occupies the main one, and a Send that waits for its turn that of the input.
 */
static int stop_pipeline(struct ps_session *s, struct err *err)
{
    struct shell shell = s->runspace.shell;

    s->stop_sent = true;
    s->stop.due_ms = INT64_MAX;
    if (line_open(&s->control, s->dial, waiting_control, s, s->wsman, err)
        != 0)
        return -1;
    shell.wsman = &s->control.wsman;
    return busy_signal_passed(&s->stop,
                              shell_signal(&shell, s->invocation.id,
                                           SIGNAL_PS_STOP, false, err), err);
}

/*
 * A first Ctrl-C while Create or Command is on its way waits for the answer,
 * and then nothing is started.
 */
static int check_signals(struct ps_session *s, struct err *err)
{
    if (waiting_urgent(err) != 0)
        return -1;
    if (s->running && signals_interrupts() > 0
        && busy_signal_is_due(&s->stop))
        return stop_pipeline(s, err);
    return 0;
}

int ps_session_wait(void *arg, int fd, int timeout_ms, struct err *err)
{
    struct ps_session *s = arg;
    int64_t until = INT64_MAX;

    if (timeout_ms >= 0)
        until = waiting_now_ms() + timeout_ms;
    for (;;) {
        struct pollfd p[] = {
            { .fd = fd, .events = POLLIN },
            { .fd = signals_fd(), .events = POLLIN },
            { .fd = s->running && s->input.state == INPUT_WATCHED
                    ? s->input.fd : -1, .events = POLLIN },
            { .fd = s->input.state == INPUT_SENDING ? s->input.report : -1,
              .events = POLLIN },
        };
        int wait_ms;

        if (check_signals(s, err) != 0 ||
            waiting_time_left(&s->time, until, &wait_ms, err) != 0)
            return -1;
        if (s->running && signals_interrupts() > 0)
            wait_ms = busy_signal_wait_ms(&s->stop, wait_ms);
        if (poll(p, sizeof p / sizeof *p, wait_ms) <= 0)
            continue; /* EINTR, or a time that waiting_time_left() sees */
        if (p[1].revents != 0)
            signals_seen();
        if (p[2].revents != 0 && input_ready(&s->input, err) != 0)
            return -1;
        if (p[3].revents != 0 && input_reported(&s->input, err) != 0)
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
    struct ps_session *s = arg;

    s->result.requests++;
    return s->post(s->post_arg, body, len, final, timeout_ms, answer, err);
}

static void note_output(struct ps_session *s)
{
    if (s->result.output_ms >= 0)
        return;
    s->result.output_ms = waiting_now_ms() - s->time.began_ms;
    s->result.requests_to_output = s->result.requests;
}

/* Whether the output took it; a closed pipe is told apart. */
static int took(struct ps_session *s, int rc, const struct err *err)
{
    if (rc != 0)
        s->result.pipe_closed = err->domain == CODE_ERRNO &&
                                err->code == EPIPE;
    return rc;
}

static int on_text(void *arg, const char *text, size_t n, struct err *err)
{
    struct ps_session *s = arg;
    const struct ps_output *o = &s->options->output;

    note_output(s);
    return took(s, o->text(o->arg, text, n, err), err);
}

static int on_raw(void *arg, const char *clixml, size_t n, struct err *err)
{
    struct ps_session *s = arg;
    const struct ps_output *o = &s->options->output;

    note_output(s);
    return took(s, o->raw(o->arg, clixml, n, err), err);
}

static int on_output(void *arg, const struct incoming_message *message,
                     struct err *err)
{
    struct ps_session *s = arg;
    const struct ps_output *o = &s->options->output;

    note_output(s);
    return took(s, o->value(o->arg, message, err), err);
}

static int on_record(void *arg, enum message_type type,
                     const struct clixml *value, struct err *err)
{
    struct ps_session *s = arg;
    const struct ps_output *o = &s->options->output;

    return took(s, o->record(o->arg, type, value, err), err);
}

/* Whatever becomes of us, the broker deletes the shell, or, with a value,
 * keeps it. */
static int leave(struct ps_session *s, const struct shell *shell,
                 const char *value, struct err *err)
{
    const struct ps_options *o = s->options;
    xmlBufferPtr farewell;
    int rc;

    if (shell_compose_delete(shell, &farewell, err) != 0)
        return -1;
    rc = o->will(o->will_arg, value[0] != '\0' ? o->label : "", value,
                 xmlBufferContent(farewell),
                 (size_t)xmlBufferLength(farewell), err);
    xmlBufferFree(farewell);
    return rc;
}

static int leave_will(void *arg, const struct shell *shell, struct err *err)
{
    return leave(arg, shell, "", err);
}

/* The host has said that it made none: there is nothing to leave. */
static void withdraw_will(struct ps_session *s)
{
    struct err untold = ERR_INIT;

    (void)s->options->will(s->options->will_arg, "", "", NULL, 0, &untold);
    err_clear(&untold);
}

static bool again(void *arg, unsigned *attempt, struct err *err)
{
    struct ps_session *s = arg;

    return busy_again(attempt, ps_session_wait, s, &s->time, err);
}

/* Nothing is started for somebody who has pressed Ctrl-C. */
static int check_wanted(struct err *err)
{
    if (signals_interrupts() == 0 && signals_end() == 0)
        return 0;
    return err_set(err, ERR_INTERRUPTED, STAGE_COMMAND, NULL);
}

static int open_pool(struct ps_session *s, struct err *err)
{
    struct runspace_options options = s->options->runspace;
    unsigned attempt = 0;

    options.creating = leave_will;
    options.creating_arg = s;
    while (runspace_open(&s->runspace, s->wsman, &options, err) != 0) {
        if (s->runspace.id[0] != '\0')
            return -1;
        if (err->domain == CODE_FAULT)
            withdraw_will(s);
        if (!again(s, &attempt, err) || check_wanted(err) != 0)
            return -1;
        runspace_free(&s->runspace);
    }
    return 0;
}

/* *inherited: the pool was there already. */
static int have_pool(struct ps_session *s, bool *inherited, struct err *err)
{
    struct runspace_left left;

    *inherited = pool_take_value(s->options->value, &left) == 0;
    if (!*inherited)
        return open_pool(s, err);
    if (runspace_resume(&s->runspace, s->wsman, &s->options->runspace, &left,
                        err) != 0)
        return -1;
    return leave_will(s, &s->runspace.shell, err);
}

static int start_pipeline(struct ps_session *s, struct err *err)
{
    struct pipeline_options options = s->options->pipeline;
    bool streams = s->options->output.text != NULL;

    if (check_wanted(err) != 0)
        return -1;
    options.no_input = s->input.state == INPUT_OVER;
    return invocation_start(&s->invocation, &s->runspace, &options, &s->sink,
                            streams ? on_text : NULL, err);
}

/*
 * The pool that we inherit may be gone: the host says so instead of taking
 * the command, which then is asked for once more, in a new pool.  Of any
 * other failure it is not known what it left running.
 */
static int replace_pool(struct ps_session *s, struct err *err)
{
    struct err untold = ERR_INIT;

    /* The old one would only time out; that it does not go is its matter. */
    if (err->code == FAULT_SHELL_DISCONNECTED &&
        runspace_close(&s->runspace, false, &untold) != 0)
        err_clear(&untold);
    err_clear(err);
    invocation_free(&s->invocation);
    runspace_free(&s->runspace);
    return open_pool(s, err);
}

static int start(struct ps_session *s, struct err *err)
{
    bool inherited;
    int started;

    if (have_pool(s, &inherited, err) != 0)
        return -1;
    started = start_pipeline(s, err);
    if (started != 0 && inherited && s->invocation.id[0] == '\0' &&
        shell_is_missing(err)) {
        if (replace_pool(s, err) != 0)
            return -1;
        started = start_pipeline(s, err);
    }
    if (started != 0)
        return -1;
    s->invocation.incoming.on_raw =
        s->options->output.raw != NULL ? on_raw : NULL;
    s->invocation.incoming.raw_arg = s;
    if (check_wanted(err) != 0)
        return -1;
    s->running = true;
    return ps_input_go(&s->sending, &s->input, again, s, err);
}

static int receive(struct ps_session *s, struct err *err)
{
    const struct ps_output *o = &s->options->output;
    unsigned attempt = 0;

    while (!invocation_is_over(&s->invocation)) {
        if (invocation_receive(&s->invocation, err) != 0) {
            if (!again(s, &attempt, err))
                return -1;
            continue;
        }
        attempt = 0;
        if (took(s, o->flush(o->arg, err), err) != 0)
            return -1;
    }
    s->result.state = s->invocation.pipeline.state;
    s->result.had_errors = s->invocation.pipeline.had_errors;
    return 0;
}

/*
 * MS-WSMV 2.2.4.38: a command is terminated before the shell gets another.
 * Nobody waits for it, and the result is known: a failure costs the pool and
 * nothing else.
 */
static void keep_pool(struct ps_session *s)
{
    struct ps_result *result = &s->result;
    struct runspace_left left;
    char value[WIRE_VALUE_MAX];
    struct err untold = ERR_INIT;

    result->why_not_kept = "its options are too long, or the broker is gone";
    if (!runspace_leave(&s->runspace, &left))
        result->why_not_kept = "it has a key for secrets, which is this "
                               "command's alone";
    else if (s->options->label[0] != '\0' &&
             pool_value(&left, value, sizeof value) == 0 &&
             leave(s, &s->runspace.shell, value, &untold) == 0 &&
             invocation_end(&s->invocation, &untold) == 0)
        result->kept = true;
    if (result->kept)
        result->why_not_kept = NULL;
}

void ps_session_init(struct ps_session *s, const struct ps_options *options,
                     struct wsman *wsman, const struct dial *dial)
{
    memset(s, 0, sizeof *s);
    input_init(&s->input);
    s->options = options;
    s->dial = dial;
    s->wsman = wsman;
    s->result.output_ms = -1;
    s->sink = (struct pipeline_sink){ .output = on_output,
                                      .record = on_record,
                                      .host_call = ps_calls_take,
                                      .arg = s };
    s->post = wsman->post;
    s->post_arg = wsman->post_arg;
    wsman->post = counted_post;
    wsman->post_arg = s;
}

int ps_session_run(struct ps_session *s, struct err *err)
{
    int r;

    s->time.began_ms = waiting_now_ms();
    s->time.limit_s = s->options->timeout_s;
    if (signals_catch(err) != 0)
        return -1;
    r = ps_input_begin(&s->sending, &s->input, s->options->in, s->dial,
                       s->wsman, &s->invocation, err);
    if (r == 0)
        r = start(s, err);
    if (r == 0)
        r = receive(s, err);
    input_finish(&s->input); /* the pipeline takes no more */
    if (r != 0)
        loss_explain("script", s->runspace.id[0] != '\0',
                     s->running, &s->time, err);
    else if (s->options->keep)
        keep_pool(s);
    ps_input_free(&s->sending);
    line_close(&s->control, s->dial, r != 0);
    invocation_free(&s->invocation);
    runspace_free(&s->runspace);
    signals_release();
    s->wsman->post = s->post;
    s->wsman->post_arg = s->post_arg;
    return r;
}
