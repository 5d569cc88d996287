/*
 * policy.h - the words behind "credssp policy": one is one file and one row.
 */
#ifndef CREDSSP_CLI_POLICY_H
#define CREDSSP_CLI_POLICY_H

#include "broker/wire.h"
#include "cli/client.h"
#include "cli/command.h"

#define EXIT_DENIED 1 /* not allowed; not there; not all could be taken */

extern const struct page page_policy_show, page_policy_check,
    page_policy_allow, page_policy_remove, page_policy_import;
command_fn cmd_policy_show, cmd_policy_check, cmd_policy_allow,
    cmd_policy_remove, cmd_policy_import;

/* -u and --service, of whom the policy is asked. NULL: oneself. */
struct policy_whose {
    const char *user;
    const char *service;
};
#define POLICY_WHOSE_ROWS(type)                                               \
    { 0, "user", "NAME", OPTION_TEXT, offsetof(type, whose.user),             \
      "as another user would be judged (root only)" },                        \
    { 0, "service", "NAME", OPTION_TEXT, offsetof(type, whose.service),       \
      "as if the password had been typed to this service (root only)" }

/* ERR_USAGE of page when there is no such user. */
int policy_whose(const struct page *page, const struct policy_whose *options,
                 struct wire_whose *whose, struct err *err) MUST_USE;

/*
 * Connects and asks, with the session's ticket if there is one that the
 * broker takes and nobody else is meant: then the service is known that the
 * password was typed to.  put writes the request behind HELLO.
 */
typedef void policy_put_fn(struct buf *out, const void *request);
int policy_ask(struct client *client, const struct cli *cli,
               const struct wire_whose *whose, policy_put_fn *put,
               const void *request, unsigned *type, struct reader *fields,
               struct err *err) MUST_USE;

#endif
