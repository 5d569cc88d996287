/* enumerate.c - Get, Enumerate, Pull, Release. */
#include "wsman/enumerate.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "wsman/envelope.h"
#include "wsman/soap.h"
#include "wsman/uri.h"

/* What a host may send at once: its MaxEnvelopeSizekb is the real limit. */
#define MAX_ELEMENTS "32000"
#define CONTEXT_MAX 4096

static int give_each(const xmlNode *parent, item_fn *fn, void *arg,
                     bool *any, struct err *err)
{
    xmlNodePtr node = parent != NULL ? parent->children : NULL;

    for (; node != NULL; node = node->next) {
        if (node->type != XML_ELEMENT_NODE)
            continue;
        *any = true;
        if (fn(arg, node, err) != 0)
            return -1;
    }
    return 0;
}

int wsman_get(struct wsman *wsman, const struct resource *resource,
              item_fn *fn, void *arg, struct err *err)
{
    const struct wsman_request request = {
        .action = ACTION_GET, .resource = resource->uri,
        .selectors = resource->selectors,
        .selector_count = resource->selector_count,
    };
    bool any = false;
    xmlDocPtr doc;
    int r;

    if (wsman_call(wsman, &request, &doc, err) != 0)
        return -1;
    r = give_each(soap_body(doc), fn, arg, &any, err);
    xmlFreeDoc(doc);
    if (r == 0 && !any)
        return err_set(err, ERR_MALFORMED, STAGE_OUTPUT,
                       "the host's answer to Get is empty");
    return r;
}

/* DSP0226 8.2.2: what the recorded clients filter with. */
static void add_filter(struct body *body, xmlNsPtr ns,
                       const struct resource *resource)
{
    xmlNodePtr filter, set;
    size_t i;

    filter = body_add_in(body, NULL, ns, "Filter", NULL);
    body_attribute(body, filter, "Dialect", DIALECT_SELECTOR);
    set = body_add_in(body, filter, ns, "SelectorSet", NULL);
    for (i = 0; i < resource->selector_count; i++) {
        xmlNodePtr node = body_add_in(body, set, ns, "Selector",
                                      resource->selectors[i].value);

        body_attribute(body, node, "Name", resource->selectors[i].name);
    }
}

static int enumerate_body(const struct resource *resource, xmlNodePtr *node,
                          struct err *err)
{
    struct body body;
    xmlNsPtr ns;

    body_begin(&body, NS_ENUMERATION, "wsen", "Enumerate");
    ns = body_namespace(&body, NS_WSMAN, "wsman");
    body_add_in(&body, NULL, ns, "OptimizeEnumeration", NULL);
    body_add_in(&body, NULL, ns, "MaxElements", MAX_ELEMENTS);
    if (resource->selector_count > 0)
        add_filter(&body, ns, resource);
    return body_take(&body, STAGE_OUTPUT, node, err);
}

static int context_body(const char *name, const char *context,
                        xmlNodePtr *node, struct err *err)
{
    struct body body;

    body_begin(&body, NS_ENUMERATION, "wsen", name);
    body_add(&body, NULL, "EnumerationContext", context);
    if (strcmp(name, "Pull") == 0)
        body_add(&body, NULL, "MaxElements", MAX_ELEMENTS);
    return body_take(&body, STAGE_OUTPUT, node, err);
}

/*
 * Where an enumeration stands: what to pull with, "" at its end.  Items and
 * EndOfSequence are WS-Management's in an optimized answer to Enumerate, and
 * WS-Enumeration's in one to Pull (DSP0226 8.2.3).
 */
static int take_batch(xmlDocPtr doc, const char *name, item_fn *fn, void *arg,
                      char context[CONTEXT_MAX], struct err *err)
{
    const xmlNode *answer = soap_child(soap_body(doc), NS_ENUMERATION, name);
    bool any = false, ended;
    const char *next;
    int n;

    if (answer == NULL)
        return err_set(err, ERR_MALFORMED, STAGE_OUTPUT,
                       "the host's answer is no %s", name);
    ended = soap_child(answer, NULL, "EndOfSequence") != NULL;
    next = (const char *)soap_text(soap_child(answer, NULL,
                                              "EnumerationContext"));
    n = snprintf(context, CONTEXT_MAX, "%s",
                 ended || next == NULL ? "" : next);
    if (give_each(soap_child(answer, NULL, "Items"), fn, arg, &any, err) != 0)
        return -1;
    if (n < 0 || n >= CONTEXT_MAX)
        return err_set(err, ERR_OVERSIZED, STAGE_OUTPUT, "the host's "
                       "enumeration context is longer than %d bytes",
                       CONTEXT_MAX - 1);
    if (ended || (context[0] != '\0' && (any || name[0] == 'E')))
        return 0;
    return err_set(err, ERR_MALFORMED, STAGE_OUTPUT, "the host's %s holds "
                   "neither an item nor the end", name);
}

/* Nobody waits for the answer; the host would forget it by itself. */
static void release(struct wsman *wsman, const char *uri, const char *context)
{
    struct wsman_request request = { .action = ACTION_RELEASE,
                                     .resource = uri, .final = true };
    struct err ignored = ERR_INIT;
    xmlDocPtr doc;

    if (context[0] == '\0'
        || context_body("Release", context, &request.body, &ignored) != 0)
        return;
    if (wsman_call(wsman, &request, &doc, &ignored) != 0)
        return;
}

static int pull_rest(struct wsman *wsman, const char *uri, item_fn *fn,
                     void *arg, char context[CONTEXT_MAX], struct err *err)
{
    struct wsman_request request = { .action = ACTION_PULL, .resource = uri };
    xmlDocPtr doc;
    int r = 0;

    while (r == 0 && context[0] != '\0') {
        if (context_body("Pull", context, &request.body, err) != 0
            || wsman_call(wsman, &request, &doc, err) != 0)
            return -1;
        r = take_batch(doc, "PullResponse", fn, arg, context, err);
        xmlFreeDoc(doc);
    }
    return r;
}

int wsman_enumerate(struct wsman *wsman, const struct resource *resource,
                    item_fn *fn, void *arg, struct err *err)
{
    struct wsman_request request = { .action = ACTION_ENUMERATE,
                                     .resource = resource->uri };
    char context[CONTEXT_MAX] = "";
    xmlDocPtr doc;
    int r;

    if (enumerate_body(resource, &request.body, err) != 0
        || wsman_call(wsman, &request, &doc, err) != 0)
        return -1;
    r = take_batch(doc, "EnumerateResponse", fn, arg, context, err);
    xmlFreeDoc(doc);
    if (r == 0)
        r = pull_rest(wsman, resource->uri, fn, arg, context, err);
    if (r != 0 && err->domain != CODE_FAULT)
        release(wsman, resource->uri, context);
    return r;
}
