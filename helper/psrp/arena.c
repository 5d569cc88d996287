/* arena.c - memory that is given out in pieces and taken back as a whole. */
#include "psrp/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_BYTES 16384 /* a small object and its properties */

struct arena_block {
    struct arena_block *next;
    size_t size, used;
    max_align_t bytes[];
};

static struct arena_block *new_block(struct arena *arena, size_t n)
{
    size_t size = n > BLOCK_BYTES ? n : BLOCK_BYTES;
    struct arena_block *block;

    if (size > arena->max - arena->used) {
        arena->full = true;
        return NULL;
    }
    block = malloc(sizeof *block + size);
    if (block == NULL)
        return NULL;
    *block = (struct arena_block){ .next = arena->blocks, .size = size };
    arena->blocks = block;
    arena->used += size;
    return block;
}

void *arena_take(struct arena *arena, size_t n)
{
    const size_t unit = sizeof(max_align_t);
    struct arena_block *block = arena->blocks;
    void *p;

    if (n > arena->max) {
        arena->full = true;
        return NULL;
    }
    n = (n + unit - 1) / unit * unit;
    if (block == NULL || n > block->size - block->used)
        block = new_block(arena, n);
    if (block == NULL)
        return NULL;
    p = (unsigned char *)block->bytes + block->used;
    block->used += n;
    return memset(p, 0, n);
}

char *arena_copy(struct arena *arena, const void *p, size_t n)
{
    char *copy = arena_take(arena, n < SIZE_MAX ? n + 1 : n);

    if (copy != NULL && n > 0)
        memcpy(copy, p, n);
    return copy;
}

void arena_reset(struct arena *arena)
{
    struct arena_block *block = arena->blocks;

    arena->full = false;
    /* The oldest is the one of ordinary size. */
    while (block != NULL && block->next != NULL) {
        struct arena_block *next = block->next;

        arena->used -= block->size;
        free(block);
        block = next;
    }
    if (block != NULL)
        block->used = 0;
    arena->blocks = block;
}

void arena_free(struct arena *arena)
{
    arena_reset(arena);
    free(arena->blocks);
    arena->blocks = NULL;
    arena->used = 0;
}
