/*
 * fanout_report.h - what a fan-out tells: the hosts' output, how each ended,
 * the sum of it, and the list for another try.
 */
#ifndef CREDSSP_CLI_FANOUT_REPORT_H
#define CREDSSP_CLI_FANOUT_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/fanout.h"
#include "cli/progress.h"
#include "cli/sink.h"

struct fanout_end {
    bool ended;
    int status; /* exit status; EXIT_OWN_FAILURE when a signal killed it */
};

struct fanout_report {
    const struct fanout *fanout;
    struct fanout_end *ends;             /* of each host */
    struct progress_counts counts;
    struct progress progress;
    struct sink sinks[HOST_STREAMS];
    int64_t began_ms;
};

int64_t fanout_now_ms(void); /* CLOCK_MONOTONIC */

/* Writes the list for another try with every host in it: what cannot be
 * written is told before anything runs. */
int fanout_report_begin(struct fanout_report *report,
                        const struct fanout *fanout,
                        bool (*leave)(void *arg), void *arg,
                        struct err *err) MUST_USE;
void fanout_report_free(struct fanout_report *report);

void fanout_report_progress(struct fanout_report *report);

/* All that is due goes out. */
int fanout_report_flush(struct fanout_report *report, struct err *err)
    MUST_USE;

/* A process has ended, with this status of wait(2). */
int fanout_report_end(struct fanout_report *report,
                      struct host_process *process, int status,
                      bool interrupted, struct err *err) MUST_USE;

/* The hosts that had no turn. */
int fanout_report_rest(struct fanout_report *report, struct err *err)
    MUST_USE;

/* The summary and the list; returns the exit status. */
int fanout_report_sum_up(struct fanout_report *report, bool failed,
                         struct err *err);

#endif
