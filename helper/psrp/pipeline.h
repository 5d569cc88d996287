/*
 * pipeline.h - one pipeline of a pool (MS-PSRP 3.1.5.3): what is sent to
 * start and to feed it, and its state as messages come in.
 */
#ifndef CREDSSP_PSRP_PIPELINE_H
#define CREDSSP_PSRP_PIPELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "credssp/buf.h"
#include "credssp/err.h"
#include "psrp/host_info.h"
#include "psrp/incoming.h"
#include "psrp/pool.h"

/* An argument; a literal of the kind, or a switch that is given alone. */
struct psrp_argument {
    const char *name;         /* without '-'; NULL: by position */
    enum clixml_kind kind;    /* of text; CLIXML_NIL: $null or no value */
    const char *text;
};

/* A command of the pipeline, or a script. */
struct psrp_command {
    const char *text;
    bool is_script;
    const struct psrp_argument *arguments;
    size_t argument_count;
    bool merge_errors;        /* 2>&1, as Out-String wants to see them */
};

struct pipeline_options {
    const struct psrp_command *commands; /* in the order of the pipeline */
    size_t command_count;
    const char *afterwards;   /* a script, run when they are done; or NULL */
    bool no_input;            /* NoInput: none will come */
    bool add_to_history;
};

/* MS-PSRP 2.2.3.5: PSInvocationState's numbers. */
#define PIPELINE_STATES(X)                                                    \
    X(NOT_STARTED, 0) X(RUNNING, 1) X(STOPPING, 2) X(STOPPED, 3)              \
    X(COMPLETED, 4) X(FAILED, 5) X(DISCONNECTED, 6)

enum pipeline_state {
#define X(id, number) PIPELINE_##id = number,
    PIPELINE_STATES(X)
#undef X
};

/* What it sends back; each may be NULL but output.  Values are valid during
 * the call. */
struct pipeline_sink {
    /* PIPELINE_OUTPUT */
    int (*output)(void *arg, const struct incoming_message *message,
                  struct err *err);
    /* ERROR_RECORD, and the record of a failure; DEBUG, VERBOSE, WARNING,
     * PROGRESS, INFORMATION. */
    int (*record)(void *arg, enum message_type type,
                  const struct clixml *value, struct err *err);
    /* PIPELINE_HOST_CALL or RUNSPACEPOOL_HOST_CALL. */
    int (*host_call)(void *arg, enum message_type type,
                     const struct clixml *value, struct err *err);
    void *arg;
};

struct pipeline {
    struct pool *pool;        /* borrowed */
    struct guid id;           /* also the CommandId, in upper case */
    enum pipeline_state state;
    bool had_errors;          /* an ERROR_RECORD came */
    const struct pipeline_sink *sink;
};

int pipeline_init(struct pipeline *pipeline, struct pool *pool,
                  const struct pipeline_sink *sink, struct err *err) MUST_USE;

/*
 * CREATE_PIPELINE as a whole message, to be cut by a fragmenter whose object
 * is pipeline_next_object(): the first fragment rides on Command, others on
 * Send.  The pool must be open.
 */
int pipeline_create(struct pipeline *pipeline,
                    const struct pipeline_options *options,
                    struct buf *message, struct err *err) MUST_USE;
uint64_t pipeline_next_object(struct pipeline *pipeline);

/* PIPELINE_INPUT of one string; END_OF_PIPELINE_INPUT. */
int pipeline_put_input(struct pipeline *pipeline, const char *text, size_t n,
                       struct buf *message, struct err *err) MUST_USE;
int pipeline_put_end(struct pipeline *pipeline, struct buf *message,
                     struct err *err) MUST_USE;

/* A message that the pool did not take; passes it to the sink. */
int pipeline_take(struct pipeline *pipeline,
                  const struct incoming_message *message, struct err *err)
    MUST_USE;

/* Whether nothing more will come. */
bool pipeline_is_over(const struct pipeline *pipeline);

#endif
