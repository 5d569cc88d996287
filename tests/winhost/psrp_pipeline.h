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
    struct psrp_in in;
    bool input_over;
    int64_t calls;            /* the next ci */
};

/* Command: rsp:CommandLine with a CommandId of the client's choice. */
int pipeline_start(struct shell *shell, const struct request *request,
                   struct buf *out, struct fault *fault);

/* A message to the client; false: it was ended from outside. */
bool pipeline_send(struct pipeline *p, enum psrp_type type, const char *xml,
                   size_t len);
bool pipeline_stopped(const struct pipeline *p);

/* A line of input as text; false: there is no more. */
bool pipeline_input(struct pipeline *p, struct buf *text);

/*
 * A host call, and its answer when it waits for one: *answer is its mr as
 * text, or with a return of -1 the message of its me.
 */
int pipeline_call(struct pipeline *p, const char *method, int id,
                  const char *parameters, bool waits, struct buf *answer);

/* psrp_script.c: runs CREATE_PIPELINE's commands and tells the state. */
void script_run(struct pipeline *p, xmlNodePtr creation);

#endif
