/* options.c - command lines read and explained from one table of options. */
#include "cli/options.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "credssp/duration.h"
#include "credssp/spelling.h"

#define HELP_COLUMN 26
#define NUMBER_MAX 65535u
#define LONG_ONLY 256 /* getopt values of rows without a letter */

int options_usage_error(const struct page *page, struct err *err,
                        const char *fmt, ...)
{
    char text[ERR_TEXT_MAX];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    (void)err_set(err, ERR_USAGE, STAGE_START, "%s", text);
    if (page->name == NULL)
        return err_advise(err, "see 'credssp --help'");
    return err_advise(err, "usage: credssp %s %s\n  see 'credssp %s --help'",
                      page->name, page->usage, page->name);
}

static const char *row_name(const struct option_row *row, char *dst,
                            size_t size)
{
    if (row->name != NULL)
        snprintf(dst, size, "--%s", row->name);
    else
        snprintf(dst, size, "-%c", row->letter);
    return dst;
}

static int take_number(const struct page *page, const struct option_row *row,
                       const char *value, unsigned *out, struct err *err)
{
    size_t digits = strspn(value, "0123456789"); /* no "-1", no " 1" */
    char name[64];

    *out = (unsigned)strtoul(value, NULL, 10);
    if (digits > 0 && digits <= 5 && value[digits] == '\0'
        && *out <= NUMBER_MAX)
        return 0;
    return options_usage_error(page, err, "%s wants a number, %u at most, "
                               "not '%s'", row_name(row, name, sizeof name),
                               NUMBER_MAX, value);
}

static int take_list(const struct page *page, const struct option_row *row,
                     const char *value, struct option_list *list,
                     struct err *err)
{
    char name[64];

    if (list->count == OPTION_LIST_MAX)
        return options_usage_error(page, err, "%s is given more than %d "
                                   "times", row_name(row, name, sizeof name),
                                   OPTION_LIST_MAX);
    list->items[list->count++] = value;
    return 0;
}

/* Writes one option's value where its row says. */
static int take(const struct page *page, const struct option_row *row,
                const char *value, void *into, struct err *err)
{
    void *field = (char *)into + row->offset;
    char name[64];

    switch (row->kind) {
    case OPTION_FLAG:
        *(bool *)field = true;
        return 0;
    case OPTION_TEXT:
        if (value[0] == '\0')
            return options_usage_error(page, err, "%s wants a value",
                                       row_name(row, name, sizeof name));
        *(const char **)field = value;
        return 0;
    case OPTION_NUMBER:
        return take_number(page, row, value, field, err);
    case OPTION_DURATION:
        if (duration_parse(value, field))
            return 0;
        return options_usage_error(page, err, "%s wants a time such as 90, "
                                   "15m, 10h or 1d12h, not '%s'",
                                   row_name(row, name, sizeof name), value);
    case OPTION_LIST:
        return take_list(page, row, value, field, err);
    }
    return err_set(err, ERR_INTERNAL, STAGE_START, NULL);
}

/* The forms in which getopt_long(3) wants the rows. */
struct getopt_forms {
    char letters[3 + 2 * OPTIONS_MAX];
    struct option names[OPTIONS_MAX + 2];
};

static int row_value(const struct page *page, size_t i)
{
    char letter = page->rows[i].letter;

    return letter != 0 ? letter : LONG_ONLY + (int)i;
}

static void build_forms(const struct page *page, struct getopt_forms *forms)
{
    char *letter = forms->letters;
    size_t i, n = 0;

    if (page->stop_at_word)
        *letter++ = '+';
    *letter++ = ':'; /* a missing argument is told apart */
    *letter++ = 'h';
    forms->names[n++] = (struct option){ .name = "help", .val = 'h' };
    for (i = 0; i < page->row_count && i < OPTIONS_MAX; i++) {
        const struct option_row *row = &page->rows[i];
        int has = row->argument != NULL ? required_argument : no_argument;

        if (row->letter != 0) {
            *letter++ = row->letter;
            if (has == required_argument)
                *letter++ = ':';
        }
        if (row->name != NULL)
            forms->names[n++] = (struct option){
                .name = row->name, .has_arg = has, .val = row_value(page, i),
            };
    }
}

static bool is_known(const struct page *page, int value)
{
    size_t i;

    for (i = 0; i < page->row_count; i++)
        if (row_value(page, i) == value)
            return true;
    return value == 'h';
}

/* "--jsn=1" as "json"; NULL: it is near to none. */
static const char *nearest(const struct page *page, const char *word)
{
    const char *names[OPTIONS_MAX + 1] = { "help" };
    char typed[32];
    size_t i, n = 1;

    word += strspn(word, "-");
    snprintf(typed, sizeof typed, "%.*s", (int)strcspn(word, "="), word);
    for (i = 0; i < page->row_count && i < OPTIONS_MAX; i++)
        if (page->rows[i].name != NULL)
            names[n++] = page->rows[i].name;
    i = spelling_nearest(typed, names, n);
    return i < n ? names[i] : NULL;
}

static int refuse_name(const struct page *page, const char *word,
                       struct err *err)
{
    const char *near = nearest(page, word);

    if (near == NULL)
        return options_usage_error(page, err, "unknown option %s", word);
    return options_usage_error(page, err, "unknown option %s: did you mean "
                               "--%s?", word, near);
}

/* getopt_long(3): optopt is 0 for an unknown long option. */
static int refuse(const struct page *page, int c, char **argv,
                  struct err *err)
{
    const char *word = argv[optind - 1];

    if (c == ':')
        return options_usage_error(page, err, "the option %s wants a value",
                                   word);
    if (optopt == 0)
        return refuse_name(page, word, err);
    if (is_known(page, optopt))
        return options_usage_error(page, err, "an option takes no value: %s",
                                   word);
    return options_usage_error(page, err, "unknown option -%c", optopt);
}

static int take_value(const struct page *page, int c, void *into,
                      struct err *err)
{
    size_t i;

    for (i = 0; i < page->row_count; i++)
        if (row_value(page, i) == c)
            return take(page, &page->rows[i], optarg, into, err);
    return err_set(err, ERR_INTERNAL, STAGE_START, NULL);
}

int options_parse(const struct page *page, int argc, char **argv, void *into,
                  struct words *rest, struct err *err)
{
    struct getopt_forms forms = { .letters = "" };
    int c;

    memset(rest, 0, sizeof *rest);
    build_forms(page, &forms);
    opterr = 0;
    optind = 0; /* glibc: starts afresh, main() has used it before */
    while ((c = getopt_long(argc, argv, forms.letters, forms.names, NULL))
           != -1) {
        if (c == 'h') {
            rest->help = true;
            if (page->name != NULL)
                options_help(stdout, page);
            return 0;
        }
        if (c == ':' || c == '?')
            return refuse(page, c, argv, err);
        if (take_value(page, c, into, err) != 0)
            return -1;
    }
    rest->v = argv + optind;
    rest->n = argc - optind;
    return 0;
}

static void print_row(FILE *out, const struct option_row *row)
{
    bool both = row->letter != 0 && row->name != NULL;
    char left[64], letter[5] = "    ";

    if (row->letter != 0)
        snprintf(letter, sizeof letter, "-%c%s", row->letter,
                 both ? ", " : "");
    snprintf(left, sizeof left, "%s%s%s%s%s", letter,
             row->name != NULL ? "--" : "",
             row->name != NULL ? row->name : "",
             row->argument != NULL ? " " : "",
             row->argument != NULL ? row->argument : "");
    fprintf(out, "  %-*s %s\n", HELP_COLUMN, left, row->help);
}

void options_print_rows(FILE *out, const struct page *page)
{
    static const struct option_row help = {
        .letter = 'h', .name = "help", .help = "print this",
    };
    size_t i;

    for (i = 0; i < page->row_count; i++)
        print_row(out, &page->rows[i]);
    print_row(out, &help);
}

void options_help(FILE *out, const struct page *page)
{
    fprintf(out, "Usage: credssp %s %s\n\n%s.\n", page->name, page->usage,
            page->summary);
    if (page->about != NULL)
        fprintf(out, "\n%s", page->about);
    fprintf(out, "\nOptions:\n");
    options_print_rows(out, page);
    fprintf(out, "\nExamples:\n%s\nThe manual is credssp(1).\n",
            page->examples);
}
