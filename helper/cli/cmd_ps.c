/* cmd_ps.c - "credssp ps": PowerShell on a Windows host. */
#include <libxml/parser.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/kept_shell.h"
#include "cli/ps_parse.h"
#include "cli/ps_run.h"
#include "cli/ps_script.h"

/* Text for a pipe: wide enough for a path of Windows in half of a table. */
#define WIDTH_OF_PIPE 512
#define HEIGHT_OF_PIPE 50
#define WIDTH_MAX 32766
#define WIDTH_LEAST 40 /* of lines behind a name; they rather wrap */
#define CONFIGURATION_32 "Microsoft.PowerShell32"

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
    bool keep;
    bool verbose;
    bool quiet;
    struct many_options many;
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
    { 0, "keep", NULL, OPTION_FLAG, FIELD(keep),
      "go on in the PowerShell of the last ps --keep there" },
    { 'v', "verbose", NULL, OPTION_FLAG, FIELD(verbose),
      "tell stages, versions and times on stderr" },
    { 'q', "quiet", NULL, OPTION_FLAG, FIELD(quiet),
      "only errors on stderr" },
    MANY_ROWS(0, FIELD(many)),
};

const struct page page_ps = {
    .name = "ps",
    .usage = "[OPTION]... HOST[,HOST...]|--hosts FILE "
             "SCRIPT|-f FILE|-c NAME [ARG...]",
    .summary = "Run PowerShell on Windows hosts with this session's "
               "credential",
    .about =
        "Output comes as text on stdout, as PowerShell formats it; errors,\n"
        "warnings and the like go to stderr.  Lines on stdin are the\n"
        "pipeline's input ($input) when stdin is no terminal, sent as they\n"
        "come.  Ctrl-C stops the script; a second one leaves at once.\n"
        "The exit status is the script's exit N; 1, or that of a program,\n"
        "when the last statement failed; 255 for a failure of our own; 254\n"
        "for a status that does not fit.\n"
        "At a configuration of your own making, a pipeline of commands with\n"
        "literal arguments is sent as commands, as Invoke-Command does it.\n"
        "\n"
        "On many hosts each line of text stands behind 'HOST: '; JSON has the\n"
        "host as PSComputerName, and what failed there as Error.  Nobody is\n"
        "asked, and stdin goes to none of them.  The exit status is then 0 if\n"
        "all succeeded, 1 if not, and 255 if nothing was run.\n",
    PAGE_ROWS(rows),
    .examples =
        "  credssp ps win1.corp.example.com 'Get-Content "
        "\\\\files\\projects\\plan.txt'\n"
        "  credssp ps win1.corp.example.com --json 'Get-Service | "
        "Select Name,Status'\n"
        "  credssp ps win1.corp.example.com -f deploy.ps1 --arg Version=2.1\n"
        "  credssp ps win1.corp.example.com --configuration JeaOps "
        "-c Get-Service --arg Name=spooler\n"
        "  credssp ps --hosts hosts --json 'Get-HotFix | Select HotFixID'\n",
};

/* A command line and what it comes to. */
struct ps_line {
    struct ps_cli_options options;
    struct ps_script script;
    struct ps_parsed parsed;         /* the script, when it is that simple */
    struct psrp_argument format[2];  /* of Out-String */
    struct psrp_command commands[2];
    char width[16];
    struct ps_run run;
};

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
    if (o->no_input && o->many.input != NULL)
        return options_usage_error(&page_ps, err, "--no-input and --input "
                                   "exclude each other");
    if (o->width > WIDTH_MAX || o->width == 1)
        return options_usage_error(&page_ps, err, "--width wants a number "
                                   "from 2 to %d", WIDTH_MAX);
    return 0;
}

static bool is_stdin(const char *path)
{
    return path != NULL && strcmp(path, "-") == 0;
}

/* HOST and what is to be run; commands[0] is it. */
static int take_words(struct ps_line *line, struct words words,
                      struct err *err)
{
    const struct ps_cli_options *o = &line->options;
    struct psrp_command *main = &line->commands[0];
    bool is_text = o->file == NULL && o->command == NULL;

    if (many_hosts_take(&line->run.many, &words, err) != 0)
        return -1;
    line->run.job.host = line->run.many.host;
    if (line->run.many.wide && o->clixml)
        return options_usage_error(&page_ps, err, "--clixml is of one host: "
                                   "it does not tell hosts apart; --json "
                                   "does");
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
        if (is_stdin(o->file) && line->run.many.read_stdin)
            return options_usage_error(&page_ps, err, "the hosts and the "
                                       "script cannot both come from stdin");
        if (ps_script_read(&line->script, o->file, err) != 0)
            return -1;
        main->text = (const char *)line->script.text.data;
    }
    main->is_script = o->command == NULL;
    if (ps_script_arguments(&line->script, &o->arguments, words.v, words.n,
                            err) != 0)
        return -1;
    main->arguments = line->script.arguments;
    main->argument_count = line->script.argument_count;
    return 0;
}

/*
 * A script's text is formatted by Out-String; where only commands are
 * allowed, by Out-Default, which every endpoint has, into host calls.
 */
static struct psrp_command formatter(struct ps_line *line, bool is_script)
{
    if (!is_script)
        return (struct psrp_command){ .text = "Out-Default" };
    snprintf(line->width, sizeof line->width, "%u",
             line->run.job.ps.runspace.host.width);
    line->format[0] = (struct psrp_argument){ "Stream", CLIXML_NIL, NULL };
    line->format[1] = (struct psrp_argument){ "Width", CLIXML_INT32,
                                             line->width };
    return (struct psrp_command){ .text = "Out-String",
                                  .arguments = line->format,
                                  .argument_count = 2 };
}

/* Configurations that somebody made may allow no script. */
static bool has_language(const char *configuration)
{
    return strncasecmp(configuration, "Microsoft.PowerShell", 20) == 0
           || strncasecmp(configuration, "PowerShell.", 11) == 0;
}

static void take_pipeline(struct ps_line *line)
{
    struct pipeline_options *pipeline = &line->run.job.ps.pipeline;
    struct psrp_command *commands = line->commands;
    size_t count = 1;

    if (line->options.file == NULL && line->options.command == NULL
        && commands[0].argument_count == 0
        && !has_language(line->run.job.ps.runspace.configuration)
        && ps_parse(&line->parsed, commands[0].text)) {
        commands = line->parsed.commands;
        count = line->parsed.count;
    }
    line->run.is_script = commands[0].is_script;
    if (line->run.is_script)
        pipeline->afterwards = AFTERWARDS;
    if (line->run.form == PS_TEXT)
        commands[count++] = formatter(line, line->run.is_script);
    pipeline->commands = commands;
    pipeline->command_count = count;
}

/* Behind the longest of the names that stand before the lines. */
static unsigned width_behind_names(const struct hosts *hosts, unsigned width)
{
    size_t i, longest = 0;

    for (i = 0; i < hosts->count; i++)
        if (strlen(hosts->names[i]) + 2 > longest)
            longest = strlen(hosts->names[i]) + 2;
    return longest + WIDTH_LEAST < width ? width - (unsigned)longest
                                         : WIDTH_LEAST;
}

static struct host_info terminal(const struct ps_line *line)
{
    const struct ps_cli_options *o = &line->options;
    struct host_info info = { .present = true, .width = WIDTH_OF_PIPE,
                              .height = HEIGHT_OF_PIPE, .title = "credssp" };
    struct winsize size;

    if (isatty(STDOUT_FILENO)
        && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1) {
        info.width = size.ws_col;
        info.height = size.ws_row;
        if (line->run.many.wide && !o->many.group)
            info.width = width_behind_names(&line->run.many.hosts, info.width);
    }
    if (o->width != 0)
        info.width = o->width;
    return info;
}

/* The terminal is one, and is the user's. */
static const char *no_questions(const struct ps_line *line)
{
    if (line->options.non_interactive)
        return "the script asks a question, and --non-interactive was given";
    if (line->run.many.wide)
        return "the script asks a question, and on many hosts nobody is "
               "asked; give what it wants as an argument (credssp ps --arg)";
    return NULL;
}

static int take_settings(struct ps_line *line, struct err *err)
{
    const struct ps_cli_options *o = &line->options;
    struct ps_options *ps = &line->run.job.ps;
    int in;

    if (kept_check(&page_ps, line->run.job.cli, o->keep, err) != 0
        || many_hosts_open_input(&line->run.many, &in, err) != 0)
        return -1;
    line->run.form = o->json ? PS_JSON : o->clixml ? PS_CLIXML : PS_TEXT;
    if (o->no_input || (is_stdin(o->file) && o->many.input == NULL)) {
        line->run.many.read_stdin = true;
        in = -1;
    }
    ps->runspace = (struct runspace_options){
        .configuration = o->as_32bit ? CONFIGURATION_32
                         : o->configuration != NULL ? o->configuration
                                                    : CONFIGURATION_DEFAULT,
        .host = terminal(line), .no_profile = o->no_profile,
    };
    line->run.quiet = o->quiet;
    line->run.verbose = o->verbose || line->run.job.cli->verbose;
    line->run.no_progress = o->no_progress;
    ps->no_questions = no_questions(line);
    ps->in = in;
    ps->timeout_s = o->timeout_s;
    ps->keep = o->keep;
    line->run.job.connect_timeout_ms = client_open_ms(o->connect_timeout_s);
    take_pipeline(line);
    return 0;
}

int cmd_ps(const struct cli *cli, int argc, char **argv, struct err *err)
{
    struct ps_line line = { .run.job.cli = cli,
                            .options.many = MANY_OPTIONS_INIT };
    struct words words;
    int status = EXIT_OWN_FAILURE;

    line.run.many.page = &page_ps;
    line.run.many.options = &line.options.many;
    if (options_parse(&page_ps, argc, argv, &line.options, &words, err) != 0)
        return EXIT_OWN_FAILURE;
    if (words.help)
        return EXIT_SUCCESS;
    ps_script_init(&line.script);
    ps_parse_init(&line.parsed);
    if (check_options(&line.options, err) == 0
        && take_words(&line, words, err) == 0
        && take_settings(&line, err) == 0) {
        signal(SIGPIPE, SIG_IGN); /* a write tells, and the script stops */
        xmlInitParser();
        status = ps_run(&line.run, err);
    }
    many_hosts_free(&line.run.many);
    ps_parse_free(&line.parsed);
    ps_script_free(&line.script);
    return status;
}
