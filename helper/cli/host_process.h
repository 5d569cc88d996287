/*
 * host_process.h - a process of our own for one host: its start, its two
 * streams, its end.
 */
#ifndef CREDSSP_CLI_HOST_PROCESS_H
#define CREDSSP_CLI_HOST_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "cli/prefix.h"
#include "cli/spill.h"
#include "credssp/err.h"

/* How one of its streams goes on. */
enum host_stream_form {
    HOST_LINES,        /* line by line, with the host's name, by lines */
    HOST_KEPT,         /* in one piece: it waits in spill */
    HOST_VALUES,       /* line by line as they are, whatever their length;
                          the start of one waits in spill */
};

struct host_stream {
    int fd;            /* -1: at its end */
    enum host_stream_form form;
    bool said;         /* HOST_VALUES: there was a line */
    struct prefix lines;
    struct spill spill;
};

enum { HOST_OUT, HOST_ERR, HOST_STREAMS };

struct host_process {
    size_t index;      /* of the host in the list */
    pid_t pid;
    int pidfd;         /* readable when it has ended: pidfd_open(2) */
    struct host_stream streams[HOST_STREAMS];
};

/*
 * What runs there: its standard output and error are read by us, its standard
 * input is the file or nothing.  It returns the exit status, and has printed
 * its own error.
 */
struct host_program {
    int (*run)(void *arg, const char *host);
    void *arg;
    const char *input; /* NULL: nothing */
};

/* fork(2), and no exec(3); streams is all that the caller fills in. */
int host_process_start(struct host_process *process,
                       const struct host_program *program, const char *host,
                       struct err *err) MUST_USE;

/* What the stream has: to its end if the process has ended, so that a
 * process which it left behind delays nothing. */
int host_stream_read(struct host_stream *stream, bool ended,
                     struct err *err) MUST_USE;

/* When pidfd is readable: its status, as wait(2) has it; frees nothing. */
int host_process_reap(struct host_process *process);

void host_process_free(struct host_process *process);

#endif
