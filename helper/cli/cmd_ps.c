/* cmd_ps.c - "credssp ps": PowerShell on a Windows host. */
#include <libxml/parser.h>
#include <signal.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/ps_host.h"
#include "cli/ps_parse.h"
#include "cli/ps_print.h"
#include "cli/ps_script.h"
#include "cli/remote.h"
#include "cli/render.h"

/* Text for a pipe: wide enough for a path of Windows in half of a table. */
#define WIDTH_OF_PIPE 512
#define HEIGHT_OF_PIPE 50
#define WIDTH_MAX 32766
#define CONFIGURATION_32 "Microsoft.PowerShell32"
#define EXIT_PIPELINE_FAILED 1
#define EXIT_STOPPED 130      /* 128 + SIGINT, as a shell has it */

/*
 * What PowerShell's own -Command does at the end: its status is $? of the
 * last statement; a program's is told, too.  The exit comes as a host call.
 */
#define AFTERWARDS \
    "if (!$?) { if ($global:LASTEXITCODE) { exit $global:LASTEXITCODE }; " \
    "exit 1 }"

struct ps_cli_options {
    const char *file;
    const char *command;
    struct option_list arguments;
    const char *configuration;
    bool text, json, clixml;
    unsigned width;
    bool no_profile;
    bool no_progress;
    bool as_32bit;
    bool non_interactive;
    bool no_input;
    unsigned timeout_s;
    unsigned connect_timeout_s;
    bool verbose;
    bool quiet;
};

#define FIELD(name) offsetof(struct ps_cli_options, name)
static const struct option_row rows[] = {
    { 'f', "file", "FILE", OPTION_TEXT, FIELD(file),
      "run this script; words are its arguments" },
    { 'c', "command", "NAME", OPTION_TEXT, FIELD(command),
      "run a command, not a script (JEA)" },
    { 0, "arg", "NAME=VALUE", OPTION_LIST, FIELD(arguments),
      "a parameter, NAME alone for a switch; may be repeated" },
    { 0, "configuration", "NAME", OPTION_TEXT, FIELD(configuration),
      "the session configuration (" CONFIGURATION_DEFAULT ")" },
    { 0, "as-32bit", NULL, OPTION_FLAG, FIELD(as_32bit),
      "the 32-bit PowerShell (" CONFIGURATION_32 ")" },
    { 0, "text", NULL, OPTION_FLAG, FIELD(text),
      "output as PowerShell formats it (the default)" },
    { 0, "json", NULL, OPTION_FLAG, FIELD(json),
      "one JSON value a line for each object" },
    { 0, "clixml", NULL, OPTION_FLAG, FIELD(clixml),
      "each object as it comes, in CLIXML" },
    { 0, "width", "N", OPTION_NUMBER, FIELD(width),
      "columns of text (the terminal's, else 512)" },
    { 0, "no-profile", NULL, OPTION_FLAG, FIELD(no_profile),
      "do not load the user's profile" },
    { 0, "no-progress", NULL, OPTION_FLAG, FIELD(no_progress),
      "no progress bar" },
    { 0, "non-interactive", NULL, OPTION_FLAG, FIELD(non_interactive),
      "refuse what a script asks on the terminal" },
    { 'n', "no-input", NULL, OPTION_FLAG, FIELD(no_input),
      "do not read stdin" },
    { 0, "timeout", "T", OPTION_DURATION, FIELD(timeout_s),
      "end the script after this time (90, 15m, 10h)" },
    { 0, "connect-timeout", "T", OPTION_DURATION, FIELD(connect_timeout_s),
      "how long connecting may take (60)" },
    { 'v', "verbose", NULL, OPTION_FLAG, FIELD(verbose),
      "tell stages, versions and times on stderr" },
    { 'q', "quiet", NULL, OPTION_FLAG, FIELD(quiet),
      "only errors on stderr" },
};

const struct page page_ps = {
    .name = "ps",
    .usage = "[OPTION]... HOST SCRIPT | HOST -f FILE [ARG...] | "
             "HOST -c NAME [ARG...]",
    .summary = "Run PowerShell on a Windows host with this session's "
               "credential",
    .about =
        "Output comes as text on stdout, as PowerShell formats it; errors,\n"
        "warnings and the like go to stderr.  Lines on stdin are the\n"
        "pipeline's input ($input) when stdin is no terminal; all of it is\n"
        "sent before output is read.  Ctrl-C stops the script; a second one\n"
        "leaves at once.\n"
        "The exit status is the script's exit N; 1, or that of a program,\n"
        "when the last statement failed; 255 for a failure of our own; 254\n"
        "for a status that does not fit.\n"
        "At a configuration of your own making, a pipeline of commands with\n"
        "literal arguments is sent as commands, as Invoke-Command does it.\n",
    PAGE_ROWS(rows),
    .examples =
        "  credssp ps win1.corp.example.com 'Get-Content "
        "\\\\files\\projects\\plan.txt'\n"
        "  credssp ps win1.corp.example.com --json 'Get-Service | "
        "Select Name,Status'\n"
        "  credssp ps win1.corp.example.com -f deploy.ps1 --arg Version=2.1\n"
        "  credssp ps win1.corp.example.com --configuration JeaOps "
        "-c Get-Service --arg Name=spooler\n",
};

struct ps_run {
    struct ps_cli_options options;
    struct ps_script script;
    struct ps_parsed parsed;         /* the script, when it is that simple */
    struct psrp_argument format[2];  /* of Out-String */
    struct psrp_command commands[2];
    char width[16];
    bool is_script;                  /* sent as one */
    struct ps_print print;
    struct ps_job job;
};

static int check_host(const char *host, struct err *err)
{
    if (host[0] == '\0')
        return options_usage_error(&page_ps, err, "the host is empty");
    if (strchr(host, ',') != NULL)
        return options_usage_error(&page_ps, err, "ps runs on one host at a "
                                   "time, not on '%s'", host);
    if (strchr(host, '@') != NULL)
        return options_usage_error(&page_ps, err, "a script runs as the "
                                   "user of this session's credential; give "
                                   "the host alone, not '%s'", host);
    return 0;
}

/* Options that exclude each other, or do not go with the rest. */
static int check_options(const struct ps_cli_options *o, struct err *err)
{
    if (o->text + o->json + o->clixml > 1)
        return options_usage_error(&page_ps, err, "--text, --json and "
                                   "--clixml exclude each other");
    if (o->file != NULL && o->command != NULL)
        return options_usage_error(&page_ps, err, "-f and -c exclude each "
                                   "other");
    if (o->as_32bit && o->configuration != NULL)
        return options_usage_error(&page_ps, err, "--as-32bit and "
                                   "--configuration exclude each other: it "
                                   "is the name of a configuration, too");
    if (o->width > WIDTH_MAX || o->width == 1)
        return options_usage_error(&page_ps, err, "--width wants a number "
                                   "from 2 to %d", WIDTH_MAX);
    return 0;
}

/* HOST and what is to be run; commands[0] is it. */
static int take_words(struct ps_run *run, struct words words,
                      struct err *err)
{
    const struct ps_cli_options *o = &run->options;
    struct psrp_command *main = &run->commands[0];
    bool is_text = o->file == NULL && o->command == NULL;

    if (words.n == 0)
        return options_usage_error(&page_ps, err, "no host is given");
    run->job.host = words.v[0];
    if (check_host(run->job.host, err) != 0)
        return -1;
    words.v++;
    words.n--;
    if (is_text && (words.n == 0 || words.v[0][0] == '\0'))
        return options_usage_error(&page_ps, err, "no script is given");
    if (is_text) {
        main->text = *words.v++;
        words.n--;
        if (ps_script_check("the script", main->text, err) != 0)
            return -1;
    } else if (o->command != NULL) {
        main->text = o->command;
        if (ps_script_check("the command", main->text, err) != 0)
            return -1;
    } else {
        if (ps_script_read(&run->script, o->file, err) != 0)
            return -1;
        main->text = (const char *)run->script.text.data;
    }
    main->is_script = o->command == NULL;
    if (ps_script_arguments(&run->script, &o->arguments, words.v, words.n,
                            err) != 0)
        return -1;
    main->arguments = run->script.arguments;
    main->argument_count = run->script.argument_count;
    return 0;
}

/*
 * A script's text is formatted by Out-String; where only commands are
 * allowed, by Out-Default, which every endpoint has, into host calls.
 */
static struct psrp_command formatter(struct ps_run *run, bool is_script)
{
    if (!is_script)
        return (struct psrp_command){ .text = "Out-Default" };
    snprintf(run->width, sizeof run->width, "%u",
             run->job.ps.runspace.host.width);
    run->format[0] = (struct psrp_argument){ "Stream", CLIXML_NIL, NULL };
    run->format[1] = (struct psrp_argument){ "Width", CLIXML_INT32,
                                             run->width };
    return (struct psrp_command){ .text = "Out-String",
                                  .arguments = run->format,
                                  .argument_count = 2 };
}

/* Configurations that somebody made may allow no script. */
static bool has_language(const char *configuration)
{
    return strncasecmp(configuration, "Microsoft.PowerShell", 20) == 0
           || strncasecmp(configuration, "PowerShell.", 11) == 0;
}

static void take_pipeline(struct ps_run *run)
{
    struct pipeline_options *pipeline = &run->job.ps.pipeline;
    struct psrp_command *commands = run->commands;
    size_t count = 1;

    if (run->options.file == NULL && run->options.command == NULL
        && commands[0].argument_count == 0
        && !has_language(run->job.ps.runspace.configuration)
        && ps_parse(&run->parsed, commands[0].text)) {
        commands = run->parsed.commands;
        count = run->parsed.count;
    }
    run->is_script = commands[0].is_script;
    if (run->is_script)
        pipeline->afterwards = AFTERWARDS;
    if (run->print.form == PS_TEXT)
        commands[count++] = formatter(run, run->is_script);
    pipeline->commands = commands;
    pipeline->command_count = count;
}

static struct host_info terminal(const struct ps_cli_options *o)
{
    struct host_info info = { .present = true, .width = WIDTH_OF_PIPE,
                              .height = HEIGHT_OF_PIPE, .title = "credssp" };
    struct winsize size;

    if (isatty(STDOUT_FILENO)
        && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1) {
        info.width = size.ws_col;
        info.height = size.ws_row;
    }
    if (o->width != 0)
        info.width = o->width;
    return info;
}

static void take_settings(struct ps_run *run)
{
    const struct ps_cli_options *o = &run->options;
    struct ps_options *ps = &run->job.ps;
    enum ps_form form = o->json ? PS_JSON : o->clixml ? PS_CLIXML : PS_TEXT;
    bool reads_stdin = o->file != NULL && strcmp(o->file, "-") == 0;

    ps_print_init(&run->print, form, STDOUT_FILENO, STDERR_FILENO);
    run->print.quiet = o->quiet;
    if (o->no_progress)
        run->print.progress = false;
    ps->runspace = (struct runspace_options){
        .configuration = o->as_32bit ? CONFIGURATION_32
                         : o->configuration != NULL ? o->configuration
                                                    : CONFIGURATION_DEFAULT,
        .host = terminal(o), .no_profile = o->no_profile,
    };
    ps->output = ps_print_output(&run->print);
    ps->interactive = !o->non_interactive;
    ps->in = o->no_input || reads_stdin ? -1 : STDIN_FILENO;
    ps->timeout_s = o->timeout_s;
    run->job.connect_timeout_ms =
        o->connect_timeout_s == 0 ? CLIENT_OPEN_MS
        : o->connect_timeout_s > INT32_MAX / 1000
            ? INT32_MAX : (int)o->connect_timeout_s * 1000;
    take_pipeline(run);
}

static void tell_opened(const struct ps_outcome *outcome)
{
    struct wire_opened o = outcome->opened;

    render_clean(o.host);
    render_clean(o.spn);
    fprintf(stderr, "credssp: connected to %s:%u (%s) as %s in %lld ms, %s; "
            "%u HTTP requests\n", o.host, o.port, o.https ? "HTTPS" : "HTTP",
            o.spn, (long long)outcome->connect_ms,
            o.reused ? "reusing a connection" : "a new connection",
            (unsigned)o.requests);
}

static void tell_result(const struct ps_outcome *outcome)
{
    const struct ps_result *r = &outcome->pipeline;

    if (r->output_ms >= 0)
        fprintf(stderr, "credssp: first output %lld ms after connecting, "
                "%u HTTP requests in all\n", (long long)r->output_ms,
                outcome->opened.requests + r->requests_to_output);
    fprintf(stderr, "credssp: ended after %lld ms, %u HTTP requests in all\n",
            (long long)outcome->total_ms,
            outcome->opened.requests + r->requests);
}

static int exit_status(const struct ps_run *run, const struct ps_result *r)
{
    int status;

    if (r->state == PIPELINE_STOPPED)
        return EXIT_STOPPED;
    if (!r->exit_given) {
        bool failed = r->state == PIPELINE_FAILED
                      || (r->had_errors && !run->is_script);

        return failed ? EXIT_PIPELINE_FAILED : EXIT_SUCCESS;
    }
    status = remote_exit_status((uint32_t)r->exit_code);
    if (status != r->exit_code && !run->options.quiet)
        fprintf(stderr, "credssp: the exit code of the script was %d "
                "(0x%08x); %d stands for it\n", (int)r->exit_code,
                (unsigned)r->exit_code, status);
    return status;
}

static int run_and_tell(struct ps_run *run, struct err *err)
{
    bool verbose = run->job.cli->verbose || run->options.verbose;
    struct ps_outcome outcome;
    struct err late = ERR_INIT;
    int rc;

    signal(SIGPIPE, SIG_IGN); /* a write tells, and the script is stopped */
    xmlInitParser();
    if (verbose)
        run->job.connected = tell_opened;
    rc = ps_host(&run->job, &outcome, err);
    if (run->job.ps.output.flush(&run->print, rc == 0 ? err : &late) != 0 ||
        ps_print_hide_bar(&run->print, rc == 0 ? err : &late) != 0)
        rc = -1;
    if (verbose && outcome.connected)
        tell_result(&outcome);
    if (run->print.no_scripts)
        fprintf(stderr, "credssp: this endpoint runs commands and no "
                "scripts: use -c NAME and --arg\n");
    if (rc != 0)
        return EXIT_OWN_FAILURE;
    return exit_status(run, &outcome.pipeline);
}

int cmd_ps(const struct cli *cli, int argc, char **argv, struct err *err)
{
    struct ps_run run = { .job.cli = cli };
    struct words words;
    int status = EXIT_OWN_FAILURE;

    if (options_parse(&page_ps, argc, argv, &run.options, &words, err) != 0)
        return EXIT_OWN_FAILURE;
    if (words.help)
        return EXIT_SUCCESS;
    ps_script_init(&run.script);
    ps_parse_init(&run.parsed);
    if (check_options(&run.options, err) == 0
        && take_words(&run, words, err) == 0) {
        take_settings(&run);
        status = run_and_tell(&run, err);
        ps_print_free(&run.print);
    }
    ps_parse_free(&run.parsed);
    ps_script_free(&run.script);
    return status;
}
