/*
 * ps_run.h - runs what "ps" was asked for, on one host or on many, and prints
 * what comes of it.
 */
#ifndef CREDSSP_CLI_PS_RUN_H
#define CREDSSP_CLI_PS_RUN_H

#include <stdbool.h>

#include "cli/many_hosts.h"
#include "cli/ps_host.h"
#include "cli/ps_print.h"

struct ps_run {
    enum ps_form form;
    bool is_script;           /* no command: its errors are its own matter */
    bool quiet, verbose, no_progress;
    struct many_hosts many;   /* hosts, and whether they are many */
    struct ps_job job;        /* but output */
};

/* Returns the exit status.  Ignore SIGPIPE and call xmlInitParser() before. */
int ps_run(struct ps_run *run, struct err *err);

#endif
