/* fault.c - the table of faults and the envelope that carries one. */
#include "fault.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "soap_out.h"

#define FAULT_NS "http://schemas.microsoft.com/wbem/wsman/1/wsmanfault"
#define WMI_ERROR_NS "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/" \
    "microsoft/windows/management/infrastructure/MSFT_WmiError"
#define DETAIL "http://schemas.dmtf.org/wbem/wsman/1/wsman/faultDetail/"
#define SELECTORS_TEXT "The WS-Management service cannot process the request" \
    " because the request contained invalid selectors for the resource. "
#define SHELLS_TEXT "The WS-Management service cannot process the request." \
    " The maximum number of concurrent shells for this user has been" \
    " exceeded. Close existing shells or raise the quota for this user. "

struct row {
    uint32_t code;          /* wsmerror.h, or HRESULT_FROM_WIN32 */
    const char *value;      /* SOAP 1.2 fault code */
    const char *subcode;    /* NULL: none */
    const char *detail;     /* w:FaultDetail, NULL: none */
    bool provider;          /* wrapped in f:ProviderFault of winrscmd.dll */
    const char *reason;
    const char *message;    /* NULL: the reason */
};

/* The final blanks are Windows' own. */
static const struct row rows[FAULT_ID_COUNT] = {
    [FAULT_TIMED_OUT] = { 0x80338029, "s:Receiver", "w:TimedOut", NULL, false,
        "The WS-Management service cannot complete the operation within the "
        "time specified in OperationTimeout.  ", NULL },
    [FAULT_BAD_COMMAND] = { 0x8033805b, "s:Sender", "w:InvalidSelectors",
        DETAIL "UnexpectedSelectors", false, SELECTORS_TEXT,
        "The Windows Remote Shell received a request to perform an operation "
        "on a command identifier that does not exist. Either the command has "
        "completed execution or the client specified an invalid command "
        "identifier. " },
    [FAULT_BAD_SHELL] = { 0x8033805b, "s:Sender", "w:InvalidSelectors",
        DETAIL "UnexpectedSelectors", false, SELECTORS_TEXT, NULL },
    [FAULT_SELECTORS] = { 0x8033803d, "s:Sender", "w:InvalidSelectors",
        DETAIL "InsufficientSelectors", false, "The WS-Management service "
        "cannot process the request because the selectors for the resource "
        "are not valid. ", NULL },
    [FAULT_NO_FILE] = { 0x80070002, "s:Receiver", "w:InternalError", NULL,
        true, "The system cannot find the file specified. ", NULL },
    [FAULT_DIRECTORY] = { 0x8007010b, "s:Receiver", "w:InternalError", NULL,
        true, "The directory name is invalid. ", NULL },
    [FAULT_LINE] = { 0x800700ce, "s:Receiver", "w:InternalError", NULL, true,
        "The filename or extension is too long. ", NULL },
    [FAULT_SCHEMA] = { 0x80338041, "s:Sender", "w:SchemaValidationError",
        NULL, false, "The SOAP XML in the message does not match the "
        "corresponding XML schema definition. Change the XML and retry. ",
        NULL },
    [FAULT_XML] = { 0x80338043, "s:Sender", "w:SchemaValidationError", NULL,
        false, "The WS-Management service cannot process the request because "
        "the XML is invalid. ", NULL },
    [FAULT_SOAP_VERSION] = { 0x8033800d, "s:VersionMismatch", NULL, NULL,
        false, "The WS-Management service does not support the SOAP version "
        "specified in the request. ", NULL },
    [FAULT_SOAP_BODY] = { 0x80338027, "s:Sender", "w:SchemaValidationError",
        NULL, false, "The WS-Management service cannot process the request "
        "because the request packet does not have a valid SOAP body. ",
        NULL },
    [FAULT_HEADER_INVALID] = { 0x8033800f, "s:Sender",
        "a:InvalidMessageInformationHeader", NULL, false,
        "The WS-Management service cannot process the request. The request "
        "contains one or more invalid SOAP headers. ", NULL },
    [FAULT_HEADER_MISSING] = { 0x80338011, "s:Sender",
        "a:MessageInformationHeaderRequired", NULL, false,
        "The WS-Management service cannot process the request. The request "
        "does not have all the expected SOAP headers. ", NULL },
    [FAULT_MUST_UNDERSTAND] = { 0x80338010, "s:MustUnderstand", NULL, NULL,
        false, "The WS-Management service cannot process a SOAP header in "
        "the request that is marked as mustUnderstand by the client.  This "
        "could be caused by the use of a version of the protocol which is "
        "not supported, or may be an incompatibility  between the client and "
        "server implementations. ", NULL },
    [FAULT_ACTION] = { 0x80338013, "s:Sender", "a:ActionNotSupported",
        DETAIL "ActionMismatch", false, "The WS-Management service does not "
        "support the action specified in the request. ", NULL },
    [FAULT_RESOURCE] = { 0x80338000, "s:Sender", "a:DestinationUnreachable",
        DETAIL "InvalidResourceURI", false, "The WS-Management service "
        "cannot process the request. The service cannot find the resource "
        "identified by the resource URI and selectors. ", NULL },
    [FAULT_OPTIONS] = { 0x80338039, "s:Sender", "w:InvalidOptions", NULL,
        false, "The WS-Management service cannot process the request because "
        "one or more options are not valid. The option names or values may "
        "not be valid or they are used in incorrect combinations. Retrieve "
        "the catalog entry for the resource and determine how to correct the "
        "invalid option values. ", NULL },
    [FAULT_ENVELOPE_SMALL] = { 0x80338048, "s:Sender", "w:EncodingLimit",
        DETAIL "MaxEnvelopeSize", false, "The response that the "
        "WS-Management service computed exceeds the maximum envelope size in "
        "the request. ", NULL },
    [FAULT_SHELL_QUOTA] = { 0x803381a5, "s:Sender", "w:QuotaLimit", NULL,
        false, SHELLS_TEXT, NULL },
    [FAULT_COMMAND_QUOTA] = { 0x803381e9, "s:Sender", "w:QuotaLimit", NULL,
        false, "The WS-Management service cannot process the request. The "
        "maximum number of concurrent commands per shell has been exceeded. "
        "Retry the request later or raise the Maximum Commands per Shell "
        "quota. ", NULL },
    [FAULT_ACCESS] = { 5, "s:Sender", "w:AccessDenied", NULL, false,
        "Access is denied. ", NULL },
    [FAULT_ENUMERATION] = { 0x80338084, "s:Receiver",
        "n:InvalidEnumerationContext", NULL, false, "The WS-Management "
        "service cannot process the request because the enumeration context "
        "in the request is not valid. ", NULL },
    [FAULT_BUSY] = { 170, "s:Receiver", "w:InternalError", NULL, true,
        "The requested resource is in use. ", NULL },
    [FAULT_DISCONNECTED] = { 0x803381c4, "s:Receiver", "w:InternalError",
        NULL, false, "The WinRM service cannot process the request because "
        "the WinRS shell instance is currently disconnected. ", NULL },
    [FAULT_STREAM] = { 0x803381de, "s:Receiver", "w:InternalError", NULL,
        false, "The WS-Management service cannot process the request because "
        "the stream is currently disconnected. ", NULL },
    [FAULT_OPERATION_QUOTA] = { 0x803381a6, "s:Receiver", "w:InternalError",
        NULL, false, "The WS-Management service cannot process the request. "
        "This user is allowed a maximum number of 1500 concurrent "
        "operations, which has been exceeded. Close existing operations for "
        "this user, or raise the quota for this user. ", NULL },
    [FAULT_SYSTEM_QUOTA] = { 0x803381a8, "s:Receiver", "w:QuotaLimit", NULL,
        false, "The WS-Management service cannot process the request. The "
        "system load quota of 1000 requests per 2 seconds has been exceeded. "
        "Send future requests at a slower rate or raise the system quota. "
        "The next request from this user will not be approved for at least "
        "1000 milliseconds. ", NULL },
    [FAULT_ENVELOPE_LARGE] = { 0x80338047, "s:Sender", "w:EncodingLimit",
        DETAIL "MaxEnvelopeSize", false, "The WS-Management service cannot "
        "process the request because the message exceeds the maximum "
        "envelope size. ", NULL },
};

int fault_set(struct fault *fault, enum fault_id id, const char *fmt, ...)
{
    va_list ap;

    fault->id = id;
    fault->message[0] = '\0';
    if (fmt != NULL) {
        va_start(ap, fmt);
        vsnprintf(fault->message, sizeof fault->message, fmt, ap);
        va_end(ap);
    }
    return -1;
}

uint32_t fault_code(enum fault_id id)
{
    return rows[id].code;
}

static void write_message(const struct row *row, const char *text,
                          struct buf *out)
{
    buf_printf(out, "<f:Message>");
    if (row->provider)
        buf_printf(out, "<f:ProviderFault provider=\"Shell cmd plugin\" "
                   "path=\"%%systemroot%%\\system32\\winrscmd.dll\">");
    soap_text(out, text);
    if (row->provider)
        buf_printf(out, "</f:ProviderFault>");
    buf_printf(out, "</f:Message>");
}

static void write_wsman_fault(const struct row *row, const char *text,
                              const char *machine, struct buf *out)
{
    buf_printf(out, "<f:WSManFault xmlns:f=\"" FAULT_NS "\" Code=\"%u\" "
               "Machine=\"%s\">", row->code, machine);
    write_message(row, text, out);
    buf_printf(out, "</f:WSManFault>");
}

/* Hosts tell some quotas as an error of WMI. */
static void write_wmi_error(const struct row *row, const char *text,
                            struct buf *out)
{
    buf_printf(out, "<p:MSFT_WmiError xmlns:p=\"" WMI_ERROR_NS "\">"
               "<p:CIMStatusCode>27</p:CIMStatusCode><p:Message>");
    soap_text(out, text);
    buf_printf(out, "</p:Message><p:MessageID>HRESULT 0x%08x</p:MessageID>"
               "<p:error_Category>30</p:error_Category><p:error_Code>%u"
               "</p:error_Code><p:error_Type>HRESULT</p:error_Type>"
               "</p:MSFT_WmiError>", row->code, row->code);
}

void fault_write(const struct fault *fault, const char *relates_to,
                 const char *machine, struct buf *out)
{
    const struct row *row = &rows[fault->id];
    const char *text = fault->message[0] != '\0' ? fault->message
                     : row->message != NULL ? row->message : row->reason;

    soap_begin(out, SOAP_FAULT,
               "http://schemas.dmtf.org/wbem/wsman/1/wsman/fault",
               relates_to);
    buf_printf(out, "<s:Fault><s:Code><s:Value>%s</s:Value>", row->value);
    if (row->subcode != NULL)
        buf_printf(out, "<s:Subcode><s:Value>%s</s:Value></s:Subcode>",
                   row->subcode);
    buf_printf(out, "</s:Code><s:Reason><s:Text xml:lang=\"en-US\">%s"
               "</s:Text></s:Reason><s:Detail>", row->reason);
    if (row->detail != NULL)
        buf_printf(out, "<w:FaultDetail>%s</w:FaultDetail>", row->detail);
    if (fault->id == FAULT_OPERATION_QUOTA)
        write_wmi_error(row, text, out);
    else
        write_wsman_fault(row, text, machine, out);
    buf_printf(out, "</s:Detail></s:Fault>");
    soap_end(out);
}
