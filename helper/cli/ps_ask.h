/*
 * ps_ask.h - a script's questions, on the terminal.
 */
#ifndef CREDSSP_CLI_PS_ASK_H
#define CREDSSP_CLI_PS_ASK_H

#include <stdbool.h>

#include "cli/line.h"
#include "credssp/buf.h"
#include "credssp/err.h"
#include "psrp/host_reply.h"

#define PS_ASK_LINE_MAX 65536

/* How a question waits for its answer.  wait fails for good, or with
 * ERR_TIMEOUT when it is time to look at *stopped. */
struct ps_ask {
    line_wait_fn *wait;
    void *wait_arg;
    const bool *stopped;      /* the pipeline: nobody wants an answer */
    int fd;                   /* /dev/tty; -1: closed */
};

/* Whether there is a terminal; ps_ask_close() in any case. */
bool ps_ask_open(struct ps_ask *ask);
void ps_ask_close(struct ps_ask *ask);

/* Text without control characters but newline; for the terminal. */
void ps_ask_say(const struct ps_ask *ask, const char *text);

/* A line without its end.  ERR_INTERRUPTED: Ctrl-C, Ctrl-D or a stop. */
int ps_ask_line(const struct ps_ask *ask, struct buf *line, struct err *err)
    MUST_USE;
int ps_ask_secret(const char *question, struct secret **secret,
                  struct err *err) MUST_USE;
int ps_ask_key(const struct ps_ask *ask, bool echo, struct host_key *key,
               struct err *err) MUST_USE;

/*
 * PromptForChoice, parameter 2 of the call; fallback: the choice for an empty
 * line, -1: none.  *chosen is an index.  With may_end an empty line gives -1.
 */
int ps_ask_choice(const struct ps_ask *ask, const struct host_call *call,
                  int32_t fallback, bool may_end, int32_t *chosen,
                  struct err *err) MUST_USE;

#endif
