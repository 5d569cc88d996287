/*
 * run_many.h - "run" on many hosts: the job of one, fanned out.
 */
#ifndef CREDSSP_CLI_RUN_MANY_H
#define CREDSSP_CLI_RUN_MANY_H

#include <stdbool.h>

#include "cli/fanout.h"
#include "cli/hosts.h"
#include "credssp/err.h"

/* What the options say of the fan-out. */
struct run_many {
    struct hosts hosts;
    unsigned at_once;
    bool group, json, fail_fast, quiet;
    bool read_stdin;          /* the hosts came from it */
    const char *input;        /* --input; NULL: none */
    const char *retry_file;
    /* In the process of each host: runs it and prints its error. */
    int (*run)(void *arg, const char *host);
    void *arg;
};

/* Returns the exit status. */
int run_many(const struct run_many *many, struct err *err);

#endif
