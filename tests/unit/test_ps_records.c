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

#define MESSAGE(text)                                                         \
    "<Obj RefId=\"0\"><MS><S N=\"InformationalRecord_Message\">" text       \
    "</S></MS></Obj>"

/* A terminal of that width. */
struct screen {
    struct ps_print print;
    int ends[2];
};

static void open_screen(struct screen *screen, unsigned width)
{
    assert_int_equal(pipe(screen->ends), 0);
    ps_print_init(&screen->print, PS_TEXT, screen->ends[1], screen->ends[1]);
    screen->print.progress = true; /* as on a terminal */
    screen->print.width = width;
}

static void put_record(struct screen *screen, enum message_type type,
                       const char *xml)
{
    struct clixml_reader reader;
    struct clixml *value = NULL;
    struct err err = ERR_INIT;

    clixml_reader_init(&reader);
    assert_ok(clixml_reader_begin(&reader, NULL, NULL, &err), &err);
    assert_ok(clixml_reader_feed(&reader, (const unsigned char *)xml,
                                 strlen(xml), &err), &err);
    assert_ok(clixml_reader_end(&reader, &value, &err), &err);
    assert_ok(ps_print_record(&screen->print, type, value, &err), &err);
    clixml_reader_free(&reader);
}

/* All that was written since the last time. */
static void look(struct screen *screen, char *out, size_t size)
{
    ssize_t n = read(screen->ends[0], out, size - 1);

    assert_true(n > 0);
    out[n] = '\0';
}

static void close_screen(struct screen *screen)
{
    ps_print_free(&screen->print);
    close(screen->ends[0]);
    close(screen->ends[1]);
}

/* What is written to the terminal for one record of that type. */
static void shown(enum message_type type, const char *xml, unsigned width,
                  char *out, size_t size)
{
    struct screen screen;

    open_screen(&screen, width);
    put_record(&screen, type, xml);
    look(&screen, out, size);
    close_screen(&screen);
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

#define ERROR_RECORD                                                          \
    "<Obj RefId=\"0\"><MS><Obj N=\"Exception\" RefId=\"1\"><Props>"            \
    "<S N=\"Message\">broken</S></Props></Obj>"                               \
    "<S N=\"ErrorCategory_Message\">NotSpecified: (:) [], Exception</S>"      \
    "<S N=\"FullyQualifiedErrorId\">Broken</S></MS></Obj>"

/* Red (ECMA-48 8.3.117), whatever lines the text has; warnings yellow. */
static void errors_are_red_on_a_terminal(void **state)
{
    struct screen screen;
    char out[1024];

    (void)state;
    open_screen(&screen, 80);
    screen.print.err_colours = true;
    put_record(&screen, MESSAGE_ERROR_RECORD, ERROR_RECORD);
    look(&screen, out, sizeof out);
    assert_string_equal(out,
        "\033[91mbroken\n"
        "    + CategoryInfo          : NotSpecified: (:) [], Exception\n"
        "    + FullyQualifiedErrorId : Broken\033[0m\n");
    put_record(&screen, MESSAGE_WARNING_RECORD, MESSAGE("hot"));
    look(&screen, out, sizeof out);
    assert_string_equal(out, "\033[93mWARNING: hot\033[0m\n");
    close_screen(&screen);
}

#define ERASE "\r\033[K"

static void print_text(struct screen *screen, const char *text)
{
    struct ps_output output = ps_print_output(&screen->print);
    struct err err = ERR_INIT;

    assert_ok(output.host_text(output.arg, text, false, &err), &err);
    assert_ok(output.flush(output.arg, &err), &err);
}

static void a_bar_stands_below_what_comes(void **state)
{
    struct screen screen;
    char out[1024];
    int ends[2];

    (void)state;
    open_screen(&screen, 80);
    screen.print.out_is_terminal = true;
    put_record(&screen, MESSAGE_PROGRESS_RECORD, PROGRESS("Copy", "a", "-1"));
    look(&screen, out, sizeof out);
    assert_string_equal(out, "Copy: a");
    print_text(&screen, "one\n");
    look(&screen, out, sizeof out);
    assert_string_equal(out, ERASE "one\nCopy: a");
    put_record(&screen, MESSAGE_WARNING_RECORD, MESSAGE("hot"));
    look(&screen, out, sizeof out);
    assert_string_equal(out, ERASE "WARNING: hot\nCopy: a");
    /* A line that goes on is not written over. */
    print_text(&screen, "half");
    look(&screen, out, sizeof out);
    assert_string_equal(out, ERASE "half");
    print_text(&screen, " line\n");
    look(&screen, out, sizeof out);
    assert_string_equal(out, " line\n");
    close_screen(&screen);
    /* Who reads a pipe may write to the terminal, too: it finds room. */
    assert_int_equal(pipe(ends), 0);
    open_screen(&screen, 80);
    screen.print.out = ends[1];
    put_record(&screen, MESSAGE_PROGRESS_RECORD, PROGRESS("Copy", "a", "-1"));
    print_text(&screen, "one\n");
    look(&screen, out, sizeof out);
    assert_string_equal(out, "Copy: a" ERASE);
    close_screen(&screen);
    close(ends[0]);
    close(ends[1]);
}

/* What a host says is no command to the terminal. */
static void control_characters_go(void **state)
{
    char out[1024];

    (void)state;
    shown(MESSAGE_WARNING_RECORD,
          MESSAGE("a_x001B_]0;b_x0007_ _x009B_c_x000D__x000A_d"), 80, out,
          sizeof out);
    assert_string_equal(out, "WARNING: a?]0;b? ?c\nd\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bar_fits_its_line),
        cmocka_unit_test(a_bar_says_how_far_it_is),
        cmocka_unit_test(errors_are_red_on_a_terminal),
        cmocka_unit_test(a_bar_stands_below_what_comes),
        cmocka_unit_test(control_characters_go),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
