/*
 * wsman.h - the words behind "credssp wsman", and the ways to print an item.
 */
#ifndef CREDSSP_CLI_WSMAN_H
#define CREDSSP_CLI_WSMAN_H

#include <libxml/tree.h>
#include <stdbool.h>

#include "cli/command.h"

extern const struct page page_wsman_identify, page_wsman_get,
    page_wsman_enumerate;
command_fn cmd_wsman_identify, cmd_wsman_get, cmd_wsman_enumerate;

/* --json, --xml: at most one of them. */
struct wsman_format {
    bool json;
    bool xml;
};
#define WSMAN_FORMAT_ROWS(type)                                               \
    { 0, "json", NULL, OPTION_FLAG, offsetof(type, format.json),              \
      "one JSON object a line for each item" },                               \
    { 0, "xml", NULL, OPTION_FLAG, offsetof(type, format.xml),                \
      "the XML that the host sent" }
int wsman_check_format(const struct page *page,
                       const struct wsman_format *format, struct err *err)
    MUST_USE;

/* The host's name fits where it goes; ERR_HOSTNAME. */
int wsman_take_host(const char *host, struct err *err) MUST_USE;

#endif
