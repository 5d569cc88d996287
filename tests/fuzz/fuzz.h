/*
 * fuzz.h - what every fuzz target shares: the allocations that fail, and what
 * must hold when something was refused.
 *
 * A target is one LLVMFuzzerTestOneInput() (libFuzzer's interface).  The
 * first two bytes of an input choose which allocations fail: "00" none, so
 * that seeds which are text stay text.
 */
#ifndef CREDSSP_TESTS_FUZZ_H
#define CREDSSP_TESTS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "credssp/buf.h"
#include "credssp/err.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

#define FUZZ_SEED_BYTES 2

/* The seed of an input, which it takes away from *data; 0 for "00". */
unsigned fuzz_seed(const uint8_t **data, size_t *size);

/* From here on allocations of this thread fail as the seed says. */
void fuzz_arm(unsigned seed);
/* Ends it; how many have failed since. */
unsigned fuzz_disarm(void);
/* A pause: what fuzz_hold() returned resumes it. */
uint32_t fuzz_hold(void);
void fuzz_resume(uint32_t held);

/* OpenSSL and libxml2 allocate with us: before their first call. */
void fuzz_own_openssl(void);
void fuzz_own_libxml2(void);

/* A promise of ours does not hold: says which, and aborts. */
#define fuzz_require(condition)                                               \
    do {                                                                      \
        if (!(condition)) {                                                   \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__,        \
                    #condition);                                              \
            abort();                                                          \
        }                                                                     \
    } while (0)

/* A failure has a cause of its own, a sentence, and lengths that are right;
 * only a failed allocation is called one. */
void fuzz_check(int result, const struct err *err, unsigned failed);

/*
 * Runs one codec twice: in peace, then with failing allocations.  What it
 * refuses then it refuses for the same cause or for want of memory: a full
 * machine must not make a good message look malformed.
 */
typedef int fuzz_codec(const uint8_t *data, size_t size, struct err *err);
void fuzz_twice(fuzz_codec *codec, unsigned seed, const uint8_t *data,
                size_t size);

/* The next byte, or 0 at the end: for choices. */
static inline uint8_t fuzz_u8(const uint8_t **data, size_t *size)
{
    if (*size == 0)
        return 0;
    (*size)--;
    return *(*data)++;
}

#endif
