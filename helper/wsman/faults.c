/* faults.c - what a fault says, what it means, what to do about it. */
#include "wsman/faults.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wsman/soap.h"
#include "wsman/uri.h"

/*
 * The codes that users meet: winerror.h, HRESULTs of it (0x8007....), and
 * wsmerror.h (0x8033....).  subcode is the WS-Management fault (DSP0226 14.6)
 * that means the same when a host gives no code; text NULL: the host's own
 * words are the best there are.
 */
struct fault_row {
    uint32_t code;
    const char *subcode;
    enum err_cause cause;
    const char *text;
    const char *advice;      /* NULL: the cause's own */
};

#define ABORTED "the host broke the operation off"
#define ABORTED_ADVICE                                                        \
    "the WinRM service may have been stopped, or somebody ended the shell; "  \
    "see the event log Microsoft-Windows-WinRM/Operational there"
#define DISCONNECTED "the remote shell was disconnected"
#define DISCONNECTED_ADVICE                                                   \
    "the host waited too long for us, or another client took the shell over;" \
    " run the command again if it is not running there"
#define QUOTA_SHELLS                                                          \
    "end other shells there (Get-WSManInstance shell -Enumerate), or raise "  \
    "MaxShellsPerUser (winrm get winrm/config/winrs)"
#define QUOTA_OPERATIONS                                                      \
    "run fewer commands there at once, or raise "                             \
    "MaxConcurrentOperationsPerUser (winrm get winrm/config/service)"
#define QUOTA_PLUGIN                                                          \
    "end other shells there, or raise the quotas of the plugin "              \
    "(winrm get winrm/config/plugin?Name=...)"

static const struct fault_row rows[] = {
    { 2, NULL, ERR_FAULT, "the host does not find the program",
      "check its spelling; without a cmd shell it must be a full path" },
    { 0x80070002, NULL, ERR_FAULT, "the host does not find the program",
      "check its spelling; without a cmd shell it must be a full path" },
    { 0x80070003, NULL, ERR_FAULT, "the host does not find the directory",
      "check that it exists there and that the user may enter it" },
    { 0x8007010b, NULL, ERR_FAULT, "the working directory is not valid",
      "check that it exists there and that the user may enter it" },
    { 0x800700ce, NULL, ERR_FAULT, "the command line is too long",
      "a cmd shell takes 8191 characters; send the text as standard input, "
      "or put it into a file" },
    { 5, "AccessDenied", ERR_ACCESS_DENIED, NULL,
      "add the user to 'Remote Management Users' on the host; for a cmd "
      "shell 'winrm configSDDL default' must grant Execute too" },
    { 0x80070005, NULL, ERR_ACCESS_DENIED, NULL,
      "add the user to 'Remote Management Users' on the host; for a cmd "
      "shell 'winrm configSDDL default' must grant Execute too" },
    { 0x803381ac, NULL, ERR_ACCESS_DENIED, "the host allows no remote shells",
      "enable 'Allow Remote Shell Access' there "
      "(winrm get winrm/config/winrs)" },
    { 0x803381dd, NULL, ERR_ACCESS_DENIED,
      "remote access to WinRM is disabled on the host",
      "run 'Enable-PSRemoting -Force' or 'winrm quickconfig' there" },
    { 87, "InvalidParameter", ERR_FAULT,
      "the host found a parameter of the request invalid", NULL },
    { 170, NULL, ERR_FAULT, "the host is busy with this command",
      "wait some seconds and try again" },
    { 995, NULL, ERR_SHELL_GONE, ABORTED, ABORTED_ADVICE },
    { 1223, NULL, ERR_SHELL_GONE, ABORTED, ABORTED_ADVICE },
    { FAULT_OPERATION_TIMEOUT, "TimedOut", ERR_TIMEOUT,
      "the host did not finish within the operation timeout", NULL },
    { FAULT_SHELL_NOT_FOUND, "InvalidSelectors", ERR_SHELL_GONE,
      "the remote shell or command no longer exists", NULL },
    { FAULT_SHELL_DISCONNECTED, NULL, ERR_SHELL_GONE, DISCONNECTED,
      DISCONNECTED_ADVICE },
    { FAULT_STREAM_DISCONNECTED, NULL, ERR_SHELL_GONE, DISCONNECTED,
      DISCONNECTED_ADVICE },
    { 0x8033819b, NULL, ERR_FAULT, "the host redirects to another host",
      "give the name of the host that it redirects to; a redirect is never "
      "followed, as it would be delegated to a host that you did not name" },
    { 0x80338041, "SchemaValidationError", ERR_FAULT,
      "the host finds the request not valid by its schema", NULL },
    { 0x8033803b, NULL, ERR_FAULT,
      "the host does not know the resource that was asked for",
      "the host may be too old, or have this endpoint removed "
      "(Get-PSSessionConfiguration)" },
    { 0x80338104, NULL, ERR_FAULT,
      "the host could not start a process for the shell",
      "look at its memory and at the event log "
      "Microsoft-Windows-WinRM/Operational" },
    { 0x80338047, "EncodingLimit", ERR_OVERSIZED,
      "the message is larger than the host's MaxEnvelopeSizekb",
      "send less at once, or raise it there "
      "(winrm set winrm/config @{MaxEnvelopeSizekb=\"500\"})" },
    { 0x80338048, NULL, ERR_OVERSIZED,
      "the answer is larger than the envelope that was asked for", NULL },
    { 0x803381a5, NULL, ERR_QUOTA, "the user has too many shells there",
      QUOTA_SHELLS },
    { 0x803381a6, NULL, ERR_QUOTA, "the user has too many operations there",
      QUOTA_OPERATIONS },
    { 0x803381a7, NULL, ERR_QUOTA, "the user's quota there is used up",
      NULL },
    { 0x803381a8, NULL, ERR_QUOTA, "the host's load limit is reached",
      "wait and try again" },
    { 0x803381ab, NULL, ERR_QUOTA, "too many users have shells there",
      "wait, or raise MaxConcurrentUsers (winrm get winrm/config/winrs)" },
    { 0x8033803f, "QuotaLimit", ERR_QUOTA,
      "a quota of the WinRM service is used up", NULL },
    { 0x803381e4, NULL, ERR_QUOTA, "the user has too many shells of the "
      "plugin", QUOTA_PLUGIN },
    { 0x803381e5, NULL, ERR_QUOTA, "too many users use the plugin",
      QUOTA_PLUGIN },
    { 0x803381e6, NULL, ERR_QUOTA, "the plugin has too many shells",
      QUOTA_PLUGIN },
    { 0x803381e7, NULL, ERR_QUOTA, "the plugin has too many operations",
      QUOTA_PLUGIN },
    { 0x803381e8, NULL, ERR_QUOTA, "the user has too many operations in the "
      "plugin", QUOTA_PLUGIN },
    { 0x803381e9, NULL, ERR_QUOTA, "the shell has too many commands",
      QUOTA_PLUGIN },
};

/* Appends text with runs of white space made one space; cuts at size. */
static void append(char *dst, size_t size, const xmlChar *text)
{
    size_t len = strlen(dst);

    for (; *text != '\0' && len + 1 < size; text++) {
        if (strchr(" \t\r\n", *text) == NULL)
            dst[len++] = (char)*text;
        else if (len > 0 && dst[len - 1] != ' ')
            dst[len++] = ' ';
    }
    /* No half of a UTF-8 character. */
    while (*text != '\0' && len > 0 && (*text & 0xc0) == 0x80) {
        len--;
        text--;
    }
    dst[len] = '\0';
}

/*
 * The next node of the tree below top, in the order of the document.  The
 * parser's depth limit bounds it.
 */
static const xmlNode *next_node(const xmlNode *node, const xmlNode *top)
{
    if (node->children != NULL && node->type == XML_ELEMENT_NODE)
        return node->children;
    while (node != top && node->next == NULL)
        node = node->parent;
    return node == top ? NULL : node->next;
}

/* All text below an element, nested messages too. */
static void gather(char *dst, size_t size, const xmlNode *top)
{
    const xmlNode *node;
    size_t len;

    dst[0] = '\0';
    for (node = top; node != NULL; node = next_node(node, top))
        if (node->type == XML_TEXT_NODE && node->content != NULL)
            append(dst, size, node->content);
    len = strlen(dst);
    if (len > 0 && dst[len - 1] == ' ')
        dst[len - 1] = '\0';
}

static const xmlNode *find_below(const xmlNode *top, const char *name)
{
    const xmlNode *node = top;

    while (node != NULL && !soap_is(node, NULL, name))
        node = next_node(node, top);
    return node;
}

static void copy_attribute(char *dst, size_t size, const xmlNode *node,
                           const char *name)
{
    const char *value = soap_attribute(node, name);

    snprintf(dst, size, "%s", value != NULL ? value : "");
}

/* A whole decimal number of 32 bits. */
static void read_code(struct fault *fault, const char *s)
{
    unsigned long long code;
    size_t digits;

    if (s == NULL)
        return;
    digits = strspn(s, "0123456789");
    if (digits == 0 || digits > 10 || s[digits] != '\0')
        return;
    code = strtoull(s, NULL, 10);
    if (code > UINT32_MAX)
        return;
    fault->code = (uint32_t)code;
    fault->has_code = true;
}

/* Code, Machine, Message; within it, for a plugin, ProviderFault. */
static void read_wsmanfault(struct fault *fault, const xmlNode *node)
{
    read_code(fault, soap_attribute(node, "Code"));
    copy_attribute(fault->machine, sizeof fault->machine, node, "Machine");
    copy_attribute(fault->provider, sizeof fault->provider,
                   find_below(node, "ProviderFault"), "provider");
    gather(fault->message, sizeof fault->message,
           soap_child(node, NS_WSMANFAULT, "Message"));
}

/*
 * Quota faults come this way: a CIM error object, whose namespace is that
 * of a WMI class.
 */
static void read_wmierror(struct fault *fault, const xmlNode *node)
{
    read_code(fault, (const char *)soap_text(soap_child(node, NULL,
                                                        "error_Code")));
    gather(fault->message, sizeof fault->message,
           soap_child(node, NULL, "Message"));
}

bool fault_parse(xmlDocPtr envelope, struct fault *fault)
{
    const xmlNode *node = soap_child(soap_body(envelope), NS_SOAP, "Fault");
    const xmlNode *code, *detail, *part;
    const char *colon;

    memset(fault, 0, sizeof *fault);
    if (node == NULL)
        return false;
    code = soap_child(node, NS_SOAP, "Code");
    detail = soap_child(node, NS_SOAP, "Detail");
    gather(fault->subcode, sizeof fault->subcode,
           soap_child(soap_child(code, NS_SOAP, "Subcode"), NS_SOAP,
                      "Value"));
    colon = strchr(fault->subcode, ':');
    if (colon != NULL)
        memmove(fault->subcode, colon + 1, strlen(colon));
    gather(fault->reason, sizeof fault->reason,
           soap_child(soap_child(node, NS_SOAP, "Reason"), NS_SOAP, "Text"));
    part = soap_child(detail, NS_WSMANFAULT, "WSManFault");
    if (part != NULL)
        read_wsmanfault(fault, part);
    part = soap_child(detail, NULL, "MSFT_WmiError");
    if (part != NULL && !fault->has_code)
        read_wmierror(fault, part);
    return true;
}

/* Without the final full stop, which a struct err's sentence has not. */
static size_t sentence_length(const char *s)
{
    size_t len = strlen(s);

    return len > 0 && s[len - 1] == '.' ? len - 1 : len;
}

static const struct fault_row *find_row(const struct fault *fault)
{
    size_t i;

    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (fault->has_code ? rows[i].code == fault->code
                            : rows[i].subcode != NULL &&
                                  strcmp(rows[i].subcode,
                                         fault->subcode) == 0)
            return &rows[i];
    }
    return NULL;
}

bool fault_code_at(size_t i, int64_t *code)
{
    if (i >= sizeof rows / sizeof *rows)
        return false;
    *code = rows[i].code;
    return true;
}

int fault_error(struct err *err, enum err_stage stage,
                const struct fault *fault)
{
    const struct fault_row *row = find_row(fault);
    enum err_cause cause = row != NULL ? row->cause : ERR_FAULT;
    const char *text = row != NULL && row->text != NULL
                           ? row->text : err_cause_text(cause);
    const char *words = fault->message[0] != '\0' ? fault->message
                                                  : fault->reason;

    if (words[0] == '\0')
        words = fault->subcode;
    err_set(err, cause, stage, "%s%s%.*s", text,
            words[0] != '\0' ? ": " : "", (int)sentence_length(words), words);
    if (row != NULL && row->advice != NULL)
        err_advise(err, "%s", row->advice);
    else if (row == NULL && fault->has_code)
        err_advise(err, "'winrm helpmsg 0x%08x' on Windows explains the "
                   "code; see the event log Microsoft-Windows-WinRM/"
                   "Operational there", (unsigned)fault->code);
    if (fault->has_code)
        return err_code(err, CODE_FAULT, fault->code);
    return row != NULL ? err_code(err, CODE_FAULT, row->code) : -1;
}
