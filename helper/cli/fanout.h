/*
 * fanout.h - the same for many hosts at once: a process for each, its output
 * told apart, who failed, and the list for another try.
 *
 * What runs for a host is the caller's function; it is not known here.
 */
#ifndef CREDSSP_CLI_FANOUT_H
#define CREDSSP_CLI_FANOUT_H

#include <stdbool.h>

#include "cli/host_process.h"
#include "cli/hosts.h"
#include "credssp/err.h"

#define FANOUT_DEFAULT 32 /* PowerShell's throttle limit */
#define FANOUT_MAX 128    /* the broker serves 256 connections a session */
#define FANOUT_FAILED 1   /* exit status: not every host succeeded */

/* How the hosts' output is told apart. */
enum fanout_form {
    FANOUT_LINES,   /* "host: line", as the lines come */
    FANOUT_GROUPED, /* all of a host's, when it has ended, under its name */
    FANOUT_OBJECTS, /* the same without the name: JSON that has it inside */
    FANOUT_VALUES,  /* such JSON as it comes, a value a line */
};

struct fanout {
    const struct hosts *hosts;
    struct host_program program;
    unsigned at_once;
    enum fanout_form form;
    bool fail_fast;           /* after a failure none is started any more */
    bool quiet;               /* no progress, no summary */
    const char *retry_file;   /* NULL: none */
    /* FANOUT_OBJECTS and FANOUT_VALUES: what stands for a host that failed
     * without a word of its own, with its newline, to be freed; or NULL. */
    char *(*object)(const char *host, const struct err *why);
};

/*
 * 0 when every host succeeded, FANOUT_FAILED when not, EXIT_OWN_FAILURE when
 * the fan-out itself failed: with an error, unless nobody reads its output.
 * Ignore SIGPIPE before.
 */
int fanout_run(const struct fanout *fanout, struct err *err);

#endif
