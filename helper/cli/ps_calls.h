/*
 * ps_calls.h - answers what a script asks of its host: questions for the
 * person at the terminal, sizes, titles, the exit code.
 */
#ifndef CREDSSP_CLI_PS_CALLS_H
#define CREDSSP_CLI_PS_CALLS_H

#include "cli/ps_session.h"

/* A pipeline_sink's host_call; arg is the struct ps_session.  Without a
 * terminal a question is refused, and the script goes on without. */
int ps_calls_take(void *arg, enum message_type type,
                  const struct clixml *value, struct err *err);

#endif
