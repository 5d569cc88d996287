/* own_libxml2.c - libxml2's allocations, which fail with ours. */
#include "fuzz.h"

#include <libxml/parser.h>
#include <libxml/xmlmemory.h>
#include <string.h>

static void *take(size_t size)
{
    return malloc(size);
}

static char *copy(const char *s)
{
    return strndup(s, strlen(s));
}

void fuzz_own_libxml2(void)
{
    fuzz_require(xmlMemSetup(free, take, realloc, copy) == 0);
    xmlInitParser();
}
