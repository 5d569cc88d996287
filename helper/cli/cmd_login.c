/* cmd_login.c - "credssp login": a credential for a session without one. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/account.h"
#include "cli/client.h"
#include "cli/command.h"
#include "cli/prompt.h"
#include "cli/render.h"
#include "credssp/possession.h"

struct login_options {
    const char *name;
    bool from_stdin;
    bool check;
    unsigned lifetime_s;
};

#define FIELD(name) offsetof(struct login_options, name)
static const struct option_row rows[] = {
    { 'u', "user", "NAME", OPTION_TEXT, FIELD(name),
      "user, DOMAIN\\user or user@REALM (the login name)" },
    { 0, "password-stdin", NULL, OPTION_FLAG, FIELD(from_stdin),
      "read the password from stdin" },
    { 0, "check", NULL, OPTION_FLAG, FIELD(check),
      "store it only if the domain takes the password" },
    { 0, "lifetime", "T", OPTION_DURATION, FIELD(lifetime_s),
      "shorter than the policy's (90, 15m, 10h)" },
};

const struct page page_login = {
    .name = "login",
    .usage = "[OPTION]...",
    .summary = "Give this session a credential to delegate",
    .about = "For sessions that began without a password, such as public-key\n"
             "logins.  The password is sealed into the kernel's keyring and\n"
             "ends with the session; it replaces an older one.\n",
    PAGE_ROWS(rows),
    .examples =
        "  credssp login\n"
        "  credssp login --check -u alice@CORP.EXAMPLE.COM\n"
        "  credssp login -u 'CORP\\alice' --password-stdin < secret.txt\n",
};

static int set_name(struct wire_login *login, const char *name,
                    struct err *err)
{
    if (name == NULL) {
        if (account_name(getuid(), login->login, sizeof login->login))
            return 0;
        return options_usage_error(&page_login, err, "uid %u has no login "
                                   "name; give one with -u",
                                   (unsigned)getuid());
    }
    if (strlen(name) >= sizeof login->login)
        return options_usage_error(&page_login, err, "the name is longer "
                                   "than %zu bytes", sizeof login->login - 1);
    memcpy(login->login, name, strlen(name) + 1);
    return 0;
}

static int get_password(const struct login_options *options,
                        struct wire_login *login, struct err *err)
{
    char question[sizeof login->login + 32];

    if (options->from_stdin)
        return prompt_read_all(STDIN_FILENO, &login->password, err);
    snprintf(question, sizeof question, "Password for %s: ", login->login);
    render_clean(question);
    return prompt_password(question, &login->password, err);
}

/* The broker seals it under the offered ticket; the password goes at once. */
static int ask(const struct cli *cli, const struct possession_offer *offer,
               struct wire_login *login, struct wire_stored *stored,
               struct err *err)
{
    struct client client;
    struct reader fields;
    int r;

    login->drop_keyring = offer->drop_keyring;
    client_init(&client);
    client_begin(&client, 0, offer->ticket);
    wire_put_login(&client.out, login);
    secret_free(&login->password);
    r = client_connect(&client, cli, err);
    if (r == 0)
        r = client_ask(&client, WIRE_STORED, CLIENT_OPEN_MS, &fields, err);
    if (r == 0)
        r = wire_get_stored(&fields, stored, err);
    client_close(&client, false);
    return r;
}

static int store(const struct cli *cli, struct wire_login *login,
                 struct wire_stored *stored, struct err *err)
{
    struct possession_offer offer = { .ticket = NULL };

    if (possession_offer(&offer, err) != 0)
        return -1;
    if (ask(cli, &offer, login, stored, err) == 0
        && possession_accept(&offer, stored->sealed, stored->lifetime_s, err)
           == 0)
        return 0;
    possession_withdraw(&offer);
    return -1;
}

static void tell(const struct cli *cli, struct wire_login *login,
                 const struct wire_stored *stored)
{
    char left[RENDER_TIME_MAX];

    render_clean(login->login);
    render_duration(left, stored->lifetime_s);
    printf("This session can delegate the credential of %s for %s.\n",
           login->login, left);
    if (cli->direct)
        fprintf(stderr, "credssp: direct mode: programs of this session can "
                "read the credential\n");
}

int cmd_login(const struct cli *cli, int argc, char **argv, struct err *err)
{
    struct login_options options = { .name = NULL };
    struct wire_login login = { .password = NULL };
    struct wire_stored stored;
    struct words words;
    int status = EXIT_OWN_FAILURE;

    if (options_parse(&page_login, argc, argv, &options, &words, err) != 0)
        return EXIT_OWN_FAILURE;
    if (words.help)
        return EXIT_SUCCESS;
    if (words.n > 0) {
        /* The word is not repeated: it may well be the password. */
        (void)options_usage_error(&page_login, err, "login takes options "
                                  "only; a password is never an argument");
        return EXIT_OWN_FAILURE;
    }
    login.lifetime_s = options.lifetime_s;
    login.flags = options.check ? WIRE_LOGIN_CHECK : 0;
    if (set_name(&login, options.name, err) == 0
        && get_password(&options, &login, err) == 0
        && store(cli, &login, &stored, err) == 0) {
        tell(cli, &login, &stored);
        status = EXIT_SUCCESS;
    }
    secret_free(&login.password);
    return status;
}
