/*
 * pwsh_line.h - a packet of PowerShell's remoting over standard streams: an
 * element on a line of its own, with PSGuid, and Data with Stream and base64.
 */
#ifndef WINHOST_PWSH_LINE_H
#define WINHOST_PWSH_LINE_H

#include <stdio.h>

#include "psrp_wire.h"

#define PWSH_LINE_MAX 4194304

struct pwsh_line {
    char name[16];            /* "Data", "CommandAck" */
    char stream[32];          /* of Data */
    bool of_pipeline;         /* PSGuid is not zero */
    unsigned char id[PSRP_GUID];
    struct buf bytes;         /* of Data */
};

/* 1, or 0 at the end; -1: it is none.  The line is initialised before. */
int pwsh_line_read(FILE *from, struct pwsh_line *line) MUST_USE;
/* id NULL: zero; stream NULL: no Data. */
void pwsh_line_put(struct buf *out, const char *name,
                   const unsigned char *id, const char *stream,
                   const void *p, size_t n);
/* All of it; -1: the reader is gone. */
int pwsh_line_write(int fd, const struct buf *line) MUST_USE;

#endif
