/* soap_out.c - writes envelopes as Windows writes them. */
#include "soap_out.h"

#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NS(prefix, uri) " xmlns:" prefix "=\"" uri "\""
#define NS_S NS("s", "http://www.w3.org/2003/05/soap-envelope")
#define NS_A NS("a", "http://schemas.xmlsoap.org/ws/2004/08/addressing")
#define NS_X NS("x", "http://schemas.xmlsoap.org/ws/2004/09/transfer")
#define NS_E NS("e", "http://schemas.xmlsoap.org/ws/2004/08/eventing")
#define NS_N NS("n", "http://schemas.xmlsoap.org/ws/2004/09/enumeration")
#define NS_W NS("w", "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd")
#define NS_P NS("p", "http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd")
#define NS_RSP \
    NS("rsp", "http://schemas.microsoft.com/wbem/wsman/1/windows/shell")

static const char *const namespaces[] = {
    [SOAP_SHELL] = NS_S NS_A NS_X NS_W NS_RSP NS_P,
    [SOAP_RECEIVE] = NS_S NS_A NS_W NS_RSP NS_P,
    [SOAP_DELETE] = NS_S NS_A NS_W NS_P,
    [SOAP_GET] = NS_S NS_A NS_X NS_W NS_P,
    [SOAP_ENUMERATE] = NS_S NS_A NS_N NS_W NS_P,
    [SOAP_FAULT] = NS_S NS_A NS_X NS_E NS_N NS_W NS_P,
};

static void put(struct buf *out, const char *text)
{
    buf_put(out, text, strlen(text));
}

void soap_begin(struct buf *out, enum soap_kind kind, const char *action,
                const char *relates_to)
{
    char message[UUID_BYTES], activity[UUID_BYTES];

    soap_uuid(message);
    soap_uuid(activity);
    buf_printf(out, "<s:Envelope xml:lang=\"en-US\"%s><s:Header>"
               "<a:Action>%s</a:Action><a:MessageID>uuid:%s</a:MessageID>"
               "<p:ActivityId>%s</p:ActivityId>"
               "<a:To>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/"
               "anonymous</a:To>",
               namespaces[kind], action, message, activity);
    if (relates_to[0] != '\0')
        soap_element(out, "a:RelatesTo", relates_to);
    put(out, "</s:Header><s:Body>");
}

void soap_end(struct buf *out)
{
    put(out, "</s:Body></s:Envelope>");
}

void soap_text(struct buf *out, const char *text)
{
    for (;;) {
        size_t plain = strcspn(text, "&<>\"");

        buf_put(out, text, plain);
        text += plain;
        if (*text == '\0')
            return;
        put(out, *text == '&' ? "&amp;" : *text == '<' ? "&lt;"
               : *text == '>' ? "&gt;" : "&quot;");
        text++;
    }
}

void soap_element(struct buf *out, const char *name, const char *text)
{
    buf_printf(out, "<%s>", name);
    soap_text(out, text);
    buf_printf(out, "</%s>", name);
}

void soap_uuid(char uuid[UUID_BYTES])
{
    unsigned char b[16];

    if (RAND_bytes(b, sizeof b) != 1)
        abort(); /* a host without randomness cannot serve */
    b[6] = (unsigned char)((b[6] & 0x0f) | 0x40); /* RFC 4122 section 4.4 */
    b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
    snprintf(uuid, UUID_BYTES, "%02X%02X%02X%02X-%02X%02X-%02X%02X-%02X%02X-"
             "%02X%02X%02X%02X%02X%02X", b[0], b[1], b[2], b[3], b[4], b[5],
             b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14],
             b[15]);
}
