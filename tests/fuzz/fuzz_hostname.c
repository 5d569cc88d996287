/* fuzz_hostname.c - host names, SPN patterns and durations, as typed. */
#include "fuzz.h"

#include <string.h>

#include "credssp/duration.h"
#include "policy/hostname.h"
#include "policy/rules.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    return 0;
}

/* Canonical is canonical: once more changes nothing. */
static int canonical(const uint8_t *data, size_t size, struct err *err)
{
    char name[HOSTNAME_MAX], again[HOSTNAME_MAX];
    int r = hostname_canonical((const char *)data, size, name, err);

    if (r == 0) {
        fuzz_require(memchr(name, '\0', sizeof name) != NULL);
        fuzz_require(hostname_canonical(name, strlen(name), again, err) == 0);
        fuzz_require(strcmp(name, again) == 0);
        fuzz_require(strpbrk(name, "/@%:*\n ") == NULL);
    }
    return r;
}

static void patterns(const char *text)
{
    struct spn_pattern pattern;
    const char *why = NULL;
    unsigned seconds = 0;

    if (spn_pattern_parse(text, &pattern, &why))
        spn_pattern_matches(&pattern, "wsman", "win1.corp.example.com");
    else
        fuzz_require(why != NULL);
    if (duration_parse(text, &seconds))
        fuzz_require(seconds > 0 && seconds <= DURATION_MAX_S);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unsigned seed = fuzz_seed(&data, &size);
    char *text = strndup((const char *)data, size);

    fuzz_require(text != NULL);
    patterns(text);
    free(text);
    fuzz_twice(canonical, seed, data, size);
    return 0;
}
