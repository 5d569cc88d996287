/* test_ps_records.c - records of a pipeline, as a terminal gets them. */
#include "unit.h"

#include <unistd.h>

#include "cli/ps_print.h"
#include "psrp/clixml_reader.h"

#define EURO "\xe2\x82\xac"
#define EUROS_10 EURO EURO EURO EURO EURO EURO EURO EURO EURO EURO
#define LONG_TEXT EUROS_10 EUROS_10 EUROS_10 EUROS_10 EUROS_10

#define PROGRESS(activity, status, percent)                                   \
    "<Obj RefId=\"0\"><MS><S N=\"Activity\">" activity "</S>"               \
    "<S N=\"StatusDescription\">" status "</S><I32 N=\"PercentComplete\">"  \
    percent "</I32></MS></Obj>"

/* What is written to the terminal for one record of that type. */
static void shown(enum message_type type, const char *xml, unsigned width,
                  char *out, size_t size)
{
    struct clixml_reader reader;
    struct ps_print print;
    struct clixml *value = NULL;
    struct err err = ERR_INIT;
    ssize_t n;
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    ps_print_init(&print, PS_TEXT, ends[1], ends[1]);
    print.progress = true; /* as on a terminal */
    print.width = width;
    clixml_reader_init(&reader);
    assert_ok(clixml_reader_begin(&reader, NULL, NULL, &err), &err);
    assert_ok(clixml_reader_feed(&reader, (const unsigned char *)xml,
                                 strlen(xml), &err), &err);
    assert_ok(clixml_reader_end(&reader, &value, &err), &err);
    assert_ok(ps_print_record(&print, type, value, &err), &err);
    n = read(ends[0], out, size - 1);
    assert_true(n > 0);
    out[n] = '\0';
    clixml_reader_free(&reader);
    ps_print_free(&print);
    close(ends[0]);
    close(ends[1]);
}

static size_t characters(const char *text)
{
    size_t n = 0;

    for (; *text != '\0'; text++)
        n += (*text & 0xc0) != 0x80;
    return n;
}

/* A bar that goes on in the next line could not be hidden. */
static void a_bar_fits_its_line(void **state)
{
    static const unsigned widths[] = { 1, 40, 80, 81, 132, 300 };
    char out[1024];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof widths / sizeof *widths; i++) {
        shown(MESSAGE_PROGRESS_RECORD, PROGRESS(LONG_TEXT, LONG_TEXT, "100"),
              widths[i], out, sizeof out);
        if (widths[i] >= 80)
            assert_in_range(characters(out), 70, widths[i] - 1);
        assert_non_null(strstr(out, "] 100%"));
        /* No character is there in part. */
        assert_null(strstr(out, "\xe2\x82:"));
        assert_null(strstr(out, "\xe2:"));
        assert_null(strstr(out, "\xe2\x82 ["));
        assert_null(strstr(out, "\xe2 ["));
    }
}

static void a_bar_says_how_far_it_is(void **state)
{
    char out[1024];

    (void)state;
    shown(MESSAGE_PROGRESS_RECORD, PROGRESS("Copy", "a_x000A_file", "50"), 80,
          out, sizeof out);
    assert_string_equal(out, "Copy: a file [###############               ]"
                             " 50%");
}

/* What a host says is no command to the terminal. */
static void control_characters_go(void **state)
{
    char out[1024];

    (void)state;
    shown(MESSAGE_WARNING_RECORD,
          "<Obj RefId=\"0\"><MS><S N=\"InformationalRecord_Message\">"
          "a_x001B_]0;b_x0007_ _x009B_c_x000D__x000A_d</S></MS></Obj>", 80,
          out, sizeof out);
    assert_string_equal(out, "WARNING: a?]0;b? ?c\nd\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bar_fits_its_line),
        cmocka_unit_test(a_bar_says_how_far_it_is),
        cmocka_unit_test(control_characters_go),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
