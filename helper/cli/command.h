/*
 * command.h - the table of commands: one command is one file and one row.
 */
#ifndef CREDSSP_CLI_COMMAND_H
#define CREDSSP_CLI_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/options.h"
#include "credssp/err.h"

#define EXIT_OWN_FAILURE 255 /* ssh's habit */

/* Options that stand before the command's name. */
struct cli {
    bool direct;              /* --direct: no system broker */
    const char *policy_file;  /* -F, direct mode only; NULL: the system's */
    const char *socket;       /* --socket; NULL: BROKER_SOCKET */
    bool verbose;             /* -v */
};

/*
 * argv[0] is the command's name.  Returns the exit status; prints its own
 * output; leaves an error in *err for main() to print.  A status of
 * EXIT_OWN_FAILURE without an error is a silent end (a closed pipe).
 */
typedef int command_fn(const struct cli *cli, int argc, char **argv,
                       struct err *err);

struct command {
    const struct page *page;  /* its name, usage, options and help */
    command_fn *run;
};

extern const struct page page_list, page_login, page_logout, page_policy,
    page_ps, page_run, page_test, page_wsman;
command_fn cmd_list, cmd_login, cmd_logout, cmd_policy, cmd_ps, cmd_run,
    cmd_test, cmd_wsman;

/* The row that the name most likely meant, or NULL: "lsit" is "list". */
const struct command *command_nearest(const struct command *table,
                                      size_t count, const char *name);

#endif
