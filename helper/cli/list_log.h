/*
 * list_log.h - "credssp list --log": what was done with this session's
 * credential, as the broker remembers it.
 */
#ifndef CREDSSP_CLI_LIST_LOG_H
#define CREDSSP_CLI_LIST_LOG_H

#include <stdbool.h>

#include "cli/command.h"
#include "credssp/err.h"

/* Prints lines, or one JSON object. */
int list_log(const struct cli *cli, bool json, struct err *err) MUST_USE;

#endif
