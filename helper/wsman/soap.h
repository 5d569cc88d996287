/*
 * soap.h - what a host sends: parsed with libxml2 without network, DTD or
 * entities, within limits; and a look into what was parsed.
 */
#ifndef CREDSSP_WSMAN_SOAP_H
#define CREDSSP_WSMAN_SOAP_H

#include <libxml/tree.h>
#include <stdbool.h>
#include <stddef.h>

#include "credssp/err.h"

/* Below libxml2's own limit for one text (10 MB): no XML_PARSE_HUGE. */
#define SOAP_BYTES_MAX 4194304
#define SOAP_DEPTH_MAX 64
#define SOAP_ELEMENTS_MAX 65536
/*
 * Quotation marks, two to an attribute: in all, and from one '<' to the next.
 * libxml2 compares each attribute of an element with all the others: 32,000
 * take it 9 seconds.
 */
#define SOAP_QUOTES_MAX 65536
#define SOAP_TAG_QUOTES_MAX 4096

/*
 * One UTF-8 SOAP 1.2 envelope; the caller frees *doc with xmlFreeDoc().
 * ERR_MALFORMED, ERR_OVERSIZED (a limit above) or ERR_MEMORY.
 */
int soap_parse(const unsigned char *p, size_t n, enum err_stage stage,
               xmlDocPtr *doc, struct err *err) MUST_USE;

/* Of an envelope that soap_parse() accepted; the header may be NULL. */
xmlNodePtr soap_header(xmlDocPtr doc);
xmlNodePtr soap_body(xmlDocPtr doc);

/* ns NULL: any namespace. */
bool soap_is(const xmlNode *node, const char *ns, const char *name);

/* The first child element with that name, or NULL; parent may be NULL. */
xmlNodePtr soap_child(const xmlNode *parent, const char *ns,
                      const char *name);

/*
 * The whole text of an element without child elements, "" when it is empty;
 * NULL for NULL and for an element with children.  Belongs to the document.
 */
xmlChar *soap_text(const xmlNode *node);

/* The same of an attribute without a namespace; NULL for no element. */
const char *soap_attribute(const xmlNode *node, const char *name);

#endif
