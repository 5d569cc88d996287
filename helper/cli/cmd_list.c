/* cmd_list.c - "credssp list": what this session can delegate (klist habit). */
#include <stdlib.h>
#include <time.h>

#include "cli/client.h"
#include "cli/command.h"
#include "cli/list_connections.h"
#include "cli/list_log.h"
#include "cli/render.h"

#define EXIT_NONE 1 /* klist -s */

struct list_options {
    bool silent;
    bool json;
    bool connections;
    bool log;
};

static const struct option_row rows[] = {
    { 's', "silent", NULL, OPTION_FLAG, offsetof(struct list_options, silent),
      "print nothing: 0 if one can be used, else 1" },
    { 0, "json", NULL, OPTION_FLAG, offsetof(struct list_options, json),
      "one JSON object" },
    { 0, "connections", NULL, OPTION_FLAG,
      offsetof(struct list_options, connections),
      "the connections that wait for the next command" },
    { 0, "log", NULL, OPTION_FLAG, offsetof(struct list_options, log),
      "what was done with it: delegations, refusals" },
};

const struct page page_list = {
    .name = "list",
    .usage = "[OPTION]...",
    .summary = "Show the credential that this session can delegate",
    .about = "Nothing that is shown is secret: names, times, and whether the\n"
             "programs of this session are kept from reading the key.\n",
    PAGE_ROWS(rows),
    .examples =
        "  credssp list\n"
        "  credssp list -s || credssp login\n"
        "  credssp list --log\n",
};

static int ask(const struct cli *cli, struct wire_listed *listed,
               struct err *err)
{
    struct buf request = BUF_INIT(WIRE_FRAME_MAX);
    struct client client;
    struct reader fields;
    int r;

    client_init(&client);
    wire_put_list(&request);
    r = client_ask_session(&client, cli, &request, WIRE_LISTED,
                           CLIENT_ANSWER_MS, &fields, err);
    if (r == 0)
        r = wire_get_listed(&fields, listed, err);
    client_close(&client, false);
    return r;
}

static json_t *object_of(const struct wire_listed *listed, int64_t now)
{
    char created[RENDER_TIME_MAX], expires[RENDER_TIME_MAX];

    render_time_utc(created, listed->created);
    render_time_utc(expires, listed->expires);
    return json_pack("{s:o, s:o, s:o, s:s, s:s, s:I, s:b, s:s*}",
                     "delegated", render_string(listed->delegated),
                     "principal", render_string(listed->principal),
                     "service", render_string(listed->service),
                     "captured", created, "expires", expires,
                     "expires_in", (json_int_t)(listed->expires - now),
                     "protected", (int)listed->is_protected,
                     "refused", listed->refused != ERR_NONE
                                    ? err_cause_name(listed->refused) : NULL);
}

static void print_text(struct wire_listed *listed, int64_t now)
{
    char created[RENDER_TIME_MAX], expires[RENDER_TIME_MAX];
    char left[RENDER_TIME_MAX];

    render_clean(listed->delegated);
    render_clean(listed->principal);
    render_clean(listed->service);
    render_time(created, listed->created);
    render_time(expires, listed->expires);
    render_duration(left, listed->expires - now);
    printf("Credential of this session (%s)\n", listed->delegated);
    printf("  Principal:  %s\n", listed->principal[0] != '\0'
           ? listed->principal
           : "none - no realm is known, so Kerberos cannot be used");
    printf("  Captured:   %s by %s\n", created, listed->service);
    printf("  Expires:    %s (in %s)\n", expires, left);
    printf("  Protected:  %s\n", listed->is_protected
           ? "yes - programs of this session can use it and cannot read it"
           : "no - programs of this session can read it (direct mode)");
    if (listed->refused != ERR_NONE)
        printf("  Refused:    yes - %s; it is not tried again\n",
               err_cause_text(listed->refused));
}

/* That there is none is an answer and no failure of ours: 1, as klist. */
static int tell_failure(const struct list_options *options, struct err *err)
{
    bool none = err->cause == ERR_NO_CREDENTIAL || err->cause == ERR_EXPIRED
                || err->cause == ERR_REVOKED;

    if (options->silent)
        err_clear(err);
    return none || options->silent ? EXIT_NONE : EXIT_OWN_FAILURE;
}

static int check_log(const struct cli *cli,
                     const struct list_options *options, struct err *err)
{
    if (options->silent)
        return options_usage_error(&page_list, err,
                                   "--silent and --log contradict");
    if (cli->direct)
        return options_usage_error(&page_list, err, "--log needs the "
                                   "system's broker: the one of --direct "
                                   "ends with each command");
    return 0;
}

static int show_log(const struct cli *cli, const struct list_options *options,
                    struct err *err)
{
    if (check_log(cli, options, err) != 0)
        return EXIT_OWN_FAILURE;
    return list_log(cli, options->json, err) == 0
               ? EXIT_SUCCESS : tell_failure(options, err);
}

int cmd_list(const struct cli *cli, int argc, char **argv, struct err *err)
{
    struct list_options options = { .silent = false };
    struct wire_listed listed;
    struct words words;

    if (options_parse(&page_list, argc, argv, &options, &words, err) != 0)
        return EXIT_OWN_FAILURE;
    if (words.help)
        return EXIT_SUCCESS;
    if (words.n > 0) {
        (void)options_usage_error(&page_list, err, "unexpected: %s",
                                  words.v[0]);
        return EXIT_OWN_FAILURE;
    }
    if (options.connections)
        return list_connections(cli, options.json, err) == 0
                   ? EXIT_SUCCESS : EXIT_OWN_FAILURE;
    if (options.log)
        return show_log(cli, &options, err);
    if (ask(cli, &listed, err) != 0)
        return tell_failure(&options, err);
    if (options.silent)
        return listed.refused == ERR_NONE ? EXIT_SUCCESS : EXIT_NONE;
    if (options.json)
        return render_json(object_of(&listed, time(NULL)), stdout, err) == 0
                   ? EXIT_SUCCESS : EXIT_OWN_FAILURE;
    print_text(&listed, time(NULL));
    return EXIT_SUCCESS;
}
