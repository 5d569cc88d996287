/* comparison.c - two SOAP envelopes, compared by structure. */
#include "comparison.h"

#include <stdio.h>
#include <string.h>

#include "wsman/soap.h"
#include "wsman/uri.h"

const xmlNode *comparison_element(const xmlNode *node)
{
    while (node != NULL && node->type != XML_ELEMENT_NODE)
        node = node->next;
    return node;
}

/* "Option NAME=value", or an element's name alone. */
static void describe(char *dst, size_t size, const char *whose,
                     const xmlNode *node)
{
    const char *name = soap_attribute(node, "Name");
    const char *text = (const char *)soap_text(node);

    if (soap_is(node, NS_WSMAN, "Option"))
        snprintf(dst, size, "%s: Option %s=%s", whose, name, text);
    else
        snprintf(dst, size, "%s: %s", whose, (const char *)node->name);
}

static bool is_meant(const struct comparison *comparison, const char *whose,
                     const xmlNode *node)
{
    char what[256];
    size_t i;

    describe(what, sizeof what, whose, node);
    for (i = 0; i < comparison->count; i++) {
        if (strcmp(comparison->meant[i].what, what) != 0)
            continue;
        comparison->meant[i].seen++;
        return true;
    }
    return false;
}

/* The next element that counts; those that are meant to differ do not. */
static const xmlNode *counting(const struct comparison *comparison,
                               const char *whose, const xmlNode *node)
{
    node = comparison_element(node);
    while (node != NULL && is_meant(comparison, whose, node))
        node = comparison_element(node->next);
    return node;
}

static const char *ns_of(const xmlNs *ns)
{
    return ns != NULL ? (const char *)ns->href : "";
}

/* Every attribute of a is one of b, whatever its place. */
static bool attributes_within(const xmlNode *a, const xmlNode *b)
{
    const xmlAttr *attribute;
    bool same = true;

    for (attribute = a->properties; attribute != NULL && same;
         attribute = attribute->next) {
        xmlChar *value = xmlNodeListGetString(a->doc, attribute->children, 1);
        xmlChar *other = attribute->ns != NULL
            ? xmlGetNsProp(b, attribute->name, attribute->ns->href)
            : xmlGetNoNsProp(b, attribute->name);

        same = other != NULL && xmlStrEqual(value, other);
        xmlFree(value);
        xmlFree(other);
    }
    return same;
}

/* Ids of the client differ with each run. */
static bool is_id(const xmlNode *node)
{
    return soap_is(node, NS_ADDRESSING, "MessageID") ||
           soap_is(node, NS_WSMV, "SessionId");
}

/* PowerShell's messages, in base64. */
bool comparison_is_payload(const xmlNode *node)
{
    return soap_is(node, NS_POWERSHELL, "creationXml") ||
           soap_is(node, NS_POWERSHELL, "connectResponseXml") ||
           soap_is(node, NS_SHELL, "Arguments") ||
           soap_is(node, NS_SHELL, "Stream");
}

static bool texts_equal(const xmlNode *a, const xmlNode *b, bool payload_apart)
{
    const char *x = (const char *)soap_text(a);
    const char *y = (const char *)soap_text(b);

    if (x == NULL || y == NULL)
        return x == y; /* both have children */
    if (payload_apart && comparison_is_payload(a))
        return true;
    if (is_id(a))
        return strncmp(x, "uuid:", 5) == 0 && strncmp(y, "uuid:", 5) == 0 &&
               strlen(x) == strlen(y);
    return strcmp(x, y) == 0;
}

/* Name, namespace, attributes, text and children, in their order. */
bool comparison_holds(struct comparison *comparison, const xmlNode *ours,
                      const xmlNode *recorded)
{
    const xmlNode *a = counting(comparison, "ours", ours->children);
    const xmlNode *b = counting(comparison, "recorded", recorded->children);

    if (!xmlStrEqual(ours->name, recorded->name) ||
        strcmp(ns_of(ours->ns), ns_of(recorded->ns)) != 0 ||
        !attributes_within(ours, recorded) ||
        !attributes_within(recorded, ours) ||
        !texts_equal(ours, recorded, comparison->payload_apart)) {
        snprintf(comparison->differs, sizeof comparison->differs,
                 "ours: <%s>%s, recorded: <%s>%s", ours->name,
                 (const char *)soap_text(ours), recorded->name,
                 (const char *)soap_text(recorded));
        return false;
    }
    while (a != NULL && b != NULL) {
        if (!comparison_holds(comparison, a, b))
            return false;
        a = counting(comparison, "ours", a->next);
        b = counting(comparison, "recorded", b->next);
    }
    if (a == NULL && b == NULL)
        return true;
    snprintf(comparison->differs, sizeof comparison->differs, "only %s: <%s>",
             a != NULL ? "ours" : "recorded", (a != NULL ? a : b)->name);
    return false;
}
