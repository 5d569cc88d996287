/*
 * alloc.c - allocations that fail when a seed says so.  The linker's --wrap
 * brings our own calls here; libraries that can be told do the rest.
 */
#include "fuzz.h"

#include <string.h>
#include <sys/mman.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
void *__real_reallocarray(void *p, size_t n, size_t size);
char *__real_strndup(const char *s, size_t n);
int __real_mlock(const void *p, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);
void *__wrap_reallocarray(void *p, size_t n, size_t size);
char *__wrap_strndup(const char *s, size_t n);
int __wrap_mlock(const void *p, size_t size);

/* One in so many; codecs with a handful of allocations need the second. */
#define RARELY 400
#define OFTEN 8

/* libFuzzer has threads of its own, whose allocations are not meant. */
static _Thread_local struct {
    uint32_t state; /* 0: nothing fails */
    uint32_t one_in;
    unsigned failed;
} game;

void fuzz_arm(unsigned seed)
{
    game.state = seed == 0 ? 0 : seed * 2654435761u | 1;
    game.one_in = (seed & 1) != 0 ? OFTEN : RARELY;
    game.failed = 0;
}

unsigned fuzz_disarm(void)
{
    game.state = 0;
    return game.failed;
}

uint32_t fuzz_hold(void)
{
    uint32_t held = game.state;

    game.state = 0;
    return held;
}

void fuzz_resume(uint32_t held)
{
    game.state = held;
}

/* xorshift: Marsaglia, Journal of Statistical Software 8 (2003), 14. */
static bool fails(void)
{
    if (game.state == 0)
        return false;
    game.state ^= game.state << 13;
    game.state ^= game.state >> 17;
    game.state ^= game.state << 5;
    if (game.state % game.one_in != 0)
        return false;
    game.failed++;
    return true;
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t size)
{
    return fails() ? NULL : __real_realloc(p, size);
}

void *__wrap_reallocarray(void *p, size_t n, size_t size)
{
    return fails() ? NULL : __real_reallocarray(p, n, size);
}

char *__wrap_strndup(const char *s, size_t n)
{
    return fails() ? NULL : __real_strndup(s, n);
}

/* The limit of locked memory, which secrets need. */
int __wrap_mlock(const void *p, size_t size)
{
    return fails() ? -1 : __real_mlock(p, size);
}
