/* test_escape.c - strings of CLIXML, both ways. */
#include "psrp/escape.h"

#include "unit.h"

#define FFFD "\xef\xbf\xbd"

/* MS-PSRP 2.2.5.3.2 and its examples; PowerShell's serializer for the rest. */
static const struct {
    const char *plain, *escaped;
} pairs[] = {
    { "", "" }, { "plain text", "plain text" },
    { "line\nnext\r\n\ttab", "line_x000A_next_x000D__x000A__x0009_tab" },
    { "a_x000A_b", "a_x005F_x000A_b" }, { "_X", "_x005F_X" },
    { "a_b", "a_b" }, { "_", "_" }, { "__x", "__x005F_x" },
    { "a<b>&\"c'", "a&lt;b&gt;&amp;&quot;c'" },
    { "\x7f\xc2\x85\xc2\x9f\xc2\xa0", "_x007F__x0085__x009F_\xc2\xa0" },
    { "\xc3\xa4\xe2\x82\xac", "\xc3\xa4\xe2\x82\xac" },
    { "\xf0\x9f\x98\x80", "_xD83D__xDE00_" },
    { "\xf4\x8f\xbf\xbf", "_xDBFF__xDFFF_" },
};

static void strings_are_escaped(void **state)
{
    struct buf out = BUF_INIT(256);
    size_t i;

    (void)state;
    for (i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        buf_clear(&out);
        escape_put(&out, pairs[i].plain, strlen(pairs[i].plain));
        buf_put_u8(&out, 0);
        assert_string_equal((char *)out.data, pairs[i].escaped);
    }
    buf_free(&out);
}

static void what_is_no_utf8_is_replaced(void **state)
{
    static const struct { const char *plain, *escaped; } wrong[] = {
        { "a\xff" "b", "a" FFFD "b" }, { "\xc3", FFFD },
        { "\xc0\x80", FFFD FFFD }, { "\xed\xa0\x80", FFFD FFFD FFFD },
        { "\xe2\x82", FFFD FFFD }, { "\xf5\x80", FFFD FFFD },
        { "\xe0\x80\x80", FFFD FFFD FFFD },
    };
    struct buf out = BUF_INIT(256);
    size_t i;

    (void)state;
    for (i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        buf_clear(&out);
        escape_put(&out, wrong[i].plain, strlen(wrong[i].plain));
        buf_put_u8(&out, 0);
        assert_string_equal((char *)out.data, wrong[i].escaped);
    }
    buf_free(&out);
}

/* In pieces of every size, and whole. */
static void comes_out(const char *escaped, const char *plain)
{
    size_t n = strlen(escaped), piece, at;

    for (piece = 1; piece <= n; piece++) {
        struct buf out = BUF_INIT(256);
        struct unescape u = { .have = 0 };

        for (at = 0; at < n; at += piece)
            unescape_feed(&u, escaped + at, piece < n - at ? piece : n - at,
                          &out);
        unescape_end(&u, &out);
        buf_put_u8(&out, 0);
        assert_string_equal((char *)out.data, plain);
        buf_free(&out);
    }
}

static void escapes_are_undone_in_any_pieces(void **state)
{
    static const struct { const char *escaped, *plain; } more[] = {
        { "_x000a_", "\n" }, { "_X000A_", "\n" }, { "_x00", "_x00" },
        { "_x000A", "_x000A" }, { "_x000G_", "_x000G_" },
        { "__x0041_", "_A" }, { "_x_x0041_", "_xA" },
        { "_x0041_x0042_", "Ax0042_" }, { "_x0041__x0042_", "AB" },
        { "_xD83D_", FFFD }, { "_xD83D_a", FFFD "a" },
        { "_xDE00_", FFFD }, { "_xDE00__xD83D_", FFFD FFFD },
        { "_xD83D__xD83D__xDE00_", FFFD "\xf0\x9f\x98\x80" },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof more / sizeof *more; i++)
        comes_out(more[i].escaped, more[i].plain);
    for (i = 0; i < sizeof pairs / sizeof *pairs; i++)
        if (strchr(pairs[i].escaped, '&') == NULL)
            comes_out(pairs[i].escaped, pairs[i].plain);
}

static void a_nul_is_a_character_like_others(void **state)
{
    struct buf out = BUF_INIT(64);
    struct unescape u = { .have = 0 };

    (void)state;
    escape_put(&out, "a\0b", 3);
    assert_int_equal(out.len, 9);
    assert_memory_equal(out.data, "a_x0000_b", 9);
    buf_clear(&out);
    unescape_feed(&u, "a_x0000_b", 9, &out);
    unescape_end(&u, &out);
    assert_int_equal(out.len, 3);
    assert_memory_equal(out.data, "a\0b", 3);
    buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strings_are_escaped),
        cmocka_unit_test(what_is_no_utf8_is_replaced),
        cmocka_unit_test(escapes_are_undone_in_any_pieces),
        cmocka_unit_test(a_nul_is_a_character_like_others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
