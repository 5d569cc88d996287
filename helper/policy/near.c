/* near.c - the line that was probably meant for a host it does not name. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "policy/rules.h"

/* "win1" is what "win1.corp.example.com" begins with. */
static bool is_first_label(const char *label, const char *name)
{
    size_t n = strlen(label);

    return strchr(label, '.') == NULL && strncmp(label, name, n) == 0
           && name[n] == '.';
}

static bool is_below(const char *name, const char *domain)
{
    size_t n = strlen(name), m = strlen(domain);

    return n > m + 1 && name[n - m - 1] == '.'
           && strcmp(name + n - m, domain) == 0;
}

/* "win1" and "*.corp.example.com", or the whole name. */
static bool completes(const struct spn_pattern *pattern, const char *host,
                      char full[HOSTNAME_MAX])
{
    int n;

    if (pattern->any || strchr(host, '.') != NULL
        || (!pattern->suffix && !is_first_label(host, pattern->host)))
        return false;
    n = snprintf(full, HOSTNAME_MAX, "%s%s", pattern->suffix ? host : "",
                 pattern->host);
    return n > 0 && n < HOSTNAME_MAX;
}

/* How near this line is; POLICY_FAR when it is about something else. */
static enum policy_nearness judge(const struct rule *rule, const char *host,
                                  char full[HOSTNAME_MAX])
{
    const struct spn_pattern *pattern = &rule->pattern;

    snprintf(full, HOSTNAME_MAX, "%s", host);
    if (spn_pattern_matches(pattern, POLICY_SERVICE, host))
        return rule->match != 0 ? POLICY_NOT_FOR_YOU : POLICY_FAR;
    if (spn_pattern_matches(pattern, pattern->service, host))
        return POLICY_OTHER_SERVICE;
    if (strcasecmp(pattern->service, POLICY_SERVICE) != 0)
        return POLICY_FAR;
    if (completes(pattern, host, full))
        return POLICY_SHORT_HOST;
    if (!pattern->suffix && is_first_label(pattern->host, host))
        return POLICY_SHORT_LINE;
    if (!pattern->suffix && strchr(pattern->host, '.') != NULL
        && is_below(host, pattern->host))
        return POLICY_DOMAIN_LINE;
    return POLICY_FAR;
}

void policy_nearest(const struct policy *policy, const char *host,
                    struct policy_near *near)
{
    size_t i;

    memset(near, 0, sizeof *near);
    for (i = 0; i < policy->rule_count; i++) {
        const struct rule *rule = &policy->rules[i];
        char full[HOSTNAME_MAX];
        enum policy_nearness nearness;

        if (rule->kind == RULE_DENY)
            continue;
        nearness = judge(rule, host, full);
        if (nearness <= near->nearness)
            continue;
        near->nearness = nearness;
        memcpy(near->full, full, sizeof near->full);
        policy_cite(policy, rule, &near->rule);
    }
}
