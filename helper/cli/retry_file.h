/*
 * retry_file.h - the hosts that did not succeed, as a list that -f reads.
 */
#ifndef CREDSSP_CLI_RETRY_FILE_H
#define CREDSSP_CLI_RETRY_FILE_H

#include <stddef.h>

#include "credssp/err.h"

/* One host and why it is listed, which becomes a comment. */
struct retry_line {
    const char *host;
    char why[64];
};

/*
 * Replaces the file by these lines in one step: rename(2), so that a reader
 * finds the old list or the new one.  ERR_USAGE for what is no regular file.
 */
int retry_file_write(const char *path, const struct retry_line *lines,
                     size_t count, struct err *err) MUST_USE;

#endif
