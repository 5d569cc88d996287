/*
 * run_json.h - "run --json": a command and its outcome as one JSON object.
 */
#ifndef CREDSSP_CLI_RUN_JSON_H
#define CREDSSP_CLI_RUN_JSON_H

#include "cli/run_host.h"

/*
 * Runs the job with its output kept, and prints the object and a newline to
 * stdout.  Returns the exit status; a failure of the job is in the object and
 * not in *err, which is for what keeps the object from being printed.
 */
int run_json(const struct run_job *job, struct err *err);

/*
 * The object of a host of which nothing came: a line with its newline, to be
 * freed; NULL: no memory.
 */
char *run_json_absent(const char *host, const struct err *why);

#endif
