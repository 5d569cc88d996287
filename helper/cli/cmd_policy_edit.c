/* cmd_policy_edit.c - "credssp policy allow" and "remove": one line of the
 * policy file, as Enable-WSManCredSSP -DelegateComputer does on Windows. */
#include <stdlib.h>
#include <unistd.h>

#include "cli/policy.h"
#include "policy/edit.h"

struct edit_options {
    bool ntlm_only, deny;
};

static const struct option_row rows[] = {
    { 0, "ntlm-only", NULL, OPTION_FLAG,
      offsetof(struct edit_options, ntlm_only),
      "the list for hosts that only NTLM vouches for" },
    { 0, "deny", NULL, OPTION_FLAG, offsetof(struct edit_options, deny),
      "the list of hosts that never get a credential" },
};

const struct page page_policy_allow = {
    .name = "policy allow",
    .usage = "[OPTION]... PATTERN",
    .summary = "Add a line to the policy (root only)",
    .about = "Enable-WSManCredSSP -Role Client -DelegateComputer for this\n"
             "machine.  The line is added before the first Match or Host\n"
             "block; comments and the order of lines stay.  The broker takes\n"
             "the change by itself.\n",
    PAGE_ROWS(rows),
    .examples =
        "  credssp policy allow 'WSMAN/*.corp.example.com'\n"
        "  credssp policy allow --ntlm-only WSMAN/kiosk7.corp.example.com\n"
        "  credssp policy allow --deny WSMAN/dc1.corp.example.com\n",
};

const struct page page_policy_remove = {
    .name = "policy remove",
    .usage = "[OPTION]... PATTERN",
    .summary = "Take a line from the policy (root only)",
    .about = "Takes that pattern away and nothing else.  The exit status is\n"
             "1 if it was not there.\n",
    PAGE_ROWS(rows),
    .examples =
        "  credssp policy remove 'WSMAN/*.corp.example.com'\n",
};

static int set_edit(const struct page *page, const struct cli *cli,
                    const struct edit_options *options,
                    const struct words *words, struct policy_edit *edit,
                    struct err *err)
{
    if (words->n != 1)
        return options_usage_error(page, err, "one pattern is wanted, not %d",
                                   words->n);
    if (options->ntlm_only && options->deny)
        return options_usage_error(page, err, "--ntlm-only and --deny "
                                   "exclude each other");
    if (!cli->direct && geteuid() != 0) {
        (void)err_set(err, ERR_USAGE, STAGE_POLICY,
                      "only root may change the policy of this machine");
        return err_advise(err, "with sudo; or 'credssp --direct -F FILE "
                          "policy ...' for a file of your own");
    }
    edit->path = cli->policy_file != NULL ? cli->policy_file
                                          : SYSCONFDIR "/credssp.conf";
    edit->owner = cli->direct ? POLICY_OWNER_USER : POLICY_OWNER_ROOT;
    edit->kind = options->deny ? POLICY_LINE_DENY
                 : options->ntlm_only ? POLICY_LINE_ALLOW_NTLM
                                      : POLICY_LINE_ALLOW;
    edit->pattern = words->v[0];
    return 0;
}

static void print_rule(const char *what, const struct policy_rule *rule)
{
    printf("%s%s:%u: %s\n", what, rule->file, rule->line, rule->text);
}

/* Says what was done; returns the exit status. */
typedef int report_fn(const struct policy_edit *edit,
                      const struct policy_edited *edited);

static int report_added(const struct policy_edit *edit,
                        const struct policy_edited *edited)
{
    print_rule(edited->changed ? "Added: " : "It is there already: ",
               &edited->where);
    if (edit->kind != POLICY_LINE_DENY && edited->deny.line != 0)
        print_rule("Note: some or all of these hosts are still denied by ",
                   &edited->deny);
    return EXIT_SUCCESS;
}

static int report_removed(const struct policy_edit *edit,
                          const struct policy_edited *edited)
{
    if (edited->changed)
        print_rule("Removed: ", &edited->where);
    else if (edited->where.line != 0)
        print_rule("Not removed, because it stands in a Match block or an "
                   "included file: ", &edited->where);
    else
        printf("Not there: %s %s in %s\n", policy_keyword(edit->kind),
               edit->pattern, edit->path);
    return edited->changed ? EXIT_SUCCESS : EXIT_DENIED;
}

static int change(const struct page *page, const struct cli *cli, int argc,
                  char **argv, bool remove, report_fn *report,
                  struct err *err)
{
    struct edit_options options = { .deny = false };
    struct policy_edit edit = { .remove = remove };
    struct policy_edited edited;
    struct words words;

    if (options_parse(page, argc, argv, &options, &words, err) != 0)
        return EXIT_OWN_FAILURE;
    if (words.help)
        return EXIT_SUCCESS;
    if (set_edit(page, cli, &options, &words, &edit, err) != 0
        || policy_edit(&edit, &edited, err) != 0)
        return EXIT_OWN_FAILURE;
    return report(&edit, &edited);
}

int cmd_policy_allow(const struct cli *cli, int argc, char **argv,
                     struct err *err)
{
    return change(&page_policy_allow, cli, argc, argv, false, report_added,
                  err);
}

int cmd_policy_remove(const struct cli *cli, int argc, char **argv,
                      struct err *err)
{
    return change(&page_policy_remove, cli, argc, argv, true, report_removed,
                  err);
}
