/*
 * soap_in.h - a request envelope, parsed and checked as strictly as Windows
 * checks it (MS-WSMV 2.2.4, DSP0226): headers, options, selectors.
 */
#ifndef WINHOST_SOAP_IN_H
#define WINHOST_SOAP_IN_H

#include <libxml/tree.h>
#include <stdbool.h>
#include <stddef.h>

#include "fault.h"

#define NS_SHELL "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"
#define URI_CMD NS_SHELL "/cmd"
#define URI_CONFIG "http://schemas.microsoft.com/wbem/wsman/1/config"
#define URI_LISTENER URI_CONFIG "/listener"
#define URI_CIMV2 "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/cimv2"
#define URI_SYSTEM URI_CIMV2 "/Win32_OperatingSystem"
#define URI_SERVICE URI_CIMV2 "/Win32_Service"
#define REQUEST_OPTIONS_MAX 16
#define REQUEST_SELECTORS_MAX 4

/* X(NAME, "short name for the log", "action URI") */
#define NS_TRANSFER "http://schemas.xmlsoap.org/ws/2004/09/transfer"
#define NS_ENUMERATION "http://schemas.xmlsoap.org/ws/2004/09/enumeration"
#define REQUEST_ACTIONS(X)                                                    \
    X(CREATE, "Create", NS_TRANSFER "/Create")                                \
    X(DELETE, "Delete", NS_TRANSFER "/Delete")                                \
    X(GET, "Get", NS_TRANSFER "/Get")                                         \
    X(ENUMERATE, "Enumerate", NS_ENUMERATION "/Enumerate")                    \
    X(PULL, "Pull", NS_ENUMERATION "/Pull")                                   \
    X(RELEASE, "Release", NS_ENUMERATION "/Release")                          \
    X(COMMAND, "Command", NS_SHELL "/Command")                                \
    X(SEND, "Send", NS_SHELL "/Send")                                         \
    X(RECEIVE, "Receive", NS_SHELL "/Receive")                                \
    X(SIGNAL, "Signal", NS_SHELL "/Signal")

enum action {
#define X(id, name, uri) ACTION_##id,
    REQUEST_ACTIONS(X)
#undef X
    ACTION_IDENTIFY,
    ACTION_COUNT
};
const char *action_name(enum action action);

#define NS_POWERSHELL "http://schemas.microsoft.com/powershell"

/* RESOURCE_POWERSHELL is any name of a session configuration. */
enum resource {
    RESOURCE_CMD, RESOURCE_CONFIG, RESOURCE_LISTENER, RESOURCE_SHELLS,
    RESOURCE_SYSTEM, RESOURCE_SERVICE, RESOURCE_POWERSHELL, RESOURCE_COUNT
};

struct selector {
    char name[64];
    char value[256];
};

struct option {
    char name[64];
    char value[128];
    bool must_comply;
};

struct request {
    xmlDocPtr doc;
    xmlNodePtr content;       /* the element in the Body, or NULL */
    enum action action;
    enum resource resource;
    char configuration[64];   /* with RESOURCE_POWERSHELL */
    char message_id[128];
    char to[512];
    char shell_id[64];        /* the ShellId selector of a shell, or "" */
    struct selector selectors[REQUEST_SELECTORS_MAX]; /* of all others */
    size_t selector_count;
    size_t max_envelope;      /* what the client can take */
    unsigned timeout_ms;
    struct option options[REQUEST_OPTIONS_MAX];
    size_t option_count;
};

/*
 * Parses xml. On a fault message_id is set if it could be read, so that the
 * fault can relate to it. The caller frees the request either way.
 */
int request_parse(const unsigned char *xml, size_t len,
                  struct request *request, struct fault *fault) MUST_USE;
void request_free(struct request *request);

/* What is in a SelectorSet, of the headers or of a filter. */
int request_selectors(const xmlNode *set, struct request *request,
                      struct fault *fault) MUST_USE;

/* The option's value, or NULL. */
const char *request_option(const struct request *request, const char *name);

/* Is it this element? */
bool soap_is(const xmlNode *node, const char *ns, const char *name);
/* The first, or next, element among siblings. */
xmlNodePtr soap_elements(xmlNodePtr node);
/* Trimmed content; -1 and "" when it does not fit or is not there. */
int soap_content(const xmlNode *node, char *dst, size_t size) MUST_USE;
int soap_attribute(const xmlNode *node, const char *name, char *dst,
                   size_t size);

/* "PT20S", "PT1M30.5S": milliseconds; -1 for what is no such duration. */
int soap_duration(const char *text, unsigned *ms) MUST_USE;

#endif
