/*
 * enumerate.h - Get, and Enumerate with the Pulls behind it (DSP0226 7.3 and
 * section 8): one item, or one after the other.
 */
#ifndef CREDSSP_WSMAN_ENUMERATE_H
#define CREDSSP_WSMAN_ENUMERATE_H

#include "credssp/err.h"
#include "wsman/resource.h"
#include "wsman/wsman.h"

/* One item; it belongs to its answer and lives as long as the call.  Not 0
 * ends the enumeration, with the error that it left. */
typedef int item_fn(void *arg, xmlNodePtr item, struct err *err);

int wsman_get(struct wsman *wsman, const struct resource *resource,
              item_fn *fn, void *arg, struct err *err) MUST_USE;

/* Selectors become a filter.  What is not pulled to its end is released. */
int wsman_enumerate(struct wsman *wsman, const struct resource *resource,
                    item_fn *fn, void *arg, struct err *err) MUST_USE;

#endif
