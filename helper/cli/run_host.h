/*
 * run_host.h - one command on one host, from the broker's socket to the exit
 * code.  It reads no option and prints nothing: a job in, an outcome out.
 */
#ifndef CREDSSP_CLI_RUN_HOST_H
#define CREDSSP_CLI_RUN_HOST_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/client.h"
#include "cli/command.h"
#include "cli/remote.h"
#include "credssp/err.h"

struct run_outcome {
    bool connected;               /* what follows up to connect_ms is filled */
    struct wire_opened opened;
    int64_t connect_ms;
    struct remote_result command; /* exit_code: when run_host() returned 0 */
    int64_t total_ms;
};

struct run_job {
    const struct cli *cli;
    const char *host;
    int connect_timeout_ms;
    /* What to run and where its streams are.  will, label and value are set
     * here, not by the caller. */
    struct remote_options remote;
    /* Called once, when the host is connected; or NULL. */
    void (*connected)(void *arg, const struct run_outcome *outcome);
    void *arg;
};

/* HTTP requests that it took: to the first output, and in all. */
unsigned run_requests_to_output(const struct run_outcome *outcome);
unsigned run_requests(const struct run_outcome *outcome);

/*
 * 0: the command came to its end.  -1: not; without an error when nobody
 * reads our output any more.  Call xmlInitParser() before, and ignore
 * SIGPIPE.
 */
int run_host(const struct run_job *job, struct run_outcome *outcome,
             struct err *err) MUST_USE;

#endif
