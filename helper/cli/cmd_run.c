/* cmd_run.c - "credssp run": a command on a Windows host, as ssh would. */
#include <errno.h>
#include <fcntl.h>
#include <libxml/parser.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/arguments.h"
#include "cli/command.h"
#include "cli/render.h"
#include "cli/run_host.h"
#include "cli/run_json.h"
#include "cli/run_many.h"

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
    const char *hosts_file;
    unsigned at_once;
    bool group;
    bool fail_fast;
    const char *retry_failed;
    const char *input;
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
    { 'f', "hosts", "FILE", OPTION_TEXT, FIELD(hosts_file),
      "on the hosts in it, one a line; - is stdin" },
    { 'P', "parallel", "N", OPTION_NUMBER, FIELD(at_once),
      "on so many hosts at once, 1 to 128 (32)" },
    { 0, "group", NULL, OPTION_FLAG, FIELD(group),
      "each host's output in one piece, when it ends" },
    { 0, "fail-fast", NULL, OPTION_FLAG, FIELD(fail_fast),
      "start on no more hosts after one has failed" },
    { 0, "retry-failed", "FILE", OPTION_TEXT, FIELD(retry_failed),
      "write the hosts without success to it, for -f" },
    { 0, "input", "FILE", OPTION_TEXT, FIELD(input),
      "the command's stdin; on many hosts, of each" },
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
    bool wide;                    /* many, and job's host is not used */
    struct run_many many;
};

static int check_host(const char *host, struct err *err)
{
    if (host[0] == '\0')
        return options_usage_error(&page_run, err, "the host is empty");
    if (strchr(host, '@') != NULL)
        return options_usage_error(&page_run, err, "a command runs as the "
                                   "user of this session's credential; give "
                                   "the host alone, not '%s'", host);
    return 0;
}

/* One host is as ssh has it, unless something is asked for that ssh has not. */
static bool is_wide(const struct run *run)
{
    const struct run_options *o = &run->options;

    return o->hosts_file != NULL || o->group || o->fail_fast
           || o->retry_failed != NULL || strchr(run->job.host, ',') != NULL;
}

static int take_hosts(struct run *run, struct err *err)
{
    const struct run_options *o = &run->options;
    struct run_many *many = &run->many;

    if (o->at_once == 0 || o->at_once > FANOUT_MAX)
        return options_usage_error(&page_run, err, "-P wants a number from 1 "
                                   "to %d, not %u", FANOUT_MAX, o->at_once);
    run->wide = is_wide(run);
    if (!run->wide)
        return check_host(run->job.host, err);
    many->at_once = o->at_once;
    many->group = o->group;
    many->json = o->json;
    many->fail_fast = o->fail_fast;
    many->quiet = o->quiet;
    many->input = o->input;
    many->retry_file = o->retry_failed;
    many->read_stdin = o->hosts_file != NULL
                       && strcmp(o->hosts_file, "-") == 0;
    if ((o->hosts_file != NULL
             ? hosts_add_file(&many->hosts, o->hosts_file, err)
             : hosts_add_list(&many->hosts, run->job.host, err)) != 0)
        return -1;
    return hosts_check(&many->hosts, err);
}

/* HOST [--] COMMAND [ARG...]; with -f no HOST. */
static int take_words(struct run *run, struct words words, struct err *err)
{
    if (run->options.hosts_file == NULL && words.n == 0)
        return options_usage_error(&page_run, err, "no host is given");
    if (run->options.hosts_file == NULL) {
        run->job.host = *words.v++;
        words.n--;
    }
    if (take_hosts(run, err) != 0)
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

    if (o->keep && run->job.cli->direct)
        return options_usage_error(&page_run, err, "--keep needs the "
                                   "system's broker: with --direct nothing "
                                   "outlives the command");
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
        .in = STDIN_FILENO,
        .out = STDOUT_FILENO,
        .err = STDERR_FILENO,
        .keep = o->keep,
    };
    run->job.connect_timeout_ms =
        o->connect_timeout_s == 0 ? CLIENT_OPEN_MS
        : o->connect_timeout_s > INT32_MAX / 1000
            ? INT32_MAX : (int)o->connect_timeout_s * 1000;
    return 0;
}

static void tell_opened(void *arg, const struct run_outcome *outcome)
{
    struct wire_opened o = outcome->opened;

    (void)arg;
    render_clean(o.host);
    render_clean(o.spn);
    render_clean(o.tls);
    render_clean(o.mechanism);
    fprintf(stderr, "credssp: connected to %s:%u (%s) in %lld ms, %s\n",
            o.host, o.port, o.https ? "HTTPS" : "HTTP",
            (long long)outcome->connect_ms,
            !o.reused ? "a new connection"
            : o.value[0] != '\0' ? "reusing a connection and its shell"
                                 : "reusing a connection");
    fprintf(stderr, "credssp: %s as %s, CredSSP version %u, %s; "
            "%u HTTP requests\n", o.mechanism, o.spn, o.credssp_version,
            o.tls, (unsigned)o.requests);
}

static void tell_result(const struct run *run,
                        const struct run_outcome *outcome)
{
    const struct remote_result *r = &outcome->command;

    if (r->output_ms >= 0)
        fprintf(stderr, "credssp: first output %lld ms after connecting, "
                "%u HTTP requests in all\n", (long long)r->output_ms,
                run_requests_to_output(outcome));
    fprintf(stderr, "credssp: ended after %lld ms, %u HTTP requests in all; "
            "exit code %u%s\n", (long long)outcome->total_ms,
            run_requests(outcome), (unsigned)r->exit_code,
            r->kept ? "; the shell is kept" : "");
    if (run->options.keep && !r->kept)
        fprintf(stderr, "credssp: the shell is not kept: %s\n",
                "its options are too long, or the broker is gone");
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

/* Prints no error of its own. */
static int run_and_tell(struct run *run, struct err *err)
{
    bool verbose = run->job.cli->verbose || run->options.verbose;
    struct run_outcome outcome;

    if (verbose)
        run->job.connected = tell_opened;
    if (run->options.json)
        return run_json(&run->job, err);
    if (run_host(&run->job, &outcome, err) != 0)
        return EXIT_OWN_FAILURE;
    if (verbose)
        tell_result(run, &outcome);
    return exit_status(run, outcome.command.exit_code);
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

static int open_input(struct run *run, struct err *err)
{
    const char *path = run->options.input;
    int fd;

    if (path == NULL)
        return 0;
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        (void)err_set_errno(err, ERR_USAGE, STAGE_START, errno,
                            "cannot open the input %s", path);
        return err_advise(err, "--input wants a file that you may read; "
                          "nothing was run");
    }
    if (run->wide)
        close(fd); /* each host's process opens it for itself */
    else
        run->job.remote.in = fd;
    return 0;
}

/* Told once, and not once for each host. */
static int check_credential(struct err *err)
{
    struct client client;
    int r;

    client_init(&client);
    r = client_begin_session(&client, err);
    client_close(&client, true);
    return r;
}

static int run_all(struct run *run, struct err *err)
{
    if (open_input(run, err) != 0)
        return EXIT_OWN_FAILURE;
    signal(SIGPIPE, SIG_IGN); /* a write tells, and the command is ended */
    xmlInitParser();          /* before there is a second thread */
    if (!run->wide)
        return run_and_tell(run, err);
    if (check_credential(err) != 0)
        return EXIT_OWN_FAILURE;
    run->many.run = run_one;
    run->many.arg = run;
    return run_many(&run->many, err);
}

int cmd_run(const struct cli *cli, int argc, char **argv, struct err *err)
{
    struct run run = { .job.cli = cli, .job.host = "",
                       .options.codepage = CODEPAGE_UTF8,
                       .options.at_once = FANOUT_DEFAULT };
    struct words words;
    int status = EXIT_OWN_FAILURE;

    buf_init(&run.line, REMOTE_LINE_MAX + 1);
    buf_init(&run.argument_line, REMOTE_LINE_MAX + 1);
    if (options_parse(&page_run, argc, argv, &run.options, &words, err) != 0)
        return EXIT_OWN_FAILURE;
    if (words.help)
        return EXIT_SUCCESS;
    if (take_words(&run, words, err) == 0 && take_settings(&run, err) == 0)
        status = run_all(&run, err);
    hosts_free(&run.many.hosts);
    buf_free(&run.argument_line);
    buf_free(&run.line);
    return status;
}
