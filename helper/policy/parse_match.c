/* parse_match.c - the Match line of credssp.conf(5). */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "policy/parser.h"

static const char *const criteria[CRITERION_COUNT] = {
    [CRITERION_USER] = "User",
    [CRITERION_GROUP] = "Group",
    [CRITERION_SERVICE] = "Service",
};

/* A list of nothing but '!' items holds for nobody: ssh_config(5). */
static bool names_somebody(const char *list)
{
    while (*list != '\0') {
        if (*list != '!' && *list != ',')
            return true;
        list += strcspn(list, ",");
        list += strspn(list, ",");
    }
    return false;
}

/* "a,,b" or "a, b" is a slip that would change who is meant. */
static bool has_empty_item(const char *list)
{
    size_t n = strlen(list);

    return list[0] == ',' || list[n - 1] == ',' || strstr(list, ",,") != NULL
           || strstr(list, "!,") != NULL || list[n - 1] == '!';
}

static void take_list(struct parser *p, size_t i, char *list)
{
    const char *name = p->line.words[i];
    const char *value = i + 1 < p->line.count ? p->line.words[i + 1] : "";

    if (value[0] == '\0' || strlen(value) >= POLICY_TEXT_MAX)
        complain_at(p, i, "%s wants a list of names, as in %s dba,ops", name,
                    name);
    else if (list[0] != '\0')
        complain_at(p, i, "%s is given twice", name);
    else if (has_empty_item(value))
        complain_at(p, i + 1, "'%s' has an empty name; write names with one "
                    "comma between them and no blank", value);
    else if (!names_somebody(value))
        complain_at(p, i + 1, "'%s' names nobody; write '*,%s' for all "
                    "others", value, value);
    else
        snprintf(list, POLICY_TEXT_MAX, "%s", value);
}

static void parse_criterion(struct parser *p, struct match *match, size_t i)
{
    const char *name = p->line.words[i];
    bool negated = name[0] == '!';
    char hint[POLICY_TEXT_MAX];
    int c;

    for (c = 0; c < CRITERION_COUNT; c++)
        if (strcasecmp(name + negated, criteria[c]) == 0) {
            match->negated[c] = negated;
            take_list(p, i, match->lists[c]);
            return;
        }
    if (strcasecmp(name, "All") == 0)
        complain_at(p, i, "All stands alone: 'Match All'");
    else
        complain_at(p, i, "'%s' is not one of User, Group, Service%s", name,
                    parser_suggest(name + negated, criteria, CRITERION_COUNT,
                                   hint));
}

void parse_match(struct parser *p, int unused)
{
    struct policy *policy = p->policy;
    struct match *matches;
    size_t i;

    (void)unused;
    if (p->line.count == 2 && strcasecmp(p->line.words[1], "All") == 0) {
        p->block = BLOCK_GLOBAL;
        return;
    }
    p->block = BLOCK_MATCH;
    matches = parser_row(p, policy->matches, policy->match_count,
                         POLICY_ROWS_MAX, sizeof *matches);
    if (matches == NULL)
        return;
    policy->matches = matches;
    p->match = ++policy->match_count;
    for (i = 1; i < p->line.count; i += 2)
        parse_criterion(p, &matches[p->match - 1], i);
}
