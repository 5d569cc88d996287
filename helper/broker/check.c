/* check.c - the request CHECK: what would the policy say? */
#include <stdio.h>
#include <string.h>

#include "broker/client.h"

/* "/etc/credssp.conf:3: AllowFreshCredentials WSMAN/..." */
static void describe_rule(char *dst, size_t size,
                          const struct policy_rule *rule)
{
    if (rule->line == 0)
        dst[0] = '\0';
    else
        snprintf(dst, size, "%.240s:%u: %.240s", rule->file, rule->line,
                 rule->text);
}

static void describe(const struct policy_query *query,
                     const struct policy_verdict *verdict,
                     struct wire_checked *checked)
{
    struct err why = ERR_INIT;

    checked->kerberos = verdict->kerberos;
    checked->ntlm = verdict->ntlm;
    describe_rule(checked->kerberos_rule, sizeof checked->kerberos_rule,
                  &verdict->kerberos_rule);
    describe_rule(checked->ntlm_rule, sizeof checked->ntlm_rule,
                  &verdict->ntlm_rule);
    snprintf(checked->host, sizeof checked->host, "%s", query->host);
    if (verdict->kerberos || verdict->ntlm)
        return;
    if (policy_refuse(query, verdict, false, &why) != 0)
        snprintf(checked->advice, sizeof checked->advice, "%s", why.advice);
}

int client_whose(struct client *client, const struct wire_whose *whose,
                 struct identity *identity, struct err *err)
{
    uid_t caller = client->session->uid;
    uid_t uid = whose->uid == WIRE_SELF ? caller : whose->uid;

    if (caller != 0 && uid != caller)
        return err_set(err, ERR_USAGE, STAGE_POLICY,
                       "only root may ask for another user");
    if (caller != 0 && whose->service[0] != '\0')
        return err_set(err, ERR_USAGE, STAGE_POLICY,
                       "only root may ask for another service");
    return identity_of(uid, identity, err);
}

static int answer(struct client *client, const struct identity *identity,
                  const struct wire_check *check, const char *host,
                  struct err *err)
{
    struct wire_checked checked = { 0 };
    struct policy_verdict verdict = { 0 };
    const struct policy_query query = {
        .user = identity->user,
        .groups = (const char *const *)identity->groups,
        .group_count = identity->group_count,
        .service = check->whose.service[0] != '\0'
                       ? check->whose.service : client->facts.service,
        .host = host,
    };

    if (client_policy(client, err) != 0)
        return -1;
    policy_decide(client->policy, &query, &verdict);
    describe(&query, &verdict, &checked);
    wire_put_checked(&client->out, &checked);
    return 0;
}

int request_check(struct client *client, struct reader *fields,
                  struct err *err)
{
    struct identity identity = { 0 };
    char host[HOSTNAME_MAX];
    struct wire_check check;
    int result = -1;

    if (wire_get_check(fields, &check, err) != 0
        || hostname_canonical(check.host, strlen(check.host), host, err) != 0)
        return -1;
    if (client_whose(client, &check.whose, &identity, err) == 0)
        result = answer(client, &identity, &check, host, err);
    identity_clear(&identity);
    return result;
}
