/* item_parts.h - what item.c and item_json.c share about XML. */
#ifndef CREDSSP_CLI_ITEM_PARTS_H
#define CREDSSP_CLI_ITEM_PARTS_H

#include <libxml/tree.h>
#include <stdbool.h>
#include <stdio.h>

#include "credssp/err.h"

/* The first element below node, or NULL; node itself or the next one. */
const xmlNode *item_child(const xmlNode *node);
const xmlNode *item_next_element(const xmlNode *node);

bool item_is_nil(const xmlNode *node); /* xsi:nil="true" */
bool item_same_name(const xmlNode *a, const xmlNode *b);

/* A newline, and whether all could be written: the errno as CODE_ERRNO. */
int item_end(FILE *out, struct err *err) MUST_USE;

#endif
