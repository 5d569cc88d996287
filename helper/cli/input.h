/*
 * input.h - stdin of what runs on the host: watched for free, forwarded by a
 * thread on a line of its own from the first byte on.
 */
#ifndef CREDSSP_CLI_INPUT_H
#define CREDSSP_CLI_INPUT_H

#include <pthread.h>
#include <stdbool.h>

#include "cli/line.h"
#include "credssp/buf.h"
#include "credssp/err.h"

enum input_state {
    INPUT_WATCHED,  /* nothing came yet: look at fd */
    INPUT_EMPTY,    /* at its end from the start: End is owed, no more */
    INPUT_WHOLE,    /* all of it, and little, is in pending: to be sent */
    INPUT_BEGUN,    /* some of it is in pending: the thread is wanted */
    INPUT_SENDING,  /* the thread runs: look at report */
    INPUT_OVER,     /* End was sent, or nobody takes any more */
};

struct input;

/* What commands and pipelines do not have in common. */
struct input_use {
    size_t whole_max;         /* bytes that may be INPUT_WHOLE */
    size_t pending_max;       /* that it lets gather */
    /* On the thread, with the line open: all of it, to its end. */
    int (*forward)(void *arg, struct input *input, struct err *err);
    void *arg;
};

/* All but state, fd and report belongs to the thread while it runs. */
struct input {
    enum input_state state;
    int fd;
    int report;                        /* eventfd: the thread has ended */
    int stop;                          /* eventfd: the thread shall end */
    struct input_use use;
    const struct dial *dial;           /* borrowed */
    const struct wsman *other;         /* borrowed: that of the output... */
    struct wsman same;                 /* ...as it was when the thread began */
    struct line line;
    struct buf pending;
    bool eof;
    pthread_t thread;
    bool failed;
    struct err err;
};

/* None yet: input_finish() may follow. */
void input_init(struct input *input);

/*
 * A file or pipe that is ready is looked at: at its end it is INPUT_EMPTY; if
 * it ends within whole_max bytes it is INPUT_WHOLE, else INPUT_BEGUN.  A
 * terminal, or a pipe that has nothing yet, is INPUT_WATCHED.
 * input_finish() in any case.
 */
int input_begin(struct input *input, int fd, const struct dial *dial,
                const struct wsman *other, const struct input_use *use,
                struct err *err) MUST_USE;

/* Looks again: more may have come, or the end. */
int input_look(struct input *input, struct err *err) MUST_USE;

/* Starts the thread if it is wanted: for what is there already, or when fd
 * became readable, for what there is now. */
int input_go(struct input *input, struct err *err) MUST_USE;
int input_ready(struct input *input, struct err *err) MUST_USE;

/* Is err what a Send gets when nobody reads the remote stdin any more? */
bool input_is_refused(const struct err *err);

/* report became readable: the thread's end, and its error if it failed. */
int input_reported(struct input *input, struct err *err) MUST_USE;

/* Stops the thread, whatever it waits for; its error is forgotten. */
void input_finish(struct input *input);

/*
 * -- For forward --
 * Reads what is there, up to max bytes in pending; waits until there is more
 * than have, or the end.
 */
int input_fill(struct input *input, size_t have, size_t max, struct err *err)
    MUST_USE;

/* As busy_again(). */
bool input_again(struct input *input, unsigned *attempt, struct err *err);

#endif
