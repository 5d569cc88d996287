/*
 * kept_shell.h - a shell that one run leaves to the next: which shells are
 * alike, and how one is named to the broker, which reads neither.
 */
#ifndef CREDSSP_CLI_KEPT_SHELL_H
#define CREDSSP_CLI_KEPT_SHELL_H

#include <stddef.h>

#include "broker/wire.h"
#include "cli/command.h"
#include "psrp/runspace.h"
#include "wsman/winrs.h"

/*
 * How long the host keeps a shell that was left to it and nobody deletes: the
 * broker's last word may not reach it.  Longer than a pager may make us wait.
 */
#define KEPT_SHELL_IDLE_S 900

/*
 * All that makes a shell what it is: codepage, profile, directory, variables.
 * "" for one with more than WIRE_LABEL_MAX of it, which is never kept.
 */
void shell_label(const struct winrs_options *options,
                 char label[WIRE_LABEL_MAX]);

/* The SessionId and the ShellId. -1: they do not fit. */
int shell_value(const struct winrs_shell *shell, char *value, size_t size);
/* Into shell->id and shell->wsman->session. -1: this is no such value. */
int shell_take_value(const char *value, struct winrs_shell *shell);

/*
 * The same of a PowerShell: its configuration, profile and terminal; and of
 * its pool, which its value names beside the shell, with the number of the
 * next message and the protocol.
 */
void pool_label(const struct runspace_options *options,
                char label[WIRE_LABEL_MAX]);
int pool_value(const struct runspace_left *left, char *value, size_t size);
int pool_take_value(const char *value, struct runspace_left *left);

/* ERR_USAGE for --keep where nothing can be kept. */
int kept_check(const struct page *page, const struct cli *cli, bool keep,
               struct err *err) MUST_USE;

#endif
