/*
 * comparison.h - our request against a recorded one: elements, namespaces,
 * attributes, text and order; not prefixes, and not the ids of a client.
 */
#ifndef CREDSSP_TESTS_COMPARISON_H
#define CREDSSP_TESTS_COMPARISON_H

#include <libxml/tree.h>
#include <stdbool.h>
#include <stddef.h>

/* An element that one side alone has, for a reason. */
struct difference {
    const char *what;        /* "ours: NAME", "recorded: Option NAME=VALUE" */
    const char *why;
    unsigned seen;
};

struct comparison {
    struct difference *meant;
    size_t count;
    bool payload_apart;      /* what shells' streams carry is compared
                              * elsewhere */
    char differs[512];       /* the first difference that is not meant */
};

bool comparison_holds(struct comparison *comparison, const xmlNode *ours,
                      const xmlNode *recorded);

bool comparison_is_payload(const xmlNode *node);

/* The node itself or the first element among its next siblings. */
const xmlNode *comparison_element(const xmlNode *node);

#endif
