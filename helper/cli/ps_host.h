/*
 * ps_host.h - one PowerShell pipeline on one host, from the broker's socket
 * to its result.  It reads no option and prints nothing.
 */
#ifndef CREDSSP_CLI_PS_HOST_H
#define CREDSSP_CLI_PS_HOST_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/client.h"
#include "cli/command.h"
#include "cli/ps_session.h"

struct ps_outcome {
    bool connected;           /* what follows up to connect_ms is filled */
    struct wire_opened opened;
    int64_t connect_ms;
    struct ps_result pipeline;
    int64_t total_ms;
};

struct ps_job {
    const struct cli *cli;
    const char *host;
    int connect_timeout_ms;
    struct ps_options ps;     /* but will, label and value */
    /* Called once, when the host is connected; or NULL. */
    void (*connected)(const struct ps_outcome *outcome);
};

/*
 * 0: the pipeline came to its end.  -1: not; without an error when nobody
 * reads our output any more.  Call xmlInitParser() before, and ignore
 * SIGPIPE.
 */
int ps_host(const struct ps_job *job, struct ps_outcome *outcome,
            struct err *err) MUST_USE;

#endif
