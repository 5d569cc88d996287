/*
 * ps_session.h - one PowerShell pipeline on one host, from Create to its
 * end: what comes goes to the output, stdin's lines go in, Ctrl-C stops it.
 */
#ifndef CREDSSP_CLI_PS_SESSION_H
#define CREDSSP_CLI_PS_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/busy.h"
#include "cli/line.h"
#include "cli/ps_input.h"
#include "cli/waiting.h"
#include "credssp/err.h"
#include "psrp/runspace.h"

/* What becomes of what comes; values are valid during the call. */
struct ps_output {
    clixml_text_fn *text;     /* of a string that is output; NULL: whole */
    clixml_text_fn *raw;      /* of all output, as it comes; or NULL */
    int (*value)(void *arg, const struct incoming_message *message,
                 struct err *err);
    int (*record)(void *arg, enum message_type type,
                  const struct clixml *value, struct err *err);
    /* What the script writes to its host; line: and a newline. */
    int (*host_text)(void *arg, const char *text, bool line,
                     struct err *err);
    /* A reply is through: what was held back goes out. */
    int (*flush)(void *arg, struct err *err);
    /* The terminal is about to be asked something. */
    int (*before_question)(void *arg, struct err *err);
    void *arg;
};

struct ps_options {
    struct runspace_options runspace; /* but created */
    struct pipeline_options pipeline; /* but no_input */
    struct ps_output output;
    const char *host;         /* its name, for who is asked for a secret */
    const char *no_questions; /* why nobody is asked; NULL: the terminal */
    int in;                   /* descriptor; -1: no input */
    unsigned timeout_s;       /* of the pipeline; 0: none */
    line_will_fn *will;
    void *will_arg;
    const char *label;        /* of a pool like this; "": never kept */
    const char *value;        /* of the pool that we inherit; "": none */
    bool keep;                /* leave the pool to the next one */
};

struct ps_result {
    enum pipeline_state state;
    bool had_errors;          /* an error record came */
    bool exit_given;          /* the script said exit */
    int32_t exit_code;
    bool pipe_closed;         /* nobody reads our output any more */
    bool kept;                /* the pool stays */
    const char *why_not_kept; /* though it should; or NULL */
    unsigned requests;        /* posted on the main line */
    unsigned requests_to_output;
    int64_t output_ms;        /* from ps_session_run() to it; -1: none */
};

struct ps_session {
    const struct ps_options *options;
    const struct dial *dial;
    struct wsman *wsman;
    wsman_post_fn *post;      /* what wsman had; we count in between */
    void *post_arg;
    struct runspace runspace;
    struct invocation invocation;
    struct pipeline_sink sink;
    struct input input;
    struct ps_input sending;  /* it */
    struct line control;      /* for the stop; opened when one is wanted */
    bool running;             /* the pipeline was accepted */
    bool stop_sent;
    struct busy_signal stop;
    bool secret_told;         /* who asks for it */
    struct waiting_time time;
    struct ps_result result;
};

void ps_session_init(struct ps_session *session,
                     const struct ps_options *options, struct wsman *wsman,
                     const struct dial *dial);

/* The wait of the main line: arg is the struct ps_session. */
line_wait_fn ps_session_wait;

/*
 * 0: the pipeline came to its end, and session->result says which.  -1: not;
 * with result.pipe_closed there is nothing to say about it.  What is left on
 * the host goes with the main line: the broker deletes the shell.
 */
int ps_session_run(struct ps_session *session, struct err *err) MUST_USE;

#endif
