/* cmd_policy_check.c - would this host get the credential, and why? */
#include <stdlib.h>
#include <string.h>

#include "cli/policy.h"
#include "cli/render.h"

struct check_options {
    struct policy_whose whose;
    bool json;
};

static const struct option_row rows[] = {
    POLICY_WHOSE_ROWS(struct check_options),
    { 0, "json", NULL, OPTION_FLAG, offsetof(struct check_options, json),
      "one JSON object" },
};

const struct page page_policy_check = {
    .name = "policy check",
    .usage = "[OPTION]... HOST",
    .summary = "Say whether the policy allows delegating to a host, and why",
    .about = "Nothing is sent to the host, and no credential is needed.  The\n"
             "exit status is 0 if delegation is allowed, 1 if it is not.\n",
    PAGE_ROWS(rows),
    .examples =
        "  credssp policy check win1.corp.example.com\n"
        "  credssp --direct -F my.conf policy check win1.corp.example.com\n",
};

static int set_host(struct wire_check *check, const char *host,
                    struct err *err)
{
    if (host[0] == '\0' || strlen(host) >= sizeof check->host)
        return err_set(err, ERR_HOSTNAME, STAGE_START,
                       "a host name has 1 to %zu bytes",
                       sizeof check->host - 1);
    memcpy(check->host, host, strlen(host));
    return 0;
}

static void put(struct buf *out, const void *request)
{
    wire_put_check(out, request);
}

static int ask(const struct cli *cli, const struct wire_check *check,
               struct wire_checked *checked, struct err *err)
{
    struct client client;
    struct reader fields;
    unsigned type = 0;
    int r;

    client_init(&client);
    r = policy_ask(&client, cli, &check->whose, put, check, &type, &fields,
                   err);
    if (r == 0 && type != WIRE_CHECKED)
        r = err_set(err, ERR_BROKER_PROTOCOL, STAGE_BROKER,
                    "the broker sent %s (%u) where CHECKED was due",
                    wire_type_name(type), type);
    if (r == 0)
        r = wire_get_checked(&fields, checked, err);
    client_close(&client, false);
    return r;
}

/* The rule may be empty: nothing is allowed until a line allows it. */
static void print_verdict(const char *mechanism, bool allowed,
                          const char *rule)
{
    if (rule[0] == '\0')
        printf("  %-10s %s\n", mechanism, allowed
               ? "allowed" : "not allowed: no line allows it");
    else
        printf("  %-10s %s by %s\n", mechanism,
               allowed ? "allowed" : "not allowed", rule);
}

static void print_text(struct wire_checked *checked)
{
    render_clean(checked->host);
    render_clean(checked->kerberos_rule);
    render_clean(checked->ntlm_rule);
    render_clean(checked->advice);
    printf("Delegating to %s\n", checked->host);
    print_verdict("Kerberos:", checked->kerberos, checked->kerberos_rule);
    print_verdict("NTLM:", checked->ntlm, checked->ntlm_rule);
    if (checked->advice[0] != '\0')
        printf("  %s\n", checked->advice);
}

static json_t *object_of(const struct wire_checked *checked)
{
    return json_pack("{s:o, s:b, s:o, s:b, s:o, s:o}",
                     "host", render_string(checked->host),
                     "kerberos", (int)checked->kerberos,
                     "kerberos_rule", render_string(checked->kerberos_rule),
                     "ntlm", (int)checked->ntlm,
                     "ntlm_rule", render_string(checked->ntlm_rule),
                     "advice", render_string(checked->advice));
}

static int check_words(const struct words *words, struct err *err)
{
    if (words->n == 1)
        return 0;
    return options_usage_error(&page_policy_check, err, "one host is wanted, "
                               "not %d", words->n);
}

int cmd_policy_check(const struct cli *cli, int argc, char **argv,
                     struct err *err)
{
    struct check_options options = { .json = false };
    struct wire_check check = { .host = "" };
    struct wire_checked checked;
    struct words words;

    if (options_parse(&page_policy_check, argc, argv, &options, &words, err)
        != 0)
        return EXIT_OWN_FAILURE;
    if (words.help)
        return EXIT_SUCCESS;
    if (check_words(&words, err) != 0
        || policy_whose(&page_policy_check, &options.whose, &check.whose,
                        err) != 0
        || set_host(&check, words.v[0], err) != 0
        || ask(cli, &check, &checked, err) != 0)
        return EXIT_OWN_FAILURE;
    if (!options.json)
        print_text(&checked);
    else if (render_json(object_of(&checked), stdout, err) != 0)
        return EXIT_OWN_FAILURE;
    return checked.kerberos || checked.ntlm ? EXIT_SUCCESS : EXIT_DENIED;
}
