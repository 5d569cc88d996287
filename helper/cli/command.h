/*
 * command.h - the table of commands: one command is one file and one row.
 */
#ifndef CREDSSP_CLI_COMMAND_H
#define CREDSSP_CLI_COMMAND_H

#include <stdbool.h>

#include "credssp/err.h"

#define EXIT_OWN_FAILURE 255 /* ssh's habit */

/* Options that stand before the command's name. */
struct cli {
    bool direct;              /* --direct: no system broker */
    const char *policy_file;  /* -F, direct mode only; NULL: the system's */
    bool verbose;             /* -v */
};

/*
 * argv[0] is the command's name.  Returns the exit status; prints its own
 * output; leaves an error in *err for main() to print with
 * EXIT_OWN_FAILURE.
 */
typedef int command_fn(const struct cli *cli, int argc, char **argv,
                       struct err *err);

struct command {
    const char *name;
    command_fn *run;
    const char *usage;        /* "HOST -- COMMAND..." */
    const char *summary;      /* one line of --help */
};

command_fn cmd_login, cmd_list, cmd_logout, cmd_run, cmd_policy;

#endif
