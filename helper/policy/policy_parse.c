/* policy_parse.c - the grammar of credssp.conf(5), keyword by keyword. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "credssp/duration.h"
#include "policy/rules.h"

#define WORDS_MAX 64 /* on one line */

/* Where a keyword may stand. */
enum block { BLOCK_GLOBAL = 1, BLOCK_MATCH = 2, BLOCK_HOST = 4 };

/* One line in words; columns count from 1. */
struct line {
    unsigned number;
    size_t count;
    char *words[WORDS_MAX];
    unsigned columns[WORDS_MAX];
    char copy[POLICY_LINE_MAX];
};

struct parser {
    struct policy *policy;
    enum block block;
    size_t match;       /* of a Match block: its index + 1 */
    size_t first_host;  /* of a Host line: its blocks are from here to the
                           end, one for each name */
    struct line line;
    policy_complaint_fn *complain;
    void *arg;
    size_t errors;
};

static void complain_at(struct parser *p, size_t word, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

static void complain_at(struct parser *p, size_t word, const char *fmt, ...)
{
    char what[POLICY_TEXT_MAX];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    p->errors++;
    p->complain(p->arg, p->policy->path, p->line.number,
                word < p->line.count ? p->line.columns[word] : 1, what);
}

/*
 * rows with one zeroed row more, which is rows[count]; the caller stores both.
 * NULL, and a complaint, when there are too many; the old rows stay.
 */
static void *with_row(struct parser *p, void *rows, size_t count, size_t size)
{
    char *grown;

    if (count >= POLICY_ROWS_MAX) {
        complain_at(p, 0, "more than %d such lines", POLICY_ROWS_MAX);
        return NULL;
    }
    grown = reallocarray(rows, count + 1, size);
    if (grown == NULL)
        complain_at(p, 0, "no memory is left");
    else
        memset(grown + count * size, 0, size);
    return grown;
}

static void parse_rule(struct parser *p, int kind)
{
    struct policy *policy = p->policy;
    const char *why = NULL;
    size_t i;

    for (i = 1; i < p->line.count; i++) {
        struct spn_pattern pattern;
        struct rule *rules, *rule;

        if (!spn_pattern_parse(p->line.words[i], &pattern, &why)) {
            complain_at(p, i, "'%s': %s", p->line.words[i], why);
            continue;
        }
        rules = with_row(p, policy->rules, policy->rule_count, sizeof *rules);
        if (rules == NULL)
            return;
        policy->rules = rules;
        rule = &rules[policy->rule_count++];
        rule->kind = (enum rule_kind)kind;
        rule->pattern = pattern;
        rule->match = p->block == BLOCK_MATCH ? p->match : 0;
        rule->line = p->line.number;
        snprintf(rule->text, sizeof rule->text, "%s %s", p->line.words[0],
                 p->line.words[i]);
    }
}

/* Domain and Realm: a name, kept as it is written. */
static void parse_name(struct parser *p, int is_realm)
{
    char *dst = is_realm ? p->policy->realm : p->policy->domain;
    const char *name = p->line.words[1];

    if (strlen(name) >= POLICY_TEXT_MAX || strpbrk(name, "\\/@+:*") != NULL)
        complain_at(p, 1, "'%s' is no name of a domain or realm", name);
    else if (dst[0] != '\0')
        complain_at(p, 0, "%s is given twice", p->line.words[0]);
    else
        snprintf(dst, POLICY_TEXT_MAX, "%s", name);
}

static void parse_lifetime(struct parser *p, int unused)
{
    (void)unused;
    if (!duration_parse(p->line.words[1], &p->policy->lifetime_s))
        complain_at(p, 1, "'%s' is no duration; write 10h, 30m or 3600",
                    p->line.words[1]);
}

static char *match_list(struct match *match, const char *criterion)
{
    if (strcasecmp(criterion, "User") == 0)
        return match->users;
    if (strcasecmp(criterion, "Group") == 0)
        return match->groups;
    if (strcasecmp(criterion, "Service") == 0)
        return match->services;
    return NULL;
}

static void parse_criterion(struct parser *p, struct match *match, size_t i)
{
    const char *value = i + 1 < p->line.count ? p->line.words[i + 1] : "";
    char *list = match_list(match, p->line.words[i]);

    if (list == NULL)
        complain_at(p, i, "'%s' is not one of User, Group, Service",
                    p->line.words[i]);
    else if (value[0] == '\0' || strlen(value) >= POLICY_TEXT_MAX)
        complain_at(p, i, "%s wants a list of names, as in %s dba,ops",
                    p->line.words[i], p->line.words[i]);
    else if (list[0] != '\0')
        complain_at(p, i, "%s is given twice", p->line.words[i]);
    else
        snprintf(list, POLICY_TEXT_MAX, "%s", value);
}

static void parse_match(struct parser *p, int unused)
{
    struct policy *policy = p->policy;
    struct match *matches;
    size_t i;

    (void)unused;
    if (p->line.count == 2 && strcasecmp(p->line.words[1], "All") == 0) {
        p->block = BLOCK_GLOBAL;
        return;
    }
    p->block = BLOCK_MATCH;
    matches = with_row(p, policy->matches, policy->match_count,
                       sizeof *matches);
    if (matches == NULL)
        return;
    policy->matches = matches;
    p->match = ++policy->match_count;
    for (i = 1; i < p->line.count; i += 2)
        parse_criterion(p, &matches[p->match - 1], i);
}

/* A host pattern is an SPN pattern without its service. */
static bool host_pattern(const char *name, struct spn_pattern *pattern,
                         const char **why)
{
    char text[POLICY_LINE_MAX + 8];

    snprintf(text, sizeof text, "WSMAN/%s", name);
    return spn_pattern_parse(text, pattern, why);
}

static void parse_host(struct parser *p, int unused)
{
    struct policy *policy = p->policy;
    const char *why = NULL;
    struct host_block *hosts;
    size_t i;

    (void)unused;
    p->block = BLOCK_HOST;
    p->first_host = policy->host_count;
    for (i = 1; i < p->line.count; i++) {
        hosts = with_row(p, policy->hosts, policy->host_count, sizeof *hosts);
        if (hosts == NULL)
            return;
        policy->hosts = hosts;
        if (!host_pattern(p->line.words[i],
                          &hosts[policy->host_count++].pattern, &why))
            complain_at(p, i, "'%s': %s", p->line.words[i], why);
    }
}

static bool number_between(const char *text, long least, long most, long *n)
{
    char *end;

    *n = strtol(text, &end, 10);
    return *text >= '0' && *text <= '9' && *end == '\0' && *n >= least
           && *n <= most;
}

static bool yes_or_no(const char *text, bool *v)
{
    *v = strcasecmp(text, "yes") == 0;
    return *v || strcasecmp(text, "no") == 0;
}

/* 64 hex digits, colons between bytes allowed, as openssl(1) prints them. */
static bool fingerprint(const char *text, char out[65])
{
    size_t n = 0;

    for (; *text != '\0'; text++) {
        if (*text == ':' && n % 2 == 0 && n > 0)
            continue;
        if (strchr("0123456789abcdefABCDEF", *text) == NULL || n == 64)
            return false;
        out[n++] = (char)(*text >= 'A' && *text <= 'F' ? *text - 'A' + 'a'
                                                       : *text);
    }
    out[n] = '\0';
    return n == 64;
}

static bool spn_service(const char *text, char out[32])
{
    static const char *const known[] = { "WSMAN", "HTTP", "host" };
    size_t i;

    for (i = 0; i < sizeof known / sizeof *known; i++)
        if (strcasecmp(text, known[i]) == 0) {
            snprintf(out, 32, "%s", known[i]);
            return true;
        }
    return false;
}

static bool take_value(struct host_block *host, enum host_setting setting,
                       const char *text)
{
    long n = 0;
    bool ok = false;

    switch (setting) {
    case HOST_PORT:
        ok = number_between(text, 1, 65535, &n);
        host->port = (uint16_t)n;
        break;
    case HOST_HTTPS:
        ok = yes_or_no(text, &host->https);
        break;
    case HOST_MINIMUM_VERSION:
        ok = number_between(text, 2, 6, &n);
        host->minimum_version = (int)n;
        break;
    case HOST_LEGACY_TLS:
        ok = yes_or_no(text, &host->legacy_tls);
        break;
    case HOST_SPN:
        ok = spn_service(text, host->spn_service);
        break;
    case HOST_PIN:
        ok = fingerprint(text, host->pinned_sha256);
        break;
    case HOST_HTTPS_PIN:
        ok = fingerprint(text, host->https_pinned_sha256);
        break;
    case HOST_TRUSTED_CHAIN:
        ok = yes_or_no(text, &host->trusted_chain);
        break;
    case HOST_SETTING_COUNT:
        break;
    }
    return ok;
}

static const char *const wanted[HOST_SETTING_COUNT] = {
    [HOST_PORT] = "a number from 1 to 65535",
    [HOST_HTTPS] = "yes or no",
    [HOST_MINIMUM_VERSION] = "a CredSSP version from 2 to 6",
    [HOST_LEGACY_TLS] = "yes or no",
    [HOST_SPN] = "WSMAN, HTTP or host",
    [HOST_PIN] = "a SHA-256 fingerprint of 64 hexadecimal digits",
    [HOST_HTTPS_PIN] = "a SHA-256 fingerprint of 64 hexadecimal digits",
    [HOST_TRUSTED_CHAIN] = "yes or no",
};

static void parse_setting(struct parser *p, int setting)
{
    size_t i;

    for (i = p->first_host; i < p->policy->host_count; i++) {
        struct host_block *host = &p->policy->hosts[i];

        if (host->given[setting]) {
            complain_at(p, 0, "%s is given twice for this Host",
                        p->line.words[0]);
            return;
        }
        if (!take_value(host, (enum host_setting)setting,
                        p->line.words[1])) {
            complain_at(p, 1, "'%s': %s wants %s", p->line.words[1],
                        p->line.words[0], wanted[setting]);
            return;
        }
        host->given[setting] = true;
    }
}

static const struct keyword {
    const char *name;
    void (*parse)(struct parser *p, int arg);
    int arg;
    int blocks;
    bool many;            /* takes more than one word */
} keywords[] = {
    { "AllowFreshCredentials", parse_rule, RULE_ALLOW,
      BLOCK_GLOBAL | BLOCK_MATCH, true },
    { "AllowFreshCredentialsWhenNTLMOnly", parse_rule, RULE_ALLOW_NTLM,
      BLOCK_GLOBAL | BLOCK_MATCH, true },
    { "DenyFreshCredentials", parse_rule, RULE_DENY,
      BLOCK_GLOBAL | BLOCK_MATCH, true },
    { "Domain", parse_name, 0, BLOCK_GLOBAL, false },
    { "Realm", parse_name, 1, BLOCK_GLOBAL, false },
    { "Lifetime", parse_lifetime, 0, BLOCK_GLOBAL, false },
    { "Match", parse_match, 0, BLOCK_GLOBAL | BLOCK_MATCH | BLOCK_HOST,
      true },
    { "Host", parse_host, 0, BLOCK_GLOBAL | BLOCK_MATCH | BLOCK_HOST, true },
    { "Port", parse_setting, HOST_PORT, BLOCK_HOST, false },
    { "HTTPS", parse_setting, HOST_HTTPS, BLOCK_HOST, false },
    { "MinimumVersion", parse_setting, HOST_MINIMUM_VERSION, BLOCK_HOST,
      false },
    { "LegacyTLS", parse_setting, HOST_LEGACY_TLS, BLOCK_HOST, false },
    { "ServiceName", parse_setting, HOST_SPN, BLOCK_HOST, false },
    { "PinnedCertificate", parse_setting, HOST_PIN, BLOCK_HOST, false },
    { "PinnedHTTPSCertificate", parse_setting, HOST_HTTPS_PIN, BLOCK_HOST,
      false },
    { "TrustedChain", parse_setting, HOST_TRUSTED_CHAIN, BLOCK_HOST, false },
};

/* Words are separated by blanks; '#' at the start of a word ends the line. */
static void split_words(struct line *line)
{
    char *p = line->copy;

    line->count = 0;
    while (line->count < WORDS_MAX) {
        p += strspn(p, " \t\r");
        if (*p == '\0' || *p == '#')
            return;
        line->columns[line->count] = (unsigned)(p - line->copy) + 1;
        line->words[line->count++] = p;
        p += strcspn(p, " \t\r");
        if (*p != '\0')
            *p++ = '\0';
    }
}

static const struct keyword *find_keyword(const char *name)
{
    size_t i;

    for (i = 0; i < sizeof keywords / sizeof *keywords; i++)
        if (strcasecmp(keywords[i].name, name) == 0)
            return &keywords[i];
    return NULL;
}

static void parse_line(struct parser *p)
{
    const struct keyword *keyword = find_keyword(p->line.words[0]);

    if (keyword == NULL)
        complain_at(p, 0, "unknown keyword '%s'", p->line.words[0]);
    else if (((int)p->block & keyword->blocks) == 0)
        complain_at(p, 0, "%s cannot stand %s", keyword->name,
                    p->block == BLOCK_GLOBAL ? "outside a Host block"
                    : p->block == BLOCK_HOST ? "in a Host block"
                                             : "in a Match block");
    else if (p->line.count < 2)
        complain_at(p, 0, "%s wants a value", keyword->name);
    else if (p->line.count == WORDS_MAX)
        complain_at(p, WORDS_MAX - 1, "more than %d words on a line",
                    WORDS_MAX - 1);
    else if (!keyword->many && p->line.count > 2)
        complain_at(p, 2, "%s takes one value; '%s' is too many",
                    keyword->name, p->line.words[2]);
    else
        keyword->parse(p, keyword->arg);
}

size_t policy_parse(struct policy *policy, const char *text, size_t len,
                    policy_complaint_fn *complain, void *arg)
{
    struct parser p = { .policy = policy, .block = BLOCK_GLOBAL,
                        .complain = complain, .arg = arg };
    size_t at = 0;

    while (at < len) {
        const char *end = memchr(text + at, '\n', len - at);
        size_t n = end == NULL ? len - at : (size_t)(end - (text + at));

        p.line.number++;
        p.line.count = 0;
        if (n >= sizeof p.line.copy) {
            complain_at(&p, 0, "the line is longer than %d bytes",
                        POLICY_LINE_MAX - 1);
        } else if (memchr(text + at, '\0', n) != NULL) {
            complain_at(&p, 0, "the line holds a NUL character");
        } else {
            memcpy(p.line.copy, text + at, n);
            p.line.copy[n] = '\0';
            split_words(&p.line);
            if (p.line.count > 0)
                parse_line(&p);
        }
        at += n + 1;
    }
    return p.errors;
}
