/*
 * rules.h - a policy in memory: what policy_parse.c builds and policy.c reads.
 * Private to helper/policy.
 */
#ifndef CREDSSP_POLICY_RULES_H
#define CREDSSP_POLICY_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/policy.h"

#define POLICY_ROWS_MAX 4096 /* of each kind, in one file */
#define POLICY_LINE_MAX 4096 /* bytes of one line */

enum rule_kind { RULE_ALLOW, RULE_ALLOW_NTLM, RULE_DENY };

/*
 * A service, a slash, and a host name, '*' or '*.suffix': the one wildcard
 * that Windows has (CredSsp.admx).  All in lower case.
 */
struct spn_pattern {
    char service[32];
    bool any;                     /* host is ignored */
    bool suffix;                  /* host is ".corp.example.com" */
    char host[HOSTNAME_MAX + 1];
};

/* false when the text is not one of the three forms; *why says which part. */
bool spn_pattern_parse(const char *text, struct spn_pattern *pattern,
                       const char **why);
bool spn_pattern_matches(const struct spn_pattern *pattern,
                         const char *service, const char *host);

/* "Match User a,b Group c Service d": comma lists, "" for no condition. */
struct match {
    char users[POLICY_TEXT_MAX];
    char groups[POLICY_TEXT_MAX];
    char services[POLICY_TEXT_MAX];
};

struct rule {
    enum rule_kind kind;
    struct spn_pattern pattern;
    size_t match;                 /* index + 1 into matches; 0: everyone */
    unsigned line;
    char text[POLICY_TEXT_MAX];   /* keyword and pattern, as written */
};

/* Which settings a Host block gives; the first block that gives one wins. */
enum host_setting {
    HOST_PORT, HOST_HTTPS, HOST_MINIMUM_VERSION, HOST_LEGACY_TLS, HOST_SPN,
    HOST_PIN, HOST_HTTPS_PIN, HOST_TRUSTED_CHAIN, HOST_SETTING_COUNT
};

struct host_block {
    struct spn_pattern pattern;   /* its service is not used */
    bool given[HOST_SETTING_COUNT];
    uint16_t port;
    bool https;
    int minimum_version;
    bool legacy_tls;
    char spn_service[32];
    char pinned_sha256[65];
    char https_pinned_sha256[65];
    bool trusted_chain;
};

struct policy {
    char path[POLICY_TEXT_MAX];
    char domain[POLICY_TEXT_MAX];
    char realm[POLICY_TEXT_MAX];
    unsigned lifetime_s;
    struct rule *rules;
    size_t rule_count;
    struct match *matches;
    size_t match_count;
    struct host_block *hosts;
    size_t host_count;
};

/*
 * Parses text (NUL-terminated) into *policy.  Every error goes to complain;
 * returns their number.
 */
size_t policy_parse(struct policy *policy, const char *text, size_t len,
                    policy_complaint_fn *complain, void *arg);

#endif
