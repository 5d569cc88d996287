/*
 * ps_parse.c - reads simple pipelines, and nothing that has two meanings
 * (about_Parsing, argument mode).
 */
#include "cli/ps_parse.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define BLANKS " \t\r\n"
/* Characters that mean something to PowerShell within a word. */
#define SPECIAL " \t\r\n|;&<>(){}[]@$`'\"#,*?%!=+~"
#define DIGITS_MAX 18         /* that a 64-bit integer has for certain */

struct parser {
    struct ps_parsed *out;
    const char *p;
};

void ps_parse_init(struct ps_parsed *parsed)
{
    memset(parsed, 0, sizeof *parsed);
    buf_init(&parsed->words, 0);
}

void ps_parse_free(struct ps_parsed *parsed)
{
    buf_free(&parsed->words);
}

/* Kept in words, which never moves: it was made as large as the script. */
static const char *keep(struct parser *r, const char *p, size_t n)
{
    struct buf *words = &r->out->words;
    size_t at = words->len;

    buf_put(words, p, n);
    buf_put_u8(words, 0);
    return words->failed == ERR_NONE ? (const char *)words->data + at : NULL;
}

static size_t word_length(const char *p)
{
    return strcspn(p, SPECIAL);
}

/* What ends a word where it stands: a blank, a bar, the end. */
static bool is_end(char c)
{
    return c == '\0' || c == '|' || strchr(BLANKS, c) != NULL;
}

/* 'it''s': NULL when it is not closed. */
static const char *take_single(struct parser *r)
{
    struct buf *words = &r->out->words;
    size_t at = words->len;
    const char *p = r->p + 1;

    for (;; p++) {
        if (*p == '\0')
            return NULL;
        if (*p == '\'' && *++p != '\'')
            break;
        buf_put(words, p, 1);
    }
    buf_put_u8(words, 0);
    r->p = p;
    return words->failed == ERR_NONE ? (const char *)words->data + at : NULL;
}

/* "text" that no variable and no escape changes. */
static const char *take_double(struct parser *r)
{
    size_t n = strcspn(r->p + 1, "\"$`");
    const char *text;

    if (r->p[1 + n] != '"' || r->p[2 + n] == '"')
        return NULL;
    text = keep(r, r->p + 1, n);
    r->p += n + 2;
    return text;
}

static bool is_integer(const char *text)
{
    size_t n;

    text += *text == '-';
    n = strspn(text, "0123456789");
    return n > 0 && n <= DIGITS_MAX && text[n] == '\0';
}

static enum clixml_kind kind_of(const char *text)
{
    long long number;

    if (!is_integer(text))
        return CLIXML_STRING;
    number = strtoll(text, NULL, 10);
    return number >= INT32_MIN && number <= INT32_MAX ? CLIXML_INT32
                                                      : CLIXML_INT64;
}

/* $true, $false, $null: the variables that are constants. */
static bool take_constant(struct parser *r, struct psrp_argument *argument)
{
    static const struct {
        const char *name, *text;
        enum clixml_kind kind;
    } constants[] = {
        { "$true", "true", CLIXML_BOOL }, { "$false", "false", CLIXML_BOOL },
        { "$null", NULL, CLIXML_NIL },
    };
    size_t i;

    for (i = 0; i < sizeof constants / sizeof *constants; i++) {
        size_t n = strlen(constants[i].name);

        if (strncasecmp(r->p, constants[i].name, n) != 0)
            continue;
        r->p += n;
        argument->kind = constants[i].kind;
        argument->text = constants[i].text;
        return true;
    }
    return false;
}

static bool take_value(struct parser *r, struct psrp_argument *argument)
{
    if (*r->p == '$') {
        if (!take_constant(r, argument))
            return false;
    } else if (*r->p == '\'' || *r->p == '"') {
        argument->kind = CLIXML_STRING;
        argument->text = *r->p == '"' ? take_double(r) : take_single(r);
        if (argument->text == NULL)
            return false;
    } else {
        size_t n = word_length(r->p);

        if (n == 0 || (argument->text = keep(r, r->p, n)) == NULL)
            return false;
        argument->kind = kind_of(argument->text);
        r->p += n;
    }
    return is_end(*r->p);
}

/*
 * "-Name:value", or "-Name" alone, dash and all: PowerShell's own client sends
 * it so, and the host knows whether the next word is its value or whether it
 * is a switch.
 */
static bool take_name(struct parser *r, struct psrp_argument *argument)
{
    size_t n = 1;

    while (isalnum((unsigned char)r->p[n]) || r->p[n] == '_')
        n++;
    argument->kind = CLIXML_NIL;
    if (r->p[n] == ':') {
        argument->name = keep(r, r->p + 1, n - 1);
        r->p += n + 1;
        return argument->name != NULL && take_value(r, argument);
    }
    argument->name = keep(r, r->p, n);
    r->p += n;
    return argument->name != NULL && is_end(*r->p);
}

static bool take_command(struct parser *r)
{
    struct ps_parsed *out = r->out;
    struct psrp_command *command = &out->commands[out->count];
    size_t n = word_length(r->p);

    if (out->count == PS_PARSE_COMMANDS_MAX ||
        !isalpha((unsigned char)*r->p) || !is_end(r->p[n]))
        return false;
    out->count++;
    command->text = keep(r, r->p, n);
    command->arguments = &out->arguments[out->argument_count];
    r->p += n;
    for (;;) {
        struct psrp_argument *argument;

        r->p += strspn(r->p, BLANKS);
        if (*r->p == '\0' || *r->p == '|')
            return command->text != NULL;
        if (out->argument_count == PS_PARSE_ARGUMENTS_MAX)
            return false;
        argument = &out->arguments[out->argument_count++];
        command->argument_count++;
        if (!(*r->p == '-' && isalpha((unsigned char)r->p[1])
                  ? take_name(r, argument) : take_value(r, argument)))
            return false;
    }
}

/* A keyword of the language looks like a command, and is none. */
static bool is_keyword(const char *text)
{
    static const char *const keywords[] = {
        "begin", "break", "catch", "class", "continue", "data", "do",
        "dynamicparam", "else", "elseif", "end", "enum", "exit", "filter",
        "finally", "for", "foreach", "function", "if", "in", "param",
        "process", "return", "switch", "throw", "trap", "try", "until",
        "using", "while", "workflow",
    };
    size_t i;

    for (i = 0; i < sizeof keywords / sizeof *keywords; i++)
        if (strcasecmp(keywords[i], text) == 0)
            return true;
    return false;
}

bool ps_parse(struct ps_parsed *parsed, const char *script)
{
    struct parser r = { .out = parsed, .p = script };
    size_t room = 2 * strlen(script) + 2;

    buf_init(&parsed->words, room);
    buf_expect(&parsed->words, room);
    for (;;) {
        r.p += strspn(r.p, BLANKS);
        if (!take_command(&r) ||
            is_keyword(parsed->commands[parsed->count - 1].text))
            return false;
        if (*r.p == '\0')
            return true;
        r.p++; /* the bar */
    }
}
