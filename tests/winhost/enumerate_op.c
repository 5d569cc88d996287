/*
 * enumerate_op.c - Enumerate, Pull and Release (DSP0226 section 8), as
 * recorded: optimized, and as many items as the client's envelope takes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "catalog.h"
#include "engine.h"

#define NS_WSMAN "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"
#define DIALECT "http://schemas.dmtf.org/wbem/wsman/1/wsman/SelectorFilter"
#define REST_BYTES 2048 /* headers, and what follows the last item */

/* A context says where to go on, and of what: nothing is remembered. */
#define CONTEXT "uuid:%08zX-0000-4000-8000-%012X"

static xmlNodePtr child(const xmlNode *node, const char *ns, const char *name)
{
    xmlNodePtr found = soap_elements(node->children);

    while (found != NULL && !soap_is(found, ns, name))
        found = soap_elements(found->next);
    return found;
}

struct shell_list {
    const struct caller *caller;
    struct timespec now;
    struct buf *out;
};

static void write_shell(void *arg, const struct shell *shell)
{
    const struct shell_list *list = arg;
    char owner[2 * IDENTITY_NAME_MAX + 2];

    identity_owner(shell->identity, owner, sizeof owner);
    buf_printf(list->out, "<rsp:Shell xmlns:rsp=\"" NS_SHELL "\">"
               "<rsp:ShellId>%s</rsp:ShellId><rsp:ResourceUri>" URI_CMD
               "</rsp:ResourceUri>", shell->id);
    soap_element(list->out, "rsp:Owner", owner);
    soap_element(list->out, "rsp:ClientIP", list->caller->address);
    buf_printf(list->out, "<rsp:IdleTimeOut>PT%u.%03uS</rsp:IdleTimeOut>",
               shell->options.idle_ms / 1000, shell->options.idle_ms % 1000);
    soap_element(list->out, "rsp:InputStreams", shell->options.input);
    soap_element(list->out, "rsp:OutputStreams", shell->options.output);
    buf_printf(list->out, "<rsp:State>Connected</rsp:State>"
               "<rsp:ShellInactivity>P0DT0H0M%ldS</rsp:ShellInactivity>"
               "<rsp:ChildProcesses>%zu</rsp:ChildProcesses></rsp:Shell>",
               (long)(list->now.tv_sec - shell->used.tv_sec),
               shell->command_count);
}

static void write_shells(const struct host *host, const struct caller *caller,
                         struct buf *out)
{
    struct shell_list list = { .caller = caller, .out = out };

    clock_gettime(CLOCK_MONOTONIC, &list.now);
    registry_each(host->shells, caller->identity, write_shell, &list);
}

/* From item i on; returns the first that found no room. */
static size_t write_items(const struct host *host,
                          const struct request *request, size_t i,
                          struct buf *out)
{
    size_t count = catalog_count(request->resource), before;

    for (; i < count; i++) {
        if (!catalog_matches(request, i))
            continue;
        before = out->len;
        catalog_write(host, request->resource, i, out);
        if (out->len + REST_BYTES > request->max_envelope) {
            out->len = before;
            return i;
        }
    }
    return i;
}

/* Items and EndOfSequence have another namespace in each of the two. */
static int answer(const struct host *host, const struct caller *caller,
                  const struct request *request, const char *name,
                  const char *prefix, size_t from, struct buf *out)
{
    struct buf items = BUF_INIT(out->max);
    size_t count = catalog_count(request->resource), next = count;
    bool ended;

    soap_begin(out, SOAP_ENUMERATE, request->action == ACTION_PULL
               ? NS_ENUMERATION "/PullResponse"
               : NS_ENUMERATION "/EnumerateResponse", request->message_id);
    if (request->resource == RESOURCE_SHELLS)
        write_shells(host, caller, &items);
    else
        next = write_items(host, request, from, &items);
    ended = next >= count;
    buf_printf(out, "<n:%s>", name);
    if (ended)
        buf_printf(out, "<n:EnumerationContext/>");
    else
        buf_printf(out, "<n:EnumerationContext>" CONTEXT
                   "</n:EnumerationContext>", next,
                   (unsigned)request->resource);
    if (items.len > 0) {
        buf_printf(out, "<%s:Items>", prefix);
        buf_put(out, items.data, items.len);
        buf_printf(out, "</%s:Items>", prefix);
    }
    if (ended)
        buf_printf(out, "<%s:EndOfSequence/>", prefix);
    buf_printf(out, "</n:%s>", name);
    soap_end(out);
    buf_free(&items);
    return 0;
}

int op_enumerate(const struct host *host, const struct caller *caller,
                 const struct request *request, struct buf *out,
                 struct fault *fault)
{
    struct request filtered = *request;
    const xmlNode *filter;
    char dialect[128];

    if (!soap_is(request->content, NS_ENUMERATION, "Enumerate")
        || child(request->content, NS_WSMAN, "OptimizeEnumeration") == NULL
        || child(request->content, NS_WSMAN, "MaxElements") == NULL)
        return fault_set(fault, FAULT_SCHEMA, NULL);
    filter = child(request->content, NS_WSMAN, "Filter");
    if (filter != NULL
        && (soap_attribute(filter, "Dialect", dialect, sizeof dialect) != 0
            || strcmp(dialect, DIALECT) != 0))
        return fault_set(fault, FAULT_SCHEMA, NULL);
    if (filter != NULL
        && request_selectors(child(filter, NS_WSMAN, "SelectorSet"),
                             &filtered, fault) != 0)
        return -1;
    return answer(host, caller, &filtered, "EnumerateResponse", "w", 0, out);
}

/* Where a Pull goes on, or Release ends. */
static int read_context(const struct request *request, const char *name,
                        size_t *from, struct fault *fault)
{
    const xmlNode *node;
    char text[128], again[128];

    if (!soap_is(request->content, NS_ENUMERATION, name))
        return fault_set(fault, FAULT_SCHEMA, NULL);
    node = child(request->content, NS_ENUMERATION, "EnumerationContext");
    if (node == NULL || soap_content(node, text, sizeof text) != 0
        || strncmp(text, "uuid:", 5) != 0)
        return fault_set(fault, FAULT_ENUMERATION, NULL);
    *from = strtoul(text + 5, NULL, 16);
    snprintf(again, sizeof again, CONTEXT, *from,
             (unsigned)request->resource);
    if (strcmp(text, again) != 0)
        return fault_set(fault, FAULT_ENUMERATION, NULL);
    return 0;
}

int op_pull(const struct host *host, const struct caller *caller,
            const struct request *request, struct buf *out,
            struct fault *fault)
{
    size_t from;

    if (read_context(request, "Pull", &from, fault) != 0)
        return -1;
    return answer(host, caller, request, "PullResponse", "n", from, out);
}

int op_release(const struct host *host, const struct caller *caller,
               const struct request *request, struct buf *out,
               struct fault *fault)
{
    size_t from;

    (void)host;
    (void)caller;
    if (read_context(request, "Release", &from, fault) != 0)
        return -1;
    soap_begin(out, SOAP_ENUMERATE, NS_ENUMERATION "/ReleaseResponse",
               request->message_id);
    soap_end(out);
    return 0;
}
