/* item_json.c - items as JSON. */
#include <jansson.h>
#include <string.h>

#include "cli/item.h"
#include "cli/item_parts.h"
#include "wsman/soap.h"

#define NAME_MAX_BYTES 256

static bool has_attributes(const xmlNode *node)
{
    const xmlAttr *attribute = node->properties;

    while (attribute != NULL && attribute->ns != NULL)
        attribute = attribute->next;
    return attribute != NULL;
}

static json_t *text_of(const xmlNode *node)
{
    const char *text = (const char *)soap_text(node);

    return item_is_nil(node) ? json_null()
                             : json_string(text != NULL ? text : "");
}

/* A second member of a name makes an array of both. Takes value over. */
static int add(json_t *object, const char *name, json_t *value)
{
    json_t *old = json_object_get(object, name);
    json_t *array;

    if (value == NULL || old == NULL)
        return json_object_set_new(object, name, value);
    if (json_is_array(old))
        return json_array_append_new(old, value);
    array = json_array();
    if (json_array_append(array, old) != 0
        || json_array_append_new(array, value) != 0) {
        json_decref(array);
        return -1;
    }
    return json_object_set_new(object, name, array);
}

static int add_attributes(json_t *object, const xmlNode *node)
{
    const xmlAttr *attribute = node->properties;
    char name[NAME_MAX_BYTES];

    for (; attribute != NULL; attribute = attribute->next) {
        const char *value = soap_attribute(node,
                                           (const char *)attribute->name);

        if (attribute->ns != NULL)
            continue;
        snprintf(name, sizeof name, "@%s", (const char *)attribute->name);
        if (add(object, name, json_string(value != NULL ? value : "")) != 0)
            return -1;
    }
    return 0;
}

static json_t *object_of(const xmlNode *node);

static json_t *value_of(const xmlNode *node)
{
    if (item_child(node) != NULL || has_attributes(node))
        return object_of(node);
    return text_of(node);
}

/* soap_parse() has bounded the depth.  NULL: no memory. */
static json_t *object_of(const xmlNode *node)
{
    const xmlNode *child = item_child(node);
    json_t *object = json_object();
    int r = object != NULL ? add_attributes(object, node) : -1;

    if (r == 0 && child == NULL)
        r = add(object, "#text", text_of(node));
    for (; r == 0 && child != NULL; child = item_next_element(child->next))
        r = add(object, (const char *)child->name, value_of(child));
    if (r == 0)
        return object;
    json_decref(object);
    return NULL;
}

int item_json(FILE *out, const xmlNode *item, struct err *err)
{
    json_t *object = object_of(item);
    int r = object != NULL ? json_dumpf(object, out, JSON_COMPACT) : -1;

    json_decref(object);
    if (object == NULL)
        return err_set(err, ERR_MEMORY, STAGE_OUTPUT, NULL);
    (void)r; /* item_end() asks the stream */
    return item_end(out, err);
}
