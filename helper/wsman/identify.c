/* identify.c - reads an IdentifyResponse. */
#include "wsman/identify.h"

#include <stdio.h>

#include "wsman/soap.h"

/* Hosts differ in the namespace; the name is telling enough. */
static const char *part(const xmlNode *response, const char *name)
{
    const char *text =
        (const char *)soap_text(soap_child(response, NULL, name));

    return text != NULL ? text : "";
}

int identify_parse(const unsigned char *p, size_t n, xmlDocPtr *doc,
                   xmlNodePtr *response, struct err *err)
{
    if (soap_parse(p, n, STAGE_HTTP, doc, err) != 0)
        return -1;
    *response = soap_child(soap_body(*doc), NULL, "IdentifyResponse");
    if (*response != NULL)
        return 0;
    xmlFreeDoc(*doc);
    *doc = NULL;
    return err_set(err, ERR_MALFORMED, STAGE_HTTP,
                   "the answer to Identify is no IdentifyResponse");
}

int identify_describe(const unsigned char *p, size_t n,
                      char dst[IDENTIFY_TEXT_MAX], struct err *err)
{
    xmlNodePtr response;
    xmlDocPtr doc;

    if (identify_parse(p, n, &doc, &response, err) != 0)
        return -1;
    snprintf(dst, IDENTIFY_TEXT_MAX, "%.100s, %.120s",
             part(response, "ProductVendor"),
             part(response, "ProductVersion"));
    xmlFreeDoc(doc);
    return 0;
}
