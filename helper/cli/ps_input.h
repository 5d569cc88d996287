/*
 * ps_input.h - stdin's lines as pipeline input, each as soon as it is there.
 */
#ifndef CREDSSP_CLI_PS_INPUT_H
#define CREDSSP_CLI_PS_INPUT_H

#include "cli/input.h"
#include "psrp/runspace.h"

#define PS_INPUT_LINE_MAX 16777216 /* bytes of one line */

/* What takes fewer Sends than another line takes legs. */
#define PS_INPUT_WHOLE_MAX 16384

/* Belongs to the thread while it runs. */
struct ps_input {
    struct invocation *invocation; /* borrowed */
    struct shell shell;       /* on the line that the input goes by */
    struct feed feed;
    struct buf message;       /* a line */
};

/*
 * input_begin() before the pipeline starts, for it is told whether there is
 * input: a terminal, a descriptor that cannot be read, and one that is at its
 * end already are none (INPUT_OVER).  ps_input_free() behind input_finish().
 */
int ps_input_begin(struct ps_input *ps, struct input *input, int fd,
                   const struct dial *dial, const struct wsman *other,
                   struct invocation *invocation, struct err *err) MUST_USE;
void ps_input_free(struct ps_input *ps);

/*
 * The pipeline has started.  What is INPUT_WHOLE by now goes over its own
 * line, and try_again says whether a host that is busy is asked once more; for
 * the rest the thread is started.  That the pipeline takes no more is no error.
 */
int ps_input_go(struct ps_input *ps, struct input *input,
                bool (*try_again)(void *arg, unsigned *attempt,
                                  struct err *err),
                void *arg, struct err *err) MUST_USE;

#endif
