/* test_cmdline.c - command lines are read as cmd.exe reads them. */
#include "../unit/unit.h"

#include <stdbool.h>
#include <strings.h>

#include "cmdline.h"

static struct cmdline_part part; /* large */

static void parts_are_joined(void **state)
{
    static const struct {
        enum cmdline_joiner joiner;
        enum cmdline_target out;
        const char *text;
    } rows[] = {
        { JOIN_ALWAYS, TARGET_STDOUT, "echo out " },
        { JOIN_IF_OK, TARGET_STDERR, "echo err " },
        { JOIN_IF_FAILED, TARGET_STDOUT, "echo \"a & b\" " },
        { JOIN_ALWAYS, TARGET_STDOUT, "echo x&y " },
        { JOIN_ALWAYS, TARGET_NUL, "exit 1 " },
    };
    const char *line = "echo out && echo err>&2 || echo \"a & b\" & "
                       "echo x^&y & exit 1 >nul";
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_true(cmdline_next(&line, &part));
        assert_int_equal(part.joiner, rows[i].joiner);
        assert_int_equal(part.out, rows[i].out);
        assert_string_equal(part.text, rows[i].text);
        assert_false(part.wrong);
    }
    assert_false(cmdline_next(&line, &part));
}

static void pipes_are_not_understood(void **state)
{
    const char *line = "dir | sort";

    (void)state;
    assert_true(cmdline_next(&line, &part));
    assert_true(part.wrong);
}

static void programs_have_many_spellings(void **state)
{
    static const struct { const char *text, *name, *rest; } rows[] = {
        { "hostname", "hostname", "" },
        { "CMD.EXE /c x", "cmd", " /c x" },
        { "C:\\Windows\\system32\\cmd.exe /c", "cmd", " /c" },
        { "\"C:\\a b\\whoami.exe\" /all", "whoami", " /all" },
        { "echo.", "echo", "." },
        { "echo:x", "echo", ":x" },
    };
    char name[64];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_string_equal(cmdline_program(rows[i].text, name, sizeof name),
                            rows[i].rest);
        assert_string_equal(name, rows[i].name);
    }
}

static const char *find(void *arg, const char *name)
{
    (void)arg;
    return strcasecmp(name, "USERNAME") == 0 ? "alice" : NULL;
}

static void known_variables_are_replaced(void **state)
{
    char text[64];

    (void)state;
    cmdline_expand("%UserName% 100% %nope%", text, sizeof text, find, NULL);
    assert_string_equal(text, "alice 100% %nope%");
    cmdline_expand("%username%", text, 4, find, NULL);
    assert_string_equal(text, "ali");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_are_joined),
        cmocka_unit_test(pipes_are_not_understood),
        cmocka_unit_test(programs_have_many_spellings),
        cmocka_unit_test(known_variables_are_replaced),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
