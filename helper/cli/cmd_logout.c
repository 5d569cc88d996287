/* cmd_logout.c - "credssp logout": forget the credential (kdestroy habit). */
#include <stdio.h>
#include <stdlib.h>

#include "cli/command.h"
#include "credssp/possession.h"

#define EXIT_NONE 1 /* kdestroy, when there is nothing to destroy */

struct logout_options {
    bool quiet;
};

static const struct option_row rows[] = {
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
        "  credssp logout -q\n",
};

int cmd_logout(const struct cli *cli, int argc, char **argv, struct err *err)
{
    struct logout_options options = { .quiet = false };
    struct words words;

    (void)cli;
    if (options_parse(&page_logout, argc, argv, &options, &words, err) != 0)
        return EXIT_OWN_FAILURE;
    if (words.help)
        return EXIT_SUCCESS;
    if (words.n > 0) {
        (void)options_usage_error(&page_logout, err, "unexpected: %s",
                                  words.v[0]);
        return EXIT_OWN_FAILURE;
    }
    if (possession_drop(err) == 0) {
        if (!options.quiet)
            printf("The credential of this session is forgotten.\n");
        return EXIT_SUCCESS;
    }
    if (err->cause != ERR_NO_CREDENTIAL)
        return EXIT_OWN_FAILURE;
    if (!options.quiet)
        fprintf(stderr, "credssp: this session holds no credential; there "
                "is nothing to forget\n");
    err_clear(err);
    return EXIT_NONE;
}
