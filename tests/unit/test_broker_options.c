/* test_broker_options.c - credssp-broker's command line, and the example of a
 * policy that it is shipped with. */
#include "unit.h"

#include "fake_world.h"

#include <stdlib.h>
#include <unistd.h>

#include "broker/options.h"
#include "policy/policy.h"

#define WORDS_MAX 8

struct line {
    const char *words[WORDS_MAX];
    const char *says;           /* of the error; NULL: understood */
};

static const struct line lines[] = {
    { { "credssp-broker" }, NULL },
    { { "credssp-broker", "--foreground", "--listen", "/run/x" }, NULL },
    { { "credssp-broker", "--direct", "3", "--policy", "/my.conf" }, NULL },
    { { "credssp-broker", "--listen" }, "a value is missing: '--listen'" },
    { { "credssp-broker", "--listn", "/x" }, "no such option: '--listn'" },
    { { "credssp-broker", "/run/x" }, "no such option: '/run/x'" },
    { { "credssp-broker", "--direct", "x" },
      "'x' is not the number of a descriptor" },
    { { "credssp-broker", "--direct", "-1" },
      "'-1' is not the number of a descriptor" },
    { { "credssp-broker", "--direct", "99999999999" },
      "'99999999999' is not the number of a descriptor" },
};

/* options_parse() takes argv as main() has it, and writes to none of it. */
static int parse(const struct line *line, struct options *options,
                 struct err *err)
{
    union {
        const char *const *in;
        char *const *out;
    } argv = { .in = line->words };
    int argc = 0;

    while (argc < WORDS_MAX && line->words[argc] != NULL)
        argc++;
    return options_parse(argc, argv.out, options, err);
}

static void lines_are_understood_or_refused(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct err err = ERR_INIT;
        struct options options;

        if (lines[i].says == NULL) {
            assert_ok(parse(&lines[i], &options, &err), &err);
        } else {
            assert_cause(parse(&lines[i], &options, &err), &err, ERR_USAGE);
            assert_string_equal(err.text, lines[i].says);
        }
    }
}

static void values_arrive(void **state)
{
    struct err err = ERR_INIT;
    struct options options;

    (void)state;
    assert_ok(parse(&lines[1], &options, &err), &err);
    assert_true(options.foreground);
    assert_string_equal(options.listen_path, "/run/x");
    assert_string_equal(options.policy_file, SYSCONFDIR "/credssp.conf");
    assert_int_equal(options.direct_fd, -1);
    assert_ok(parse(&lines[2], &options, &err), &err);
    assert_int_equal(options.direct_fd, 3);
    assert_string_equal(options.policy_file, "/my.conf");
}

/* Every role changes to "/" before it reads the file. */
static void check_config_takes_a_file(void **state)
{
    char name[] = "credssp-broker", check[] = "--check-config";
    char file[] = "/my.conf";
    char *argv[] = { name, check, file, NULL };
    char *stray[] = { name, file, NULL };
    struct options options;
    struct err err = ERR_INIT;

    (void)state;
    assert_ok(options_parse(3, argv, &options, &err), &err);
    assert_true(options.check_config);
    assert_string_equal(options.policy_file, "/my.conf");
    assert_cause(options_parse(2, stray, &options, &err), &err, ERR_USAGE);
}

static void a_relative_policy_file_is_made_absolute(void **state)
{
    char program[] = "credssp-broker", option[] = "--policy",
         value[] = "my.conf", here[PATH_MAX], expected[PATH_MAX + 16];
    char *argv[] = { program, option, value, NULL };
    struct err err = ERR_INIT;
    struct options options;

    (void)state;
    assert_non_null(getcwd(here, sizeof here));
    snprintf(expected, sizeof expected, "%s/my.conf", here);
    assert_ok(options_parse(3, argv, &options, &err), &err);
    assert_string_equal(options.policy_file, expected);
}

/* What an administrator copies must work, and mean what its comments say. */
static void the_example_of_a_policy_is_sound(void **state)
{
    const char *srcdir = getenv("srcdir");
    struct policy_verdict win1, dc1;
    struct policy_query query = { .user = "alice", .service = "sshd" };
    struct policy *policy = NULL;
    struct err err = ERR_INIT;
    char path[PATH_MAX], text[8192];
    FILE *example;
    size_t n;

    (void)state;
    snprintf(path, sizeof path, "%s/helper/broker/credssp.conf",
             srcdir != NULL ? srcdir : ".");
    example = fopen(path, "r");
    if (example == NULL)
        skip(); /* run by hand elsewhere */
    n = fread(text, 1, sizeof text - 1, example);
    assert_true(feof(example) != 0);
    fclose(example);
    text[n] = '\0';
    /* A copy: whoever cloned the tree may have a umask of 002. */
    assert_ok(policy_load(fake_policy_file(text), POLICY_OWNER_USER, &policy,
                          &err), &err);
    fake_policy_remove();
    query.host = "win1.corp.example.com";
    policy_decide(policy, &query, &win1);
    assert_true(win1.kerberos);
    assert_false(win1.ntlm);
    query.host = "dc1.corp.example.com";
    policy_decide(policy, &query, &dc1);
    assert_false(dc1.kerberos);
    policy_free(&policy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_understood_or_refused),
        cmocka_unit_test(values_arrive),
        cmocka_unit_test(check_config_takes_a_file),
        cmocka_unit_test(a_relative_policy_file_is_made_absolute),
        cmocka_unit_test(the_example_of_a_policy_is_sound),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
