/* own_openssl.c - OpenSSL's allocations, which fail with ours. */
#include "fuzz.h"

#include <openssl/crypto.h>

static void *take(size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return malloc(size);
}

/* A mere resize, for OpenSSL: CRYPTO_set_mem_functions(3). */
static void *resize(void *p, size_t size, const char *file, int line)
{
    void *(*const again)(void *, size_t) = realloc;

    (void)file;
    (void)line;
    return again(p, size);
}

static void give(void *p, const char *file, int line)
{
    (void)file;
    (void)line;
    free(p);
}

void fuzz_own_openssl(void)
{
    fuzz_require(CRYPTO_set_mem_functions(take, resize, give) == 1);
}
