/* gpo.c - what the records of a Registry.pol do to the settings. */
#include "policy/gpo.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "policy/registry_pol.h"

/* CredSsp.admx */
#define BASE "Software\\Policies\\Microsoft\\Windows\\CredentialsDelegation"

/* The name of the DWORD and of the list's key below BASE. */
static const struct {
    const char *name;
    const char *concatenate;
} lists[GPO_LIST_COUNT] = {
    [GPO_ALLOW] = { "AllowFreshCredentials",
                    "ConcatenateDefaults_AllowFresh" },
    [GPO_ALLOW_NTLM] = { "AllowFreshCredentialsWhenNTLMOnly",
                         "ConcatenateDefaults_AllowFreshNTLMOnly" },
    [GPO_DENY] = { "DenyFreshCredentials", "ConcatenateDefaults_DenyFresh" },
};

void gpo_init(struct gpo *gpo)
{
    memset(gpo, 0, sizeof *gpo);
}

static void remove_at(struct gpo_list *list, size_t i)
{
    free(list->items[i].name);
    free(list->items[i].spn);
    list->items[i] = list->items[--list->count];
}

static void remove_all(struct gpo_list *list)
{
    while (list->count > 0)
        remove_at(list, list->count - 1);
}

void gpo_clear(struct gpo *gpo)
{
    int i;

    for (i = 0; i < GPO_LIST_COUNT; i++) {
        remove_all(&gpo->lists[i]);
        free(gpo->lists[i].items);
    }
    gpo_init(gpo);
}

/* What follows prefix and a backslash; "" when nothing does; else NULL. */
static const char *below(const char *key, const char *prefix)
{
    size_t n = strlen(prefix);

    if (strncasecmp(key, prefix, n) != 0)
        return NULL;
    if (key[n] == '\0')
        return key + n;
    return key[n] == '\\' ? key + n + 1 : NULL;
}

static struct gpo_list *find_list(struct gpo *gpo, const char *name)
{
    int i;

    for (i = 0; i < GPO_LIST_COUNT; i++)
        if (strcasecmp(name, lists[i].name) == 0)
            return &gpo->lists[i];
    return NULL;
}

static struct gpo_list *find_concatenate(struct gpo *gpo, const char *name)
{
    int i;

    for (i = 0; i < GPO_LIST_COUNT; i++)
        if (strcasecmp(name, lists[i].concatenate) == 0)
            return &gpo->lists[i];
    return NULL;
}

static struct gpo_item *find_item(const struct gpo_list *list,
                                  const char *name)
{
    size_t i;

    for (i = 0; i < list->count; i++)
        if (strcasecmp(list->items[i].name, name) == 0)
            return &list->items[i];
    return NULL;
}

static int add_item(struct gpo_list *list, const char *name, const char *spn,
                    struct err *err)
{
    struct gpo_item *items;

    if (list->count == GPO_ITEMS_MAX)
        return err_set(err, ERR_OVERSIZED, STAGE_POLICY,
                       "the group policy has a list of more than %d entries",
                       GPO_ITEMS_MAX);
    items = reallocarray(list->items, list->count + 1, sizeof *items);
    if (items == NULL)
        return err_set(err, ERR_MEMORY, STAGE_POLICY, NULL);
    list->items = items;
    items += list->count;
    items->name = strndup(name, strlen(name));
    items->spn = strndup(spn, strlen(spn));
    list->count++;
    if (items->name != NULL && items->spn != NULL)
        return 0;
    remove_at(list, list->count - 1);
    return err_set(err, ERR_MEMORY, STAGE_POLICY, NULL);
}

static int set_item(struct gpo_list *list, const char *name,
                    const struct registry_record *record, struct err *err)
{
    char spn[REGISTRY_POL_NAME_MAX];
    struct gpo_item *item = find_item(list, name);

    if (registry_text(record, spn, sizeof spn) != 0)
        return err_set(err, ERR_MALFORMED, STAGE_POLICY,
                       "the value '%.100s' of a delegation list is no text",
                       name);
    if (item != NULL)
        remove_at(list, (size_t)(item - list->items));
    return add_item(list, name, spn, err);
}

static int set_value(struct gpo *gpo, const char *name,
                     const struct registry_record *record, struct err *err)
{
    struct gpo_list *list = find_list(gpo, name);
    struct gpo_list *concatenate = find_concatenate(gpo, name);
    uint32_t n;

    if (list == NULL && concatenate == NULL) {
        gpo->foreign++;
        return 0;
    }
    if (registry_dword(record, &n) != 0)
        return err_set(err, ERR_MALFORMED, STAGE_POLICY,
                       "the value '%s' of the group policy is no DWORD",
                       name);
    if (list != NULL)
        list->state = n != 0 ? GPO_ENABLED : GPO_DISABLED;
    else
        concatenate->concatenate = n != 0;
    return 0;
}

/* -- deletions: MS-GPREG 3.2.5.1 -- */

static void delete_item(struct gpo_list *list, const char *name)
{
    struct gpo_item *item = find_item(list, name);

    if (item != NULL)
        remove_at(list, (size_t)(item - list->items));
}

static void delete_setting(struct gpo *gpo, const char *name)
{
    struct gpo_list *list = find_list(gpo, name);
    struct gpo_list *concatenate = find_concatenate(gpo, name);

    if (list != NULL)
        list->state = GPO_UNSET;
    if (concatenate != NULL)
        concatenate->concatenate = false;
}

/* list: of a list's key; NULL: of BASE. */
static void delete_value(struct gpo *gpo, struct gpo_list *list,
                         const char *name)
{
    if (list != NULL)
        delete_item(list, name);
    else
        delete_setting(gpo, name);
}

static void delete_values(struct gpo *gpo, struct gpo_list *list)
{
    int i;

    if (list != NULL) {
        remove_all(list);
        return;
    }
    for (i = 0; i < GPO_LIST_COUNT; i++) {
        gpo->lists[i].state = GPO_UNSET;
        gpo->lists[i].concatenate = false;
    }
    gpo->foreign = 0;
}

/* A key goes with all that is below it. */
static void delete_key(struct gpo *gpo, const char *parent, const char *name)
{
    char path[2 * REGISTRY_POL_NAME_MAX], key[REGISTRY_POL_NAME_MAX];
    int i;

    snprintf(path, sizeof path, "%s\\%s", parent, name);
    if (below(BASE, path) != NULL)
        delete_values(gpo, NULL);
    for (i = 0; i < GPO_LIST_COUNT; i++) {
        snprintf(key, sizeof key, "%s\\%s", BASE, lists[i].name);
        if (below(key, path) != NULL)
            remove_all(&gpo->lists[i]);
    }
}

/* The items of "a;b;c", one after the other; false at the end. */
static bool next_name(char **rest, char **name)
{
    char *end;

    if (**rest == '\0')
        return false;
    *name = *rest;
    end = strchr(*rest, ';');
    if (end == NULL) {
        *rest += strlen(*rest);
    } else {
        *end = '\0';
        *rest = end + 1;
    }
    return true;
}

static int delete_named(struct gpo *gpo, struct gpo_list *list,
                        const struct registry_record *record, bool keys,
                        struct err *err)
{
    char names[REGISTRY_POL_DATA_MAX];
    char *rest = names, *name;

    if (registry_text(record, names, sizeof names) != 0)
        return err_set(err, ERR_MALFORMED, STAGE_POLICY,
                       "a deletion of the group policy has no list of names");
    while (next_name(&rest, &name)) {
        if (keys)
            delete_key(gpo, record->key, name);
        else
            delete_value(gpo, list, name);
    }
    return 0;
}

/*
 * "**Del.NAME", "**DelVals" (written "**delvals."), "**DeleteValues" and
 * "**DeleteKeys"; "**SecureKey" and what else begins so sets nothing.
 */
static int apply_special(struct gpo *gpo, struct gpo_list *list, bool ours,
                         const struct registry_record *record,
                         struct err *err)
{
    const char *value = record->value;

    if (strcasecmp(value, "**DeleteKeys") == 0)
        return delete_named(gpo, list, record, true, err);
    if (!ours)
        return 0;
    if (strcasecmp(value, "**DeleteValues") == 0)
        return delete_named(gpo, list, record, false, err);
    if (strncasecmp(value, "**DelVals", 9) == 0)
        delete_values(gpo, list);
    else if (strncasecmp(value, "**Del.", 6) == 0)
        delete_value(gpo, list, value + 6);
    return 0;
}

/* A registry_record_fn; the analyzer is told that arg is no NULL. */
__attribute__((nonnull(1)))
static int apply(void *arg, const struct registry_record *record,
                 struct err *err)
{
    struct gpo *gpo = arg;
    const char *rest = below(record->key, BASE);
    struct gpo_list *list = rest != NULL ? find_list(gpo, rest) : NULL;
    bool ours = rest != NULL && (*rest == '\0' || list != NULL);

    if (strncmp(record->value, "**", 2) == 0)
        return apply_special(gpo, list, ours, record, err);
    if (record->value[0] == '\0' || rest == NULL)
        return 0; /* a key without values, or of another policy */
    if (!ours) {
        gpo->foreign++;
        return 0;
    }
    return list != NULL ? set_item(list, record->value, record, err)
                        : set_value(gpo, record->value, record, err);
}

int gpo_apply(struct gpo *gpo, const unsigned char *bytes, size_t len,
              struct err *err)
{
    return registry_pol_parse(bytes, len, apply, gpo, err);
}
