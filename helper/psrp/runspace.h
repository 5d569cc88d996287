/*
 * runspace.h - a runspace pool over WS-Management: which request carries
 * which message (MS-PSRP 2.1, 3.1.4), in as few of them as there can be.
 */
#ifndef CREDSSP_PSRP_RUNSPACE_H
#define CREDSSP_PSRP_RUNSPACE_H

#include <stdbool.h>
#include <stddef.h>

#include "credssp/err.h"
#include "psrp/host_info.h"
#include "psrp/incoming.h"
#include "psrp/pipeline.h"
#include "psrp/pool.h"
#include "wsman/shell.h"
#include "wsman/wsman.h"

#define CONFIGURATION_DEFAULT "Microsoft.PowerShell"
#define CONFIGURATION_MAX 128

struct runspace_options {
    const char *configuration; /* CONFIGURATION_DEFAULT, a JEA name, ... */
    struct host_info host;
    bool no_profile;
    unsigned idle_timeout_s;   /* 0: the host's */
    /* The shell will be there in a moment, or perhaps never; once more if the
     * host gives it another name.  Or NULL. */
    int (*creating)(void *arg, const struct shell *shell, struct err *err);
    void *creating_arg;
};

struct runspace {
    struct shell shell;        /* of wsman, resource and id */
    char resource[64 + CONFIGURATION_MAX];
    char id[SHELL_ID_BYTES];   /* "": closed */
    struct pool pool;
    struct incoming incoming;  /* of the shell's own stream */
    struct buf refusal;        /* the answer to a host call, not sent yet */
};

/* Create, and Receive until the pool is open: three requests, seldom four.
 * runspace_free() in any case. */
int runspace_open(struct runspace *runspace, struct wsman *wsman,
                  const struct runspace_options *options, struct err *err)
    MUST_USE;
/*
 * The pool of another client, which has left it open: nothing is sent.  The
 * pool belongs to the shell, which every connection of its user reaches
 * (MS-PSRP 3.1.5.3.3: the selector is the ShellId), with the same SessionId.
 */
struct runspace_left {
    char session[WSMAN_UUID_BYTES];
    char id[SHELL_ID_BYTES];
    struct pool_left pool;
};

/* false: it may not be left to anybody. */
bool runspace_leave(const struct runspace *runspace,
                    struct runspace_left *left);
/* runspace_free() in any case. */
int runspace_resume(struct runspace *runspace, struct wsman *wsman,
                    const struct runspace_options *options,
                    const struct runspace_left *left, struct err *err)
    MUST_USE;

/* Delete; final: nobody waits.  A shell that is gone is fine. */
int runspace_close(struct runspace *runspace, bool final, struct err *err)
    MUST_USE;
void runspace_free(struct runspace *runspace);

/*
 * A key for SecureStrings (pool.key), if there is none yet: two requests.
 * A pipeline may run, but its own Receive may not.
 */
int runspace_exchange_key(struct runspace *runspace, struct err *err)
    MUST_USE;

/*
 * Listens to the pool for a moment, and gives our public key if the host
 * wants it: before it can send a SecureString it asks, and its pipeline waits
 * (MS-PSRP 2.2.2.5).
 */
int runspace_attend(struct runspace *r, struct err *err) MUST_USE;

/* A pipeline on its way. */
struct invocation {
    struct runspace *runspace; /* borrowed */
    struct pipeline pipeline;
    struct incoming incoming;
    char id[SHELL_ID_BYTES];   /* CommandId; "": ended */
    bool done;                 /* CommandState Done came */
    bool heard;                /* the last Receive brought something */
    clixml_text_fn *on_text;
};

/*
 * Command with the first fragment, and Send with the others.  on_text as in
 * incoming.h, with the sink's arg.  invocation_free() in any case.
 */
int invocation_start(struct invocation *invocation,
                     struct runspace *runspace,
                     const struct pipeline_options *options,
                     const struct pipeline_sink *sink,
                     clixml_text_fn *on_text, struct err *err) MUST_USE;
void invocation_free(struct invocation *invocation);

/* One Receive; what comes goes to the sink.  Nothing may come. */
int invocation_receive(struct invocation *invocation, struct err *err)
    MUST_USE;
/* The pipeline has ended, and all of it was received. */
bool invocation_is_over(const struct invocation *invocation);

/*
 * Messages on their way to a pipeline: they gather until no more fit into a
 * Send, or until they are flushed.  Of each stream there is one at a time, for
 * a message's fragments follow one another; two may be in two threads, for
 * the host puts each stream together by itself.
 */
struct feed {
    struct invocation *invocation; /* borrowed */
    const char *stream;       /* "stdin"; "pr" for answers to host calls */
    const struct shell *shell; /* borrowed; the runspace's, or the same on
                                 another line */
    /* Is what a host has refused for now to be sent again?  NULL: never. */
    bool (*again)(void *arg, unsigned *attempt, struct err *err);
    void *arg;
    struct buf out;
};

/* feed_end() in any case; what was not flushed is forgotten. */
void feed_begin(struct feed *feed, struct invocation *invocation,
                const char *stream);
void feed_end(struct feed *feed);
int feed_put(struct feed *feed, const struct buf *message, struct err *err)
    MUST_USE;
int feed_flush(struct feed *feed, struct err *err) MUST_USE;

/* One message, at once. */
int invocation_send(struct invocation *invocation, const char *stream,
                    const struct buf *message, struct err *err) MUST_USE;

/* Stops the pipeline: it ends as STOPPED, which Receive will tell. */
int invocation_stop(struct invocation *invocation, struct err *err) MUST_USE;
/* Frees it on the host (Terminate); nobody waits for it. */
int invocation_end(struct invocation *invocation, struct err *err) MUST_USE;

#endif
