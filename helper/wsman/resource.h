/*
 * resource.h - how a person names a resource: a URI, or one of winrm's
 * aliases, and selectors.  "winrm/config/listener?Address=*+Transport=HTTP".
 */
#ifndef CREDSSP_WSMAN_RESOURCE_H
#define CREDSSP_WSMAN_RESOURCE_H

#include <stddef.h>

#include "credssp/err.h"
#include "wsman/wsman.h"

#define RESOURCE_URI_MAX 512
#define RESOURCE_SELECTORS_MAX 32
#define RESOURCE_SELECTOR_BYTES 1024   /* of all names and values */

struct resource {
    char uri[RESOURCE_URI_MAX];
    struct wsman_pair selectors[RESOURCE_SELECTORS_MAX]; /* into text */
    size_t selector_count;
    char text[RESOURCE_SELECTOR_BYTES];
    size_t used;
};

/* What stands behind "?" is split at "+"; quotation marks keep a "+". */
int resource_parse(struct resource *resource, const char *text,
                   struct err *err) MUST_USE;

/* One more selector, "Key=Value": all behind the first "=" is the value. */
int resource_select(struct resource *resource, const char *pair,
                    struct err *err) MUST_USE;

#endif
