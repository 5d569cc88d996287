/* item.c - items as text and as XML. */
#include "cli/item.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "cli/item_parts.h"
#include "cli/render.h"
#include "wsman/soap.h"

#define INDENT 4

const xmlNode *item_child(const xmlNode *node)
{
    return item_next_element(node->children);
}

const xmlNode *item_next_element(const xmlNode *node)
{
    while (node != NULL && node->type != XML_ELEMENT_NODE)
        node = node->next;
    return node;
}

bool item_is_nil(const xmlNode *node)
{
    const xmlAttr *attribute;

    for (attribute = node->properties; attribute != NULL;
         attribute = attribute->next)
        if (attribute->ns != NULL
            && strcmp((const char *)attribute->name, "nil") == 0
            && strcmp((const char *)attribute->ns->href,
                      "http://www.w3.org/2001/XMLSchema-instance") == 0)
            return attribute->children != NULL
                   && attribute->children->content != NULL
                   && strcmp((const char *)attribute->children->content,
                             "true") == 0;
    return false;
}

bool item_same_name(const xmlNode *a, const xmlNode *b)
{
    return strcmp((const char *)a->name, (const char *)b->name) == 0;
}

/* The host's words may hold what a terminal obeys. */
static int put_clean(FILE *out, const char *text, struct err *err)
{
    char *copy = strdup(text != NULL ? text : "");

    if (copy == NULL)
        return err_set(err, ERR_MEMORY, STAGE_OUTPUT, NULL);
    render_clean(copy);
    fputs(copy, out);
    free(copy);
    return 0;
}

static int put_value(FILE *out, const xmlNode *node, struct err *err)
{
    if (item_is_nil(node))
        return put_clean(out, "null", err);
    return put_clean(out, (const char *)soap_text(node), err);
}

/* ' [Source="GPO"]'; those of a namespace, types above all, say nothing. */
static int put_attributes(FILE *out, const xmlNode *node, struct err *err)
{
    const xmlAttr *attribute = node->properties;

    for (; attribute != NULL; attribute = attribute->next) {
        const char *name = (const char *)attribute->name;

        if (attribute->ns != NULL)
            continue;
        fprintf(out, " [%s=\"", name);
        if (put_clean(out, soap_attribute(node, name), err) != 0)
            return -1;
        fputs("\"]", out);
    }
    return 0;
}

static bool has_value(const xmlNode *node)
{
    const char *text = (const char *)soap_text(node);

    return item_is_nil(node) || (text != NULL && text[0] != '\0');
}

/* One key with all the values that follow each other; *last is the last. */
static int put_leaf(FILE *out, const xmlNode *node, int depth,
                    const xmlNode **last, struct err *err)
{
    const xmlNode *next = node;

    fprintf(out, "%*s%s", depth * INDENT, "", (const char *)node->name);
    if (has_value(node))
        fputs(" = ", out);
    for (;;) {
        if (put_value(out, next, err) != 0)
            return -1;
        *last = next;
        next = item_next_element(next->next);
        if (next == NULL || !item_same_name(next, node)
            || item_child(next) != NULL)
            break;
        fputs(", ", out);
    }
    if (put_attributes(out, node, err) != 0)
        return -1;
    fputc('\n', out);
    return 0;
}

/* soap_parse() has bounded the depth. */
static int put_text(FILE *out, const xmlNode *node, int depth,
                    struct err *err)
{
    const xmlNode *child = item_child(node);

    fprintf(out, "%*s%s", depth * INDENT, "", (const char *)node->name);
    if (child == NULL && has_value(node))
        fputs(" = ", out);
    if ((child == NULL && put_value(out, node, err) != 0)
        || put_attributes(out, node, err) != 0)
        return -1;
    fputc('\n', out);
    for (; child != NULL; child = item_next_element(child->next)) {
        int r = item_child(child) != NULL
                    ? put_text(out, child, depth + 1, err)
                    : put_leaf(out, child, depth + 1, &child, err);

        if (r != 0)
            return -1;
    }
    return 0;
}

int item_end(FILE *out, struct err *err)
{
    if (fputc('\n', out) != EOF && fflush(out) == 0)
        return 0;
    return err_set_errno(err, ERR_SYSTEM, STAGE_OUTPUT, errno,
                         "cannot write");
}

int item_text(FILE *out, const xmlNode *item, struct err *err)
{
    if (put_text(out, item, 0, err) != 0)
        return -1;
    return item_end(out, err);
}

static int longest_name(const xmlNode *node)
{
    int longest = 0;

    for (; node != NULL; node = item_next_element(node->next))
        if (xmlStrlen(node->name) > longest)
            longest = xmlStrlen(node->name);
    return longest;
}

static int put_property(FILE *out, int columns, const xmlNode *node,
                        struct err *err)
{
    const xmlNode *part = item_child(node);
    int r = 0;

    fprintf(out, "%-*s : ", columns, (const char *)node->name);
    if (part == NULL)
        r = put_value(out, node, err);
    for (; r == 0 && part != NULL; part = item_next_element(part->next)) {
        r = put_value(out, part, err);
        if (item_next_element(part->next) != NULL)
            fputs(", ", out);
    }
    fputc('\n', out);
    return r;
}

int item_properties(FILE *out, const xmlNode *item, struct err *err)
{
    const xmlNode *node = item_child(item);
    int columns = longest_name(node);

    for (; node != NULL; node = item_next_element(node->next))
        if (put_property(out, columns, node, err) != 0)
            return -1;
    if (fflush(out) == 0)
        return 0;
    return err_set_errno(err, ERR_SYSTEM, STAGE_OUTPUT, errno,
                         "cannot write");
}

int item_xml(FILE *out, xmlNodePtr item, struct err *err)
{
    xmlBufferPtr buffer = xmlBufferCreate();
    xmlNodePtr copy = xmlDocCopyNode(item, item->doc, 1);
    int n = -1;

    /* The copy declares what it uses of the envelope's namespaces. */
    if (buffer != NULL && copy != NULL)
        n = xmlNodeDump(buffer, item->doc, copy, 0, 1);
    if (n > 0)
        fwrite(xmlBufferContent(buffer), 1, (size_t)n, out);
    xmlFreeNode(copy);
    xmlBufferFree(buffer);
    if (n <= 0)
        return err_set(err, ERR_MEMORY, STAGE_OUTPUT, NULL);
    return item_end(out, err);
}
