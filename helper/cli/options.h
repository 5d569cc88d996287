/*
 * options.h - one table of options for each command: the parser and the help
 * read the same rows.
 */
#ifndef CREDSSP_CLI_OPTIONS_H
#define CREDSSP_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "credssp/err.h"

#define OPTIONS_MAX 32      /* rows of one table */
#define OPTION_LIST_MAX 128 /* times that one option may be repeated */

/* What an option writes into the command's struct at offset. */
enum option_kind {
    OPTION_FLAG,     /* bool */
    OPTION_TEXT,     /* const char *, never empty */
    OPTION_NUMBER,   /* unsigned */
    OPTION_DURATION, /* unsigned, seconds: duration.h */
    OPTION_LIST,     /* struct option_list: may be repeated */
};

struct option_list {
    const char *items[OPTION_LIST_MAX]; /* borrowed from argv */
    size_t count;
};

struct option_row {
    char letter;           /* 0: none */
    const char *name;      /* long name; NULL: none */
    const char *argument;  /* "DIR"; NULL: takes none */
    enum option_kind kind;
    size_t offset;
    const char *help;
};

/* What there is to say about a command. */
struct page {
    const char *name;      /* NULL: the options before the command */
    const char *usage;     /* "[OPTION]... HOST -- COMMAND" */
    const char *summary;   /* one line of "credssp --help" */
    const char *about;     /* a paragraph, lines already broken; or NULL */
    const struct option_row *rows;
    size_t row_count;
    const char *examples;
    bool stop_at_word;     /* options end at the first word that is none */
};

#define PAGE_ROWS(table)                                                      \
    .rows = (table), .row_count = sizeof(table) / sizeof *(table)

/* What is left of the command line; help: it was asked for (and printed, but
 * for the page without a name). */
struct words {
    char **v;
    int n;
    bool help;
};

/*
 * Reads argv[1..] into the struct "into".  -h and --help need no row.
 * ERR_USAGE names the command whose --help tells more.
 */
int options_parse(const struct page *page, int argc, char **argv, void *into,
                  struct words *rest, struct err *err) MUST_USE;

void options_help(FILE *out, const struct page *page);
void options_print_rows(FILE *out, const struct page *page);

/* ERR_USAGE, with the page's usage line as the advice. Returns -1. */
int options_usage_error(const struct page *page, struct err *err,
                        const char *fmt, ...) PRINTF_LIKE(3, 4);

#endif
