/* cmd_run.c - "credssp run": a command on a Windows host, as ssh would. */
#include <libxml/parser.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/arguments.h"
#include "cli/command.h"
#include "cli/kept_shell.h"
#include "cli/many_hosts.h"
#include "cli/run_host.h"
#include "cli/run_json.h"
#include "cli/telling.h"

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
    bool keep;
    bool json;
    struct many_options many;
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
    { 0, "keep", NULL, OPTION_FLAG, FIELD(keep),
      "leave the shell there for the next run" },
    { 0, "json", NULL, OPTION_FLAG, FIELD(json),
      "one JSON object a host: output, exit code, times" },
    MANY_ROWS('f', FIELD(many)),
};

const struct page page_run = {
    .name = "run",
    .usage = "[OPTION]... HOST[,HOST...]|-f FILE [--] COMMAND [ARG...]",
    .summary = "Run a command on Windows hosts with this session's "
               "credential",
    .about =
        "stdout and stderr come as they are written there; stdin goes to the\n"
        "command when there is some.  The arguments are joined with single\n"
        "spaces for cmd.exe, as ssh does it.  Ctrl-C goes to the command; a\n"
        "second one leaves at once.\n"
        "The exit status is the command's; 255 for a failure of our own; 254\n"
        "for a status that does not fit, which is then told on stderr.\n"
        "\n"
        "On many hosts each line of output stands behind 'HOST: ', and stdin\n"
        "goes to none of them.  The exit status is then 0 if all succeeded,\n"
        "1 if not, and 255 if nothing was run.\n",
    PAGE_ROWS(rows),
    .examples =
        "  credssp run win1.corp.example.com -- hostname\n"
        "  credssp run --keep win1.corp.example.com -- query user\n"
        "  credssp run win1.corp.example.com -- type "
        "'\\\\files\\projects\\plan.txt'\n"
        "  credssp run -f hosts --retry-failed failed -- gpupdate /force\n",
    .stop_at_word = true,
};

/* What the words and options come to, with all that it borrows. */
struct run {
    struct run_options options;
    struct buf line;              /* the command line */
    const char *arguments[1];     /* with --skip-cmd-shell */
    struct buf argument_line;
    struct run_job job;
    struct many_hosts many;
};

/* HOST [--] COMMAND [ARG...]; with -f no HOST. */
static int take_words(struct run *run, struct words words, struct err *err)
{
    if (many_hosts_take(&run->many, &words, err) != 0)
        return -1;
    run->job.host = run->many.host;
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
    run->job.remote.argument_count = words.n > 1 ? 1 : 0;
    if (arguments_join(&run->line, words.v, 1, err) != 0)
        return -1;
    return arguments_join(&run->argument_line, words.v + 1, words.n - 1, err);
}

static int take_settings(struct run *run, struct err *err)
{
    const struct run_options *o = &run->options;
    struct remote_options *remote = &run->job.remote;
    size_t i;

    if (kept_check(&page_run, run->job.cli, o->keep, err) != 0)
        return -1;
    for (i = 0; i < o->env.count; i++)
        if (arguments_check_variable(o->env.items[i], err) != 0)
            return -1;
    if (o->cwd != NULL && arguments_check("--cwd", o->cwd, err) != 0)
        return -1;
    run->arguments[0] = (const char *)run->argument_line.data;
    *remote = (struct remote_options){
        .shell = { .env = o->env.items, .env_count = o->env.count,
                   .cwd = o->cwd, .codepage = o->codepage,
                   .no_profile = o->no_profile },
        .command = (const char *)run->line.data,
        .arguments = run->arguments,
        .argument_count = remote->argument_count,
        .skip_cmd_shell = o->skip_cmd_shell,
        .timeout_s = o->timeout_s,
        .out = STDOUT_FILENO,
        .err = STDERR_FILENO,
        .keep = o->keep,
    };
    run->job.connect_timeout_ms = client_open_ms(o->connect_timeout_s);
    return 0;
}

static void opened(void *arg, const struct run_outcome *outcome)
{
    (void)arg;
    tell_opened(&outcome->opened, outcome->connect_ms);
}

static void ended(const struct run *run, const struct run_outcome *outcome)
{
    const struct remote_result *r = &outcome->command;
    char how[32];

    snprintf(how, sizeof how, "exit code %u", (unsigned)r->exit_code);
    tell_ended(&(struct told_end){
        .output_ms = r->output_ms, .total_ms = outcome->total_ms,
        .requests_to_output = run_requests_to_output(outcome),
        .requests = run_requests(outcome), .how = how, .kept = r->kept,
        .why_not_kept = run->options.keep && !r->kept
                            ? "its options are too long, or the broker is "
                              "gone" : NULL,
    });
}

/* Prints no error of its own. */
static int run_and_tell(struct run *run, struct err *err)
{
    bool verbose = run->job.cli->verbose || run->options.verbose;
    struct run_outcome outcome;

    if (verbose)
        run->job.connected = opened;
    if (run->options.json)
        return run_json(&run->job, err);
    if (run_host(&run->job, &outcome, err) != 0)
        return EXIT_OWN_FAILURE;
    if (verbose)
        ended(run, &outcome);
    return tell_exit_status("the command", outcome.command.exit_code,
                            run->options.quiet);
}

/* One of many: in a process of its own, whose streams are pipes to us. */
static int run_one(void *arg, const char *host)
{
    struct run *run = arg;
    struct err err = ERR_INIT;
    int status;

    run->job.host = host;
    status = run_and_tell(run, &err);
    if (err.cause != ERR_NONE)
        err_print(stderr, "credssp", &err);
    return status;
}

static int run_all(struct run *run, struct err *err)
{
    struct many_hosts *many = &run->many;

    if (many_hosts_open_input(many, &run->job.remote.in, err) != 0)
        return EXIT_OWN_FAILURE;
    signal(SIGPIPE, SIG_IGN); /* a write tells, and the command is ended */
    xmlInitParser();          /* before there is a second thread */
    if (!many->wide)
        return run_and_tell(run, err);
    many->form = run->options.json ? FANOUT_OBJECTS
                 : run->options.many.group ? FANOUT_GROUPED : FANOUT_LINES;
    many->quiet = run->options.quiet;
    many->run = run_one;
    many->arg = run;
    many->object = run_json_absent;
    return many_hosts_run(many, err);
}

int cmd_run(const struct cli *cli, int argc, char **argv, struct err *err)
{
    struct run run = { .job.cli = cli, .options.codepage = CODEPAGE_UTF8,
                       .options.many = MANY_OPTIONS_INIT };
    struct words words;
    int status = EXIT_OWN_FAILURE;

    run.many.page = &page_run;
    run.many.options = &run.options.many;
    buf_init(&run.line, REMOTE_LINE_MAX + 1);
    buf_init(&run.argument_line, REMOTE_LINE_MAX + 1);
    if (options_parse(&page_run, argc, argv, &run.options, &words, err) != 0)
        return EXIT_OWN_FAILURE;
    if (words.help)
        return EXIT_SUCCESS;
    if (take_words(&run, words, err) == 0 && take_settings(&run, err) == 0)
        status = run_all(&run, err);
    many_hosts_free(&run.many);
    buf_free(&run.argument_line);
    buf_free(&run.line);
    return status;
}
