/* clixml.c - a look into what was read. */
#include "psrp/clixml.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

const struct clixml *clixml_resolve(const struct clixml *value)
{
    /* The reader lets a reference point to an object only. */
    return value->kind == CLIXML_REFERENCE ? value->target : value;
}

static const struct clixml *find(const struct clixml *list, const char *name)
{
    for (; list != NULL; list = list->next)
        if (list->name != NULL && strcasecmp(list->name, name) == 0)
            return clixml_resolve(list);
    return NULL;
}

const struct clixml *clixml_get(const struct clixml *value, const char *name)
{
    const struct clixml *found = NULL;

    if (value != NULL)
        value = clixml_resolve(value);
    /* The reader lets an object extend what stands within it only. */
    for (; value != NULL && found == NULL; value = value->value) {
        found = find(value->members, name);
        if (found == NULL)
            found = find(value->properties, name);
    }
    return found;
}

const char *clixml_text(const struct clixml *value)
{
    if (value == NULL)
        return NULL;
    value = clixml_resolve(value);
    if (value->kind != CLIXML_OBJECT)
        return value->text;
    if (value->value != NULL && value->value->kind == CLIXML_STRING)
        return value->value->text;
    if (value->to_string != NULL)
        return value->to_string;
    return value->value != NULL ? value->value->text : NULL;
}

bool clixml_is(const struct clixml *value, const char *type)
{
    const struct clixml_type_name *name;

    if (value == NULL)
        return false;
    for (name = clixml_resolve(value)->types; name != NULL; name = name->next)
        if (strcmp(name->text, type) == 0)
            return true;
    return false;
}

static bool is_integer(enum clixml_kind kind)
{
    return kind == CLIXML_BYTE || kind == CLIXML_SBYTE ||
           kind == CLIXML_UINT16 || kind == CLIXML_INT16 ||
           kind == CLIXML_UINT32 || kind == CLIXML_INT32 ||
           kind == CLIXML_UINT64 || kind == CLIXML_INT64;
}

bool clixml_int(const struct clixml *value, int64_t *number)
{
    char *end;

    if (value == NULL)
        return false;
    value = clixml_resolve(value);
    if (value->kind == CLIXML_OBJECT && value->value != NULL)
        value = value->value;
    if (!is_integer(value->kind) || value->len == 0)
        return false;
    errno = 0;
    *number = strtoll(value->text, &end, 10);
    return errno == 0 && end == value->text + value->len;
}

bool clixml_bool(const struct clixml *value, bool otherwise)
{
    if (value == NULL)
        return otherwise;
    value = clixml_resolve(value);
    if (value->kind == CLIXML_OBJECT && value->value != NULL)
        value = value->value;
    return value->kind == CLIXML_BOOL ? strcmp(value->text, "true") == 0
                                      : otherwise;
}
