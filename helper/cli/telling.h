/*
 * telling.h - what --verbose tells of a host on stderr, and the exit status
 * that stands for one that does not fit.
 */
#ifndef CREDSSP_CLI_TELLING_H
#define CREDSSP_CLI_TELLING_H

#include <stdbool.h>
#include <stdint.h>

#include "broker/wire.h"

void tell_opened(const struct wire_opened *opened, int64_t connect_ms);

/* How it ended and what it took. */
struct told_end {
    int64_t output_ms;        /* until output came; -1: none did */
    int64_t total_ms;
    unsigned requests_to_output, requests; /* over HTTP, those of the
                                              connection counted */
    const char *how;          /* "exit code 3" */
    bool kept;                /* the shell */
    const char *why_not_kept; /* though asked for; or NULL */
};

void tell_ended(const struct told_end *end);

/* remote_exit_status(), and what does not fit is told unless quiet; whose:
 * "the command". */
int tell_exit_status(const char *whose, int64_t code, bool quiet);

#endif
