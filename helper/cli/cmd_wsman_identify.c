/* cmd_wsman_identify.c - "credssp wsman identify": Test-WSMan. */
#include <stdio.h>
#include <string.h>

#include "cli/client.h"
#include "cli/item.h"
#include "cli/wsman.h"
#include "wsman/identify.h"

struct identify_options {
    struct wsman_format format;
};

static const struct option_row rows[] = {
    WSMAN_FORMAT_ROWS(struct identify_options),
};

const struct page page_wsman_identify = {
    .name = "wsman identify",
    .usage = "[OPTION]... HOST",
    .summary = "Ask whether WinRM answers on a host, without a logon",
    .about = "What Test-WSMan does: no credential is needed, and none is\n"
             "sent.  But the policy must allow the host: others get no\n"
             "packet from the broker.  Without a logon a host hides its\n"
             "version.\n",
    PAGE_ROWS(rows),
    .examples = "  credssp wsman identify win1.corp.example.com\n",
};

/* The namespace is a property, too, as in what Test-WSMan returns. */
static int add_namespace(xmlDocPtr doc, xmlNodePtr response, struct err *err)
{
    const xmlChar *name = (const xmlChar *)"wsmid";
    xmlNodePtr node;

    if (response->ns == NULL)
        return 0;
    node = xmlNewDocRawNode(doc, NULL, name, response->ns->href);
    if (node == NULL)
        return err_set(err, ERR_MEMORY, STAGE_OUTPUT, NULL);
    if (response->children != NULL)
        xmlAddPrevSibling(response->children, node);
    else
        xmlAddChild(response, node);
    return 0;
}

static int print_identity(const struct wsman_format *format,
                          const struct wire_stage *stage, struct err *err)
{
    xmlNodePtr response;
    xmlDocPtr doc;
    int r = 0;

    if (identify_parse(stage->identity, stage->identity_len, &doc, &response,
                       err) != 0)
        return -1;
    if (format->xml)
        r = item_xml(stdout, response, err);
    else if (add_namespace(doc, response, err) != 0)
        r = -1;
    else if (format->json)
        r = item_json(stdout, response, err);
    else
        r = item_properties(stdout, response, err);
    xmlFreeDoc(doc);
    return r;
}

/* The stages up to Identify: the first that failed is the error. */
static int hear(struct client *client, const struct wsman_format *format,
                struct err *err)
{
    struct reader fields;
    struct wire_stage stage;
    unsigned type;

    do {
        if (client_next(client, CLIENT_OPEN_MS, &type, &fields, err) != 0)
            return -1;
        if (type != WIRE_STAGE)
            return err_set(err, ERR_BROKER_PROTOCOL, STAGE_BROKER,
                           "the broker sent %s (%u) before Identify's end",
                           wire_type_name(type), type);
        if (wire_get_stage(&fields, &stage, err) != 0)
            return -1;
        if (stage.outcome == WIRE_FAILED) {
            *err = stage.err;
            return -1;
        }
    } while (stage.id != WIRE_STAGE_IDENTIFY);
    return print_identity(format, &stage, err);
}

static int identify(const struct cli *cli, const char *host,
                    const struct wsman_format *format, struct err *err)
{
    struct wire_test request = { .flags = WIRE_TEST_IDENTIFY };
    struct client client;
    int r = -1;

    snprintf(request.host, sizeof request.host, "%s", host);
    client_init(&client);
    client_begin(&client, 0, NULL);
    wire_put_test(&client.out, &request);
    if (client_connect(&client, cli, err) == 0
        && client_send(&client, err) == 0)
        r = hear(&client, format, err);
    client_close(&client, true);
    return r;
}

int cmd_wsman_identify(const struct cli *cli, int argc, char **argv,
                       struct err *err)
{
    struct identify_options options;
    struct words words;

    if (options_parse(&page_wsman_identify, argc, argv, &options, &words, err)
        != 0)
        return EXIT_OWN_FAILURE;
    if (words.help)
        return EXIT_SUCCESS;
    if (words.n != 1) {
        (void)options_usage_error(&page_wsman_identify, err, "one host is "
                                  "wanted, not %d", words.n);
        return EXIT_OWN_FAILURE;
    }
    if (wsman_check_format(&page_wsman_identify, &options.format, err) != 0
        || wsman_take_host(words.v[0], err) != 0
        || identify(cli, words.v[0], &options.format, err) != 0)
        return EXIT_OWN_FAILURE;
    return EXIT_SUCCESS;
}
