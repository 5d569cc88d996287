/* policy.c - what a loaded policy decides. credssp.conf(5). */
#include "policy/policy.h"

#include <stdio.h>
#include <string.h>

#include "policy/rules.h"

#define PORT_HTTP 5985  /* MS-WSMV 2.1 */
#define PORT_HTTPS 5986
#define VERSION_FLOOR 5 /* CVE-2018-0886; MS-CSSP 5.1 */

void policy_cite(const struct policy *policy, const struct rule *rule,
                 struct policy_rule *cited)
{
    snprintf(cited->file, sizeof cited->file, "%s",
             policy->files[rule->file].path);
    snprintf(cited->text, sizeof cited->text, "%s", rule->text);
    cited->line = rule->line;
}

/* The first line of this kind that speaks of the host, or NULL. */
static const struct rule *find_rule(const struct policy *policy,
                                    const struct policy_query *query,
                                    enum rule_kind kind)
{
    size_t i;

    for (i = 0; i < policy->rule_count; i++) {
        const struct rule *rule = &policy->rules[i];

        if (rule->kind == kind
            && spn_pattern_matches(&rule->pattern, POLICY_SERVICE,
                                   query->host)
            && (rule->match == 0
                || match_applies(&policy->matches[rule->match - 1], query)))
            return rule;
    }
    return NULL;
}

static void decide_rules(const struct policy *policy,
                         const struct policy_query *query,
                         struct policy_verdict *verdict)
{
    const struct rule *deny = find_rule(policy, query, RULE_DENY);
    const struct rule *fresh = find_rule(policy, query, RULE_ALLOW);
    const struct rule *ntlm = find_rule(policy, query, RULE_ALLOW_NTLM);

    verdict->kerberos = deny == NULL && fresh != NULL;
    verdict->ntlm = deny == NULL && ntlm != NULL;
    if (deny != NULL)
        fresh = ntlm = deny;
    if (fresh != NULL)
        policy_cite(policy, fresh, &verdict->kerberos_rule);
    if (ntlm != NULL)
        policy_cite(policy, ntlm, &verdict->ntlm_rule);
}

/* Takes what this block gives and no block before it gave. */
static void take_settings(const struct host_block *host,
                          bool given[HOST_SETTING_COUNT],
                          struct policy_verdict *verdict)
{
    int i;

    for (i = 0; i < HOST_SETTING_COUNT; i++) {
        if (given[i] || !host->given[i])
            continue;
        given[i] = true;
        switch ((enum host_setting)i) {
        case HOST_PORT:
            verdict->port = host->port;
            break;
        case HOST_HTTPS:
            verdict->https = host->https;
            break;
        case HOST_MINIMUM_VERSION:
            verdict->minimum_version = host->minimum_version;
            break;
        case HOST_LEGACY_TLS:
            verdict->legacy_tls = host->legacy_tls;
            break;
        case HOST_SPN:
            memcpy(verdict->spn_service, host->spn_service,
                   sizeof verdict->spn_service);
            break;
        case HOST_PIN:
            memcpy(verdict->pinned_sha256, host->pinned_sha256,
                   sizeof verdict->pinned_sha256);
            break;
        case HOST_HTTPS_PIN:
            memcpy(verdict->https_pinned_sha256, host->https_pinned_sha256,
                   sizeof verdict->https_pinned_sha256);
            break;
        case HOST_TRUSTED_CHAIN:
            verdict->trusted_chain = host->trusted_chain;
            break;
        case HOST_SETTING_COUNT:
            break;
        }
    }
}

/* A '!' name wins over the others of its line. */
bool host_block_matches(const struct policy *policy, size_t block,
                        const char *host)
{
    bool found = false;
    size_t i;

    for (i = policy->blocks[block].first_name;
         i < policy->name_count && policy->names[i].block == block; i++) {
        const struct host_name *name = &policy->names[i];

        if (!spn_pattern_matches(&name->pattern, name->pattern.service,
                                 host))
            continue;
        if (name->negated)
            return false;
        found = true;
    }
    return found;
}

static void decide_settings(const struct policy *policy, const char *host,
                            struct policy_verdict *verdict)
{
    bool given[HOST_SETTING_COUNT] = { false };
    size_t i;

    verdict->minimum_version = VERSION_FLOOR;
    for (i = 0; i < policy->block_count; i++)
        if (host_block_matches(policy, i, host))
            take_settings(&policy->blocks[i], given, verdict);
    if (!given[HOST_PORT])
        verdict->port = verdict->https ? PORT_HTTPS : PORT_HTTP;
}

/*
 * Windows' AllowFreshCredentials holds where the server is vouched for by
 * Kerberos or by a trusted X.509 certificate (CredSsp.admx).  The
 * second is so only where the Host block demands the certificate: then
 * nothing is sent before it is verified, and NTLM, which vouches for nobody,
 * need not.  The certificate of HTTPS does not count: CredSSP is not bound
 * to it.
 */
static void decide_certificate(struct policy_verdict *verdict)
{
    bool vouched = verdict->pinned_sha256[0] != '\0'
                   || verdict->trusted_chain;

    if (!vouched || !verdict->kerberos || verdict->ntlm)
        return;
    verdict->ntlm = true;
    verdict->ntlm_rule = verdict->kerberos_rule;
}

void policy_decide(const struct policy *policy,
                   const struct policy_query *query,
                   struct policy_verdict *verdict)
{
    memset(verdict, 0, sizeof *verdict);
    snprintf(verdict->file, sizeof verdict->file, "%s", policy->path);
    decide_rules(policy, query, verdict);
    decide_settings(policy, query->host, verdict);
    decide_certificate(verdict);
}

static const char *allow_keyword(bool ntlm)
{
    return ntlm ? "AllowFreshCredentialsWhenNTLMOnly"
                : "AllowFreshCredentials";
}

int policy_refuse(const struct policy_query *query,
                  const struct policy_verdict *verdict, bool ntlm,
                  struct err *err)
{
    const struct policy_rule *rule = ntlm ? &verdict->ntlm_rule
                                          : &verdict->kerberos_rule;

    /* The sentence of Windows' own refusal (WinRM error 0x803380e0). */
    err_set(err, ntlm ? ERR_POLICY_NTLM : ERR_POLICY_DENIED, STAGE_POLICY,
            "a computer policy does not allow the delegation of your "
            "credentials to %s%s", query->host,
            ntlm ? ", for which only NTLM vouches" : "");
    if (rule->line != 0) /* allowed lines are not refused: this denies */
        return err_advise(err, "denied by %s:%u: %s", rule->file, rule->line,
                          rule->text);
    if (strchr(query->host, '.') == NULL)
        return err_advise(err, "use the host's full name, as in "
                          "%s.corp.example.com; an administrator could also "
                          "allow the short one in %s: %s WSMAN/%s",
                          query->host, verdict->file, allow_keyword(ntlm),
                          query->host);
    return err_advise(err, "if the name is spelled right, an administrator "
                      "can allow it with this line in %s: %s WSMAN/%s",
                      verdict->file, allow_keyword(ntlm), query->host);
}

const char *policy_domain(const struct policy *policy)
{
    return policy->domain;
}

const char *policy_realm(const struct policy *policy)
{
    return policy->realm;
}

unsigned policy_lifetime(const struct policy *policy)
{
    return policy->lifetime_s;
}
