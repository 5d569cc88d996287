/*
 * item.h - how one item of WS-Management reads: winrm's indented text, JSON,
 * or the XML that came.
 */
#ifndef CREDSSP_CLI_ITEM_H
#define CREDSSP_CLI_ITEM_H

#include <libxml/tree.h>
#include <stdio.h>

#include "credssp/err.h"

/*
 * "Name", and below it, four columns further in, "Key = Value"; a key alone
 * is empty, "null" is xsi:nil, repeated keys share a line.  An empty line
 * ends it.  Control characters become '?'.
 */
int item_text(FILE *out, const xmlNode *item, struct err *err) MUST_USE;

/* One object on one line: text is a string, xsi:nil null, what is repeated
 * an array; an attribute is a member with "@" before its name. */
int item_json(FILE *out, const xmlNode *item, struct err *err) MUST_USE;

/* "Name : Value" for each child, as PowerShell lists properties; values within
 * share a line. */
int item_properties(FILE *out, const xmlNode *item, struct err *err) MUST_USE;

/* The element with its namespaces, indented. */
int item_xml(FILE *out, xmlNodePtr item, struct err *err) MUST_USE;

#endif
