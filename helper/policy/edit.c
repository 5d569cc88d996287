/* edit.c - one rule more or less in the text of the policy file. */
#include "policy/edit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "policy/parser.h"
#include "policy/replace.h"

static const struct {
    enum rule_kind rule;
    const char *keyword;
} kinds[] = {
    [POLICY_LINE_ALLOW] = { RULE_ALLOW, "AllowFreshCredentials" },
    [POLICY_LINE_ALLOW_NTLM] = { RULE_ALLOW_NTLM,
                                 "AllowFreshCredentialsWhenNTLMOnly" },
    [POLICY_LINE_DENY] = { RULE_DENY, "DenyFreshCredentials" },
};

const char *policy_keyword(enum policy_line_kind kind)
{
    return (size_t)kind < sizeof kinds / sizeof *kinds ? kinds[kind].keyword
                                                       : "";
}

/* The file as it is, and what is to become of it. */
struct change {
    const struct policy_edit *edit;
    struct spn_pattern pattern;
    struct buf text, after;
    struct stat st;
    bool exists;
    struct policy *policy;
};

static int check_pattern(struct change *change, struct err *err)
{
    const char *text = change->edit->pattern, *why = NULL;
    char full[POLICY_TEXT_MAX];

    if (spn_pattern_parse(text, &change->pattern, &why)) {
        if (strcmp(change->pattern.service, POLICY_SERVICE) == 0)
            return 0;
        err_set(err, ERR_USAGE, STAGE_POLICY, "'%s': WSMAN is the one "
                "service that is asked about here", text);
        return err_advise(err, "write WSMAN/%s", strchr(text, '/') + 1);
    }
    err_set(err, ERR_USAGE, STAGE_POLICY, "'%s': %s", text, why);
    snprintf(full, sizeof full, "WSMAN/%.200s", text);
    if (strlen(text) <= 200 && spn_pattern_parse(full, &change->pattern,
                                                 &why))
        return err_advise(err, "did you mean '%s'?", full);
    return err_advise(err, "a pattern is an exact name (WSMAN/win1.corp."
                      "example.com), a domain (WSMAN/*.corp.example.com) or "
                      "all (WSMAN/*)");
}

/* A file that has errors is not made worse. */
static int read_file(struct change *change, struct err *err)
{
    const struct policy_edit *edit = change->edit;

    if (policy_read_file(edit->path, edit->owner, false, &change->text,
                         &change->st, err) != 0) {
        if (edit->remove || err->domain != CODE_ERRNO || err->code != ENOENT)
            return -1;
        err_clear(err); /* the first line makes the file */
        change->policy = policy_new(edit->path, edit->owner);
        return change->policy != NULL
                   ? 0 : err_set(err, ERR_MEMORY, STAGE_POLICY, NULL);
    }
    change->exists = true;
    return policy_load(edit->path, edit->owner, &change->policy, err);
}

static bool is_same(const struct change *change, const struct rule *rule)
{
    return rule->kind == kinds[change->edit->kind].rule
           && spn_pattern_equal(&rule->pattern, &change->pattern);
}

/* Where only an editor can change it. */
static bool is_elsewhere(const struct rule *rule)
{
    return rule->match != 0 || rule->file != 0;
}

/* The rule itself: one that can be changed, else one elsewhere, else NULL. */
static const struct rule *find(const struct change *change)
{
    const struct policy *policy = change->policy;
    const struct rule *elsewhere = NULL;
    size_t i;

    for (i = 0; i < policy->rule_count; i++) {
        const struct rule *rule = &policy->rules[i];

        if (!is_same(change, rule))
            continue;
        if (!is_elsewhere(rule))
            return rule;
        elsewhere = rule;
    }
    return elsewhere;
}

static const struct rule *find_deny(const struct change *change)
{
    const struct policy *policy = change->policy;
    size_t i;

    for (i = 0; i < policy->rule_count; i++) {
        const struct rule *rule = &policy->rules[i];

        if (rule->kind == RULE_DENY
            && strcmp(rule->pattern.service, POLICY_SERVICE) == 0
            && spn_pattern_overlap(&rule->pattern, &change->pattern))
            return rule;
    }
    return NULL;
}

/* The next line of the text, with its newline. */
static size_t line_length(const struct buf *text, size_t at)
{
    const unsigned char *end = memchr(text->data + at, '\n', text->len - at);

    return end == NULL ? text->len - at
                       : (size_t)(end - (text->data + at)) + 1;
}

static void split(const struct buf *text, size_t at, size_t n,
                  struct line *line)
{
    if (n > 0 && text->data[at + n - 1] == '\n')
        n--;
    /* policy_load() took no longer one, but read the file once more; what is
     * cut here, check_result() refuses. */
    if (n >= sizeof line->copy)
        n = sizeof line->copy - 1;
    memcpy(line->copy, text->data + at, n);
    line->copy[n] = '\0';
    (void)line_split(line);
}

/* Where the new line goes: it becomes this line's number, from 1. */
struct place {
    unsigned first_block; /* the first Match or Host line; 0: none */
    unsigned comment;     /* where the comment above it begins */
    unsigned last_same, last_rule;
    unsigned lines;
};

static void note_line(struct place *place, const struct line *line,
                      unsigned number)
{
    const char *word = line->count > 0 ? line->words[0] : "";

    place->lines = number;
    if (place->first_block != 0)
        return;
    if (strcasecmp(word, "Match") == 0 || strcasecmp(word, "Host") == 0)
        place->first_block = number;
    else if (line->count > 0 || line->copy[strspn(line->copy, " \t\r")] != '#')
        place->comment = 0;
    else if (place->comment == 0)
        place->comment = number;
}

static unsigned find_place(const struct change *change, struct line *line)
{
    const struct policy *policy = change->policy;
    struct place place = { .lines = 0 };
    unsigned number = 0;
    size_t at, n, i;

    for (at = 0; at < change->text.len; at += n) {
        n = line_length(&change->text, at);
        split(&change->text, at, n, line);
        note_line(&place, line, ++number);
    }
    for (i = 0; i < policy->rule_count; i++) {
        const struct rule *rule = &policy->rules[i];

        if (is_elsewhere(rule)
            || (place.first_block != 0 && rule->line > place.first_block))
            continue;
        place.last_rule = rule->line;
        if (rule->kind == kinds[change->edit->kind].rule)
            place.last_same = rule->line;
    }
    if (place.last_same != 0)
        return place.last_same + 1;
    if (place.last_rule != 0)
        return place.last_rule + 1;
    if (place.first_block != 0)
        return place.comment != 0 ? place.comment : place.first_block;
    return place.lines + 1;
}

static unsigned add(struct change *change, struct line *line)
{
    unsigned wanted = find_place(change, line), number = 1;
    size_t at, n;

    for (at = 0; at < change->text.len && number < wanted; at += n) {
        n = line_length(&change->text, at);
        buf_put(&change->after, change->text.data + at, n);
        number++;
    }
    if (at > 0 && change->text.data[at - 1] != '\n')
        buf_put_u8(&change->after, '\n');
    buf_printf(&change->after, "%s %s\n", kinds[change->edit->kind].keyword,
               change->edit->pattern);
    if (at < change->text.len)
        buf_put(&change->after, change->text.data + at,
                change->text.len - at);
    return wanted;
}

/* Is this word of the line the pattern that goes? */
static bool goes(const struct change *change, const struct line *line,
                 size_t word)
{
    struct spn_pattern pattern;
    const char *why;

    return spn_pattern_parse(line->words[word], &pattern, &why)
           && spn_pattern_equal(&pattern, &change->pattern);
}

/* Where the word ends that begins at this offset of the line.  A quote behind
 * it belongs to it. */
static size_t word_end(const struct change *change, size_t at, size_t n,
                       ptrdiff_t begin)
{
    const unsigned char *text = change->text.data + at;
    size_t end = (size_t)begin;

    while (end < n && strchr(" \t\r\n\"", text[end]) == NULL)
        end++;
    return end + (end < n && text[end] == '"' ? 1 : 0);
}

/* Of "Keyword a b c # why" the word b and the blanks before it; false: no
 * other word stays, so the line goes. */
static bool put_rest(struct change *change, size_t at, size_t n,
                     const struct line *line)
{
    size_t i, stay = 0, from = 0;

    for (i = 1; i < line->count; i++)
        stay += goes(change, line, i) ? 0 : 1;
    if (stay == 0)
        return false;
    for (i = 1; i < line->count; i++) {
        if (!goes(change, line, i))
            continue;
        buf_put(&change->after, change->text.data + at + from,
                word_end(change, at, n, line->words[i - 1] - line->copy)
                    - from);
        from = word_end(change, at, n, line->words[i] - line->copy);
    }
    buf_put(&change->after, change->text.data + at + from, n - from);
    return true;
}

static bool holds_rule(const struct change *change, unsigned number)
{
    const struct policy *policy = change->policy;
    size_t i;

    for (i = 0; i < policy->rule_count; i++)
        if (policy->rules[i].line == number
            && !is_elsewhere(&policy->rules[i])
            && is_same(change, &policy->rules[i]))
            return true;
    return false;
}

static void take_away(struct change *change, struct line *line)
{
    unsigned number = 0;
    size_t at, n;

    for (at = 0; at < change->text.len; at += n) {
        n = line_length(&change->text, at);
        if (!holds_rule(change, ++number)) {
            buf_put(&change->after, change->text.data + at, n);
            continue;
        }
        split(&change->text, at, n, line);
        (void)put_rest(change, at, n, line);
    }
}

static void collect(void *arg, const char *file, unsigned line,
                    unsigned column, const char *what)
{
    struct err *err = arg;

    if (err->cause == ERR_NONE)
        err_set(err, ERR_POLICY_FILE, STAGE_POLICY,
                "the change is not made, it would break the file: "
                "%s:%u:%u: %s", file, line, column, what);
}

/* What will be read must be what was meant: the new text is parsed as well. */
static int check_result(const struct change *change, struct err *err)
{
    struct policy *policy;
    size_t errors;

    if (buf_ok(&change->after, STAGE_POLICY, err) != 0)
        return -1;
    policy = policy_new(change->edit->path, change->edit->owner);
    if (policy == NULL)
        return err_set(err, ERR_MEMORY, STAGE_POLICY, NULL);
    errors = policy_parse(policy, (const char *)change->after.data,
                          change->after.len, collect, err);
    policy_free(&policy);
    return errors == 0 ? 0 : -1;
}

static int apply(struct change *change, struct replacement *replacement,
                 struct policy_edited *edited, struct err *err)
{
    const struct rule *found = find(change), *deny = find_deny(change);
    struct line line = { .count = 0 };

    if (deny != NULL)
        policy_cite(change->policy, deny, &edited->deny);
    if (found != NULL)
        policy_cite(change->policy, found, &edited->where);
    if (change->edit->remove) {
        if (found == NULL || is_elsewhere(found))
            return 0;
        take_away(change, &line);
    } else {
        if (found != NULL && found->match == 0)
            return 0;
        snprintf(edited->where.file, sizeof edited->where.file, "%s",
                 change->edit->path);
        snprintf(edited->where.text, sizeof edited->where.text, "%s %s",
                 kinds[change->edit->kind].keyword, change->edit->pattern);
        edited->where.line = add(change, &line);
        if (deny != NULL && deny->file == 0
            && deny->line >= edited->where.line)
            edited->deny.line++; /* it moved down */
    }
    edited->changed = true;
    if (check_result(change, err) != 0)
        return -1;
    return replace_commit(replacement, &change->after,
                          change->exists ? &change->st : NULL, err);
}

int policy_edit(const struct policy_edit *edit, struct policy_edited *edited,
                struct err *err)
{
    struct change change = { .edit = edit };
    struct replacement replacement = { .fd = -1 };
    int result = -1;

    memset(edited, 0, sizeof *edited);
    if (check_pattern(&change, err) != 0)
        return -1;
    buf_init(&change.text, POLICY_FILE_BYTES_MAX);
    buf_init(&change.after, POLICY_FILE_BYTES_MAX);
    if (replace_begin(&replacement, edit->path, err) == 0
        && read_file(&change, err) == 0)
        result = apply(&change, &replacement, edited, err);
    replace_end(&replacement);
    policy_free(&change.policy);
    buf_free(&change.text);
    buf_free(&change.after);
    return result;
}
