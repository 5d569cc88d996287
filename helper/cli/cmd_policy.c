/* cmd_policy.c - "credssp policy": its words, and of whom it is asked. */
#include <stdlib.h>
#include <string.h>

#include "cli/account.h"
#include "cli/policy.h"

static const struct command words_of_policy[] = {
    { &page_policy_show, cmd_policy_show },
    { &page_policy_check, cmd_policy_check },
    { &page_policy_allow, cmd_policy_allow },
    { &page_policy_remove, cmd_policy_remove },
    { &page_policy_import, cmd_policy_import },
};
#define WORDS (sizeof words_of_policy / sizeof *words_of_policy)

const struct page page_policy = {
    .name = "policy",
    .usage = "show|check|allow|remove|import [OPTION]... [ARG]",
    .summary = "Show, ask, change or import the delegation policy",
    .about =
        "  show                what the policy allows you\n"
        "  check HOST          whether it allows a host, and which line says "
        "so\n"
        "  allow PATTERN       add a line to it (root)\n"
        "  remove PATTERN      take a line from it (root)\n"
        "  import FILE         the lines of a group policy of the domain\n"
        "\n'credssp policy WORD --help' tells more.\n",
    .examples =
        "  credssp policy show\n"
        "  credssp policy check win1.corp.example.com\n"
        "  credssp policy allow 'WSMAN/*.corp.example.com'\n",
    .stop_at_word = true,
};

int policy_whose(const struct page *page, const struct policy_whose *options,
                 struct wire_whose *whose, struct err *err)
{
    uid_t uid;

    memset(whose, 0, sizeof *whose);
    whose->uid = WIRE_SELF;
    if (options->user != NULL) {
        if (!account_uid(options->user, &uid))
            return options_usage_error(page, err, "there is no user '%s' on "
                                       "this machine", options->user);
        whose->uid = (uint32_t)uid;
    }
    if (options->service == NULL)
        return 0;
    if (strlen(options->service) >= sizeof whose->service)
        return options_usage_error(page, err, "a service's name has at most "
                                   "%zu bytes", sizeof whose->service - 1);
    memcpy(whose->service, options->service, strlen(options->service));
    return 0;
}

static int ask_once(struct client *client, const struct cli *cli,
                    policy_put_fn *put, const void *request, unsigned *type,
                    struct reader *fields, struct err *err)
{
    put(&client->out, request);
    if (client_connect(client, cli, err) != 0
        || client_send(client, err) != 0)
        return -1;
    return client_next(client, CLIENT_ANSWER_MS, type, fields, err);
}

int policy_ask(struct client *client, const struct cli *cli,
               const struct wire_whose *whose, policy_put_fn *put,
               const void *request, unsigned *type, struct reader *fields,
               struct err *err)
{
    bool own = whose->uid == WIRE_SELF && whose->service[0] == '\0';
    unsigned tries = 0;

    while (own && client_begin_session(client, err) == 0) {
        if (ask_once(client, cli, put, request, type, fields, err) == 0)
            return 0;
        if (client_try_again(client, &tries, err))
            continue;
        if (err->stage != STAGE_KEYS)
            return -1;
        client_close(client, true);
        own = false; /* an old key: the policy can be asked */
    }
    err_clear(err);
    client_begin(client, 0, NULL);
    return ask_once(client, cli, put, request, type, fields, err);
}

static const struct command *find(const char *word, struct err *err)
{
    const struct command *near;
    char full[64];
    size_t i;

    for (i = 0; i < WORDS; i++)
        if (strcmp(words_of_policy[i].page->name + strlen("policy "), word)
            == 0)
            return &words_of_policy[i];
    (void)options_usage_error(&page_policy, err, "unknown: policy %s", word);
    snprintf(full, sizeof full, "policy %.40s", word);
    near = command_nearest(words_of_policy, WORDS, full);
    if (near != NULL)
        (void)err_advise(err, "did you mean 'credssp %s'?",
                         near->page->name);
    return NULL;
}

int cmd_policy(const struct cli *cli, int argc, char **argv, struct err *err)
{
    const struct command *command;
    struct words words;
    char unused;

    if (options_parse(&page_policy, argc, argv, &unused, &words, err) != 0)
        return EXIT_OWN_FAILURE;
    if (words.help)
        return EXIT_SUCCESS;
    if (words.n == 0) {
        (void)options_usage_error(&page_policy, err, "say what to do: 'show' "
                                  "or 'check HOST', for example");
        return EXIT_OWN_FAILURE;
    }
    command = find(words.v[0], err);
    if (command == NULL)
        return EXIT_OWN_FAILURE;
    return command->run(cli, words.n, words.v, err);
}
