/* test_prefix.c - streams cut into lines, and what waits for its turn. */
#include <stdlib.h>

#include "cli/prefix.h"
#include "cli/spill.h"
#include "unit.h"

static struct buf out;
static struct err err;
static struct prefix prefix;

static int take(void *arg, const void *bytes, size_t n, struct err *failure)
{
    (void)arg;
    buf_put(&out, bytes, n);
    return buf_ok(&out, STAGE_OUTPUT, failure);
}

static int set_up(void **state)
{
    (void)state;
    buf_init(&out, 1 << 20);
    err_clear(&err);
    prefix_init(&prefix, "win1", take, NULL);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    prefix_free(&prefix);
    buf_free(&out);
    return 0;
}

static void put(const char *text)
{
    assert_ok(prefix_put(&prefix, text, strlen(text), &err), &err);
}

static void came(const char *text)
{
    assert_int_equal(out.len, strlen(text));
    assert_memory_equal(out.data, text, out.len);
}

static void each_line_has_its_host(void **state)
{
    (void)state;
    put("one\r\n\ntwo\n");
    came("win1: one\r\nwin1: \nwin1: two\n");
}

static void a_line_may_come_in_pieces(void **state)
{
    static const char text[] = "one\ntwo\n";
    size_t i;

    (void)state;
    for (i = 0; text[i] != '\0'; i++)
        assert_ok(prefix_put(&prefix, &text[i], 1, &err), &err);
    came("win1: one\nwin1: two\n");
}

static void the_last_line_is_completed(void **state)
{
    (void)state;
    put("one\ntw");
    came("win1: one\n");
    put("o");
    assert_ok(prefix_end(&prefix, &err), &err);
    came("win1: one\nwin1: two\n");
    assert_ok(prefix_end(&prefix, &err), &err);
    came("win1: one\nwin1: two\n");
}

static void any_byte_passes(void **state)
{
    unsigned char bytes[256];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)i;
    assert_ok(prefix_put(&prefix, bytes, sizeof bytes, &err), &err);
    assert_ok(prefix_end(&prefix, &err), &err);
    assert_int_equal(out.len, 6 + 11 + 6 + 245 + 1);
    assert_memory_equal(out.data + 6, bytes, 11);
    assert_memory_equal(out.data + 6 + 11 + 6, bytes + 11, 245);
}

static void a_longer_line_is_cut_and_nothing_lost(void **state)
{
    char *line = malloc(PREFIX_LINE_MAX + 2);

    (void)state;
    assert_non_null(line);
    memset(line, 'x', PREFIX_LINE_MAX + 1);
    line[PREFIX_LINE_MAX + 1] = '\n';
    assert_ok(prefix_put(&prefix, line, 10, &err), &err);
    assert_ok(prefix_put(&prefix, line + 10, PREFIX_LINE_MAX - 8, &err),
              &err);
    assert_int_equal(out.len, 6 + PREFIX_LINE_MAX + 1 + 6 + 1 + 1);
    assert_memory_equal(out.data + out.len - 8, "win1: x\n", 8);
    free(line);
}

static void a_line_of_just_that_length_is_not(void **state)
{
    char *line = malloc(PREFIX_LINE_MAX + 1);

    (void)state;
    assert_non_null(line);
    memset(line, 'x', PREFIX_LINE_MAX);
    line[PREFIX_LINE_MAX] = '\n';
    assert_ok(prefix_put(&prefix, line, PREFIX_LINE_MAX + 1, &err), &err);
    assert_ok(prefix_put(&prefix, line, PREFIX_LINE_MAX, &err), &err);
    assert_ok(prefix_put(&prefix, "\n", 1, &err), &err);
    assert_int_equal(out.len, 2 * (6 + PREFIX_LINE_MAX + 1));
    free(line);
}

static void what_waits_comes_back_whole(void **state)
{
    char block[1000], last = 0;
    struct spill spill;
    size_t i, n;

    (void)state;
    for (n = 0; n < 100; n += 33) { /* in memory, and beyond it */
        spill_init(&spill);
        assert_true(spill_is_empty(&spill));
        buf_clear(&out);
        for (i = 0; i < n; i++) {
            memset(block, 'a' + (int)(i % 26), sizeof block);
            assert_ok(spill_put(&spill, block, sizeof block, &err), &err);
        }
        assert_int_equal(spill.file != NULL, n > 16);
        assert_ok(spill_pour(&spill, take, NULL, &last, &err), &err);
        assert_int_equal(out.len, n * sizeof block);
        for (i = 0; i < out.len; i++)
            assert_int_equal(out.data[i],
                             'a' + (int)(i / sizeof block % 26));
        assert_int_equal(last, n == 0 ? '\n' : 'a' + (int)((n - 1) % 26));
        spill_free(&spill);
    }
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(each_line_has_its_host),
        CASE(a_line_may_come_in_pieces),
        CASE(the_last_line_is_completed),
        CASE(any_byte_passes),
        CASE(a_longer_line_is_cut_and_nothing_lost),
        CASE(a_line_of_just_that_length_is_not),
        CASE(what_waits_comes_back_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
