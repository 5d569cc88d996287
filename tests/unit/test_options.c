/* test_options.c - command lines read and explained from one table. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "cli/options.h"

struct taken {
    bool quiet;
    const char *dir;
    unsigned page;
    unsigned time_s;
    struct option_list env;
};

static const struct option_row rows[] = {
    { 'q', "quiet", NULL, OPTION_FLAG, offsetof(struct taken, quiet),
      "say less" },
    { 'd', "dir", "DIR", OPTION_TEXT, offsetof(struct taken, dir),
      "start there" },
    { 0, "page", "N", OPTION_NUMBER, offsetof(struct taken, page), "a page" },
    { 't', NULL, "T", OPTION_DURATION, offsetof(struct taken, time_s),
      "how long" },
    { 0, "env", "K=V", OPTION_LIST, offsetof(struct taken, env),
      "a variable" },
};

static const struct page strict = {
    .name = "probe", .usage = "[OPTION]... HOST", .summary = "Probe a host",
    PAGE_ROWS(rows), .examples = "  credssp probe h\n", .stop_at_word = true,
};

#define WORDS_MAX 16

static int parse(const char *const *line, struct taken *taken,
                 struct words *rest, struct err *err)
{
    static char *argv[WORDS_MAX + 1];
    static char copies[WORDS_MAX][64];
    int argc = 0;

    memset(taken, 0, sizeof *taken);
    for (; line[argc] != NULL && argc < WORDS_MAX; argc++) {
        snprintf(copies[argc], sizeof copies[argc], "%s", line[argc]);
        argv[argc] = copies[argc];
    }
    argv[argc] = NULL;
    return options_parse(&strict, argc, argv, taken, rest, err);
}

static void every_kind_is_read(void **state)
{
    static const char *const line[] = {
        "probe", "-q", "--dir", "C:\\x", "--page=850", "-t", "1h30m",
        "--env", "A=1", "--env", "B=2", "host", "-q", "--", "-x", NULL,
    };
    struct err err = ERR_INIT;
    struct taken t;
    struct words rest;

    (void)state;
    assert_ok(parse(line, &t, &rest, &err), &err);
    assert_true(t.quiet);
    assert_string_equal(t.dir, "C:\\x");
    assert_int_equal(t.page, 850);
    assert_int_equal(t.time_s, 5400);
    assert_int_equal(t.env.count, 2);
    assert_string_equal(t.env.items[1], "B=2");
    /* What follows the host is not ours. */
    assert_int_equal(rest.n, 4);
    assert_string_equal(rest.v[0], "host");
    assert_string_equal(rest.v[3], "-x");
}

static void wrong_lines_are_refused_by_name(void **state)
{
    static const struct {
        const char *line[4];
        const char *says;
    } cases[] = {
        { { "probe", "-x" }, "unknown option -x" },
        { { "probe", "-qx" }, "unknown option -x" },
        { { "probe", "--json" }, "unknown option --json" },
        { { "probe", "--quite" }, "--quite: did you mean --quiet?" },
        { { "probe", "--dri=x" }, "did you mean --dir?" },
        { { "probe", "--hlep" }, "did you mean --help?" },
        { { "probe", "--quiet=1" }, "takes no value: --quiet=1" },
        { { "probe", "-d" }, "-d wants a value" },
        { { "probe", "--dir" }, "--dir wants a value" },
        { { "probe", "--dir", "" }, "--dir wants a value" },
        { { "probe", "--page", "-1" }, "'-1'" },
        { { "probe", "--page", " 1" }, "' 1'" },
        { { "probe", "--page", "65536" }, "'65536'" },
        { { "probe", "--page", "1x" }, "'1x'" },
        { { "probe", "-t", "soon" }, "-t wants a time" },
        { { "probe", "-t", "0" }, "-t wants a time" },
    };
    struct taken t;
    struct words rest;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct err err = ERR_INIT;

        assert_cause(parse(cases[i].line, &t, &rest, &err), &err, ERR_USAGE);
        if (strstr(err.text, cases[i].says) == NULL)
            fail_msg("'%s' does not say '%s'", err.text, cases[i].says);
        assert_non_null(strstr(err.advice, "credssp probe --help"));
    }
}

static void a_list_has_a_maximum(void **state)
{
    static char *argv[2 * OPTION_LIST_MAX + 4];
    static char name[] = "probe", option[] = "--env", value[] = "A=1";
    struct err err = ERR_INIT;
    struct taken t = { .quiet = false };
    struct words rest;
    int argc = 0, i;

    (void)state;
    argv[argc++] = name;
    for (i = 0; i <= OPTION_LIST_MAX; i++) {
        argv[argc++] = option;
        argv[argc++] = value;
    }
    assert_cause(options_parse(&strict, argc, argv, &t, &rest, &err), &err,
                 ERR_USAGE);
    assert_int_equal(t.env.count, OPTION_LIST_MAX);
}

static void help_shows_every_row(void **state)
{
    char *text = NULL;
    size_t len = 0, i;
    FILE *out = open_memstream(&text, &len);

    (void)state;
    assert_non_null(out);
    options_help(out, &strict);
    fclose(out);
    assert_non_null(strstr(text, "Usage: credssp probe [OPTION]... HOST\n"));
    for (i = 0; i < strict.row_count; i++)
        assert_non_null(strstr(text, rows[i].help));
    assert_non_null(strstr(text, "-d, --dir DIR"));
    assert_non_null(strstr(text, "      --page N"));
    assert_non_null(strstr(text, "-t T"));
    assert_non_null(strstr(text, "-h, --help"));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_is_read),
        cmocka_unit_test(wrong_lines_are_refused_by_name),
        cmocka_unit_test(a_list_has_a_maximum),
        cmocka_unit_test(help_shows_every_row),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
