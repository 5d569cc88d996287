/* show.c - the request SHOW: what of the policy applies to the caller. */
#include <stdio.h>
#include <string.h>

#include "broker/client.h"

#define BATCH_BYTES 65536 /* lines are sent when there are so many */

static const enum wire_line_kind kinds[] = {
    [POLICY_LINE_ALLOW] = WIRE_LINE_ALLOW,
    [POLICY_LINE_ALLOW_NTLM] = WIRE_LINE_ALLOW_NTLM,
    [POLICY_LINE_DENY] = WIRE_LINE_DENY,
    [POLICY_LINE_HOST] = WIRE_LINE_HOST,
    [POLICY_LINE_SETTING] = WIRE_LINE_SETTING,
};

static int tell_line(void *arg, enum policy_line_kind kind, const char *text,
                     const char *file, unsigned line, struct err *err)
{
    struct client *client = arg;
    struct wire_line frame = { .kind = kinds[kind], .line = line };

    snprintf(frame.text, sizeof frame.text, "%s", text);
    snprintf(frame.file, sizeof frame.file, "%s", file);
    wire_put_line(&client->out, &frame);
    return client->out.len < BATCH_BYTES ? 0 : client_flush(client, err);
}

/* What is wrong with a newer file is told to the log alone: its lines may be
 * about others. */
static void tell_end(struct client *client, const struct policy_query *query)
{
    struct wire_shown shown = { .lifetime_s = policy_lifetime(client->policy) };
    struct err why = ERR_INIT;

    policy_source_facts(client->session->policy, &shown.loaded, &why);
    shown.is_newest = why.cause == ERR_NONE;
    snprintf(shown.user, sizeof shown.user, "%s", query->user);
    snprintf(shown.service, sizeof shown.service, "%s", query->service);
    snprintf(shown.file, sizeof shown.file, "%s",
             client->session->policy->path);
    snprintf(shown.domain, sizeof shown.domain, "%s",
             policy_domain(client->policy));
    snprintf(shown.realm, sizeof shown.realm, "%s",
             policy_realm(client->policy));
    wire_put_shown(&client->out, &shown);
}

static int answer(struct client *client, const struct identity *identity,
                  const struct wire_show *show, struct err *err)
{
    const struct policy_query query = {
        .user = identity->user,
        .groups = (const char *const *)identity->groups,
        .group_count = identity->group_count,
        .service = show->whose.service[0] != '\0' ? show->whose.service
                                                  : client->facts.service,
        .host = "",
    };

    if (client_policy(client, err) != 0
        || policy_list(client->policy, &query, tell_line, client, err) != 0)
        return -1;
    tell_end(client, &query);
    return 0;
}

int request_show(struct client *client, struct reader *fields,
                 struct err *err)
{
    struct identity identity = { 0 };
    struct wire_show show;
    int result = -1;

    if (wire_get_show(fields, &show, err) != 0)
        return -1;
    if (client_whose(client, &show.whose, &identity, err) == 0)
        result = answer(client, &identity, &show, err);
    identity_clear(&identity);
    return result;
}
