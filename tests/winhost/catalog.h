/*
 * catalog.h - what a host shows of itself, item by item: listeners, and the
 * WMI classes Win32_OperatingSystem and Win32_Service.
 */
#ifndef WINHOST_CATALOG_H
#define WINHOST_CATALOG_H

#include "host.h"
#include "soap_in.h"

size_t catalog_count(enum resource resource);
void catalog_write(const struct host *host, enum resource resource, size_t i,
                   struct buf *out);

/* Whether all selectors, 0 or more, fit the item. */
bool catalog_matches(const struct request *request, size_t i);

/* The one item that the selectors name, or a fault. */
int catalog_get(const struct host *host, const struct request *request,
                struct buf *out, struct fault *fault) MUST_USE;

#endif
