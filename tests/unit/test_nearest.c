/* test_nearest.c - what a mistyped command most likely meant. */
#include "unit.h"

#include "cli/command.h"

static const struct page run = { .name = "run" }, list = { .name = "list" },
    login = { .name = "login" }, logout = { .name = "logout" };
static const struct command table[] = {
    { &run, NULL }, { &list, NULL }, { &login, NULL }, { &logout, NULL },
};

static void slips_of_the_finger_are_understood(void **state)
{
    static const struct {
        const char *typed;
        const char *meant; /* NULL: nothing */
    } rows[] = {
        { "lsit", "list" }, { "lists", "list" }, { "rn", "run" },
        { "rnu", "run" }, { "logn", "login" }, { "logon", "login" },
        { "logut", "logout" }, { "list", "list" },
        { "x", NULL }, { "", NULL }, { "status", NULL },
        { "averyveryverylongword", NULL },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct command *found = command_nearest(
            table, sizeof table / sizeof *table, rows[i].typed);

        if (rows[i].meant == NULL)
            assert_null(found);
        else if (found == NULL)
            fail_msg("'%s' is not understood", rows[i].typed);
        else
            assert_string_equal(found->page->name, rows[i].meant);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slips_of_the_finger_are_understood),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
