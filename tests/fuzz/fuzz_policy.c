/* fuzz_policy.c - the policy file, and what is decided by it. */
#include "fuzz.h"

#include <string.h>

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
    size_t *complaints = arg;

    fuzz_require(file != NULL && what != NULL && what[0] != '\0');
    fuzz_require(line > 0 && column > 0);
    (*complaints)++;
}

/* A verdict names the line that gave it; what is denied says why. */
static void decide(const struct policy *policy, const char *host)
{
    static const char *const groups[] = { "dba", "users" };
    struct policy_query query = { .user = "alice", .groups = groups,
                                  .group_count = 2, .service = "sshd",
                                  .host = host };
    struct policy_verdict verdict;
    struct err err = ERR_INIT;

    policy_decide(policy, &query, &verdict);
    fuzz_require(!verdict.kerberos || verdict.kerberos_rule.line > 0);
    fuzz_require(!verdict.ntlm || verdict.ntlm_rule.line > 0);
    fuzz_require(verdict.minimum_version >= 2
                 && verdict.minimum_version <= 6);
    fuzz_require(verdict.port != 0);
    if (!verdict.kerberos)
        fuzz_check(policy_refuse(&query, &verdict, false, &err), &err, 0);
    if (!verdict.ntlm)
        fuzz_check(policy_refuse(&query, &verdict, true, &err), &err, 0);
}

static size_t parse(const uint8_t *data, size_t size)
{
    struct policy *policy = policy_new("credssp.conf", POLICY_OWNER_USER);
    size_t errors, complaints = 0;

    if (policy == NULL)
        return 1;
    errors = policy_parse(policy, (const char *)data, size, complain,
                          &complaints);
    fuzz_require(complaints == errors);
    if (errors == 0) {
        decide(policy, "win1.corp.example.com");
        decide(policy, "dc1.corp.example.com");
        decide(policy, "elsewhere");
        fuzz_require(policy_lifetime(policy) > 0);
    }
    policy_free(&policy);
    return errors;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unsigned seed = fuzz_seed(&data, &size);
    char *text = malloc(size + 1);
    size_t errors, again;

    fuzz_require(text != NULL);
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    errors = parse((const uint8_t *)text, size);
    fuzz_arm(seed);
    again = parse((const uint8_t *)text, size);
    /* A rule that could not be kept is an error, never left out in silence:
     * a Deny line that is missing would allow. */
    fuzz_require(fuzz_disarm() == 0 ? again == errors : again > 0);
    free(text);
    return 0;
}
