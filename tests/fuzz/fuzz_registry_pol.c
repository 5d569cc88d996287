/* fuzz_registry_pol.c - a Registry.pol, and the lines that come of it. */
#include "fuzz.h"

#include <stdio.h>
#include <string.h>

#include "policy/gpo.h"
#include "policy/rules.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    return 0;
}

static void complain(void *arg, const char *file, unsigned line,
                     unsigned column, const char *what)
{
    (void)arg;
    (void)file;
    (void)line;
    (void)column;
    (void)what;
}

/* Whatever the domain says, what is printed is a policy: it can be put into
 * a file, and no entry begins a line of its own. */
static void check_lines(const struct gpo *gpo)
{
    static char text[1 << 21];
    FILE *out = fmemopen(text, sizeof text, "w");
    struct policy *policy;
    size_t items = 0;
    int i;

    fuzz_require(out != NULL);
    (void)gpo_print(gpo, out);
    fuzz_require(fclose(out) == 0);
    for (i = 0; i < GPO_LIST_COUNT; i++)
        items += gpo->lists[i].count;
    policy = policy_new("credssp.conf", POLICY_OWNER_USER);
    fuzz_require(policy != NULL);
    fuzz_require(policy_parse(policy, text, strlen(text), complain, NULL)
                 == 0);
    fuzz_require(policy->rule_count <= items);
    policy_free(&policy);
}

static int apply(const uint8_t *data, size_t size, struct err *err)
{
    struct gpo gpo;
    int r;

    gpo_init(&gpo);
    r = gpo_apply(&gpo, data, size, err);
    gpo_clear(&gpo);
    return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unsigned seed = fuzz_seed(&data, &size);
    struct err err = ERR_INIT;
    struct gpo gpo;

    gpo_init(&gpo);
    if (gpo_apply(&gpo, data, size, &err) == 0)
        check_lines(&gpo);
    gpo_clear(&gpo);
    fuzz_twice(apply, seed, data, size);
    return 0;
}
