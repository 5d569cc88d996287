/* test_arguments.c - the command line that the host gets. */
#include "unit.h"

#include "cli/arguments.h"

static void words_are_joined_with_single_spaces(void **state)
{
    static char type[] = "type", path[] = "\\\\files\\a b\\plan.txt";
    char *const words[] = { type, path };
    struct buf line = BUF_INIT(64);
    struct err err = ERR_INIT;

    (void)state;
    assert_ok(arguments_join(&line, words, 2, &err), &err);
    /* As ssh does: no quotes are put on again. */
    assert_string_equal((char *)line.data, "type \\\\files\\a b\\plan.txt");
    buf_free(&line);
}

static void what_soap_cannot_carry_is_refused(void **state)
{
    static char escape[] = "echo\x1b[0m", latin1[] = "gr\xf6\xdf" "e";
    char *const words[] = { escape, latin1 };
    int i;

    (void)state;
    for (i = 0; i < 2; i++) {
        struct buf line = BUF_INIT(64);
        struct err err = ERR_INIT;

        assert_cause(arguments_join(&line, words + i, 1, &err), &err,
                     ERR_USAGE);
        buf_free(&line);
    }
}

static void the_length_has_a_limit(void **state)
{
    static char word[] = "12345678";
    char *const words[] = { word, word };
    struct buf fits = BUF_INIT(18), over = BUF_INIT(17);
    struct err err = ERR_INIT;

    (void)state;
    assert_ok(arguments_join(&fits, words, 2, &err), &err);
    assert_cause(arguments_join(&over, words, 2, &err), &err, ERR_USAGE);
    assert_non_null(strstr(err.text, "16 bytes"));
    buf_free(&fits);
    buf_free(&over);
}

static void variables_have_a_name(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    assert_ok(arguments_check_variable("A=1", &err), &err);
    assert_ok(arguments_check_variable("A=", &err), &err);
    assert_ok(arguments_check_variable("A=b=c", &err), &err);
    assert_cause(arguments_check_variable("=1", &err), &err, ERR_USAGE);
    assert_cause(arguments_check_variable("A", &err), &err, ERR_USAGE);
    assert_cause(arguments_check_variable("A=\x01", &err), &err, ERR_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_joined_with_single_spaces),
        cmocka_unit_test(what_soap_cannot_carry_is_refused),
        cmocka_unit_test(the_length_has_a_limit),
        cmocka_unit_test(variables_have_a_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
