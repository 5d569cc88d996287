/*
 * arena.h - memory of one message: given out piece by piece, within a
 * maximum, and taken back as a whole.  Holds no secret.
 */
#ifndef CREDSSP_PSRP_ARENA_H
#define CREDSSP_PSRP_ARENA_H

#include <stdbool.h>
#include <stddef.h>

struct arena_block;

struct arena {
    struct arena_block *blocks; /* the newest first */
    size_t used;                /* of all blocks, in bytes */
    size_t max;
    bool full;                  /* a request went over the maximum */
};

#define ARENA_INIT(maximum) { .max = (maximum) }

/* Zeroed and aligned for any type; NULL: over the maximum, or no memory. */
void *arena_take(struct arena *arena, size_t n);
/* A copy with a NUL behind it. */
char *arena_copy(struct arena *arena, const void *p, size_t n);
/* All of it is taken back; one block stays for the next message. */
void arena_reset(struct arena *arena);
void arena_free(struct arena *arena);

#endif
