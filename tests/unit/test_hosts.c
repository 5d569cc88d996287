/* test_hosts.c - lists of hosts: comments, mistakes and their places. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/hosts.h"
#include "unit.h"

static struct hosts hosts;
static struct err err;

static int set_up(void **state)
{
    (void)state;
    hosts = (struct hosts)HOSTS_INIT;
    err_clear(&err);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    hosts_free(&hosts);
    return 0;
}

static void add_text(const char *text)
{
    assert_ok(hosts_add_text(&hosts, "list", text, strlen(text), &err), &err);
}

static void a_list_keeps_its_order(void **state)
{
    (void)state;
    assert_ok(hosts_add_list(&hosts, "b.example.com,A.example.com.", &err),
              &err);
    assert_ok(hosts_check(&hosts, &err), &err);
    assert_int_equal(hosts.count, 2);
    assert_string_equal(hosts.names[0], "b.example.com");
    assert_string_equal(hosts.names[1], "a.example.com");
}

static void an_empty_name_in_a_list_is_a_mistake(void **state)
{
    (void)state;
    assert_ok(hosts_add_list(&hosts, "a.example.com,,b.example.com", &err),
              &err);
    assert_cause(hosts_check(&hosts, &err), &err, ERR_HOSTNAME);
    assert_non_null(strstr(err.text, "empty"));
}

static void a_file_has_comments_blanks_and_any_line_end(void **state)
{
    (void)state;
    add_text("\xef\xbb\xbf# made by Notepad\r\n"
             "\r\n"
             "  a.example.com \t # why\r\n"
             "b.example.com#no space\n"
             "c.example.com");
    assert_ok(hosts_check(&hosts, &err), &err);
    assert_int_equal(hosts.count, 3);
    assert_string_equal(hosts.names[0], "a.example.com");
    assert_string_equal(hosts.names[1], "b.example.com");
    assert_string_equal(hosts.names[2], "c.example.com");
}

static void mistakes_have_a_place_and_are_all_counted(void **state)
{
    (void)state;
    add_text("a.example.com\n# b\n  two words\n10.0.0.1\nuser@a\n");
    assert_cause(hosts_check(&hosts, &err), &err, ERR_HOSTNAME);
    assert_non_null(strstr(err.text, "list:3:3: 'two words'"));
    assert_non_null(strstr(err.text, "a space"));
    assert_non_null(strstr(err.text, "(and 2 more)"));
}

static void a_nul_is_no_end(void **state)
{
    static const char text[] = "a.example.com\0.evil.example\n";

    (void)state;
    assert_ok(hosts_add_text(&hosts, "list", text, sizeof text - 1, &err),
              &err);
    assert_cause(hosts_check(&hosts, &err), &err, ERR_HOSTNAME);
}

static void a_name_runs_once(void **state)
{
    (void)state;
    add_text("a.example.com\nb.example.com\nA.EXAMPLE.com.\na.example.com\n");
    assert_ok(hosts_check(&hosts, &err), &err);
    assert_int_equal(hosts.count, 2);
    assert_int_equal(hosts.doubled, 2);
    assert_string_equal(hosts.double_name, "a.example.com");
}

static void nothing_is_no_list(void **state)
{
    (void)state;
    add_text("# nobody\n\n");
    assert_cause(hosts_check(&hosts, &err), &err, ERR_USAGE);
    assert_cause(hosts_add_file(&hosts, "/dev/null", &err), &err, ERR_USAGE);
    assert_non_null(strstr(err.advice, "one host a line"));
    assert_cause(hosts_add_file(&hosts, "/nonexistent/hosts", &err), &err,
                 ERR_USAGE);
    assert_non_null(strstr(err.text, "cannot open the list of hosts"));
    assert_non_null(strstr(err.advice, "one host a line"));
}

static void there_is_a_most(void **state)
{
    char name[32];
    size_t i;

    (void)state;
    for (i = 0; i < HOSTS_MAX; i++) {
        snprintf(name, sizeof name, "h%zu.example.com", i);
        assert_ok(hosts_add_list(&hosts, name, &err), &err);
    }
    assert_cause(hosts_add_list(&hosts, "one.more", &err), &err, ERR_USAGE);
    assert_int_equal(hosts.count, HOSTS_MAX);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(a_list_keeps_its_order),
        CASE(an_empty_name_in_a_list_is_a_mistake),
        CASE(a_file_has_comments_blanks_and_any_line_end),
        CASE(mistakes_have_a_place_and_are_all_counted),
        CASE(a_nul_is_no_end),
        CASE(a_name_runs_once),
        CASE(nothing_is_no_list),
        CASE(there_is_a_most),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
