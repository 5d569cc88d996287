/* options.h - the command line of credssp-broker. */
#ifndef CREDSSP_BROKER_OPTIONS_H
#define CREDSSP_BROKER_OPTIONS_H

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>

#include "credssp/err.h"

struct options {
    const char *listen_path; /* NULL: systemd's socket, else BROKER_SOCKET */
    const char *policy_file; /* absolute: each role changes to "/" */
    char policy_path[PATH_MAX]; /* where it is made so */
    int direct_fd;           /* -1: not direct */
    bool foreground;
    bool check_config;
    bool help;
    bool version;
};

/* policy_file may point into *options: it must not be copied. */
int options_parse(int argc, char *const *argv, struct options *options,
                  struct err *err) MUST_USE;
void options_help(FILE *out);

#endif
