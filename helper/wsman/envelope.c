/* envelope.c - the SOAP envelopes that we send. */
#include "wsman/envelope.h"

#include <libxml/chvalid.h>
#include <libxml/parserInternals.h>
#include <libxml/xmlerror.h>
#include <libxml/xmlstring.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "wsman/base64.h"
#include "wsman/uri.h"

/* Of replies and faults; what the recorded clients ask for. */
#define LANGUAGE "en-US"

/* Room for everything but the body. */
#define HEADER_BYTES 4096

#define XML(s) ((const xmlChar *)(s))

/* XML 1.0, 2.2 Char, as well-formed UTF-8. */
static bool xml_can_carry(const char *s)
{
    static const int least[] = { 0, 0x1, 0x80, 0x800, 0x10000 };
    const unsigned char *p = XML(s);

    while (*p != '\0') {
        int len = 4, c;

        if (*p < 0x80) {
            c = *p;
            len = 1;
        } else {
            /* Looks at no byte behind the NUL: that is no continuation. */
            c = xmlGetUTF8Char(p, &len);
        }
        if (c < 0 || c < least[len] || !xmlIsCharQ((unsigned)c))
            return false;
        p += len;
    }
    return true;
}

static void need(enum err_cause *failed, const void *p)
{
    if (p == NULL && *failed == ERR_NONE)
        *failed = ERR_MEMORY;
}

/* Whether the text, or something before it, stops the building. */
static bool refuse(enum err_cause *failed, const char *text)
{
    if (text != NULL && !xml_can_carry(text) && *failed == ERR_NONE)
        *failed = ERR_USAGE;
    return *failed != ERR_NONE;
}

/* The caller gets an error; libxml2 would print one of its own as well. */
static void unheard(void *arg, xmlErrorPtr error)
{
    (void)arg;
    (void)error;
}

static void begin(void)
{
    xmlSetStructuredErrorFunc(NULL, unheard);
    xmlResetLastError();
}

/*
 * Without memory libxml2 2.9 leaves a text, a prefix or an element's name
 * out and goes on: all that tells is that it had an error to report.
 */
static void need_all(enum err_cause *failed)
{
    if (xmlGetLastError() != NULL && *failed == ERR_NONE)
        *failed = ERR_MEMORY;
}

xmlNsPtr body_namespace(struct body *body, const char *uri,
                        const char *prefix)
{
    xmlNsPtr ns;

    if (body->failed != ERR_NONE)
        return NULL;
    ns = xmlNewNs(body->root, XML(uri), XML(prefix));
    need(&body->failed, ns);
    return ns;
}

void body_begin(struct body *body, const char *uri, const char *prefix,
                const char *name)
{
    begin();
    body->failed = ERR_NONE;
    body->root = xmlNewNode(NULL, XML(name));
    need(&body->failed, body->root);
    if (body->failed != ERR_NONE)
        return;
    xmlSetNs(body->root, body_namespace(body, uri, prefix));
}

void body_init(struct body *body, const char *name)
{
    body_begin(body, NS_SHELL, "rsp", name);
}

void body_free(struct body *body)
{
    xmlFreeNode(body->root);
    body->root = NULL;
}

xmlNodePtr body_add_in(struct body *body, xmlNodePtr parent, xmlNsPtr ns,
                       const char *name, const char *text)
{
    xmlNodePtr node;

    if (refuse(&body->failed, text))
        return NULL;
    if (parent == NULL)
        parent = body->root;
    node = xmlNewTextChild(parent, ns, XML(name), XML(text));
    need(&body->failed, node);
    return node;
}

xmlNodePtr body_add(struct body *body, xmlNodePtr parent, const char *name,
                    const char *text)
{
    return body_add_in(body, parent, NULL, name, text);
}

void body_attribute(struct body *body, xmlNodePtr node, const char *name,
                    const char *value)
{
    if (refuse(&body->failed, value))
        return;
    need(&body->failed, xmlNewProp(node, XML(name), XML(value)));
}

void body_set_namespace(struct body *body, xmlNodePtr node, const char *uri)
{
    xmlNsPtr ns;

    if (body->failed != ERR_NONE)
        return;
    ns = xmlNewNs(node, XML(uri), NULL);
    need(&body->failed, ns);
    xmlSetNs(node, ns);
}

/*
 * A text node that is base64: encoded where it stays, and named so that
 * libxml2 writes it as it is, for looking at each character whether it is to
 * be escaped costs more than all the rest of a Send.
 */
static xmlNodePtr new_base64(const void *p, size_t n)
{
    size_t len = BASE64_LEN(n);
    xmlChar *content = xmlMallocAtomic(len + 1);
    xmlNodePtr text;

    if (content == NULL)
        return NULL;
    text = xmlNewText(NULL);
    if (text == NULL) {
        xmlFree(content);
        return NULL;
    }
    base64_encode(p, n, (char *)content);
    content[len] = '\0';
    text->content = content;
    text->name = xmlStringTextNoenc;
    return text;
}

void body_base64(struct body *body, xmlNodePtr node, const void *p, size_t n)
{
    xmlNodePtr text;

    if (body->failed != ERR_NONE)
        return;
    if (n > (size_t)ENVELOPE_MAX / 4 * 3) {
        body->failed = ERR_OVERSIZED;
        return;
    }
    text = new_base64(p, n);
    need(&body->failed, text);
    if (text != NULL)
        xmlAddChild(node, text);
}

/* How a failure that a builder remembered is told. */
static int failure(enum err_cause cause, enum err_stage stage,
                   struct err *err)
{
    if (cause == ERR_USAGE)
        return err_set(err, ERR_USAGE, stage,
                       "a command, argument, directory or variable holds a "
                       "control character or is not UTF-8, which "
                       "WS-Management cannot carry");
    return err_set(err, cause, stage, NULL);
}

int body_take(struct body *body, enum err_stage stage, xmlNodePtr *node,
              struct err *err)
{
    *node = NULL;
    need_all(&body->failed);
    if (body->failed != ERR_NONE) {
        body_free(body);
        return failure(body->failed, stage, err);
    }
    *node = body->root;
    body->root = NULL;
    return 0;
}

/* An envelope under construction; it remembers a failure as a body does. */
struct envelope {
    xmlDocPtr doc;
    xmlNodePtr header;
    xmlNsPtr soap, addressing, wsman, wsmv;
    enum err_cause failed;
};

enum understand { UNSAID, OPTIONAL, MUST };

/* One header; MS-WSMV 2.2.4 says which must be understood. */
static xmlNodePtr header(struct envelope *e, xmlNodePtr parent, xmlNsPtr ns,
                         const char *name, enum understand understand,
                         const char *text)
{
    static const char *const words[] = {
        [UNSAID] = NULL, [OPTIONAL] = "false", [MUST] = "true",
    };
    xmlNodePtr node;

    if (refuse(&e->failed, text))
        return NULL;
    node = xmlNewTextChild(parent, ns, XML(name), XML(text));
    need(&e->failed, node);
    if (node != NULL && words[understand] != NULL)
        need(&e->failed, xmlNewNsProp(node, e->soap, XML("mustUnderstand"),
                                      XML(words[understand])));
    return node;
}

static void locale(struct envelope *e, xmlNsPtr ns, const char *name)
{
    xmlNodePtr node = header(e, e->header, ns, name, OPTIONAL, NULL);

    if (node != NULL)
        xmlNodeSetLang(node, XML(LANGUAGE));
}

/* DSP0226 5.1.2.2 SelectorSet, 6.4 OptionSet. */
static void pairs(struct envelope *e, const char *set, const char *item,
                  enum understand understand, const struct wsman_pair *pair,
                  size_t count)
{
    xmlNodePtr parent, node;
    size_t i;

    if (count == 0)
        return;
    parent = header(e, e->header, e->wsman, set, understand, NULL);
    for (i = 0; i < count && parent != NULL; i++) {
        node = header(e, parent, e->wsman, item, UNSAID, pair[i].value);
        if (node == NULL || refuse(&e->failed, pair[i].name))
            return;
        need(&e->failed, xmlNewProp(node, XML("Name"), XML(pair[i].name)));
        if (pair[i].must_comply)
            need(&e->failed, xmlNewProp(node, XML("MustComply"),
                                        XML("true")));
    }
}

/* In the order in which Windows' own clients send them. */
static void headers(struct envelope *e, const struct wsman *wsman,
                    const struct wsman_request *request,
                    const char *message_id)
{
    unsigned timeout_s = request->timeout_s != 0 ? request->timeout_s
                                                 : wsman->timeout_s;
    char size[16], timeout[16], message[64], session[64];
    xmlNodePtr reply_to;

    snprintf(size, sizeof size, "%u", wsman->max_envelope);
    if (wsman->brief_ms != 0)
        snprintf(timeout, sizeof timeout, "PT%u.%03uS",
                 wsman->brief_ms / 1000, wsman->brief_ms % 1000);
    else
        snprintf(timeout, sizeof timeout, "PT%uS", timeout_s);
    snprintf(message, sizeof message, "uuid:%s", message_id);
    snprintf(session, sizeof session, "uuid:%s", wsman->session);

    header(e, e->header, e->addressing, "Action", MUST, request->action);
    locale(e, e->wsmv, "DataLocale");
    locale(e, e->wsman, "Locale");
    header(e, e->header, e->wsman, "MaxEnvelopeSize", MUST, size);
    header(e, e->header, e->addressing, "MessageID", UNSAID, message);
    header(e, e->header, e->wsman, "OperationTimeout", UNSAID, timeout);
    reply_to = header(e, e->header, e->addressing, "ReplyTo", UNSAID, NULL);
    if (reply_to != NULL)
        header(e, reply_to, e->addressing, "Address", MUST, URI_ANONYMOUS);
    header(e, e->header, e->wsman, "ResourceURI", MUST, request->resource);
    header(e, e->header, e->wsmv, "SessionId", OPTIONAL, session);
    header(e, e->header, e->addressing, "To", UNSAID, wsman->url);
    pairs(e, "OptionSet", "Option", MUST, request->options,
          request->option_count);
    pairs(e, "SelectorSet", "Selector", UNSAID, request->selectors,
          request->selector_count);
}

static xmlNsPtr declare(struct envelope *e, xmlNodePtr root, const char *uri,
                        const char *prefix)
{
    xmlNsPtr ns = xmlNewNs(root, XML(uri), XML(prefix));

    need(&e->failed, ns);
    return ns;
}

/* What the elements within the body say: nearly all of a large envelope. */
static size_t text_length(const xmlNode *body)
{
    const xmlNode *node = body != NULL ? body->children : NULL;
    size_t n = 0;

    for (; node != NULL; node = node->next)
        if (node->type == XML_ELEMENT_NODE && node->children != NULL
            && node->children->type == XML_TEXT_NODE
            && node->children->content != NULL)
            n += strlen((const char *)node->children->content);
    return n;
}

/* Envelope, Header and Body; takes the body's content over. */
static void frame(struct envelope *e, xmlNodePtr content)
{
    xmlNodePtr root = NULL, body;

    e->doc = xmlNewDoc(XML("1.0"));
    if (e->doc != NULL)
        root = xmlNewDocNode(e->doc, NULL, XML("Envelope"), NULL);
    need(&e->failed, root);
    if (root == NULL) {
        xmlFreeNode(content);
        return;
    }
    xmlDocSetRootElement(e->doc, root);
    e->soap = declare(e, root, NS_SOAP, "s");
    e->addressing = declare(e, root, NS_ADDRESSING, "wsa");
    e->wsman = declare(e, root, NS_WSMAN, "wsman");
    e->wsmv = declare(e, root, NS_WSMV, "wsmv");
    xmlSetNs(root, e->soap);
    e->header = xmlNewTextChild(root, e->soap, XML("Header"), NULL);
    body = xmlNewTextChild(root, e->soap, XML("Body"), NULL);
    need(&e->failed, e->header);
    need(&e->failed, body);
    if (body != NULL && content != NULL)
        xmlAddChild(body, content);
    else
        xmlFreeNode(content);
}

/*
 * How many bytes the document takes, or -1.  Not with xmlNodeDump(): libxml2
 * 2.9 frees the buffer in it and again later when memory runs out.
 */
static int write_out(xmlDocPtr doc, xmlBufferPtr out)
{
    xmlOutputBufferPtr to = xmlOutputBufferCreateBuffer(out, NULL);

    if (to == NULL)
        return -1;
    xmlNodeDumpOutput(to, doc, xmlDocGetRootElement(doc), 0, 0, NULL);
    return xmlOutputBufferClose(to);
}

int envelope_build(const struct wsman *wsman,
                   const struct wsman_request *request,
                   const char *message_id, enum err_stage stage,
                   xmlBufferPtr *out, struct err *err)
{
    struct envelope e = { .failed = ERR_NONE };
    int n = -1;

    *out = NULL;
    begin();
    frame(&e, request->body);
    if (e.failed == ERR_NONE)
        headers(&e, wsman, request, message_id);
    if (e.failed == ERR_NONE) {
        *out = xmlBufferCreateSize(HEADER_BYTES + text_length(request->body));
        need(&e.failed, *out);
    }
    if (e.failed == ERR_NONE)
        n = write_out(e.doc, *out);
    need_all(&e.failed);
    xmlFreeDoc(e.doc);
    if (e.failed == ERR_NONE && n > 0 && n <= (int)wsman->max_request)
        return 0;
    xmlBufferFree(*out);
    *out = NULL;
    if (e.failed == ERR_NONE && n > 0)
        return err_set(err, ERR_OVERSIZED, stage,
                       "the request has %d bytes, more than the %u that the "
                       "host takes", n, wsman->max_request);
    return failure(e.failed != ERR_NONE ? e.failed : ERR_MEMORY, stage, err);
}
