/* soap.c - parses a host's envelopes; trusts nothing in them. */
#include "wsman/soap.h"

#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <libxml/xmlerror.h>
#include <stdio.h>
#include <string.h>

#include "wsman/uri.h"

/* Why a document was refused; the first reason stands. */
struct verdict {
    enum err_cause cause;
    unsigned elements;
    char reason[160];
};

static void refuse(struct verdict *verdict, enum err_cause cause,
                   const char *reason)
{
    if (verdict->cause != ERR_NONE)
        return;
    verdict->cause = cause;
    snprintf(verdict->reason, sizeof verdict->reason, "%s", reason);
}

static void stop(xmlParserCtxtPtr parser, enum err_cause cause,
                 const char *reason)
{
    refuse(parser->_private, cause, reason);
    xmlStopParser(parser);
}

/* SOAP 1.2 part 1, section 5: "MUST NOT contain a document type
 * declaration".  Without one there are no entities to expand or to fetch. */
static void on_doctype(void *arg, const xmlChar *name,
                       const xmlChar *external_id, const xmlChar *system_id)
{
    (void)name;
    (void)external_id;
    (void)system_id;
    stop(arg, ERR_MALFORMED, "it has a document type declaration");
}

static void on_element(void *arg, const xmlChar *name, const xmlChar *prefix,
                       const xmlChar *uri, int ns_count,
                       const xmlChar **namespaces, int count,
                       int default_count, const xmlChar **attributes)
{
    xmlParserCtxtPtr parser = arg;
    struct verdict *verdict = parser->_private;

    if (parser->nodeNr >= SOAP_DEPTH_MAX) {
        stop(parser, ERR_OVERSIZED, "its elements are nested too deeply");
        return;
    }
    if (++verdict->elements > SOAP_ELEMENTS_MAX) {
        stop(parser, ERR_OVERSIZED, "it has too many elements");
        return;
    }
    xmlSAX2StartElementNs(arg, name, prefix, uri, ns_count, namespaces,
                          count, default_count, attributes);
}

/* libxml2's words, instead of its printing them to stderr. */
#if LIBXML_VERSION >= 21200
static void on_error(void *arg, const xmlError *error)
#else
static void on_error(void *arg, xmlErrorPtr error)
#endif
{
    struct verdict *verdict = arg;
    char reason[sizeof verdict->reason];
    int n;

    if (error->level < XML_ERR_ERROR)
        return;
    n = snprintf(reason, sizeof reason, "%s",
                 error->message != NULL ? error->message : "an XML error");
    if (n > 0 && (size_t)n < sizeof reason && reason[n - 1] == '\n')
        reason[n - 1] = '\0';
    refuse(verdict, error->code == XML_ERR_NO_MEMORY ? ERR_MEMORY
                                                     : ERR_MALFORMED, reason);
}

static xmlParserCtxtPtr new_parser(struct verdict *verdict)
{
    xmlParserCtxtPtr parser = xmlNewParserCtxt();

    if (parser == NULL)
        return NULL;
    parser->_private = verdict;
    parser->sax->internalSubset = on_doctype;
    parser->sax->startElementNs = on_element;
    /* Text then is one node, whatever stands within it. */
    parser->sax->comment = NULL;
    parser->sax->processingInstruction = NULL;
    return parser;
}

/*
 * IGNORE_ENC: the transport's charset decides, not the document's own word
 * (RFC 7303 section 3.2).  NOENT is not set: nothing is to be substituted.
 */
#define PARSE_OPTIONS                                                         \
    (XML_PARSE_NONET | XML_PARSE_NOCDATA | XML_PARSE_COMPACT |                \
     XML_PARSE_IGNORE_ENC)

/*
 * The document, or NULL with a reason in verdict.  The structured error
 * function of the thread catches what libxml2 does not report through the
 * parser.
 */
static xmlDocPtr parse(const unsigned char *p, size_t n,
                       struct verdict *verdict)
{
    xmlStructuredErrorFunc saved = xmlStructuredError;
    void *saved_arg = xmlStructuredErrorContext;
    xmlParserCtxtPtr parser;
    xmlDocPtr doc = NULL;

    xmlInitParser();
    xmlSetStructuredErrorFunc(verdict, on_error);
    parser = new_parser(verdict);
    if (parser == NULL)
        refuse(verdict, ERR_MEMORY, "");
    else
        doc = xmlCtxtReadMemory(parser, (const char *)p, (int)n, NULL, NULL,
                                PARSE_OPTIONS);
    if (doc == NULL)
        refuse(verdict, ERR_MALFORMED, "it is not well-formed");
    if (verdict->cause != ERR_NONE) {
        xmlFreeDoc(doc);
        doc = NULL;
    }
    xmlFreeParserCtxt(parser);
    xmlSetStructuredErrorFunc(saved_arg, saved);
    return doc;
}

/*
 * UTF-8, seen from its first two bytes: libxml2 would take a NUL there for
 * another encoding, and look for converters.
 */
static bool starts_like_utf8_xml(const unsigned char *p, size_t n)
{
    if (n >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0) {
        p += 3;
        n -= 3;
    }
    return n >= 2 && p[1] != '\0' && strchr("< \t\r\n", p[0]) != NULL &&
           p[0] != '\0';
}

static size_t count_byte(const unsigned char *p, size_t n, int byte)
{
    const unsigned char *end = p + n;
    size_t count = 0;

    while (p < end && (p = memchr(p, byte, (size_t)(end - p))) != NULL) {
        count++;
        p++;
    }
    return count;
}

/*
 * No attribute holds a '<' (XML 1.0, 3.1), so that those of one element stand
 * between it and the next; text there is counted with them.
 */
static bool has_many_attributes(const unsigned char *p, size_t n)
{
    const unsigned char *end = p + n, *next;
    size_t total = 0, quotes;

    for (; p < end; p = next) {
        next = memchr(p + 1, '<', (size_t)(end - p) - 1);
        if (next == NULL)
            next = end;
        quotes = count_byte(p, (size_t)(next - p), '"') +
                 count_byte(p, (size_t)(next - p), '\'');
        total += quotes;
        if (quotes > SOAP_TAG_QUOTES_MAX || total > SOAP_QUOTES_MAX)
            return true;
    }
    return false;
}

/* SOAP 1.2 part 1, 5.1: a Header, if any, and then the Body. */
static bool is_envelope(xmlDocPtr doc)
{
    xmlNodePtr root = xmlDocGetRootElement(doc), node;

    if (!soap_is(root, NS_SOAP, "Envelope"))
        return false;
    node = xmlFirstElementChild(root);
    if (soap_is(node, NS_SOAP, "Header"))
        node = xmlNextElementSibling(node);
    return soap_is(node, NS_SOAP, "Body") &&
           xmlNextElementSibling(node) == NULL;
}

int soap_parse(const unsigned char *p, size_t n, enum err_stage stage,
               xmlDocPtr *doc, struct err *err)
{
    struct verdict verdict = { .cause = ERR_NONE };

    *doc = NULL;
    if (n > SOAP_BYTES_MAX)
        return err_set(err, ERR_OVERSIZED, stage,
                       "the host's answer has %zu bytes, more than the %d "
                       "that are allowed", n, SOAP_BYTES_MAX);
    if (!starts_like_utf8_xml(p, n))
        return err_set(err, ERR_MALFORMED, stage,
                       "the host's answer is not XML in UTF-8");
    if (has_many_attributes(p, n))
        return err_set(err, ERR_OVERSIZED, stage,
                       "the host's answer is refused: it has too many "
                       "attributes");
    *doc = parse(p, n, &verdict);
    if (verdict.cause == ERR_MEMORY)
        return err_set(err, ERR_MEMORY, stage, NULL);
    if (*doc == NULL)
        return err_set(err, verdict.cause, stage,
                       "the host's answer is refused: %s", verdict.reason);
    if (is_envelope(*doc))
        return 0;
    xmlFreeDoc(*doc);
    *doc = NULL;
    return err_set(err, ERR_MALFORMED, stage,
                   "the host's answer is XML, but no SOAP 1.2 envelope");
}

bool soap_is(const xmlNode *node, const char *ns, const char *name)
{
    if (node == NULL || node->type != XML_ELEMENT_NODE ||
        strcmp((const char *)node->name, name) != 0)
        return false;
    if (ns == NULL)
        return true;
    return node->ns != NULL && node->ns->href != NULL &&
           strcmp((const char *)node->ns->href, ns) == 0;
}

xmlNodePtr soap_child(const xmlNode *parent, const char *ns,
                      const char *name)
{
    xmlNodePtr node = parent != NULL ? parent->children : NULL;

    while (node != NULL && !soap_is(node, ns, name))
        node = node->next;
    return node;
}

xmlNodePtr soap_header(xmlDocPtr doc)
{
    return soap_child(xmlDocGetRootElement(doc), NS_SOAP, "Header");
}

xmlNodePtr soap_body(xmlDocPtr doc)
{
    return soap_child(xmlDocGetRootElement(doc), NS_SOAP, "Body");
}

/* Empty, or one node of text: a comment never splits it, see new_parser(). */
static xmlChar *only_text(xmlNodePtr children)
{
    static xmlChar empty[1];

    if (children == NULL)
        return empty;
    if (children->type != XML_TEXT_NODE || children->next != NULL)
        return NULL;
    return children->content != NULL ? children->content : empty;
}

xmlChar *soap_text(const xmlNode *node)
{
    return node != NULL ? only_text(node->children) : NULL;
}

const char *soap_attribute(const xmlNode *node, const char *name)
{
    const xmlAttr *attribute = NULL;

    /* A text node keeps short text where elements have attributes. */
    if (node != NULL && node->type == XML_ELEMENT_NODE)
        attribute = node->properties;
    while (attribute != NULL &&
           (attribute->ns != NULL ||
            strcmp((const char *)attribute->name, name) != 0))
        attribute = attribute->next;
    if (attribute == NULL)
        return NULL;
    return (const char *)only_text(attribute->children);
}
