/*
 * parser.h - what the parser's files share: the line at hand, and where it
 * stands.  Private to helper/policy.
 */
#ifndef CREDSSP_POLICY_PARSER_H
#define CREDSSP_POLICY_PARSER_H

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

/* line->copy in words, in place; '#' at the start of a word ends the line.
 * False: a quoted word does not end. */
bool line_split(struct line *line);

struct parser {
    struct policy *policy;
    size_t file;         /* index into the policy's files */
    enum block block;
    size_t match;        /* of a Match block: its index + 1 */
    size_t host;         /* of a Host block: its index */
    bool lifetime_given;
    struct line line;
    policy_complaint_fn *complain;
    void *arg;
    size_t errors;
};

/* An error at a word of the line; one behind the last is the line's own. */
void complain_at(struct parser *p, size_t word, const char *fmt, ...)
    PRINTF_LIKE(3, 4);
/* "; did you mean 'Port'?", or "". */
const char *parser_suggest(const char *typed, const char *const *words,
                           size_t count, char dst[POLICY_TEXT_MAX]);

/*
 * rows with one zeroed row more, which is rows[count]; the caller stores both.
 * NULL, and a complaint, when there are too many; the old rows stay.
 */
void *parser_row(struct parser *p, void *rows, size_t count, size_t most,
                 size_t size);

/* The lines of one file, in a parser that begins at its first. */
void parse_text(struct parser *p, const char *text, size_t len);

/* What a keyword does with its line. */
typedef void parse_fn(struct parser *p, int arg);
parse_fn parse_match;                /* parse_match.c */
parse_fn parse_host, parse_setting;  /* parse_host.c */
parse_fn parse_include;              /* parse_include.c */

/* The name of a Host block's setting. */
const char *host_setting_name(enum host_setting setting);

#endif
