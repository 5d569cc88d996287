/* test_include.c - Include, the lists of Match and Host, and hints. */
#include "policy_files.h"

#include "policy/policy.h"

static struct policy *load(const char *text)
{
    struct policy *policy = NULL;
    struct err err = ERR_INIT;

    write_to(conf, text);
    assert_ok(policy_load(conf, POLICY_OWNER_USER, &policy, &err), &err);
    return policy;
}

static void refuse(const char *text, const char *says)
{
    struct policy *policy = NULL;
    struct err err = ERR_INIT;

    write_to(conf, text);
    assert_cause(policy_load(conf, POLICY_OWNER_USER, &policy, &err), &err,
                 ERR_POLICY_FILE);
    assert_null(policy);
    if (strstr(err.text, says) == NULL)
        fail_msg("%s\n  says:   %s\n  not:    %s", text, err.text, says);
}

static struct policy_verdict ask(const struct policy *policy,
                                 const char *user, const char *group,
                                 const char *service, const char *host)
{
    const char *groups[] = { "users", group };
    const struct policy_query query = {
        .user = user, .groups = groups, .group_count = 2,
        .service = service, .host = host,
    };
    struct policy_verdict verdict;

    policy_decide(policy, &query, &verdict);
    return verdict;
}

static void included_files_are_read_in_order(void **state)
{
    struct policy *policy;
    struct policy_verdict v;

    (void)state;
    write_to(included("20-b.conf"), "Host *\nPort 2\n"
                                    "Match User alice\n"
                                    "AllowFreshCredentials WSMAN/b\n");
    write_to(included("10-a.conf"), "\nAllowFreshCredentials WSMAN/a\n"
                                    "Host *\nPort 1\n");
    write_to(included(".hidden.conf"), "Nonsense\n");
    write_to(included("notes.txt"), "Nonsense\n");
    /* A block of an included file ends with it. */
    policy = load("Include *.conf none-*.conf\n"
                  "AllowFreshCredentials WSMAN/c\n");
    v = ask(policy, "alice", "x", "sshd", "a");
    assert_true(v.kerberos);
    assert_string_equal(v.kerberos_rule.file, included("10-a.conf"));
    assert_int_equal(v.kerberos_rule.line, 2);
    assert_int_equal(v.port, 1);
    assert_true(ask(policy, "alice", "x", "sshd", "b").kerberos);
    assert_false(ask(policy, "bob", "x", "sshd", "b").kerberos);
    v = ask(policy, "bob", "x", "sshd", "c");
    assert_true(v.kerberos);
    assert_string_equal(v.kerberos_rule.file, conf);
    policy_free(&policy);
}

static void errors_name_their_own_file(void **state)
{
    char says[512];

    (void)state;
    write_to(included("10-a.conf"), "Domain A\n  Bogus x\n");
    write_to(included("20-b.conf"), "Domain B\nLifetime x\n");
    snprintf(says, sizeof says, "%s:2:3: unknown keyword 'Bogus'",
             included("10-a.conf"));
    refuse("Include *.conf\nNonsense\n", says);
    snprintf(says, sizeof says, "%s:1:1: Domain is given twice\n%s:2:10: 'x'",
             included("20-b.conf"), included("20-b.conf"));
    refuse("Include *.conf\nNonsense\n", says);
    refuse("Include *.conf\nNonsense\n", "credssp.conf:2:1: unknown keyword");
}

static void only_its_own_folder_can_be_included(void **state)
{
    static const char *const rows[] = {
        "Include /etc/passwd\n", "Include ../credssp.conf\n",
        "Include sub/x.conf\n", "Include .hidden.conf\n", "Include ..\n",
        "Include \"\"\n",
    };
    char text[256], link[128];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++)
        refuse(rows[i], "Include takes names of files in ");
    refuse("Include missing.conf\n", "cannot open");
    refuse("Match User a\nInclude 10-a.conf\n",
           "Include cannot stand in a Match block");
    write_to(included("10-a.conf"), "Domain A\n");
    snprintf(link, sizeof link, "%s", included("30-link.conf"));
    assert_int_equal(symlink("10-a.conf", link), 0);
    refuse("Include 30-link.conf\n", "is a symbolic link");
    assert_int_equal(unlink(link), 0);
    assert_int_equal(mkdir(link, 0755), 0);
    refuse("Include 30-link.conf\n", "is not a regular file");
    assert_int_equal(rmdir(link), 0);
    /* The folder's own name before it is no other folder. */
    snprintf(text, sizeof text, "Include %s\n", included("10-a.conf"));
    {
        struct policy *policy = load(text);

        assert_string_equal(policy_domain(policy), "A");
        policy_free(&policy);
    }
}

static void what_others_can_write_is_not_included(void **state)
{
    (void)state;
    write_to(included("10-a.conf"), "Domain A\n");
    unlink(included("20-b.conf"));
    assert_int_equal(chmod(included("10-a.conf"), 0664), 0);
    refuse("Include *.conf\n", "credssp.conf:1:9: ");
    refuse("Include *.conf\n", "can be written by others");
    assert_int_equal(chmod(included("10-a.conf"), 0644), 0);
    assert_int_equal(chmod(conf_d, 0777), 0);
    refuse("Include *.conf\n", "can be written by others");
    assert_int_equal(chmod(conf_d, 0755), 0);
}

static void a_loop_and_too_many_files_end(void **state)
{
    char name[32];
    int i;

    (void)state;
    write_to(included("10-a.conf"), "Include 20-b.conf\n");
    write_to(included("20-b.conf"), "Include 10-a.conf\n");
    refuse("Include 10-a.conf\n", "includes itself");
    write_to(included("20-b.conf"), "Include 30-c.conf\n");
    write_to(included("30-c.conf"), "Include 40-d.conf\n");
    write_to(included("40-d.conf"), "Domain D\n");
    refuse("Include 10-a.conf\n", "more than 4 files include each other");
    for (i = 10; i <= 40; i += 10) {
        snprintf(name, sizeof name, "%d-%c.conf", i, 'a' + i / 10 - 1);
        unlink(included(name));
    }
    for (i = 0; i < 64; i++) {
        snprintf(name, sizeof name, "n%d.conf", i);
        write_to(included(name), "# nothing\n");
    }
    refuse("Include *.conf\n", "more than 64 such lines");
    for (i = 0; i < 64; i++) {
        snprintf(name, sizeof name, "n%d.conf", i);
        unlink(included(name));
    }
}

/* ssh_config(5): '*', '?', and '!' that wins wherever it stands. */
static void match_takes_lists_as_ssh_does(void **state)
{
    static const struct {
        const char *match;
        const char *user, *group, *service;
        bool holds;
    } rows[] = {
        { "User a*", "alice", "x", "sshd", true },
        { "User a*", "bob", "x", "sshd", false },
        { "User ?lice", "alice", "x", "sshd", true },
        { "User ?lice", "lice", "x", "sshd", false },
        { "User *,!alice", "bob", "x", "sshd", true },
        { "User *,!alice", "alice", "x", "sshd", false },
        { "User !alice,*", "alice", "x", "sshd", false },
        { "User *,!a*", "alice", "x", "sshd", false },
        { "!User alice", "bob", "x", "sshd", true },
        { "!User alice", "alice", "x", "sshd", false },
        { "Group d*", "a", "dba", "sshd", true },
        { "Group *,!users", "a", "dba", "sshd", false },
        { "Group *,!ops", "a", "dba", "sshd", true },
        { "!Group dba", "a", "dba", "sshd", false },
        { "Group \"CORP\\domain admins\"", "a", "CORP\\domain admins",
          "sshd", true },
        { "Group \"CORP\\domain admins\"", "a", "CORP\\domain", "sshd",
          false },
        { "Service sshd,login Group dba", "a", "dba", "login", true },
        { "Service sshd,login Group dba", "a", "dba", "su", false },
        { "Service ssh*", "a", "dba", "", false },
        { "User *a*b*a*b*c", "abababababababababababababd", "x", "s", false },
        { "User Alice", "alice", "x", "sshd", false },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct policy *policy;
        char text[256];

        snprintf(text, sizeof text,
                 "Match %s\nAllowFreshCredentials WSMAN/win1\n",
                 rows[i].match);
        policy = load(text);
        if (ask(policy, rows[i].user, rows[i].group, rows[i].service,
                "win1").kerberos != rows[i].holds)
            fail_msg("Match %s for %s", rows[i].match, rows[i].user);
        policy_free(&policy);
    }
}

static void a_host_line_may_leave_some_out(void **state)
{
    struct policy *policy = load(
        "Host *.corp !dc1.corp !*.lab.corp\n    Port 1\n"
        "Host dc1.corp\n    Port 2\n");

    (void)state;
    assert_int_equal(ask(policy, "a", "x", "s", "win1.corp").port, 1);
    assert_int_equal(ask(policy, "a", "x", "s", "dc1.corp").port, 2);
    assert_int_equal(ask(policy, "a", "x", "s", "w.lab.corp").port, 5985);
    policy_free(&policy);
}

static void a_slip_is_told_with_what_was_meant(void **state)
{
    static const struct {
        const char *line, *says;
    } rows[] = {
        { "AllowFreshCredential WSMAN/*", "mean 'AllowFreshCredentials'?" },
        { "allowfreshcredentialswhenntlmony WSMAN/*",
          "mean 'AllowFreshCredentialsWhenNTLMOnly'?" },
        { "DenyFreshCredentails WSMAN/*", "mean 'DenyFreshCredentials'?" },
        { "Host win1\nMinimunVersion 5", "mean 'MinimumVersion'?" },
        { "AllowFreshCredentials win1.corp.example.com",
          "did you mean 'WSMAN/win1.corp.example.com'?" },
        { "AllowFreshCredentials *.corp.example.com",
          "did you mean 'WSMAN/*.corp.example.com'?" },
        { "Match Users alice", "did you mean 'User'?" },
        { "Match All User alice", "All stands alone" },
        { "Match User !alice", "write '*,!alice' for all others" },
        { "Match User alice,,bob", "has an empty name" },
        { "Match User alice, bob", "has an empty name" },
        { "Match Group \"domain users", "the quoted word does not end" },
        { "Host !dc1.corp", "write 'Host * !dc1.corp'" },
        { "Host win1\nDomain CORP", "'Match All' ends one" },
        { "Lifetime 1h\nLifetime 2h", "Lifetime is given twice" },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++)
        refuse(rows[i].line, rows[i].says);
    refuse("Xyzzy 1", "unknown keyword 'Xyzzy'");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(included_files_are_read_in_order),
        cmocka_unit_test(errors_name_their_own_file),
        cmocka_unit_test(only_its_own_folder_can_be_included),
        cmocka_unit_test(what_others_can_write_is_not_included),
        cmocka_unit_test(a_loop_and_too_many_files_end),
        cmocka_unit_test(match_takes_lists_as_ssh_does),
        cmocka_unit_test(a_host_line_may_leave_some_out),
        cmocka_unit_test(a_slip_is_told_with_what_was_meant),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
