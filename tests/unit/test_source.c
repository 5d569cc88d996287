/* test_source.c - which policy is in force when its files change. */
#include "policy_files.h"

#include "policy/source.h"

static void begin(struct policy_source *source, const char *text)
{
    write_to(conf, text);
    policy_source_init(source, conf, POLICY_OWNER_USER);
    assert_int_equal(policy_source_look(source, NULL, NULL), POLICY_TAKEN);
}

static void domain_is(struct policy_source *source, const char *domain)
{
    struct policy *policy = NULL;
    struct err err = ERR_INIT;

    assert_ok(policy_source_get(source, &policy, &err), &err);
    assert_string_equal(policy_domain(policy), domain);
    policy_free(&policy);
}

static void count(void *arg, const char *file, unsigned line,
                  unsigned column, const char *what)
{
    (void)file;
    (void)line;
    (void)column;
    (void)what;
    ++*(int *)arg;
}

static void a_newer_file_is_taken(void **state)
{
    struct policy_source source;
    struct policy *held = NULL;
    struct err err = ERR_INIT;

    (void)state;
    begin(&source, "Domain A\n");
    assert_int_equal(policy_source_look(&source, NULL, NULL), POLICY_SAME);
    assert_ok(policy_source_get(&source, &held, &err), &err);
    /* Same size, same file, perhaps the same tick of the clock. */
    write_to(conf, "Domain B\n");
    domain_is(&source, "B");
    assert_string_equal(policy_domain(held), "A"); /* who has it keeps it */
    policy_free(&held);
    policy_source_clear(&source);
}

static void a_broken_file_leaves_the_old_one(void **state)
{
    struct policy_source source;
    struct err why;
    int64_t loaded;
    int told = 0;

    (void)state;
    begin(&source, "Domain A\n");
    write_to(conf, "Domain B\nFoo 1\nBar 2\n");
    assert_int_equal(policy_source_look(&source, count, &told), POLICY_KEPT);
    assert_int_equal(told, 2);
    assert_int_equal(policy_source_look(&source, count, &told), POLICY_SAME);
    assert_int_equal(told, 2);
    domain_is(&source, "A");
    policy_source_facts(&source, &loaded, &why);
    assert_true(loaded > 0);
    assert_string_equal(err_cause_name(why.cause), "policy-file");
    assert_int_equal(chmod(conf, 0666), 0);
    domain_is(&source, "A");
    assert_int_equal(chmod(conf, 0644), 0);
    write_to(conf, "Domain C\n");
    assert_int_equal(policy_source_look(&source, count, &told), POLICY_TAKEN);
    domain_is(&source, "C");
    policy_source_facts(&source, &loaded, &why);
    assert_int_equal(why.cause, ERR_NONE);
    policy_source_clear(&source);
}

static void without_a_file_there_is_no_policy(void **state)
{
    struct policy_source source;
    struct policy *policy = NULL;
    struct err err = ERR_INIT;

    (void)state;
    begin(&source, "Domain A\n");
    assert_int_equal(unlink(conf), 0);
    assert_int_equal(policy_source_look(&source, NULL, NULL), POLICY_NONE);
    assert_cause(policy_source_get(&source, &policy, &err), &err,
                 ERR_POLICY_FILE);
    assert_null(policy);
    write_to(conf, "Broken\n"); /* nothing older stands in */
    assert_cause(policy_source_get(&source, &policy, &err), &err,
                 ERR_POLICY_FILE);
    write_to(conf, "Domain B\n");
    domain_is(&source, "B");
    policy_source_clear(&source);
}

static void an_included_file_counts(void **state)
{
    struct policy_source source;

    (void)state;
    begin(&source, "Include *.conf\n");
    domain_is(&source, "");
    write_to(included("a.conf"), "Domain A\n");
    domain_is(&source, "A");
    write_to(included("a.conf"), "Domain B\n");
    domain_is(&source, "B");
    write_to(included("a.conf"), "Broken\n");
    domain_is(&source, "B");
    assert_int_equal(unlink(included("a.conf")), 0);
    domain_is(&source, "");
    policy_source_clear(&source);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_newer_file_is_taken),
        cmocka_unit_test(a_broken_file_leaves_the_old_one),
        cmocka_unit_test(without_a_file_there_is_no_policy),
        cmocka_unit_test(an_included_file_counts),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
