/* test_err.c - the error object: defaults, codes, and clean output. */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static void every_cause_has_words(void **state)
{
    int i, j;

    (void)state;
    for (i = 0; i < ERR_CAUSE_COUNT; i++) {
        assert_true(strlen(err_cause_name((enum err_cause)i)) > 1);
        assert_true(strlen(err_cause_text((enum err_cause)i)) > 5
                    || i == ERR_INTERRUPTED);
        for (j = 0; j < i; j++)
            assert_string_not_equal(err_cause_name((enum err_cause)i),
                                    err_cause_name((enum err_cause)j));
    }
    assert_string_equal(err_cause_name(ERR_CAUSE_COUNT), "?");
    assert_string_equal(err_stage_name(STAGE_COUNT), "?");
}

static void set_forgets_the_older_error(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    assert_int_equal(err_set(&err, ERR_WRONG_PASSWORD, STAGE_DELEGATION,
                             NULL), -1);
    assert_int_equal(err_code(&err, CODE_NTSTATUS, 0xc000006d), -1);
    assert_int_equal(err_set(&err, ERR_CONNECT, STAGE_TCP, "port %d", 5985),
                     -1);
    assert_int_equal(err.domain, CODE_NONE);
    assert_string_equal(err.text, "port 5985");
    assert_string_equal(err.advice, err_cause_advice(ERR_CONNECT));
}

static void errno_is_kept_and_told(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    err_set_errno(&err, ERR_SYSTEM, STAGE_START, ENOENT, "cannot open %s",
                  "x");
    assert_string_equal(err.text, "cannot open x: No such file or directory");
    assert_int_equal(err.code, ENOENT);
}

static void print_shows_code_and_advice(void **state)
{
    struct err err = ERR_INIT;
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    (void)state;
    err_set(&err, ERR_WRONG_PASSWORD, STAGE_DELEGATION, "no");
    err_code(&err, CODE_NTSTATUS, 0xc000006d);
    err_advise(&err, "try %d", 2);
    err_print(out, "credssp", &err);
    fclose(out);
    assert_string_equal(text, "credssp: no (CredSSP delegation, "
                              "NTSTATUS 0xc000006d)\n  try 2\n");
    free(text);
}

static void foreign_text_cannot_drive_a_terminal(void **state)
{
    struct err err = ERR_INIT;
    char line[256];

    (void)state;
    err_set(&err, ERR_FAULT, STAGE_SHELL,
            "a\x1b[2Jb\nc\x7f\xc2\x9b" "d\xc3\xa9");
    err_format(line, sizeof line, &err);
    assert_string_equal(line,
                        "wsman-fault: a?[2Jb?c???d\xc3\xa9 (shell)");
    err_format(line, 8, &err);
    assert_string_equal(line, "wsman-f");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_cause_has_words),
        cmocka_unit_test(set_forgets_the_older_error),
        cmocka_unit_test(errno_is_kept_and_told),
        cmocka_unit_test(print_shows_code_and_advice),
        cmocka_unit_test(foreign_text_cannot_drive_a_terminal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
