/* test_render.c - times, durations, foreign text and JSON. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "cli/render.h"

static void durations_have_two_units(void **state)
{
    static const struct {
        int64_t seconds;
        const char *text;
    } rows[] = {
        { -5, "0 s" }, { 0, "0 s" }, { 59, "59 s" }, { 60, "1 min" },
        { 61, "1 min 1 s" }, { 3599, "59 min 59 s" }, { 3600, "1 h" },
        { 35999, "9 h 59 min" }, { 36000, "10 h" },
        { 86400, "1 d" }, { 2 * 86400 + 3 * 3600 + 59, "2 d 3 h" },
    };
    char text[RENDER_TIME_MAX];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        render_duration(text, rows[i].seconds);
        assert_string_equal(text, rows[i].text);
    }
}

static void times_are_local_or_utc(void **state)
{
    char text[RENDER_TIME_MAX];

    (void)state;
    setenv("TZ", "CET-1", 1);
    tzset();
    render_time(text, 1795341601);
    assert_string_equal(text, "2026-11-22 11:00:01");
    render_time_utc(text, 1795341601);
    assert_string_equal(text, "2026-11-22T10:00:01Z");
    render_time(text, INT64_MAX);
    assert_string_equal(text, "?");
}

static void foreign_text_cannot_drive_a_terminal(void **state)
{
    char escape[] = "a\x1b[2Jb\nc\x7f", c1[] = "x\xc2\x9by";
    char plain[] = "größe";

    (void)state;
    render_clean(escape);
    assert_string_equal(escape, "a?[2Jb?c?");
    render_clean(c1);
    assert_string_equal(c1, "x??y");
    render_clean(plain);
    assert_string_equal(plain, "größe");
}

static void text_is_utf8_without_controls(void **state)
{
    static const char *const good[] = { "", "dir C:\\", "a\tb\n", "größe",
                                        "\xf0\x9f\x98\x80" };
    static const char *const bad[] = {
        "\x01", "\x1b[0m", "\xff", "\xc3", "\xc0\xaf", /* overlong */
        "\xed\xa0\x80",                                /* a surrogate */
        "\xf4\x90\x80\x80", "\xe2\x82",
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof good / sizeof *good; i++)
        assert_true(render_is_text(good[i]));
    for (i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(render_is_text(bad[i]));
}

static void json_takes_whatever_comes(void **state)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    struct err err = ERR_INIT;

    (void)state;
    assert_non_null(out);
    assert_int_equal(
        render_json(json_pack("{s:o, s:o*, s:i}", "name",
                              render_string("CORP\\al\"ice\n\x1b \xc3\xa9 "
                                            "\xff\xc3!"),
                              "none", render_string_if(""), "left", -7),
                    out, &err), 0);
    fclose(out);
    assert_string_equal(text, "{\"name\":\"CORP\\\\al\\\"ice\\n\\u001B "
                              "\xc3\xa9 ?\?!\",\"left\":-7}\n");
    free(text);
}

static void json_that_cannot_be_written_is_told(void **state)
{
    FILE *full = fopen("/dev/full", "w");
    struct err err = ERR_INIT;

    (void)state;
    assert_non_null(full);
    assert_int_equal(render_json(json_array(), full, &err), -1);
    assert_int_equal(err.cause, ERR_SYSTEM);
    assert_int_equal(render_json(NULL, full, &err), -1);
    assert_int_equal(err.cause, ERR_MEMORY);
    fclose(full);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(durations_have_two_units),
        cmocka_unit_test(times_are_local_or_utc),
        cmocka_unit_test(foreign_text_cannot_drive_a_terminal),
        cmocka_unit_test(text_is_utf8_without_controls),
        cmocka_unit_test(json_takes_whatever_comes),
        cmocka_unit_test(json_that_cannot_be_written_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
