/* cmd_run.c - "credssp run": a command on a Windows host, as ssh would. */
#include <libxml/parser.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/arguments.h"
#include "cli/client.h"
#include "cli/command.h"
#include "cli/remote.h"
#include "cli/render.h"

#define CODEPAGE_UTF8 65001

struct run_options {
    const char *cwd;
    struct option_list env;
    bool no_profile;
    unsigned codepage;
    bool skip_cmd_shell;
    unsigned timeout_s;
    unsigned connect_timeout_s;
    bool verbose;
    bool quiet;
};

#define FIELD(name) offsetof(struct run_options, name)
static const struct option_row rows[] = {
    { 0, "cwd", "DIR", OPTION_TEXT, FIELD(cwd),
      "start in this directory of the host" },
    { 0, "env", "NAME=VALUE", OPTION_LIST, FIELD(env),
      "set a variable there; may be repeated" },
    { 0, "no-profile", NULL, OPTION_FLAG, FIELD(no_profile),
      "do not load the user's profile" },
    { 0, "codepage", "N", OPTION_NUMBER, FIELD(codepage),
      "the console's code page (65001: UTF-8)" },
    { 0, "skip-cmd-shell", NULL, OPTION_FLAG, FIELD(skip_cmd_shell),
      "start the program itself, not through cmd.exe" },
    { 0, "timeout", "T", OPTION_DURATION, FIELD(timeout_s),
      "end the command after this time (90, 15m, 10h)" },
    { 0, "connect-timeout", "T", OPTION_DURATION, FIELD(connect_timeout_s),
      "how long connecting may take (60)" },
    { 'v', "verbose", NULL, OPTION_FLAG, FIELD(verbose),
      "tell stages, versions and times on stderr" },
    { 'q', "quiet", NULL, OPTION_FLAG, FIELD(quiet),
      "no notes on stderr, only errors" },
};

const struct page page_run = {
    .name = "run",
    .usage = "[OPTION]... HOST [--] COMMAND [ARG...]",
    .summary = "Run a command on a Windows host with this session's "
               "credential",
    .about =
        "stdout and stderr come as they are written there; stdin goes to the\n"
        "command when there is some.  The arguments are joined with single\n"
        "spaces for cmd.exe, as ssh does it.  Ctrl-C goes to the command; a\n"
        "second one leaves at once.\n"
        "The exit status is the command's; 255 for a failure of our own; 254\n"
        "for a status that does not fit, which is then told on stderr.\n",
    PAGE_ROWS(rows),
    .examples =
        "  credssp run win1.corp.example.com -- hostname\n"
        "  credssp run win1.corp.example.com -- type "
        "'\\\\files\\projects\\plan.txt'\n",
    .stop_at_word = true,
};

/* One command on one host, with all that it borrows. */
struct run {
    const struct cli *cli;
    struct run_options options;
    const char *host;
    struct buf line;              /* the command line */
    const char *arguments[1];     /* with --skip-cmd-shell */
    struct buf argument_line;
    struct remote_options remote;
    struct remote command;
};

static int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int check_host(const char *host, struct err *err)
{
    if (host[0] == '\0')
        return options_usage_error(&page_run, err, "the host is empty");
    if (strchr(host, ',') != NULL)
        return options_usage_error(&page_run, err, "this release runs a "
                                   "command on one host at a time, not on "
                                   "'%s'", host);
    if (strchr(host, '@') != NULL)
        return options_usage_error(&page_run, err, "a command runs as the "
                                   "user of this session's credential; give "
                                   "the host alone, not '%s'", host);
    return 0;
}

/* HOST [--] COMMAND [ARG...] */
static int take_words(struct run *run, struct words words, struct err *err)
{
    if (words.n == 0)
        return options_usage_error(&page_run, err, "no host is given");
    run->host = *words.v++;
    words.n--;
    if (check_host(run->host, err) != 0)
        return -1;
    if (words.n > 0 && strcmp(words.v[0], "--") == 0) {
        words.v++;
        words.n--;
    } else if (words.n > 0 && words.v[0][0] == '-') {
        return options_usage_error(&page_run, err, "%s stands behind the "
                                   "host; options stand before it",
                                   words.v[0]);
    }
    if (words.n == 0 || words.v[0][0] == '\0')
        return options_usage_error(&page_run, err, "no command is given");
    if (!run->options.skip_cmd_shell)
        return arguments_join(&run->line, words.v, words.n, err);
    run->remote.argument_count = words.n > 1 ? 1 : 0;
    if (arguments_join(&run->line, words.v, 1, err) != 0)
        return -1;
    return arguments_join(&run->argument_line, words.v + 1, words.n - 1, err);
}

static int take_settings(struct run *run, struct err *err)
{
    const struct run_options *o = &run->options;
    size_t i;

    for (i = 0; i < o->env.count; i++)
        if (arguments_check_variable(o->env.items[i], err) != 0)
            return -1;
    if (o->cwd != NULL && arguments_check("--cwd", o->cwd, err) != 0)
        return -1;
    run->remote.shell = (struct winrs_options){
        .env = o->env.items,
        .env_count = o->env.count,
        .cwd = o->cwd,
        .codepage = o->codepage,
        .no_profile = o->no_profile,
    };
    run->arguments[0] = (const char *)run->argument_line.data;
    run->remote.command = (const char *)run->line.data;
    run->remote.arguments = run->arguments;
    run->remote.skip_cmd_shell = o->skip_cmd_shell;
    run->remote.timeout_s = o->timeout_s;
    run->remote.in = STDIN_FILENO;
    run->remote.out = STDOUT_FILENO;
    run->remote.err = STDERR_FILENO;
    return 0;
}

static int connect_timeout_ms(const struct run *run)
{
    unsigned s = run->options.connect_timeout_s;

    if (s == 0)
        return CLIENT_OPEN_MS;
    return s > INT32_MAX / 1000 ? INT32_MAX : (int)s * 1000;
}

/* One more channel to the host: struct dial. */
static int dial_open(void *arg, line_wait_fn *wait, void *wait_arg,
                     wsman_post_fn **post, void **post_arg, struct err *err)
{
    const struct run *run = arg;
    struct client *client = malloc(sizeof *client);
    struct wire_opened opened;

    if (client == NULL)
        return err_set(err, ERR_MEMORY, STAGE_START, NULL);
    client_init(client);
    client->wait = wait;
    client->wait_arg = wait_arg;
    if (client_open(client, run->cli, run->host, connect_timeout_ms(run),
                    &opened, err) != 0) {
        client_close(client, true);
        free(client);
        return -1;
    }
    *post = client_post;
    *post_arg = client;
    return 0;
}

static void dial_close(void *arg, void *post_arg, bool hurry)
{
    (void)arg;
    client_close(post_arg, hurry);
    free(post_arg);
}

static void tell_opened(struct wire_opened *o, int64_t ms)
{
    render_clean(o->host);
    render_clean(o->spn);
    render_clean(o->tls);
    render_clean(o->mechanism);
    fprintf(stderr, "credssp: connected to %s:%u (%s) in %lld ms, %s\n",
            o->host, o->port, o->https ? "HTTPS" : "HTTP", (long long)ms,
            o->reused ? "reusing a connection" : "a new connection");
    fprintf(stderr, "credssp: %s as %s, CredSSP version %u, %s; "
            "%u HTTP requests\n", o->mechanism, o->spn, o->credssp_version,
            o->tls, (unsigned)o->requests);
}

static void tell_result(const struct remote_result *r, unsigned opening,
                        int64_t ms)
{
    if (r->output_ms >= 0)
        fprintf(stderr, "credssp: first output %lld ms after connecting, "
                "%u HTTP requests in all\n", (long long)r->output_ms,
                opening + r->requests_to_output);
    fprintf(stderr, "credssp: ended after %lld ms, %u HTTP requests in all; "
            "exit code %u\n", (long long)ms, opening + r->requests,
            (unsigned)r->exit_code);
}

static int exit_status(const struct run *run, uint32_t code)
{
    int status = remote_exit_status(code);

    if ((uint32_t)status != code && !run->options.quiet)
        fprintf(stderr, "credssp: the exit code of the command was %u "
                "(0x%08x); %d stands for it\n", (unsigned)code,
                (unsigned)code, status);
    return status;
}

static int run_opened(struct run *run, struct client *client,
                      struct wire_opened *opened, bool verbose,
                      int64_t began, struct err *err)
{
    const struct dial dial = { .open = dial_open, .close = dial_close,
                               .arg = run };
    struct remote *command = &run->command;
    struct wsman wsman;
    int r;

    if (client_endpoint(client, opened->host, opened->port, opened->https,
                        &wsman, err) != 0)
        return EXIT_OWN_FAILURE;
    if (verbose)
        tell_opened(opened, now_ms() - began);
    remote_init(command, &run->remote, &wsman, &dial);
    client->wait = remote_wait;
    client->wait_arg = command;
    r = remote_run(command, err);
    client->wait = client_wait;
    if (r != 0) {
        if (command->result.pipe_closed)
            err_clear(err); /* ssh says nothing either */
        return EXIT_OWN_FAILURE;
    }
    if (verbose)
        tell_result(&command->result, opened->requests, now_ms() - began);
    return exit_status(run, command->result.exit_code);
}

static int run_on_host(struct run *run, struct err *err)
{
    bool verbose = run->cli->verbose || run->options.verbose;
    int64_t began = now_ms();
    struct wire_opened opened;
    struct client client;
    int status = EXIT_OWN_FAILURE;

    signal(SIGPIPE, SIG_IGN); /* a write tells, and the command is ended */
    xmlInitParser();          /* before there is a second thread */
    client_init(&client);
    client.with_body = true;  /* Create: a second shell would just time out */
    if (client_open(&client, run->cli, run->host, connect_timeout_ms(run),
                    &opened, err) == 0)
        status = run_opened(run, &client, &opened, verbose, began, err);
    client_close(&client, status == EXIT_OWN_FAILURE);
    return status;
}

int cmd_run(const struct cli *cli, int argc, char **argv, struct err *err)
{
    struct run run = { .cli = cli, .options.codepage = CODEPAGE_UTF8 };
    struct words words;
    int status = EXIT_OWN_FAILURE;

    buf_init(&run.line, REMOTE_LINE_MAX + 1);
    buf_init(&run.argument_line, REMOTE_LINE_MAX + 1);
    if (options_parse(&page_run, argc, argv, &run.options, &words, err) != 0)
        return EXIT_OWN_FAILURE;
    if (words.help)
        return EXIT_SUCCESS;
    if (take_words(&run, words, err) == 0 && take_settings(&run, err) == 0)
        status = run_on_host(&run, err);
    buf_free(&run.argument_line);
    buf_free(&run.line);
    return status;
}
