/* cmd_policy_show.c - the policy for its caller, in Windows' words. */
#include <stdlib.h>
#include <string.h>

#include "cli/policy.h"
#include "cli/render.h"

struct show_options {
    struct policy_whose whose;
    bool json;
};

static const struct option_row rows[] = {
    POLICY_WHOSE_ROWS(struct show_options),
    { 0, "json", NULL, OPTION_FLAG, offsetof(struct show_options, json),
      "one JSON object" },
};

const struct page page_policy_show = {
    .name = "policy show",
    .usage = "[OPTION]...",
    .summary = "Show what the policy allows you, and what it says of hosts",
    .about = "The first line is that of Get-WSManCredSSP.  Lines that are\n"
             "about others are not told.\n",
    PAGE_ROWS(rows),
    .examples = "  credssp policy show\n"
                "  credssp policy show --user alice --service sshd\n",
};

#define LINES_MAX 16384 /* a policy has fewer: credssp.conf(5) */

struct shown {
    struct wire_shown head;
    struct wire_line *lines;
    size_t count;
};

static int keep_line(struct shown *shown, struct reader *fields,
                     struct err *err)
{
    struct wire_line *grown = NULL;

    if (shown->count < LINES_MAX)
        grown = reallocarray(shown->lines, shown->count + 1, sizeof *grown);
    if (grown == NULL)
        return err_set(err, ERR_MEMORY, STAGE_POLICY, NULL);
    shown->lines = grown;
    grown += shown->count;
    if (wire_get_line(fields, grown, err) != 0)
        return -1;
    render_clean(grown->text);
    render_clean(grown->file);
    shown->count++;
    return 0;
}

static int hear(struct client *client, unsigned type, struct reader *fields,
                struct shown *shown, struct err *err)
{
    while (type == WIRE_LINE) {
        if (keep_line(shown, fields, err) != 0
            || client_next(client, CLIENT_ANSWER_MS, &type, fields, err) != 0)
            return -1;
    }
    if (type != WIRE_SHOWN)
        return err_set(err, ERR_BROKER_PROTOCOL, STAGE_BROKER,
                       "the broker sent %s (%u) where SHOWN was due",
                       wire_type_name(type), type);
    return wire_get_shown(fields, &shown->head, err);
}

static void put(struct buf *out, const void *request)
{
    wire_put_show(out, request);
}

static int ask(const struct cli *cli, const struct wire_show *show,
               struct shown *shown, struct err *err)
{
    struct client client;
    struct reader fields;
    unsigned type = 0;
    int r;

    client_init(&client);
    r = policy_ask(&client, cli, &show->whose, put, show, &type, &fields,
                   err);
    if (r == 0)
        r = hear(&client, type, &fields, shown, err);
    client_close(&client, false);
    return r;
}

/* "a,b", as Get-WSManCredSSP joins them. */
static void print_joined(const struct shown *shown, enum wire_line_kind kind)
{
    const char *comma = "";
    size_t i;

    for (i = 0; i < shown->count; i++) {
        if (shown->lines[i].kind != kind)
            continue;
        printf("%s%s", comma, shown->lines[i].text);
        comma = ",";
    }
    printf("\n");
}

static size_t count_kind(const struct shown *shown, enum wire_line_kind kind)
{
    size_t i, n = 0;

    for (i = 0; i < shown->count; i++)
        n += shown->lines[i].kind == kind;
    return n;
}

/* The sentences of Get-WSManCredSSP; what follows has none there. */
static void print_targets(const struct shown *shown)
{
    if (count_kind(shown, WIRE_LINE_ALLOW) == 0) {
        printf("The machine is not configured to allow delegating fresh "
               "credentials.\n");
    } else {
        printf("The machine is configured to allow delegating fresh "
               "credentials to the following target(s): ");
        print_joined(shown, WIRE_LINE_ALLOW);
    }
    if (count_kind(shown, WIRE_LINE_ALLOW_NTLM) > 0) {
        printf("With NTLM only, it allows delegating fresh credentials to "
               "the following target(s): ");
        print_joined(shown, WIRE_LINE_ALLOW_NTLM);
    }
    if (count_kind(shown, WIRE_LINE_DENY) > 0) {
        printf("It never allows delegating fresh credentials to the "
               "following target(s): ");
        print_joined(shown, WIRE_LINE_DENY);
    }
}

static void print_facts(struct wire_shown *head)
{
    char loaded[RENDER_TIME_MAX], lifetime[RENDER_TIME_MAX];

    render_clean(head->user);
    render_clean(head->service);
    render_clean(head->file);
    render_clean(head->domain);
    render_clean(head->realm);
    render_time(loaded, head->loaded);
    render_duration(lifetime, head->lifetime_s);
    printf("\n  %-10s %s%s%s\n", "For:", head->user,
           head->service[0] != '\0' ? ", password typed to " : "",
           head->service);
    printf("  %-10s %s\n", "Domain:",
           head->domain[0] != '\0' ? head->domain : "(none)");
    printf("  %-10s %s\n", "Realm:",
           head->realm[0] != '\0' ? head->realm : "(none)");
    printf("  %-10s %s\n", "Lifetime:", lifetime);
    printf("  %-10s %s, loaded %s\n", "File:", head->file, loaded);
    if (!head->is_newest)
        printf("  %-10s the file has errors since; what is shown stays in "
               "force.\n  %-10s 'credssp-broker --check-config' lists them\n",
               "Broken:", "");
}

static void print_lines(const struct shown *shown)
{
    size_t i;

    if (shown->count > 0)
        printf("\n");
    for (i = 0; i < shown->count; i++) {
        const struct wire_line *line = &shown->lines[i];

        printf("  %s:%u: %s %s\n", line->file, (unsigned)line->line,
               line->kind == WIRE_LINE_SETTING ? "   "
                                               : wire_line_name(line->kind),
               line->text);
    }
}

static json_t *line_object(const struct wire_line *line, bool with_kind)
{
    return json_pack("{s:s*, s:o, s:o, s:I}",
                     "kind", with_kind ? wire_line_name(line->kind) : NULL,
                     "text", render_string(line->text),
                     "file", render_string(line->file),
                     "line", (json_int_t)line->line);
}

static json_t *list_of(const struct shown *shown, enum wire_line_kind from,
                       enum wire_line_kind to)
{
    json_t *list = json_array();
    size_t i;

    for (i = 0; i < shown->count; i++) {
        const struct wire_line *line = &shown->lines[i];

        if (line->kind < from || line->kind > to)
            continue;
        if (json_array_append_new(list, line_object(line, from != to)) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static json_t *object_of(const struct shown *shown)
{
    const struct wire_shown *head = &shown->head;
    char loaded[RENDER_TIME_MAX];

    render_time_utc(loaded, head->loaded);
    return json_pack("{s:o, s:o, s:o, s:s, s:b, s:o, s:o, s:I, s:o, s:o, "
                     "s:o, s:o}",
                     "user", render_string(head->user),
                     "service", render_string(head->service),
                     "file", render_string(head->file),
                     "loaded", loaded, "newest", (int)head->is_newest,
                     "domain", render_string(head->domain),
                     "realm", render_string(head->realm),
                     "lifetime", (json_int_t)head->lifetime_s,
                     "allow", list_of(shown, WIRE_LINE_ALLOW,
                                      WIRE_LINE_ALLOW),
                     "allow_ntlm_only", list_of(shown, WIRE_LINE_ALLOW_NTLM,
                                                WIRE_LINE_ALLOW_NTLM),
                     "deny", list_of(shown, WIRE_LINE_DENY, WIRE_LINE_DENY),
                     "hosts", list_of(shown, WIRE_LINE_HOST,
                                      WIRE_LINE_SETTING));
}

int cmd_policy_show(const struct cli *cli, int argc, char **argv,
                    struct err *err)
{
    struct show_options options = { .json = false };
    struct wire_show show;
    struct shown shown = { .count = 0 };
    struct words words;
    int r;

    if (options_parse(&page_policy_show, argc, argv, &options, &words, err)
        != 0)
        return EXIT_OWN_FAILURE;
    if (words.help)
        return EXIT_SUCCESS;
    r = words.n == 0 ? 0 : options_usage_error(&page_policy_show, err,
                                               "unknown: %s", words.v[0]);
    if (r == 0)
        r = policy_whose(&page_policy_show, &options.whose, &show.whose, err);
    if (r == 0)
        r = ask(cli, &show, &shown, err);
    if (r == 0 && options.json) {
        r = render_json(object_of(&shown), stdout, err);
    } else if (r == 0) {
        print_targets(&shown);
        print_facts(&shown.head);
        print_lines(&shown);
    }
    free(shown.lines);
    return r == 0 ? EXIT_SUCCESS : EXIT_OWN_FAILURE;
}
