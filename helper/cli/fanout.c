/* fanout.c - keeps so many processes running until every host had its turn. */
#include "cli/fanout.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/fanout_report.h"
#include "cli/signals.h"

#define POLLS (1 + FANOUT_MAX * (HOST_STREAMS + 1))
#define TICK_MS 200       /* of the progress line */
#define LEAVE_MS 2000     /* those that were told to go have gone by then */

/* All that is under way. */
struct round {
    const struct fanout *fanout;
    struct fanout_report report;
    struct host_process running[FANOUT_MAX];
    size_t next;          /* the first host that was not started */
    unsigned passed_on;   /* SIGINTs */
    bool stopped;         /* no further host is started */
    int64_t leave_ms;     /* then those that still run are killed; 0: never */
};

static void tell_all(struct round *round, int number)
{
    size_t i;

    for (i = 0; i < round->report.counts.running; i++)
        kill(round->running[i].pid, number);
}

/* The second time, too: they leave at once then, each by itself. */
static void pass_interrupt_on(struct round *round)
{
    bool first = round->passed_on++ == 0;

    tell_all(round, SIGINT);
    round->stopped = true;
    if (first && !round->fanout->quiet) {
        progress_hide(&round->report.progress);
        fprintf(stderr, "credssp: Ctrl-C goes to the %zu hosts that run, and "
                "no other is started; again: leave at once\n",
                round->report.counts.running);
    }
    if (!first)
        round->leave_ms = fanout_now_ms() + LEAVE_MS;
}

static void leave_now(struct round *round, int number)
{
    if (round->leave_ms != 0)
        return;
    round->stopped = true;
    round->leave_ms = fanout_now_ms() + LEAVE_MS;
    tell_all(round, number);
}

/* Those that came; true when it is time to go. */
static bool take_signals(void *arg)
{
    struct round *round = arg;

    signals_seen();
    while (round->passed_on < signals_interrupts())
        pass_interrupt_on(round);
    if (signals_end() != 0)
        leave_now(round, SIGTERM);
    return round->leave_ms != 0;
}

/* Complaints stand behind the host's name, unless all does in groups. */
static enum host_stream_form stream_form(enum fanout_form form, int stream)
{
    switch (form) {
    case FANOUT_LINES:
        return HOST_LINES;
    case FANOUT_GROUPED:
        return HOST_KEPT;
    case FANOUT_OBJECTS:
        return stream == HOST_OUT ? HOST_KEPT : HOST_LINES;
    case FANOUT_VALUES:
        return stream == HOST_OUT ? HOST_VALUES : HOST_LINES;
    }
    return HOST_LINES;
}

static void prepare(struct round *round, struct host_process *process,
                    size_t index)
{
    enum fanout_form form = round->fanout->form;
    const char *name = round->fanout->hosts->names[index];
    int i;

    *process = (struct host_process){ .index = index, .pidfd = -1 };
    for (i = 0; i < HOST_STREAMS; i++) {
        struct host_stream *stream = &process->streams[i];

        stream->fd = -1;
        stream->form = stream_form(form, i);
        prefix_init(&stream->lines, name, sink_put,
                    &round->report.sinks[i]);
        spill_init(&stream->spill);
    }
}

static int start_some(struct round *round, struct err *err)
{
    const struct fanout *f = round->fanout;
    struct progress_counts *counts = &round->report.counts;

    while (!round->stopped && round->next < f->hosts->count
           && counts->running < f->at_once) {
        struct host_process *process = &round->running[counts->running];

        prepare(round, process, round->next);
        if (host_process_start(process, &f->program,
                               f->hosts->names[round->next], err) != 0) {
            host_process_free(process);
            return -1;
        }
        counts->running++;
        round->next++;
    }
    return 0;
}

/* The last one moves into its place. */
static int finish(struct round *round, size_t i, struct err *err)
{
    struct host_process *process = &round->running[i];
    struct progress_counts *counts = &round->report.counts;
    int status, r = 0, k;

    for (k = 0; r == 0 && k < HOST_STREAMS; k++)
        r = host_stream_read(&process->streams[k], true, err);
    status = host_process_reap(process);
    if (r == 0)
        r = fanout_report_end(&round->report, process, status,
                              round->passed_on > 0 || round->leave_ms != 0,
                              err);
    if (status != 0 && round->fanout->fail_fast)
        round->stopped = true;
    host_process_free(process);
    *process = round->running[--counts->running];
    return r;
}

static size_t fill(const struct round *round, struct pollfd polls[POLLS])
{
    size_t i, n = 0;
    int k;

    polls[n++] = (struct pollfd){ .fd = signals_fd(), .events = POLLIN };
    for (i = 0; i < round->report.counts.running; i++) {
        const struct host_process *process = &round->running[i];

        for (k = 0; k < HOST_STREAMS; k++)
            polls[n++] = (struct pollfd){ .fd = process->streams[k].fd,
                                          .events = POLLIN };
        polls[n++] = (struct pollfd){ .fd = process->pidfd,
                                      .events = POLLIN };
    }
    return n;
}

/* From the last to the first: finish() moves what was served already. */
static int serve(struct round *round, const struct pollfd *polls,
                 struct err *err)
{
    size_t i = round->report.counts.running;

    while (i-- > 0) {
        const struct pollfd *of = &polls[1 + i * (HOST_STREAMS + 1)];
        struct host_process *process = &round->running[i];
        int k, r = 0;

        for (k = 0; r == 0 && k < HOST_STREAMS; k++)
            if (of[k].revents != 0)
                r = host_stream_read(&process->streams[k], false, err);
        if (r == 0 && of[HOST_STREAMS].revents != 0)
            r = finish(round, i, err);
        if (r != 0 || fanout_report_flush(&round->report, err) != 0)
            return -1;
    }
    return 0;
}

/* -1: for ever. */
static int wait_ms(const struct round *round)
{
    return round->report.progress.wanted || round->leave_ms != 0 ? TICK_MS
                                                                 : -1;
}

static int step(struct round *round, struct err *err)
{
    struct pollfd polls[POLLS];
    size_t n;

    if (start_some(round, err) != 0)
        return -1;
    if (round->report.counts.running == 0)
        return 0;
    fanout_report_progress(&round->report);
    n = fill(round, polls);
    if (poll(polls, (nfds_t)n, wait_ms(round)) < 0 && errno != EINTR)
        return err_set_errno(err, ERR_SYSTEM, STAGE_OUTPUT, errno,
                             "cannot wait for the hosts");
    if (polls[0].revents != 0)
        (void)take_signals(round);
    if (round->leave_ms != 0 && fanout_now_ms() >= round->leave_ms)
        tell_all(round, SIGKILL);
    return serve(round, polls, err);
}

/* Our own failure: the broker ends on the hosts what was under way. */
static void abandon(struct round *round)
{
    struct progress_counts *counts = &round->report.counts;

    tell_all(round, SIGKILL);
    while (counts->running > 0) {
        struct host_process *process = &round->running[--counts->running];

        if (process->pid > 0)
            (void)host_process_reap(process);
        host_process_free(process);
    }
}

static int run_all(struct round *round, struct err *err)
{
    while (round->report.counts.running > 0
           || (!round->stopped
               && round->next < round->fanout->hosts->count))
        if (step(round, err) != 0) {
            abandon(round);
            return -1;
        }
    return fanout_report_rest(&round->report, err);
}

int fanout_run(const struct fanout *fanout, struct err *err)
{
    struct round *round = calloc(1, sizeof *round);
    int status = EXIT_OWN_FAILURE;

    if (round == NULL) {
        (void)err_set(err, ERR_MEMORY, STAGE_START, NULL);
        return status;
    }
    round->fanout = fanout;
    if (fanout_report_begin(&round->report, fanout, take_signals, round, err)
            == 0
        && signals_catch(err) == 0) {
        int r = run_all(round, err);

        status = fanout_report_sum_up(&round->report, r != 0, err);
        signals_release();
    }
    fanout_report_free(&round->report);
    free(round);
    return status;
}
