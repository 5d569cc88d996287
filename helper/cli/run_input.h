/*
 * run_input.h - stdin of a command: bytes, in Sends that are as full as they
 * get.
 */
#ifndef CREDSSP_CLI_RUN_INPUT_H
#define CREDSSP_CLI_RUN_INPUT_H

#include "cli/input.h"
#include "wsman/winrs.h"

/*
 * What the buffer of a Windows pipe takes, whether or not the command reads
 * (CreatePipe: nSize 0): a Send of it waits for nobody, and so can go before
 * the first Receive.
 */
#define RUN_INPUT_WHOLE_MAX 4096

/* Belongs to the thread while it runs. */
struct run_input {
    const struct winrs_command *same; /* borrowed: on the other line */
    struct winrs_shell shell;         /* on our own */
    struct winrs_command command;
    struct wsman_envelope next;       /* composed, while one is under way */
    size_t next_bytes;                /* of pending that it takes */
    bool next_ends;                   /* it has End */
    bool ended;                       /* and the host has taken it */
};

/* input_begin() of a command's stdin.  run_input_free() behind
 * input_finish(). */
int run_input_begin(struct run_input *run, struct input *input, int fd,
                    const struct dial *dial,
                    const struct winrs_command *command, struct err *err)
    MUST_USE;
void run_input_free(struct run_input *run);

#endif
