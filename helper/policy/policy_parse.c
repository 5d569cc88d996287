/* policy_parse.c - the grammar of credssp.conf(5), line by line. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "credssp/duration.h"
#include "credssp/spelling.h"
#include "policy/parser.h"

void complain_at(struct parser *p, size_t word, const char *fmt, ...)
{
    char what[POLICY_TEXT_MAX + POLICY_TEXT_MAX];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    p->errors++;
    p->complain(p->arg, p->policy->files[p->file].path, p->line.number,
                word < p->line.count ? p->line.columns[word] : 1, what);
}

const char *parser_suggest(const char *typed, const char *const *words,
                           size_t count, char dst[POLICY_TEXT_MAX])
{
    size_t best = spelling_nearest(typed, words, count);

    dst[0] = '\0';
    if (best < count)
        snprintf(dst, POLICY_TEXT_MAX, "; did you mean '%s'?", words[best]);
    return dst;
}

void *parser_row(struct parser *p, void *rows, size_t count, size_t most,
                 size_t size)
{
    char *grown;

    if (count >= most) {
        complain_at(p, 0, "more than %zu such lines", most);
        return NULL;
    }
    grown = reallocarray(rows, count + 1, size);
    if (grown == NULL)
        complain_at(p, 0, "no memory is left");
    else
        memset(grown + count * size, 0, size);
    return grown;
}

/* A lone host name lacks no more than its service. */
static void complain_pattern(struct parser *p, size_t i, const char *why)
{
    const char *word = p->line.words[i];
    struct spn_pattern pattern;
    char full[POLICY_TEXT_MAX];
    const char *unused;

    snprintf(full, sizeof full, "WSMAN/%s", word);
    if (strchr(word, '/') == NULL && strlen(word) < sizeof full - 8
        && spn_pattern_parse(full, &pattern, &unused))
        complain_at(p, i, "'%s': %s; did you mean '%s'?", word, why, full);
    else
        complain_at(p, i, "'%s': %s", word, why);
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
            complain_pattern(p, i, why);
            continue;
        }
        rules = parser_row(p, policy->rules, policy->rule_count,
                           POLICY_ROWS_MAX, sizeof *rules);
        if (rules == NULL)
            return;
        policy->rules = rules;
        rule = &rules[policy->rule_count++];
        rule->kind = (enum rule_kind)kind;
        rule->pattern = pattern;
        rule->match = p->block == BLOCK_MATCH ? p->match : 0;
        rule->file = p->file;
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
    if (p->lifetime_given)
        complain_at(p, 0, "%s is given twice", p->line.words[0]);
    else if (!duration_parse(p->line.words[1], &p->policy->lifetime_s))
        complain_at(p, 1, "'%s' is no duration; write 10h, 30m or 3600",
                    p->line.words[1]);
    p->lifetime_given = true;
}

static const struct keyword {
    const char *name;
    parse_fn *parse;
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
    { "Include", parse_include, 0, BLOCK_GLOBAL, true },
};
#define KEYWORDS (sizeof keywords / sizeof *keywords)


/* One word, which ends at a blank; in "double quotes" at the next one, so
 * that a group's name may hold blanks.  NULL: the quote does not end. */
static char *end_of_word(char **word)
{
    char *p = *word, *end;

    if (*p != '"')
        return p + strcspn(p, " \t\r");
    *word = p + 1;
    end = strchr(p + 1, '"');
    if (end == NULL || strchr(" \t\r", end[1]) == NULL)
        return NULL; /* strchr finds the NUL, too */
    *end = '\0';
    return end + 1;
}

bool line_split(struct line *line)
{
    char *p = line->copy;

    line->count = 0;
    while (line->count < WORDS_MAX) {
        char *word, *end;

        p += strspn(p, " \t\r");
        if (*p == '\0' || *p == '#')
            return true;
        word = p;
        line->columns[line->count] = (unsigned)(p - line->copy) + 1;
        end = end_of_word(&word);
        line->words[line->count++] = word;
        if (end == NULL)
            return false;
        p = end;
        if (*p != '\0')
            *p++ = '\0';
    }
    return true;
}

static const struct keyword *find_keyword(const char *name,
                                          struct keyword *setting)
{
    size_t i;

    for (i = 0; i < KEYWORDS; i++)
        if (strcasecmp(keywords[i].name, name) == 0)
            return &keywords[i];
    for (i = 0; i < HOST_SETTING_COUNT; i++) {
        *setting = (struct keyword){
            host_setting_name((enum host_setting)i), parse_setting, (int)i,
            BLOCK_HOST, false,
        };
        if (strcasecmp(setting->name, name) == 0)
            return setting;
    }
    return NULL;
}

static void complain_unknown(struct parser *p)
{
    const char *names[KEYWORDS + HOST_SETTING_COUNT];
    char hint[POLICY_TEXT_MAX];
    size_t i, n = 0;

    for (i = 0; i < KEYWORDS; i++)
        names[n++] = keywords[i].name;
    for (i = 0; i < HOST_SETTING_COUNT; i++)
        names[n++] = host_setting_name((enum host_setting)i);
    complain_at(p, 0, "unknown keyword '%.100s'%s", p->line.words[0],
                parser_suggest(p->line.words[0], names, n, hint));
}

static const char *where(enum block block)
{
    switch (block) {
    case BLOCK_GLOBAL:
        return "outside a Host block";
    case BLOCK_HOST:
        return "in a Host block; 'Match All' ends one";
    case BLOCK_MATCH:
        return "in a Match block; 'Match All' ends one";
    }
    return "here";
}

static void parse_line(struct parser *p)
{
    struct keyword setting;
    const struct keyword *keyword = find_keyword(p->line.words[0], &setting);

    if (keyword == NULL)
        complain_unknown(p);
    else if (((int)p->block & keyword->blocks) == 0)
        complain_at(p, 0, "%s cannot stand %s", keyword->name,
                    where(p->block));
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

static void take_line(struct parser *p, const char *text, size_t n)
{
    p->line.number++;
    p->line.count = 0;
    if (n >= sizeof p->line.copy) {
        complain_at(p, 0, "the line is longer than %d bytes",
                    POLICY_LINE_MAX - 1);
    } else if (memchr(text, '\0', n) != NULL) {
        complain_at(p, 0, "the line holds a NUL character");
    } else {
        memcpy(p->line.copy, text, n);
        p->line.copy[n] = '\0';
        if (!line_split(&p->line))
            complain_at(p, p->line.count - 1, "the quoted word does not end "
                        "with '\"' and a blank");
        else if (p->line.count > 0)
            parse_line(p);
    }
}

void parse_text(struct parser *p, const char *text, size_t len)
{
    size_t at = 0;

    while (at < len) {
        const char *end = memchr(text + at, '\n', len - at);
        size_t n = end == NULL ? len - at : (size_t)(end - (text + at));

        take_line(p, text + at, n);
        at += n + 1;
    }
}

size_t policy_parse(struct policy *policy, const char *text, size_t len,
                    policy_complaint_fn *complain, void *arg)
{
    struct parser p = { .policy = policy, .block = BLOCK_GLOBAL,
                        .complain = complain, .arg = arg };

    parse_text(&p, text, len);
    return p.errors;
}
