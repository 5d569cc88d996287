/* parse_host.c - the Host blocks of credssp.conf(5) and their settings. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "policy/parser.h"

#define FINGERPRINT "a SHA-256 fingerprint of 64 hexadecimal digits"

static const struct {
    const char *name;
    const char *wants;
} settings[HOST_SETTING_COUNT] = {
    [HOST_PORT] = { "Port", "a number from 1 to 65535" },
    [HOST_HTTPS] = { "HTTPS", "yes or no" },
    [HOST_MINIMUM_VERSION] = { "MinimumVersion",
                               "a CredSSP version from 2 to 6" },
    [HOST_LEGACY_TLS] = { "LegacyTLS", "yes or no" },
    [HOST_SPN] = { "ServiceName", "WSMAN, HTTP or host" },
    [HOST_PIN] = { "PinnedCertificate", FINGERPRINT },
    [HOST_HTTPS_PIN] = { "PinnedHTTPSCertificate", FINGERPRINT },
    [HOST_TRUSTED_CHAIN] = { "TrustedChain", "yes or no" },
};

const char *host_setting_name(enum host_setting setting)
{
    return settings[setting].name;
}

/* A host name or pattern is an SPN pattern without its service. */
static bool parse_name(const char *text, struct host_name *name,
                       const char **why)
{
    char spn[POLICY_LINE_MAX + 8];

    name->negated = text[0] == '!';
    snprintf(spn, sizeof spn, "WSMAN/%s", text + name->negated);
    return spn_pattern_parse(spn, &name->pattern, why);
}

/* False without memory, or when there are too many. */
static bool add_name(struct parser *p, size_t word)
{
    struct policy *policy = p->policy;
    const char *why = NULL;
    struct host_name *names = parser_row(p, policy->names,
                                         policy->name_count,
                                         POLICY_ROWS_MAX, sizeof *names);

    if (names == NULL)
        return false;
    policy->names = names;
    names += policy->name_count++;
    names->block = p->host;
    if (!parse_name(p->line.words[word], names, &why))
        complain_at(p, word, "'%s': %s", p->line.words[word], why);
    return true;
}

void parse_host(struct parser *p, int unused)
{
    struct policy *policy = p->policy;
    struct host_block *blocks;
    bool positive = false;
    size_t i;

    (void)unused;
    p->block = BLOCK_HOST;
    p->host = policy->block_count;
    blocks = parser_row(p, policy->blocks, policy->block_count,
                        POLICY_ROWS_MAX, sizeof *blocks);
    if (blocks == NULL)
        return;
    policy->blocks = blocks;
    blocks[policy->block_count].first_name = policy->name_count;
    blocks[policy->block_count].file = p->file;
    blocks[policy->block_count++].line = p->line.number;
    for (i = 1; i < p->line.count; i++) {
        positive |= p->line.words[i][0] != '!';
        if (!add_name(p, i))
            return;
    }
    if (!positive)
        complain_at(p, 1, "'%s' alone names no host; write 'Host * %s' for "
                    "all others", p->line.words[1], p->line.words[1]);
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

static bool take_value(struct host_block *block, enum host_setting setting,
                       const char *text)
{
    long n = 0;
    bool ok = false;

    switch (setting) {
    case HOST_PORT:
        ok = number_between(text, 1, 65535, &n);
        block->port = (uint16_t)n;
        break;
    case HOST_HTTPS:
        ok = yes_or_no(text, &block->https);
        break;
    case HOST_MINIMUM_VERSION:
        ok = number_between(text, 2, 6, &n);
        block->minimum_version = (int)n;
        break;
    case HOST_LEGACY_TLS:
        ok = yes_or_no(text, &block->legacy_tls);
        break;
    case HOST_SPN:
        ok = spn_service(text, block->spn_service);
        break;
    case HOST_PIN:
        ok = fingerprint(text, block->pinned_sha256);
        break;
    case HOST_HTTPS_PIN:
        ok = fingerprint(text, block->https_pinned_sha256);
        break;
    case HOST_TRUSTED_CHAIN:
        ok = yes_or_no(text, &block->trusted_chain);
        break;
    case HOST_SETTING_COUNT:
        break;
    }
    return ok;
}

void parse_setting(struct parser *p, int setting)
{
    struct host_block *block;

    if (p->host >= p->policy->block_count)
        return; /* its Host line could not be kept, which was an error */
    block = &p->policy->blocks[p->host];
    if (block->given[setting])
        complain_at(p, 0, "%s is given twice for this Host",
                    p->line.words[0]);
    else if (!take_value(block, (enum host_setting)setting,
                         p->line.words[1]))
        complain_at(p, 1, "'%s': %s wants %s", p->line.words[1],
                    p->line.words[0], settings[setting].wants);
    block->given[setting] = true;
    block->given_line[setting] = p->line.number;
}

void host_setting_text(const struct host_block *block,
                       enum host_setting setting, char dst[POLICY_TEXT_MAX])
{
    const char *value = "";
    char number[16];

    switch (setting) {
    case HOST_PORT:
    case HOST_MINIMUM_VERSION:
        snprintf(number, sizeof number, "%d",
                 setting == HOST_PORT ? block->port : block->minimum_version);
        value = number;
        break;
    case HOST_HTTPS:
        value = block->https ? "yes" : "no";
        break;
    case HOST_LEGACY_TLS:
        value = block->legacy_tls ? "yes" : "no";
        break;
    case HOST_SPN:
        value = block->spn_service;
        break;
    case HOST_PIN:
        value = block->pinned_sha256;
        break;
    case HOST_HTTPS_PIN:
        value = block->https_pinned_sha256;
        break;
    case HOST_TRUSTED_CHAIN:
        value = block->trusted_chain ? "yes" : "no";
        break;
    case HOST_SETTING_COUNT:
        break;
    }
    snprintf(dst, POLICY_TEXT_MAX, "%s %s", settings[setting].name, value);
}
