/* cmd_wsman_get.c - "credssp wsman get" and "enumerate". */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/client.h"
#include "cli/item.h"
#include "cli/render.h"
#include "cli/wsman.h"
#include "wsman/enumerate.h"
#include "wsman/faults.h"
#include "wsman/resource.h"

struct get_options {
    struct wsman_format format;
    struct option_list selectors;
    unsigned timeout_s;
};

#define FIELD(name) offsetof(struct get_options, name)
static const struct option_row rows[] = {
    { 's', "selector", "KEY=VALUE", OPTION_LIST, FIELD(selectors),
      "which instance; may be repeated" },
    { 't', "timeout", "TIME", OPTION_DURATION, FIELD(timeout_s),
      "for each request (20s)" },
    WSMAN_FORMAT_ROWS(struct get_options),
};

#define ABOUT_RESOURCE                                                        \
    "RESOURCE is a URI or begins with one of winrm's aliases: winrm, wsman,\n"\
    "wmi, wmicimv2, cimv2, shell.  Selectors follow as ?Key=Value+Key=Value\n"\
    "or with --selector.  A fault is printed whole.\n"

const struct page page_wsman_get = {
    .name = "wsman get",
    .usage = "[OPTION]... HOST RESOURCE",
    .summary = "Get a resource of a host: its configuration, a WMI object",
    .about = ABOUT_RESOURCE,
    PAGE_ROWS(rows),
    .examples =
        "  credssp wsman get win1.corp.example.com winrm/config\n"
        "  credssp wsman get win1.corp.example.com "
        "'wmicimv2/Win32_Service?Name=spooler'\n",
};

const struct page page_wsman_enumerate = {
    .name = "wsman enumerate",
    .usage = "[OPTION]... HOST RESOURCE",
    .summary = "List a resource's instances: listeners, shells, WMI objects",
    .about = ABOUT_RESOURCE,
    PAGE_ROWS(rows),
    .examples =
        "  credssp wsman enumerate win1.corp.example.com "
        "winrm/config/listener\n"
        "  credssp wsman enumerate --json win1.corp.example.com "
        "wmicimv2/Win32_Service\n",
};

typedef int fetch_fn(struct wsman *wsman, const struct resource *resource,
                     item_fn *fn, void *arg, struct err *err);

struct question {
    const struct page *page;
    fetch_fn *fetch;
    struct get_options options;
    const char *host;
    struct resource resource;
};

static int print_item(void *arg, xmlNodePtr item, struct err *err)
{
    const struct wsman_format *format = arg;

    if (format->json)
        return item_json(stdout, item, err);
    if (format->xml)
        return item_xml(stdout, item, err);
    return item_text(stdout, item, err);
}

static void print_line(const char *name, const char *value)
{
    char text[FAULT_TEXT_MAX];

    if (value == NULL || value[0] == '\0')
        return;
    snprintf(text, sizeof text, "%s", value);
    render_clean(text);
    fprintf(stderr, "    %s = %s\n", name, text);
}

/* On stderr, for the items are on stdout. */
static void print_fault(const struct fault *fault)
{
    fprintf(stderr, "WSManFault\n");
    if (fault->has_code) {
        fprintf(stderr, "    Code = %u (0x%08X)\n", (unsigned)fault->code,
                (unsigned)fault->code);
        print_line("Name", fault_name(fault->code));
    }
    print_line("Subcode", fault->subcode);
    print_line("Reason", fault->reason);
    print_line("Message", fault->message);
    print_line("Provider", fault->provider);
    print_line("Machine", fault->machine);
}

/* What the same code says of a shell is not what it says here. */
static void correct(const struct fault *fault, struct err *err)
{
    if (!fault->has_code || fault->code != FAULT_SHELL_NOT_FOUND)
        return;
    (void)err_set(err, ERR_FAULT, STAGE_OUTPUT, "the resource has no "
                  "instance with these selectors");
    (void)err_advise(err, "'credssp wsman enumerate' lists those that there "
                     "are");
    (void)err_code(err, CODE_FAULT, fault->code);
}

static int fetch(struct question *question, struct client *client,
                 const struct wire_opened *opened, struct err *err)
{
    struct fault fault = { .has_code = false };
    struct wsman wsman;

    if (client_endpoint(client, opened->host, opened->port, opened->https,
                        &wsman, err) != 0)
        return -1;
    wsman.fault = &fault;
    if (question->options.timeout_s != 0)
        wsman.timeout_s = question->options.timeout_s;
    if (question->fetch(&wsman, &question->resource, print_item,
                        &question->options.format, err) == 0)
        return 0;
    if (err->domain == CODE_FAULT) {
        fflush(stdout);
        print_fault(&fault);
        correct(&fault, err);
    }
    return -1;
}

static int ask(const struct cli *cli, struct question *question,
               struct err *err)
{
    struct wire_opened opened;
    struct client client;
    int r = -1;

    xmlInitParser();
    signal(SIGPIPE, SIG_IGN); /* the write's error tells, and the host hears
                                 that nothing more is wanted */
    client_init(&client);
    client.with_body = true;  /* it only reads: asked twice is no harm */
    if (client_open(&client, cli, question->host, NULL, CLIENT_OPEN_MS,
                    &opened, err) == 0)
        r = fetch(question, &client, &opened, err);
    if (r != 0 && err->domain == CODE_ERRNO && err->code == EPIPE)
        err_clear(err); /* nobody reads on: ssh says nothing either */
    client_close(&client, r != 0);
    return r;
}

static int take_words(struct question *question, const struct words *words,
                      struct err *err)
{
    const struct option_list *selectors = &question->options.selectors;
    size_t i;

    if (words->n != 2)
        return options_usage_error(question->page, err, "a host and a "
                                   "resource are wanted, not %d words",
                                   words->n);
    question->host = words->v[0];
    if (wsman_check_format(question->page, &question->options.format, err)
            != 0
        || wsman_take_host(question->host, err) != 0
        || resource_parse(&question->resource, words->v[1], err) != 0)
        return -1;
    for (i = 0; i < selectors->count; i++)
        if (resource_select(&question->resource, selectors->items[i], err)
            != 0)
            return -1;
    return 0;
}

static int answer(const struct page *page, fetch_fn *fetch_it,
                  const struct cli *cli, int argc, char **argv,
                  struct err *err)
{
    struct question question = { .page = page, .fetch = fetch_it };
    struct words words;

    if (options_parse(page, argc, argv, &question.options, &words, err) != 0)
        return EXIT_OWN_FAILURE;
    if (words.help)
        return EXIT_SUCCESS;
    if (take_words(&question, &words, err) != 0
        || ask(cli, &question, err) != 0)
        return EXIT_OWN_FAILURE;
    return EXIT_SUCCESS;
}

int cmd_wsman_get(const struct cli *cli, int argc, char **argv,
                  struct err *err)
{
    return answer(&page_wsman_get, wsman_get, cli, argc, argv, err);
}

int cmd_wsman_enumerate(const struct cli *cli, int argc, char **argv,
                        struct err *err)
{
    return answer(&page_wsman_enumerate, wsman_enumerate, cli, argc, argv,
                  err);
}
