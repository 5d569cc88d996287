/* clixml_comparison.c - two CLIXML values, compared. */
#include "clixml_comparison.h"

#include <stdio.h>
#include <string.h>

static bool is_meant(struct clixml_comparison *comparison, const char *path)
{
    size_t i;

    for (i = 0; i < comparison->count; i++) {
        if (strcmp(comparison->meant[i].what, path) != 0)
            continue;
        comparison->meant[i].seen++;
        return true;
    }
    return false;
}

static bool differ(struct clixml_comparison *comparison, const char *path,
                   const char *how)
{
    if (is_meant(comparison, path))
        return true;
    snprintf(comparison->differs, sizeof comparison->differs, "%s: %s", path,
             how);
    return false;
}

static bool texts_equal(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool types_equal(const struct clixml_type_name *a,
                        const struct clixml_type_name *b)
{
    while (a != NULL && b != NULL && strcmp(a->text, b->text) == 0) {
        a = a->next;
        b = b->next;
    }
    return a == NULL && b == NULL;
}

static const struct clixml *named(const struct clixml *list, const char *name)
{
    while (list != NULL && !texts_equal(list->name, name))
        list = list->next;
    return list;
}

static bool members_hold(struct clixml_comparison *comparison,
                         const char *path, const struct clixml *ours,
                         const struct clixml *recorded)
{
    const struct clixml *member, *other;
    char below[256];

    for (member = ours; member != NULL; member = member->next) {
        snprintf(below, sizeof below, "%.150s.%.100s", path, member->name);
        other = named(recorded, member->name);
        if (other == NULL ? !differ(comparison, below, "only ours")
                          : !clixml_comparison_holds(comparison, below,
                                                     member, other))
            return false;
    }
    for (member = recorded; member != NULL; member = member->next) {
        snprintf(below, sizeof below, "%.150s.%.100s", path, member->name);
        if (named(ours, member->name) == NULL &&
            !differ(comparison, below, "only recorded"))
            return false;
    }
    return true;
}

static bool items_hold(struct clixml_comparison *comparison,
                       const char *path, const struct clixml *a,
                       const struct clixml *b)
{
    while (a != NULL && b != NULL) {
        if (!clixml_comparison_holds(comparison, path, a, b))
            return false;
        a = a->next;
        b = b->next;
    }
    return (a == NULL && b == NULL) || differ(comparison, path, "a count");
}

bool clixml_comparison_holds(struct clixml_comparison *comparison,
                             const char *path, const struct clixml *ours,
                             const struct clixml *recorded)
{
    ours = clixml_resolve(ours);
    recorded = clixml_resolve(recorded);
    if (ours->kind != recorded->kind ||
        !texts_equal(ours->text, recorded->text))
        return differ(comparison, path, "kind or text");
    if (!types_equal(ours->types, recorded->types))
        return differ(comparison, path, "types");
    if (!texts_equal(ours->to_string, recorded->to_string) ||
        ours->container != recorded->container ||
        (ours->value == NULL) != (recorded->value == NULL))
        return differ(comparison, path, "what it holds");
    if (ours->value != NULL &&
        !clixml_comparison_holds(comparison, path, ours->value,
                                 recorded->value))
        return false;
    return items_hold(comparison, path, ours->items, recorded->items) &&
           members_hold(comparison, path, ours->properties,
                        recorded->properties) &&
           members_hold(comparison, path, ours->members, recorded->members);
}
