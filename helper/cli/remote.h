/*
 * remote.h - one remote command from Create to Delete: its output, input,
 * signals and end.
 */
#ifndef CREDSSP_CLI_REMOTE_H
#define CREDSSP_CLI_REMOTE_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/busy.h"
#include "cli/line.h"
#include "cli/run_input.h"
#include "cli/waiting.h"
#include "credssp/err.h"
#include "wsman/winrs.h"

#define REMOTE_LINE_MAX 32767 /* CreateProcess: characters of lpCommandLine */

/* What the command wrote, when it is kept and not passed on. */
#define REMOTE_CAPTURE_MAX 33554432 /* bytes of one stream */
struct remote_capture {
    struct buf out, err;
};

struct remote_options {
    struct winrs_options shell;
    const char *command;
    const char *const *arguments; /* may be empty */
    size_t argument_count;
    bool skip_cmd_shell;
    unsigned timeout_s;           /* of the whole command; 0: none */
    int in, out, err;             /* descriptors */
    struct remote_capture *capture; /* instead of out and err; NULL: none */
    line_will_fn *will;           /* how to say what we leave */
    void *will_arg;
    const char *label;            /* of a shell like this; "": never kept */
    const char *value;            /* of the shell that we inherit; "": none */
    bool keep;                    /* leave the shell to the next one */
};

struct remote_result {
    uint32_t exit_code;
    bool pipe_closed;             /* nobody reads our output any more */
    bool inherited;               /* the shell was there already */
    bool kept;                    /* and stays */
    unsigned requests;            /* posted on the main line */
    unsigned requests_to_output;  /* the same when output first came */
    int64_t output_ms;            /* from remote_run() to it; -1: none */
};

struct remote {
    const struct remote_options *options;
    const struct dial *dial;
    struct wsman *wsman;
    wsman_post_fn *post;          /* what wsman had; we count in between */
    wsman_send_fn *send;          /* the same of its first half; or NULL */
    wsman_send_fn *halves;        /* how we count that one; or NULL */
    void *post_arg;
    struct winrs_shell shell;
    struct winrs_command command;
    struct input input;
    struct run_input sending;     /* it */
    struct line control;          /* for signals; opened when one comes */
    xmlBufferPtr farewell;        /* Delete of the shell */
    struct remote_result result;
    struct waiting_time time;
    bool running;                 /* the command was accepted */
    bool behind;                  /* the command has left: stay_behind.h */
    struct busy_signal interrupt; /* Ctrl-C, once pressed */
};

void remote_init(struct remote *remote, const struct remote_options *options,
                 struct wsman *wsman, const struct dial *dial);

/* The wait of the main line: arg is the struct remote. */
line_wait_fn remote_wait;

/*
 * Runs the command to its end.  0: remote->result holds its exit code.  -1:
 * it did not come to its end, and the broker ends it on the host when the
 * main line closes; with result.pipe_closed there is nothing to say about it.
 */
int remote_run(struct remote *remote, struct err *err) MUST_USE;

/*
 * The exit status for a remote code: itself from 0 to 254, else 254, because
 * 255 means a failure of our own and the kernel keeps only 8 bits.
 */
int remote_exit_status(uint32_t code);

#endif
