/* list.c - the lines of a policy that apply to who asks. */
#include <stdio.h>
#include <string.h>

#include "policy/rules.h"

static const enum policy_line_kind kinds[] = {
    [RULE_ALLOW] = POLICY_LINE_ALLOW,
    [RULE_ALLOW_NTLM] = POLICY_LINE_ALLOW_NTLM,
    [RULE_DENY] = POLICY_LINE_DENY,
};

struct listing {
    const struct policy *policy;
    const struct policy_query *query;
    policy_line_fn *fn;
    void *arg;
};

static bool applies(const struct listing *listing, const struct rule *rule)
{
    return rule->match == 0
           || match_applies(&listing->policy->matches[rule->match - 1],
                            listing->query);
}

static int list_rules(const struct listing *listing, enum rule_kind kind,
                      struct err *err)
{
    const struct policy *policy = listing->policy;
    size_t i;

    for (i = 0; i < policy->rule_count; i++) {
        const struct rule *rule = &policy->rules[i];
        const char *pattern = strchr(rule->text, ' ');

        if (rule->kind != kind || !applies(listing, rule))
            continue;
        if (listing->fn(listing->arg, kinds[kind],
                        pattern != NULL ? pattern + 1 : rule->text,
                        policy->files[rule->file].path, rule->line, err) != 0)
            return -1;
    }
    return 0;
}

/* Of no use to who may delegate to none of its hosts. */
static bool is_of_use(const struct listing *listing, size_t block)
{
    const struct policy *policy = listing->policy;
    size_t i, n;

    for (n = policy->blocks[block].first_name;
         n < policy->name_count && policy->names[n].block == block; n++) {
        const struct host_name *name = &policy->names[n];

        if (name->negated)
            continue;
        for (i = 0; i < policy->rule_count; i++) {
            const struct rule *rule = &policy->rules[i];

            if (rule->kind != RULE_DENY && applies(listing, rule)
                && strcmp(rule->pattern.service, POLICY_SERVICE) == 0
                && spn_pattern_overlap(&rule->pattern, &name->pattern))
                return true;
        }
    }
    return false;
}

/* "kiosk7.corp.example.com !*.lab", cut where the room ends. */
static void join_names(const struct policy *policy, size_t block,
                       char dst[POLICY_TEXT_MAX])
{
    size_t i, used = 0;

    dst[0] = '\0';
    for (i = policy->blocks[block].first_name;
         i < policy->name_count && policy->names[i].block == block; i++) {
        const struct host_name *name = &policy->names[i];
        int n;

        n = snprintf(dst + used, POLICY_TEXT_MAX - used, "%s%s%s%s",
                     used > 0 ? " " : "", name->negated ? "!" : "",
                     name->pattern.any || name->pattern.suffix ? "*" : "",
                     name->pattern.host);
        if (n < 0 || (size_t)n >= POLICY_TEXT_MAX - used)
            return;
        used += (size_t)n;
    }
}

static int list_block(const struct listing *listing, size_t index,
                      struct err *err)
{
    const struct policy *policy = listing->policy;
    const struct host_block *block = &policy->blocks[index];
    const char *file = policy->files[block->file].path;
    char text[POLICY_TEXT_MAX];
    int i;

    join_names(policy, index, text);
    if (listing->fn(listing->arg, POLICY_LINE_HOST, text, file, block->line,
                    err) != 0)
        return -1;
    for (i = 0; i < HOST_SETTING_COUNT; i++) {
        if (!block->given[i])
            continue;
        host_setting_text(block, (enum host_setting)i, text);
        if (listing->fn(listing->arg, POLICY_LINE_SETTING, text, file,
                        block->given_line[i], err) != 0)
            return -1;
    }
    return 0;
}

int policy_list(const struct policy *policy, const struct policy_query *query,
                policy_line_fn *fn, void *arg, struct err *err)
{
    const struct listing listing = { policy, query, fn, arg };
    size_t i;

    if (list_rules(&listing, RULE_ALLOW, err) != 0
        || list_rules(&listing, RULE_ALLOW_NTLM, err) != 0
        || list_rules(&listing, RULE_DENY, err) != 0)
        return -1;
    for (i = 0; i < policy->block_count; i++)
        if (is_of_use(&listing, i) && list_block(&listing, i, err) != 0)
            return -1;
    return 0;
}
