/*
 * ps_input.h - stdin's lines as pipeline input.
 */
#ifndef CREDSSP_CLI_PS_INPUT_H
#define CREDSSP_CLI_PS_INPUT_H

#include <stdbool.h>

#include "cli/line.h"
#include "credssp/buf.h"
#include "credssp/err.h"
#include "psrp/runspace.h"

#define PS_INPUT_LINE_MAX 16777216 /* bytes of one line */

struct ps_input {
    int fd;                   /* -1: none */
    bool over;                /* at its end */
    struct buf pending;       /* read, and no whole line yet */
    struct buf *messages;     /* lines that are to be sent */
    size_t count, bytes;
};

/*
 * A terminal, a descriptor that cannot be read, and one that is at its end
 * already are no input: then input->fd is -1.  ps_input_free() in any case.
 */
int ps_input_begin(struct ps_input *input, int fd, struct err *err) MUST_USE;

/*
 * Sends all of it, line by line, and its end.  That the pipeline takes no
 * more is no error.  wait: for input, and whatever cuts that short.
 */
int ps_input_send(struct ps_input *input, struct invocation *invocation,
                  line_wait_fn *wait, void *wait_arg, struct err *err)
    MUST_USE;

void ps_input_free(struct ps_input *input);

#endif
