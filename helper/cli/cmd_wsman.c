/* cmd_wsman.c - "credssp wsman": its words, and what they share. */
#include "cli/wsman.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broker/wire.h"

static const struct command words_of_wsman[] = {
    { &page_wsman_identify, cmd_wsman_identify },
    { &page_wsman_get, cmd_wsman_get },
    { &page_wsman_enumerate, cmd_wsman_enumerate },
};
#define WORDS (sizeof words_of_wsman / sizeof *words_of_wsman)

const struct page page_wsman = {
    .name = "wsman",
    .usage = "identify|get|enumerate [OPTION]... HOST [RESOURCE]",
    .summary = "Ask a host's WinRM: Test-WSMan, winrm get, winrm enumerate",
    .about =
        "  identify HOST             does WinRM answer there? (no logon)\n"
        "  get HOST RESOURCE         one resource, as 'winrm get' prints it\n"
        "  enumerate HOST RESOURCE   all of its instances\n"
        "\n'credssp wsman WORD --help' tells more.\n",
    .examples =
        "  credssp wsman identify win1.corp.example.com\n"
        "  credssp wsman get win1.corp.example.com winrm/config\n"
        "  credssp wsman enumerate win1.corp.example.com shell\n",
    .stop_at_word = true,
};

int wsman_check_format(const struct page *page,
                       const struct wsman_format *format, struct err *err)
{
    if (format->json && format->xml)
        return options_usage_error(page, err, "--json and --xml exclude each "
                                   "other");
    return 0;
}

int wsman_take_host(const char *host, struct err *err)
{
    if (host[0] == '\0' || strlen(host) >= WIRE_TEXT_MAX)
        return err_set(err, ERR_HOSTNAME, STAGE_START,
                       "a host name has 1 to %d bytes", WIRE_TEXT_MAX - 1);
    return 0;
}

static const struct command *find(const char *word, struct err *err)
{
    const struct command *near;
    char full[64];
    size_t i;

    for (i = 0; i < WORDS; i++)
        if (strcmp(words_of_wsman[i].page->name + strlen("wsman "), word)
            == 0)
            return &words_of_wsman[i];
    (void)options_usage_error(&page_wsman, err, "unknown: wsman %s", word);
    snprintf(full, sizeof full, "wsman %.40s", word);
    near = command_nearest(words_of_wsman, WORDS, full);
    if (near != NULL)
        (void)err_advise(err, "did you mean 'credssp %s'?",
                         near->page->name);
    return NULL;
}

int cmd_wsman(const struct cli *cli, int argc, char **argv, struct err *err)
{
    const struct command *command;
    struct words words;
    char unused;

    if (options_parse(&page_wsman, argc, argv, &unused, &words, err) != 0)
        return EXIT_OWN_FAILURE;
    if (words.help)
        return EXIT_SUCCESS;
    if (words.n == 0) {
        (void)options_usage_error(&page_wsman, err, "say what to do: "
                                  "'identify HOST', for example");
        return EXIT_OWN_FAILURE;
    }
    command = find(words.v[0], err);
    if (command == NULL)
        return EXIT_OWN_FAILURE;
    return command->run(cli, words.n, words.v, err);
}
