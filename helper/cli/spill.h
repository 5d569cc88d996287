/*
 * spill.h - bytes that wait for their turn: a few in memory, more of them in
 * a file that has no name.
 */
#ifndef CREDSSP_CLI_SPILL_H
#define CREDSSP_CLI_SPILL_H

#include <stdbool.h>
#include <stdio.h>

#include "cli/prefix.h"
#include "credssp/buf.h"
#include "credssp/err.h"

#define SPILL_MEMORY_MAX 16384

struct spill {
    struct buf memory;
    FILE *file;        /* tmpfile(3), once memory is full; has all of it */
};

void spill_init(struct spill *spill);
void spill_free(struct spill *spill);

int spill_put(struct spill *spill, const void *bytes, size_t n,
              struct err *err) MUST_USE;

/* All of it, to write; *last is its last byte, '\n' when it is empty. */
int spill_pour(struct spill *spill, prefix_write_fn *write, void *arg,
               char *last, struct err *err) MUST_USE;

bool spill_is_empty(const struct spill *spill);

#endif
