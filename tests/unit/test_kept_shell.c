/* test_kept_shell.c - which shells are alike, and what names one. */
#include "unit.h"

#include "cli/kept_shell.h"

static void alike_are_those_with_the_same_options(void **state)
{
    static const char *const ab[] = { "A=1", "B=2" }, *const joined[] = {
        "A=1,3:B=2" }, *const other[] = { "A=1", "B=3" };
    static const struct winrs_options rows[] = {
        { .codepage = 65001 },
        { .codepage = 850 },
        { .codepage = 65001, .no_profile = true },
        { .codepage = 65001, .cwd = "C:\\" },
        { .codepage = 65001, .cwd = "C:\\Windows" },
        { .codepage = 65001, .env = ab, .env_count = 1 },
        { .codepage = 65001, .env = ab, .env_count = 2 },
        { .codepage = 65001, .env = joined, .env_count = 1 },
        { .codepage = 65001, .env = other, .env_count = 2 },
    };
    enum { N = sizeof rows / sizeof *rows };
    static char labels[N][WIRE_LABEL_MAX];
    char again[WIRE_LABEL_MAX];
    size_t i, j;

    (void)state;
    for (i = 0; i < N; i++) {
        shell_label(&rows[i], labels[i]);
        shell_label(&rows[i], again);
        assert_string_not_equal(labels[i], "");
        assert_string_equal(labels[i], again);
        for (j = 0; j < i; j++)
            assert_string_not_equal(labels[i], labels[j]);
    }
}

static void too_many_options_are_never_kept(void **state)
{
    char value[WIRE_LABEL_MAX] = "A=", label[WIRE_LABEL_MAX];
    const char *env[] = { value };
    const struct winrs_options options = { .env = env, .env_count = 1 };

    (void)state;
    memset(value + 2, 'x', sizeof value - 3);
    shell_label(&options, label);
    assert_string_equal(label, "");
}

static void a_value_comes_back(void **state)
{
    static const char *const bad[] = {
        "", "S", "01234567-89AB-CDEF-0123-456789ABCDEF",
        "01234567-89AB-CDEF-0123-456789ABCDEF ",
        "01234567-89AB-CDEF-0123-456789ABCDEF-S",
    };
    struct wsman wsman = { .session = "01234567-89AB-CDEF-0123-456789ABCDEF" };
    struct wsman other = { .session = "" };
    struct winrs_shell shell = { &wsman, "SHELL" }, back = { &other, "" };
    char value[WIRE_VALUE_MAX];
    size_t i;

    (void)state;
    assert_int_equal(shell_value(&shell, value, sizeof value), 0);
    assert_int_equal(shell_take_value(value, &back), 0);
    assert_string_equal(back.id, "SHELL");
    assert_string_equal(other.session, wsman.session);
    assert_int_equal(shell_value(&shell, value, 40), -1);
    for (i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(shell_take_value(bad[i], &back), -1);
    memset(shell.id, 's', sizeof shell.id - 1);
    assert_int_equal(shell_value(&shell, value, sizeof value), 0);
    assert_int_equal(shell_take_value(value, &back), 0);
    value[strlen(value) + 1] = '\0';
    value[strlen(value)] = 's';
    assert_int_equal(shell_take_value(value, &back), -1);
}

static void alike_are_powershells_with_the_same_options(void **state)
{
    static const struct host_info host = { true, 80, 25, "credssp" },
        wide = { true, 120, 25, "credssp" }, high = { true, 80, 50, "credssp" },
        titled = { true, 80, 25, "other" }, none = { .present = false };
    static const struct runspace_options rows[] = {
        { .configuration = "Microsoft.PowerShell", .host = host },
        { .configuration = "Microsoft.PowerShell", .host = wide },
        { .configuration = "Microsoft.PowerShell", .host = high },
        { .configuration = "Microsoft.PowerShell", .host = titled },
        { .configuration = "Microsoft.PowerShell", .host = none },
        { .configuration = "JeaLab", .host = host },
        { .configuration = "Microsoft.PowerShell", .host = host,
          .no_profile = true },
    };
    enum { N = sizeof rows / sizeof *rows };
    static char labels[N][WIRE_LABEL_MAX];
    const struct winrs_options cmd = { .codepage = 65001 };
    char other[WIRE_LABEL_MAX];
    size_t i, j;

    (void)state;
    shell_label(&cmd, other);
    for (i = 0; i < N; i++) {
        pool_label(&rows[i], labels[i]);
        assert_string_not_equal(labels[i], "");
        assert_string_not_equal(labels[i], other);
        for (j = 0; j < i; j++)
            assert_string_not_equal(labels[i], labels[j]);
    }
}

#define SESSION "01234567-89AB-CDEF-0123-456789ABCDEF"
#define POOL "FEDCBA98-7654-3210-FEDC-BA9876543210"

static void a_pool_comes_back(void **state)
{
    static const char *const bad[] = {
        "", "x", SESSION, SESSION " " POOL, SESSION " " POOL " 3",
        SESSION " " POOL " 3 3", SESSION " " POOL " 3 3 ",
        SESSION " " POOL " 0 3 S", SESSION " " POOL " -1 3 S",
        SESSION " " POOL " 3 4 S", SESSION " " POOL "  3 S",
        SESSION " " POOL " 18446744073709551615 3 S",
        SESSION " 3210 3 3 S", "89AB " POOL " 3 3 S",
    };
    struct runspace_left left, back;
    char value[WIRE_VALUE_MAX], id[SHELL_ID_BYTES + 1];
    size_t i;

    (void)state;
    assert_int_equal(pool_take_value(SESSION " " POOL " 12 3 SHELL", &left),
                     0);
    assert_string_equal(left.session, SESSION);
    assert_string_equal(left.id, "SHELL");
    assert_int_equal(left.pool.next_object, 12);
    assert_int_equal(left.pool.protocol_minor, 3);
    assert_int_equal(pool_value(&left, value, sizeof value), 0);
    assert_string_equal(value, SESSION " " POOL " 12 3 SHELL");
    assert_int_equal(pool_take_value(value, &back), 0);
    assert_memory_equal(&back, &left, sizeof left);
    assert_int_equal(pool_value(&left, value, 80), -1);
    for (i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(pool_take_value(bad[i], &back), -1);
    memset(id, 's', sizeof id - 1);
    id[sizeof id - 1] = '\0';
    snprintf(value, sizeof value, SESSION " " POOL " 3 3 %s", id);
    assert_int_equal(pool_take_value(value, &back), -1);
    value[strlen(value) - 1] = '\0';
    assert_int_equal(pool_take_value(value, &back), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(alike_are_those_with_the_same_options),
        cmocka_unit_test(too_many_options_are_never_kept),
        cmocka_unit_test(a_value_comes_back),
        cmocka_unit_test(alike_are_powershells_with_the_same_options),
        cmocka_unit_test(a_pool_comes_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
