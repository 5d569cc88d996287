/*
 * input.h - stdin of the remote command: watched for free, forwarded by a
 * thread on a line of its own from the first byte on.
 */
#ifndef CREDSSP_CLI_INPUT_H
#define CREDSSP_CLI_INPUT_H

#include <pthread.h>
#include <stdbool.h>

#include "cli/line.h"
#include "credssp/buf.h"
#include "credssp/err.h"
#include "wsman/winrs.h"

enum input_state {
    INPUT_WATCHED,  /* nothing came yet: look at fd */
    INPUT_EMPTY,    /* at its end from the start: End is owed, no more */
    INPUT_WHOLE,    /* all of it, and little, is in pending: to be sent */
    INPUT_SENDING,  /* the thread runs: look at report */
    INPUT_OVER,     /* End was sent, or the command takes no more */
};

/* All but state, fd and report belongs to the thread while it runs. */
struct input {
    enum input_state state;
    int fd;
    int report;                        /* eventfd: the thread has ended */
    int stop;                          /* eventfd: the thread shall end */
    const struct dial *dial;           /* borrowed */
    const struct winrs_command *same;  /* borrowed */
    struct line line;
    struct buf pending;
    struct wsman_envelope next;        /* composed, while one is under way */
    size_t next_bytes;                 /* of pending that it takes */
    bool next_ends;                    /* it has End */
    bool ended;                        /* and the host has taken it */
    bool eof;
    pthread_t thread;
    bool failed;
    struct err err;
};

/*
 * What the buffer of a Windows pipe takes, whether or not the command reads
 * (CreatePipe: nSize 0): a Send of it waits for nobody, and so can go before
 * the first Receive.
 */
#define INPUT_WHOLE_MAX 4096

/*
 * A file or pipe that is ready is looked at: at its end it is INPUT_EMPTY; if
 * it ends within INPUT_WHOLE_MAX bytes it is INPUT_WHOLE, else the thread
 * starts.  A
 * terminal, or a pipe that has nothing yet, is INPUT_WATCHED.
 * input_finish() in any case.
 */
int input_begin(struct input *input, int fd, const struct dial *dial,
                const struct winrs_command *command, struct err *err)
    MUST_USE;

/* Is err what a Send gets when nobody reads the remote stdin any more? */
bool input_is_refused(const struct err *err);

/* fd became readable: takes what there is and starts the thread. */
int input_ready(struct input *input, struct err *err) MUST_USE;

/* report became readable: the thread's end, and its error if it failed. */
int input_reported(struct input *input, struct err *err) MUST_USE;

/* Stops the thread, whatever it waits for; its error is forgotten. */
void input_finish(struct input *input);

#endif
