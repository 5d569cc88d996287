/*
 * psrp_pipeline.h - a pipeline of PowerShell as a command of a shell: what
 * its client sends, and what goes back.
 */
#ifndef WINHOST_PSRP_PIPELINE_H
#define WINHOST_PSRP_PIPELINE_H

#include <libxml/tree.h>
#include <stdbool.h>

#include "command.h"
#include "engine.h"
#include "psrp_pool.h"

struct pipeline {
    struct command *command;  /* a reference */
    struct shell *shell;      /* the command's */
    struct pool *pool;        /* the shell's */
    unsigned char id[PSRP_GUID];
    struct psrp_in in;        /* of stdin */
    struct psrp_in pr;        /* answers */
    bool input_over;
    struct console console;   /* of the client, as far as it is known */
    int64_t calls;            /* the next ci */
};

/* Command: rsp:CommandLine with a CommandId of the client's choice. */
int pipeline_start(struct shell *shell, const struct request *request,
                   struct buf *out, struct fault *fault);
/* The same, of a command that there is: CREATE_PIPELINE's first fragment. */
int pipeline_begin(struct command *command, const unsigned char id[PSRP_GUID],
                   const void *first, size_t len) MUST_USE;
/* What comes in by Send; false: it was not taken in time. */
bool pipeline_feed(struct command *command, const char *stream,
                   const void *p, size_t n, bool end, unsigned timeout_ms);
/* crtl_c: the pipeline ends, and tells that it was stopped. */
void pipeline_stop(struct command *command);

/* A message to the client; false: it was ended from outside. */
bool pipeline_send(struct pipeline *p, enum psrp_type type, const char *xml,
                   size_t len);
bool pipeline_stopped(const struct pipeline *p);

/* A line of input as text; false: there is no more. */
bool pipeline_input(struct pipeline *p, struct buf *text);

/* What came back for a host call: mr, or the message of me. */
struct answer {
    xmlDocPtr doc;            /* what value points into */
    xmlNodePtr value;
    char message[1024];
};
/* parameters: the elements of mp.  0: the caller frees answer->doc; -1: it
 * failed with answer->message, or was stopped. */
int pipeline_ask(struct pipeline *p, const char *method, int id,
                 const char *parameters, size_t len, struct answer *answer);
/* A call that nobody answers. */
void pipeline_tell(struct pipeline *p, const char *method, int id,
                   const char *parameters, size_t len);

/* psrp_script.c: runs CREATE_PIPELINE's commands and tells the state. */
void script_run(struct pipeline *p, xmlNodePtr creation);

#endif
