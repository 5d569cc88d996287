/* cmd_logout.c - "credssp logout": forget the credential (kdestroy habit). */
#include <stdio.h>
#include <stdlib.h>

#include "cli/client.h"
#include "cli/command.h"
#include "credssp/possession.h"

#define EXIT_NONE 1 /* kdestroy, when there is nothing to destroy */
#define WITNESS_MS 1000 /* for the broker to look at what will go */

struct logout_options {
    bool all;
    bool quiet;
};

static const struct option_row rows[] = {
    { 'a', "all", NULL, OPTION_FLAG, offsetof(struct logout_options, all),
      "the credentials of your other sessions, too" },
    { 'q', "quiet", NULL, OPTION_FLAG, offsetof(struct logout_options, quiet),
      "print nothing but errors" },
};

const struct page page_logout = {
    .name = "logout",
    .usage = "[OPTION]...",
    .summary = "Forget this session's credential now",
    .about = "The broker cuts the connections that were made with it within a\n"
             "second.  The exit status is 1 if there was none.\n",
    PAGE_ROWS(rows),
    .examples =
        "  credssp logout\n"
        "  credssp logout --all\n",
};

/* The broker sees the keys of sessions that we do not possess. */
static int ask(const struct cli *cli, struct wire_logged_out *logged_out,
               struct err *err)
{
    struct client client;
    struct reader fields;
    int r;

    client_init(&client);
    client_begin(&client, 0, NULL);
    wire_put_logout(&client.out);
    r = client_connect(&client, cli, err);
    if (r == 0)
        r = client_ask(&client, WIRE_LOGGED_OUT, CLIENT_ANSWER_MS, &fields,
                       err);
    if (r == 0)
        r = wire_get_logged_out(&fields, logged_out, err);
    client_close(&client, false);
    return r;
}

/*
 * A broker that has seen the credential tells the log of its end; of one that
 * was never used it would not know.  Without a broker it goes unwitnessed.
 */
static void show_broker(const struct cli *cli)
{
    struct buf request = BUF_INIT(WIRE_FRAME_MAX);
    struct err untold = ERR_INIT;
    struct client client;
    struct reader fields;
    int r;

    if (cli->direct)
        return;
    client_init(&client);
    wire_put_list(&request);
    r = client_ask_session(&client, cli, &request, WIRE_LISTED, WITNESS_MS,
                           &fields, &untold);
    client_close(&client, r != 0);
}

/* *ended counts; none is no failure. */
static int forget_own(unsigned *ended, struct err *err)
{
    *ended = 0;
    if (possession_drop(err) == 0) {
        *ended = 1;
        return 0;
    }
    if (err->cause != ERR_NO_CREDENTIAL)
        return -1;
    err_clear(err);
    return 0;
}

/* Ours goes even when there is no broker that could end the others. */
static int forget_all(const struct cli *cli, unsigned *ended,
                      struct err *err)
{
    struct wire_logged_out logged_out = { .ended = 0 };
    struct err own = ERR_INIT;
    int r = ask(cli, &logged_out, err);

    if (forget_own(ended, &own) != 0 && r == 0) {
        *err = own;
        r = -1;
    }
    if (logged_out.ended > *ended)
        *ended = logged_out.ended;
    return r;
}

static void tell(const struct logout_options *options, unsigned ended)
{
    if (options->quiet)
        return;
    if (ended == 0)
        fprintf(stderr, "credssp: %s no credential; there is nothing to "
                "forget\n", options->all ? "your sessions hold"
                                         : "this session holds");
    else if (!options->all)
        printf("The credential of this session is forgotten.\n");
    else
        printf("The credentials of your sessions are forgotten: %u.\n",
               ended);
}

int cmd_logout(const struct cli *cli, int argc, char **argv, struct err *err)
{
    struct logout_options options = { .quiet = false };
    struct words words;
    unsigned ended;
    int r;

    if (options_parse(&page_logout, argc, argv, &options, &words, err) != 0)
        return EXIT_OWN_FAILURE;
    if (words.help)
        return EXIT_SUCCESS;
    if (words.n > 0) {
        (void)options_usage_error(&page_logout, err, "unexpected: %s",
                                  words.v[0]);
        return EXIT_OWN_FAILURE;
    }
    if (!options.all)
        show_broker(cli);
    r = options.all ? forget_all(cli, &ended, err) : forget_own(&ended, err);
    if (r != 0)
        return EXIT_OWN_FAILURE;
    tell(&options, ended);
    return ended > 0 ? EXIT_SUCCESS : EXIT_NONE;
}
