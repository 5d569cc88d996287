/* soap_in.c - parses and checks request envelopes. */
#include "soap_in.h"

#include <ctype.h>
#include <libxml/parser.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define NS_SOAP "http://www.w3.org/2003/05/soap-envelope"
#define NS_ADDRESSING "http://schemas.xmlsoap.org/ws/2004/08/addressing"
#define NS_WSMAN "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"
#define NS_WSMV "http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd"
#define NS_IDENTITY "http://schemas.dmtf.org/wbem/wsman/identity/1/" \
    "wsmanidentity.xsd"
#define ANONYMOUS NS_ADDRESSING "/role/anonymous"

#define ENVELOPE_DEFAULT 153600 /* MaxEnvelopeSize when it is not given */
#define ENVELOPE_LEAST 8192     /* DSP0226 13.2: no service goes below */
#define TIMEOUT_DEFAULT_MS 60000

enum header {
    HEADER_ACTION, HEADER_TO, HEADER_RESOURCE, HEADER_MESSAGE, HEADER_REPLY,
    HEADER_ENVELOPE, HEADER_TIMEOUT, HEADER_OPTIONS, HEADER_SELECTORS,
    HEADER_LOCALE, HEADER_DATA_LOCALE, HEADER_SESSION, HEADER_OPERATION,
    HEADER_SEQUENCE, HEADER_COUNT
};

/* What the service understands; required rows must be there. */
static const struct {
    const char *ns, *name;
    bool required;
} headers[HEADER_COUNT] = {
    [HEADER_ACTION] = { NS_ADDRESSING, "Action", true },
    [HEADER_TO] = { NS_ADDRESSING, "To", true },
    [HEADER_RESOURCE] = { NS_WSMAN, "ResourceURI", true },
    [HEADER_MESSAGE] = { NS_ADDRESSING, "MessageID", true },
    [HEADER_REPLY] = { NS_ADDRESSING, "ReplyTo", true },
    [HEADER_ENVELOPE] = { NS_WSMAN, "MaxEnvelopeSize", false },
    [HEADER_TIMEOUT] = { NS_WSMAN, "OperationTimeout", false },
    [HEADER_OPTIONS] = { NS_WSMAN, "OptionSet", false },
    [HEADER_SELECTORS] = { NS_WSMAN, "SelectorSet", false },
    [HEADER_LOCALE] = { NS_WSMAN, "Locale", false },
    [HEADER_DATA_LOCALE] = { NS_WSMV, "DataLocale", false },
    [HEADER_SESSION] = { NS_WSMV, "SessionId", false },
    [HEADER_OPERATION] = { NS_WSMV, "OperationID", false },
    [HEADER_SEQUENCE] = { NS_WSMV, "SequenceId", false },
};

static const char *const action_uris[ACTION_COUNT] = {
#define X(id, name, uri) [ACTION_##id] = uri,
    REQUEST_ACTIONS(X)
#undef X
};

const char *action_name(enum action action)
{
    static const char *const names[ACTION_COUNT] = {
#define X(id, name, uri) [ACTION_##id] = name,
        REQUEST_ACTIONS(X)
#undef X
        [ACTION_IDENTIFY] = "Identify",
    };

    return names[action];
}

bool soap_is(const xmlNode *node, const char *ns, const char *name)
{
    return node != NULL && node->type == XML_ELEMENT_NODE
        && node->ns != NULL && strcmp((const char *)node->ns->href, ns) == 0
        && strcmp((const char *)node->name, name) == 0;
}

xmlNodePtr soap_elements(xmlNodePtr node)
{
    while (node != NULL && node->type != XML_ELEMENT_NODE)
        node = node->next;
    return node;
}

static int copy_trimmed(xmlChar *content, char *dst, size_t size)
{
    const char *from = (const char *)content;
    size_t n;

    dst[0] = '\0';
    if (from == NULL)
        return -1;
    from += strspn(from, " \t\r\n");
    n = strlen(from);
    while (n > 0 && strchr(" \t\r\n", from[n - 1]) != NULL)
        n--;
    if (n >= size) {
        xmlFree(content);
        return -1;
    }
    memcpy(dst, from, n);
    dst[n] = '\0';
    xmlFree(content);
    return 0;
}

int soap_content(const xmlNode *node, char *dst, size_t size)
{
    return copy_trimmed(xmlNodeGetContent(node), dst, size);
}

int soap_attribute(const xmlNode *node, const char *name, char *dst,
                   size_t size)
{
    return copy_trimmed(xmlGetNoNsProp(node, (const xmlChar *)name), dst,
                        size);
}

int soap_duration(const char *text, unsigned *ms)
{
    static const struct { char unit; double s; } units[] = {
        { 'H', 3600 }, { 'M', 60 }, { 'S', 1 },
    };
    double total = 0;
    size_t i, given = 0;

    /* XML Schema 3.2.6, the part with hours, minutes and seconds. */
    if (strncmp(text, "PT", 2) != 0)
        return -1;
    text += 2;
    for (i = 0; i < sizeof units / sizeof *units; i++) {
        char *end;
        double n;

        if (!isdigit((unsigned char)*text))
            continue;
        n = strtod(text, &end);
        if (*end != units[i].unit)
            continue;
        total += n * units[i].s;
        text = end + 1;
        given++;
    }
    if (given == 0 || *text != '\0' || total > 4e6)
        return -1;
    *ms = (unsigned)(total * 1000);
    return 0;
}

const char *request_option(const struct request *request, const char *name)
{
    size_t i;

    for (i = 0; i < request->option_count; i++)
        if (strcasecmp(request->options[i].name, name) == 0)
            return request->options[i].value;
    return NULL;
}

/* mustUnderstand belongs to SOAP's namespace, but Windows takes a bare one */
static bool must_understand(const xmlNode *node)
{
    xmlChar *value = xmlGetNsProp(node, (const xmlChar *)"mustUnderstand",
                                  (const xmlChar *)NS_SOAP);
    bool must;

    if (value == NULL)
        value = xmlGetNoNsProp(node, (const xmlChar *)"mustUnderstand");
    must = value != NULL && (strcmp((char *)value, "true") == 0
                             || strcmp((char *)value, "1") == 0);
    xmlFree(value);
    return must;
}

static int collect_headers(xmlNodePtr parent, xmlNodePtr found[HEADER_COUNT],
                           struct fault *fault)
{
    xmlNodePtr node = parent == NULL ? NULL : soap_elements(parent->children);

    for (; node != NULL; node = soap_elements(node->next)) {
        size_t i;

        for (i = 0; i < HEADER_COUNT; i++)
            if (soap_is(node, headers[i].ns, headers[i].name))
                break;
        if (i == HEADER_COUNT && must_understand(node))
            return fault_set(fault, FAULT_MUST_UNDERSTAND, NULL);
        if (i < HEADER_COUNT && found[i] != NULL)
            return fault_set(fault, FAULT_HEADER_INVALID, NULL);
        if (i < HEADER_COUNT)
            found[i] = node;
    }
    return 0;
}

static int require_headers(xmlNodePtr const found[HEADER_COUNT],
                           struct fault *fault)
{
    size_t i;

    for (i = 0; i < HEADER_COUNT; i++)
        if (headers[i].required && found[i] == NULL)
            return fault_set(fault, FAULT_HEADER_MISSING, NULL);
    return 0;
}

static int parse_action(const xmlNode *node, struct request *request,
                        struct fault *fault)
{
    char uri[512];
    size_t i;

    if (soap_content(node, uri, sizeof uri) != 0)
        return fault_set(fault, FAULT_ACTION, NULL);
    for (i = 0; i < ACTION_COUNT; i++) {
        if (action_uris[i] == NULL || strcmp(uri, action_uris[i]) != 0)
            continue;
        request->action = (enum action)i;
        return 0;
    }
    return fault_set(fault, FAULT_ACTION, NULL);
}

/* Any name of a session configuration; the pool knows which there are. */
static bool take_configuration(const char *uri, struct request *request)
{
    size_t n = strlen(NS_POWERSHELL "/"), len = strlen(uri);

    if (len <= n || len - n >= sizeof request->configuration
        || strncmp(uri, NS_POWERSHELL "/", n) != 0)
        return false;
    memcpy(request->configuration, uri + n, len - n + 1);
    return true;
}

static int parse_resource(const xmlNode *node, struct request *request,
                          struct fault *fault)
{
    static const struct {
        const char *uri;
        bool shell, get, enumerate;   /* which actions it takes */
    } rows[RESOURCE_COUNT] = {
        [RESOURCE_CMD] = { URI_CMD, true, false, false },
        [RESOURCE_CONFIG] = { URI_CONFIG, false, true, false },
        [RESOURCE_LISTENER] = { URI_LISTENER, false, true, true },
        [RESOURCE_SHELLS] = { NS_SHELL, false, false, true },
        [RESOURCE_SYSTEM] = { URI_SYSTEM, false, true, true },
        [RESOURCE_SERVICE] = { URI_SERVICE, false, true, true },
        [RESOURCE_POWERSHELL] = { NS_POWERSHELL "/", true, false, false },
    };
    bool enumerates = request->action == ACTION_ENUMERATE
        || request->action == ACTION_PULL
        || request->action == ACTION_RELEASE;
    char uri[512];
    size_t i;

    if (soap_content(node, uri, sizeof uri) != 0)
        return fault_set(fault, FAULT_RESOURCE, NULL);
    for (i = 0; i < RESOURCE_COUNT; i++)
        if (strcmp(uri, rows[i].uri) == 0)
            break;
    if (i == RESOURCE_COUNT && take_configuration(uri, request))
        i = RESOURCE_POWERSHELL;
    if (i == RESOURCE_COUNT)
        return fault_set(fault, FAULT_RESOURCE, NULL);
    request->resource = (enum resource)i;
    if (enumerates ? rows[i].enumerate
        : request->action == ACTION_GET ? rows[i].get : rows[i].shell)
        return 0;
    return fault_set(fault, FAULT_ACTION, NULL);
}

static int parse_reply_to(const xmlNode *node, struct fault *fault)
{
    xmlNodePtr address = soap_elements(node->children);
    char uri[512];

    if (!soap_is(address, NS_ADDRESSING, "Address")
        || soap_content(address, uri, sizeof uri) != 0
        || strcmp(uri, ANONYMOUS) != 0)
        return fault_set(fault, FAULT_HEADER_INVALID, NULL);
    return 0;
}

static int parse_limits(const xmlNode *envelope, const xmlNode *timeout,
                        struct request *request, struct fault *fault)
{
    char text[64], *end;
    unsigned long size;

    if (envelope != NULL) {
        if (soap_content(envelope, text, sizeof text) != 0
            || !isdigit((unsigned char)text[0]))
            return fault_set(fault, FAULT_HEADER_INVALID, NULL);
        size = strtoul(text, &end, 10);
        if (*end != '\0' || size > UINT32_MAX)
            return fault_set(fault, FAULT_HEADER_INVALID, NULL);
        if (size < ENVELOPE_LEAST)
            return fault_set(fault, FAULT_ENVELOPE_SMALL, NULL);
        request->max_envelope = size;
    }
    if (timeout != NULL
        && (soap_content(timeout, text, sizeof text) != 0
            || soap_duration(text, &request->timeout_ms) != 0))
        return fault_set(fault, FAULT_HEADER_INVALID, NULL);
    return 0;
}

static int parse_options(const xmlNode *set, struct request *request,
                         struct fault *fault)
{
    xmlNodePtr node = set == NULL ? NULL : soap_elements(set->children);

    for (; node != NULL; node = soap_elements(node->next)) {
        struct option *o = &request->options[request->option_count];
        char comply[16];

        if (request->option_count == REQUEST_OPTIONS_MAX
            || !soap_is(node, NS_WSMAN, "Option")
            || soap_attribute(node, "Name", o->name, sizeof o->name) != 0
            || soap_content(node, o->value, sizeof o->value) != 0)
            return fault_set(fault, FAULT_OPTIONS, NULL);
        o->must_comply =
            soap_attribute(node, "MustComply", comply, sizeof comply) == 0
            && (strcmp(comply, "true") == 0 || strcmp(comply, "1") == 0);
        request->option_count++;
    }
    return 0;
}

int request_selectors(const xmlNode *set, struct request *request,
                      struct fault *fault)
{
    xmlNodePtr node = set == NULL ? NULL : soap_elements(set->children);

    for (; node != NULL; node = soap_elements(node->next)) {
        struct selector *s = &request->selectors[request->selector_count];

        if (request->selector_count == REQUEST_SELECTORS_MAX
            || !soap_is(node, NS_WSMAN, "Selector")
            || soap_attribute(node, "Name", s->name, sizeof s->name) != 0
            || soap_content(node, s->value, sizeof s->value) != 0)
            return fault_set(fault, FAULT_SELECTORS, NULL);
        request->selector_count++;
    }
    return 0;
}

/* The one selector of a shell is its ShellId. */
static int parse_selectors(const xmlNode *set, struct request *request,
                           struct fault *fault)
{
    bool is_shell = request->resource == RESOURCE_CMD
        || request->resource == RESOURCE_POWERSHELL;

    if (request_selectors(set, request, fault) != 0)
        return -1;
    if (!is_shell || request->selector_count == 0)
        return 0;
    if (request->selector_count != 1
        || strcasecmp(request->selectors[0].name, "ShellId") != 0
        || strlen(request->selectors[0].value) >= sizeof request->shell_id)
        return fault_set(fault, FAULT_SELECTORS, NULL);
    memcpy(request->shell_id, request->selectors[0].value,
           strlen(request->selectors[0].value) + 1);
    return 0;
}

static int parse_headers(xmlNodePtr header, struct request *request,
                         struct fault *fault)
{
    xmlNodePtr found[HEADER_COUNT] = { NULL };
    int rc;

    rc = collect_headers(header, found, fault);
    /* First, so that any fault can relate to the request. */
    if (found[HEADER_MESSAGE] != NULL
        && soap_content(found[HEADER_MESSAGE], request->message_id,
                        sizeof request->message_id) != 0)
        return fault_set(fault, FAULT_HEADER_INVALID, NULL);
    if (rc != 0 || request->action == ACTION_IDENTIFY)
        return rc;
    if (require_headers(found, fault) != 0
        || parse_action(found[HEADER_ACTION], request, fault) != 0
        || parse_resource(found[HEADER_RESOURCE], request, fault) != 0
        || parse_reply_to(found[HEADER_REPLY], fault) != 0
        || parse_limits(found[HEADER_ENVELOPE], found[HEADER_TIMEOUT],
                        request, fault) != 0
        || parse_options(found[HEADER_OPTIONS], request, fault) != 0
        || parse_selectors(found[HEADER_SELECTORS], request, fault) != 0)
        return -1;
    if (soap_content(found[HEADER_TO], request->to, sizeof request->to) != 0)
        return fault_set(fault, FAULT_HEADER_INVALID, NULL);
    return 0;
}

static int parse_envelope(xmlNodePtr root, struct request *request,
                          struct fault *fault)
{
    xmlNodePtr header = NULL, body;

    if (root == NULL || strcmp((const char *)root->name, "Envelope") != 0)
        return fault_set(fault, FAULT_XML, NULL);
    if (!soap_is(root, NS_SOAP, "Envelope"))
        return fault_set(fault, FAULT_SOAP_VERSION, NULL);
    body = soap_elements(root->children);
    if (soap_is(body, NS_SOAP, "Header")) {
        header = body;
        body = soap_elements(body->next);
    }
    if (!soap_is(body, NS_SOAP, "Body") || soap_elements(body->next) != NULL)
        return fault_set(fault, FAULT_SOAP_BODY, NULL);
    request->content = soap_elements(body->children);
    if (request->content != NULL
        && soap_elements(request->content->next) != NULL)
        return fault_set(fault, FAULT_SOAP_BODY, NULL);
    if (soap_is(request->content, NS_IDENTITY, "Identify"))
        request->action = ACTION_IDENTIFY;
    return parse_headers(header, request, fault);
}

int request_parse(const unsigned char *xml, size_t len,
                  struct request *request, struct fault *fault)
{
    memset(request, 0, sizeof *request);
    request->action = ACTION_COUNT;
    request->max_envelope = ENVELOPE_DEFAULT;
    request->timeout_ms = TIMEOUT_DEFAULT_MS;
    if (len > INT32_MAX)
        return fault_set(fault, FAULT_XML, NULL);
    request->doc = xmlReadMemory((const char *)xml, (int)len, NULL, NULL,
                                 XML_PARSE_NONET | XML_PARSE_NOERROR
                                 | XML_PARSE_NOWARNING | XML_PARSE_COMPACT
                                 | XML_PARSE_NOCDATA);
    /* SOAP 1.2 part 1 section 5: no document type declaration. */
    if (request->doc == NULL || request->doc->intSubset != NULL)
        return fault_set(fault, FAULT_XML, NULL);
    return parse_envelope(xmlDocGetRootElement(request->doc), request, fault);
}

void request_free(struct request *request)
{
    if (request->doc != NULL)
        xmlFreeDoc(request->doc);
    request->doc = NULL;
}
