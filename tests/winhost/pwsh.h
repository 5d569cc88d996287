/*
 * pwsh.h - PowerShell 7 as a process: "pwsh -s" speaks PSRP on its standard
 * streams, a line of XML for each packet, as PowerShell's own remoting over
 * SSH has it.  Fragments pass through as they are.
 */
#ifndef WINHOST_PWSH_H
#define WINHOST_PWSH_H

#include <stdbool.h>
#include <stddef.h>

#include "command.h"
#include "psrp_wire.h"

struct pool;
struct pwsh;

/* What is found in PATH: NULL, or a path to be freed. */
char *pwsh_find(void);

/* What it says to the pool itself goes to pool_tell(). */
int pwsh_start(const char *program, bool no_profile, struct pool *pool,
               struct pwsh **out) MUST_USE;
/* NULL is fine. */
void pwsh_end(struct pwsh **pwsh);

/* Fragments to a pipeline, or to the pool (NULL), on the stream "Default" or
 * "PromptResponse"; -1: it did not take them. */
int pwsh_data(struct pwsh *pwsh, const unsigned char *pipeline,
              const char *stream, const void *p, size_t n) MUST_USE;

/* Runs a pipeline: what it says goes to the command, which ends with it. */
void pwsh_run(struct pwsh *pwsh, struct command *command,
              const unsigned char id[PSRP_GUID], const void *first,
              size_t len);
/* Stops it; its state tells when it has. */
void pwsh_stop(struct pwsh *pwsh, const unsigned char id[PSRP_GUID]);

#endif
