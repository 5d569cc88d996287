/* main.c - credssp: the table of commands, and the options before them. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "cli/command.h"

static const struct command commands[] = {
    { &page_run, cmd_run },       { &page_ps, cmd_ps },
    { &page_list, cmd_list },
    { &page_login, cmd_login },   { &page_logout, cmd_logout },
    { &page_policy, cmd_policy }, { &page_test, cmd_test },
    { &page_wsman, cmd_wsman },
};
#define COMMANDS (sizeof commands / sizeof *commands)

struct global_options {
    struct cli cli;
    bool version;
};

#define FIELD(name) offsetof(struct global_options, name)
static const struct option_row rows[] = {
    { 'v', "verbose", NULL, OPTION_FLAG, FIELD(cli.verbose),
      "tell stages and times on stderr" },
    { 0, "direct", NULL, OPTION_FLAG, FIELD(cli.direct),
      "no system broker: start one as this user" },
    { 'F', "policy", "FILE", OPTION_TEXT, FIELD(cli.policy_file),
      "the policy file; only with --direct" },
    { 0, "socket", "PATH", OPTION_TEXT, FIELD(cli.socket),
      "where the broker listens (" BROKER_SOCKET ")" },
    { 'V', "version", NULL, OPTION_FLAG, FIELD(version),
      "print the version" },
};

static const struct page page_global = {
    .usage = "[OPTION]... COMMAND [ARG...]",
    .summary = "Single sign-on to Windows hosts, with a second hop",
    PAGE_ROWS(rows),
    .stop_at_word = true,
};

static void print_help(void)
{
    size_t i;

    printf("Usage: credssp %s\n\n%s.\n\nCommands:\n", page_global.usage,
           page_global.summary);
    for (i = 0; i < COMMANDS; i++)
        printf("  %-10s %s\n", commands[i].page->name,
               commands[i].page->summary);
    printf("\nOptions:\n");
    options_print_rows(stdout, &page_global);
    printf("\n'credssp COMMAND --help' tells more; the manual is "
           "credssp(1).\n");
}

static const struct command *find(const char *name, struct err *err)
{
    const struct command *near;
    size_t i;

    for (i = 0; i < COMMANDS; i++)
        if (strcmp(commands[i].page->name, name) == 0)
            return &commands[i];
    (void)err_set(err, ERR_USAGE, STAGE_START, "there is no command '%s'",
                  name);
    near = command_nearest(commands, COMMANDS, name);
    if (near != NULL)
        (void)err_advise(err, "did you mean 'credssp %s'?",
                         near->page->name);
    return NULL;
}

static int check_cli(const struct cli *cli, struct err *err)
{
    if (cli->policy_file != NULL && !cli->direct)
        return options_usage_error(&page_global, err, "-F is for --direct "
                                   "only: the system's broker has the "
                                   "administrator's policy");
    if (cli->socket != NULL && cli->direct)
        return options_usage_error(&page_global, err, "--direct and --socket "
                                   "exclude each other");
    return 0;
}

static int run_command(int argc, char **argv, struct global_options *options,
                       struct err *err)
{
    const struct command *command;
    struct words words;

    if (options_parse(&page_global, argc, argv, options, &words, err) != 0
        || check_cli(&options->cli, err) != 0)
        return EXIT_OWN_FAILURE;
    if (options->version) {
        printf("credssp %s\n", PACKAGE_VERSION);
        return EXIT_SUCCESS;
    }
    if (words.help) {
        print_help();
        return EXIT_SUCCESS;
    }
    if (words.n == 0) {
        (void)options_usage_error(&page_global, err, "no command is given");
        return EXIT_OWN_FAILURE;
    }
    command = find(words.v[0], err);
    if (command == NULL)
        return EXIT_OWN_FAILURE;
    return command->run(&options->cli, words.n, words.v, err);
}

/* A socket must never become descriptor 0, 1 or 2 and take our output. */
static void fill_standard_descriptors(void)
{
    int fd;

    do
        fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0)
        close(fd);
}

int main(int argc, char **argv)
{
    struct global_options options = { .version = false };
    struct err err = ERR_INIT;
    int status;

    /* ptrace(2), /proc/PID/mem and core dumps are for root only. */
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    fill_standard_descriptors();
    status = run_command(argc, argv, &options, &err);
    if (err.cause != ERR_NONE)
        err_print(stderr, "credssp", &err);
    if (err.cause != ERR_NONE && options.cli.verbose)
        fprintf(stderr, "credssp: cause %s\n", err_cause_name(err.cause));
    if (fflush(stdout) != 0 && status == EXIT_SUCCESS)
        status = EXIT_OWN_FAILURE; /* what was asked for is not out there */
    return status;
}
