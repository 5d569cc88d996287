/*
 * list_connections.h - "list --connections": what the broker keeps for the
 * session's next command.
 */
#ifndef CREDSSP_CLI_LIST_CONNECTIONS_H
#define CREDSSP_CLI_LIST_CONNECTIONS_H

#include <stdbool.h>

#include "cli/command.h"
#include "credssp/err.h"

/* Asks, and prints a table or one JSON array. */
int list_connections(const struct cli *cli, bool json, struct err *err)
    MUST_USE;

#endif
