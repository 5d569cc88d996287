/* envelope_max.c - how large a request the host says that it takes. */
#include <stdlib.h>
#include <string.h>

#include "wsman/soap.h"
#include "wsman/uri.h"
#include "wsman/wsman.h"

/* MaxEnvelopeSizekb of a cfg:Config; 0: it does not say. */
static unsigned long envelope_bytes(xmlDocPtr doc)
{
    const xmlNode *config = soap_child(soap_body(doc), RESOURCE_CONFIG,
                                       "Config");
    const char *text = (const char *)soap_text(
        soap_child(config, RESOURCE_CONFIG, "MaxEnvelopeSizekb"));
    size_t digits = text != NULL ? strspn(text, "0123456789") : 0;

    if (digits == 0 || digits > 9 || text[digits] != '\0')
        return 0;
    return strtoul(text, NULL, 10) * 1024;
}

int wsman_lift_envelope(struct wsman *wsman, struct err *err)
{
    const struct wsman_request request = { .action = ACTION_GET,
                                           .resource = RESOURCE_CONFIG };
    unsigned long bytes;
    xmlDocPtr doc;

    if (wsman_call(wsman, &request, &doc, err) != 0) {
        if (err->domain != CODE_FAULT)
            return -1;
        err_clear(err);
        return 0;
    }
    bytes = envelope_bytes(doc);
    xmlFreeDoc(doc);
    if (bytes > WSMAN_ENVELOPE_LARGE)
        bytes = WSMAN_ENVELOPE_LARGE;
    if (bytes > WSMAN_ENVELOPE_SMALL)
        wsman->max_request = (unsigned)bytes;
    return 0;
}
