/*
 * prefix.h - a stream of bytes as whole lines, each behind the name of the
 * host that it came from.
 */
#ifndef CREDSSP_CLI_PREFIX_H
#define CREDSSP_CLI_PREFIX_H

#include <stddef.h>

#include "credssp/buf.h"
#include "credssp/err.h"

/* A longer line is cut there, as if a newline stood in it. */
#define PREFIX_LINE_MAX 65536

/* Takes the bytes; -1 with an error, or without one when nobody reads. */
typedef int prefix_write_fn(void *arg, const void *bytes, size_t n,
                            struct err *err);

/* What came of a line whose end did not yet come is in part. */
struct prefix {
    const char *name; /* borrowed */
    struct buf part;
    prefix_write_fn *write;
    void *arg;
};

void prefix_init(struct prefix *prefix, const char *name,
                 prefix_write_fn *write, void *arg);
void prefix_free(struct prefix *prefix);

/* Writes "name: line\n" for each line that is whole by now. */
int prefix_put(struct prefix *prefix, const void *bytes, size_t n,
               struct err *err) MUST_USE;

/* The end of the stream: a last line without a newline gets one. */
int prefix_end(struct prefix *prefix, struct err *err) MUST_USE;

#endif
