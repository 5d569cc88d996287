/*
 * sink.h - standard output and standard error of a fan-out: whole pieces, in
 * front of which the progress line gives way.
 */
#ifndef CREDSSP_CLI_SINK_H
#define CREDSSP_CLI_SINK_H

#include <stdbool.h>

#include "cli/prefix.h"
#include "cli/progress.h"
#include "credssp/buf.h"
#include "credssp/err.h"

#define SINK_BATCH_MAX 65536

struct sink {
    int fd;
    struct buf batch;
    struct progress *progress;     /* borrowed */
    /* A signal came while the reader was slow: true when it is time to go. */
    bool (*leave)(void *arg);
    void *arg;
};

void sink_init(struct sink *sink, int fd, struct progress *progress,
               bool (*leave)(void *arg), void *arg);
void sink_free(struct sink *sink);

/* A prefix_write_fn whose arg is the sink; it is out after sink_flush(). */
prefix_write_fn sink_put;

/* -1 without an error: nobody reads any more, or it is time to go. */
int sink_flush(struct sink *sink, struct err *err) MUST_USE;

#endif
