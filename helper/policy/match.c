/* match.c - does a Match block speak of who asks?  As in ssh_config(5). */
#include <string.h>

#include "policy/rules.h"

/*
 * '*' is any text, '?' any character.  Linear in time: after a '*' that
 * failed the next position is tried, and only the last '*' is gone back to.
 */
static bool fits(const char *pattern, size_t len, const char *name)
{
    const char *end = pattern + len, *star = NULL, *resume = NULL;

    while (*name != '\0') {
        if (pattern < end && *pattern == '*') {
            star = ++pattern;
            resume = name;
        } else if (pattern < end && (*pattern == '?' || *pattern == *name)) {
            pattern++;
            name++;
        } else if (star != NULL) {
            pattern = star;
            name = ++resume;
        } else {
            return false;
        }
    }
    while (pattern < end && *pattern == '*')
        pattern++;
    return pattern == end;
}

enum found { FOUND_NOT, FOUND, FOUND_NEGATED };

/* A '!' item that fits decides, wherever it stands in the list. */
static enum found find(const char *list, const char *name)
{
    enum found found = FOUND_NOT;

    while (*list != '\0') {
        size_t len = strcspn(list, ",");
        bool negated = *list == '!';

        if (name[0] != '\0'
            && fits(list + negated, len - (negated ? 1 : 0), name)) {
            if (negated)
                return FOUND_NEGATED;
            found = FOUND;
        }
        list += len;
        if (*list == ',')
            list++;
    }
    return found;
}

/* Of several names one must be found and none negated. */
static bool any_listed(const char *list, const char *const *names,
                       size_t count)
{
    bool found = false;
    size_t i;

    for (i = 0; i < count; i++)
        switch (find(list, names[i])) {
        case FOUND_NEGATED:
            return false;
        case FOUND:
            found = true;
            break;
        case FOUND_NOT:
            break;
        }
    return found;
}

static bool holds(enum criterion criterion, const char *list,
                  const struct policy_query *query)
{
    switch (criterion) {
    case CRITERION_USER:
        return any_listed(list, &query->user, 1);
    case CRITERION_GROUP:
        return any_listed(list, query->groups, query->group_count);
    case CRITERION_SERVICE:
        return any_listed(list, &query->service, 1);
    case CRITERION_COUNT:
        break;
    }
    return false;
}

bool match_applies(const struct match *match,
                   const struct policy_query *query)
{
    int i;

    for (i = 0; i < CRITERION_COUNT; i++)
        if (match->lists[i][0] != '\0'
            && holds((enum criterion)i, match->lists[i], query)
                   == match->negated[i])
            return false;
    return true;
}
