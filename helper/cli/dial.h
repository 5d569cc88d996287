/*
 * dial.h - one more channel to a host, through the same broker.
 */
#ifndef CREDSSP_CLI_DIAL_H
#define CREDSSP_CLI_DIAL_H

#include "cli/command.h"
#include "cli/line.h"

/* All borrowed; stays where it is as long as the dial is used. */
struct dial_host {
    const struct cli *cli;
    const char *host;
    int timeout_ms;
};

struct dial dial_to(const struct dial_host *host);

#endif
