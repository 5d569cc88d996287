/*
 * waiting.h - how a command waits and writes while signals and a time limit
 * may end it.
 */
#ifndef CREDSSP_CLI_WAITING_H
#define CREDSSP_CLI_WAITING_H

#include <stddef.h>
#include <stdint.h>

#include "cli/line.h"
#include "credssp/err.h"

int64_t waiting_now_ms(void); /* CLOCK_MONOTONIC */

/* Ctrl-C twice, or any other signal to end: ERR_INTERRUPTED, leave now. */
int waiting_urgent(struct err *err) MUST_USE;

/* The wait of a line for signals: only a further one cuts it short; arg is
 * not used. */
line_wait_fn waiting_control;

/* Blocks while the reader is slow: that is what bounds our memory. */
int waiting_write(int fd, const void *p, size_t n, struct err *err) MUST_USE;

/* A command's time; limit_s 0: no end. */
struct waiting_time {
    int64_t began_ms;
    unsigned limit_s;
};
int64_t waiting_left_ms(const struct waiting_time *time);
/* Milliseconds to poll for, until the answer is due or the time is over:
 * then -1 with ERR_TIMEOUT. */
int waiting_time_left(const struct waiting_time *time, int64_t answer_due_ms,
                      int *wait_ms, struct err *err) MUST_USE;

#endif
