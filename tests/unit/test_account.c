/* test_account.c - accounts by name and number. */
#include "unit.h"

#include "cli/account.h"

static void root_is_on_every_machine(void **state)
{
    uid_t uid = 7;
    char name[8];

    (void)state;
    assert_true(account_uid("root", &uid));
    assert_int_equal(uid, 0);
    assert_true(account_name(0, name, sizeof name));
    assert_string_equal(name, "root");
}

static void who_is_not_there_is_not_found(void **state)
{
    uid_t uid = 7;
    char name[8];

    (void)state;
    assert_false(account_uid("no such account", &uid));
    assert_int_equal(uid, 7);
    assert_false(account_name((uid_t)-2 - 4711, name, sizeof name));
    assert_false(account_name(0, name, 4)); /* "root" and a NUL are 5 */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(root_is_on_every_machine),
        cmocka_unit_test(who_is_not_there_is_not_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
