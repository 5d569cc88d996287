/* run_input.c - composes one Send while the host takes another. */
#include "cli/run_input.h"

#include <string.h>

#define PENDING_MAX 1048576 /* more than winrs_send_max() twice */

/* The Send of what is pending from here on. */
static int prepare(struct run_input *run, const struct input *input,
                   size_t from, size_t max, struct err *err)
{
    size_t left = input->pending.len - from;

    run->next_bytes = left < max ? left : max;
    run->next_ends = input->eof && run->next_bytes == left;
    return winrs_prepare_send(&run->command, input->pending.data + from,
                              run->next_bytes, run->next_ends, &run->next,
                              err);
}

/*
 * While the host takes a whole Send, which is one of many, the next one is
 * read and composed, if there is as much.
 */
static int prepare_next(struct run_input *run, struct input *input,
                        size_t taken, size_t max, struct err *err)
{
    size_t both = taken + max;

    if (taken < max || run->next.xml != NULL)
        return 0;
    if (input_fill(input, 0, both, err) != 0)
        return -1;
    return input->pending.len < both
               ? 0 : prepare(run, input, taken, max, err);
}

/* One Send, of *n bytes: the one that is composed already, if there is.  Input
 * may since have come to its end, which then goes with the next. */
static int send_once(struct run_input *run, struct input *input, size_t max,
                     size_t *n, bool *end, struct err *err)
{
    struct wsman_envelope envelope;

    if (run->next.xml == NULL && prepare(run, input, 0, max, err) != 0)
        return -1;
    *n = run->next_bytes;
    *end = run->next_ends;
    envelope = run->next;
    run->next.xml = NULL;
    winrs_begin_send(&run->command, &envelope);
    if (prepare_next(run, input, *n, max, err) != 0) {
        wsman_envelope_free(&envelope);
        return -1;
    }
    return winrs_finish_send(&run->command, &envelope, err);
}

static int send_pending(struct run_input *run, struct input *input,
                        size_t max, struct err *err)
{
    bool end = false;
    unsigned attempt = 0;
    size_t n = 0;

    while (send_once(run, input, max, &n, &end, err) != 0) {
        if (!input_again(input, &attempt, err))
            return -1;
        wsman_envelope_free(&run->next); /* not its turn yet */
    }
    buf_consume(&input->pending, n);
    run->ended = end;
    return 0;
}

/* A whole envelope is full: worth a request that may make them larger. */
static int lift(struct run_input *run, struct input *input, size_t *max,
                struct err *err)
{
    if (wsman_lift_envelope(&input->line.wsman, err) != 0)
        return -1;
    *max = winrs_send_max(&run->shell);
    return input_fill(input, 0, *max, err);
}

static int forward(void *arg, struct input *input, struct err *err)
{
    struct run_input *run = arg;
    bool lifted = false;
    size_t max;

    run->shell = *run->same->shell;
    run->shell.wsman = &input->line.wsman;
    run->command = *run->same;
    run->command.shell = &run->shell;
    max = winrs_send_max(&run->shell);
    do {
        if (input_fill(input, 0, max, err) != 0)
            return -1;
        if (!lifted && input->pending.len >= max) {
            lifted = true;
            if (lift(run, input, &max, err) != 0)
                return -1;
        }
        if ((input->pending.len > 0 || input->eof)
            && send_pending(run, input, max, err) != 0)
            return -1;
    } while (!run->ended);
    return 0;
}

int run_input_begin(struct run_input *run, struct input *input, int fd,
                    const struct dial *dial,
                    const struct winrs_command *command, struct err *err)
{
    const struct input_use use = {
        .whole_max = RUN_INPUT_WHOLE_MAX, .pending_max = PENDING_MAX,
        .forward = forward, .arg = run,
    };

    memset(run, 0, sizeof *run);
    run->same = command;
    if (input_begin(input, fd, dial, command->shell->wsman, &use, err) != 0)
        return -1;
    return input_go(input, err);
}

void run_input_free(struct run_input *run)
{
    wsman_envelope_free(&run->next);
}
