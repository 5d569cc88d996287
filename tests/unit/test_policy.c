/* test_policy.c - the policy file: whose it is, what it says, what it means. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "policy/policy.h"

static char path[] = "/tmp/test_policy.XXXXXX";

static void write_file(const char *text)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static struct policy *load(const char *text)
{
    struct policy *policy = NULL;
    struct err err = ERR_INIT;

    write_file(text);
    assert_ok(policy_load(path, POLICY_OWNER_USER, &policy, &err), &err);
    return policy;
}

static struct policy_verdict ask(const struct policy *policy,
                                 const char *user, const char *group,
                                 const char *service, const char *host)
{
    const char *groups[] = { "users", group };
    struct policy_query query = { .user = user, .groups = groups,
                                  .group_count = 2, .service = service,
                                  .host = host };
    struct policy_verdict verdict;

    policy_decide(policy, &query, &verdict);
    return verdict;
}

static struct policy_verdict ask_host(const struct policy *policy,
                                      const char *host)
{
    return ask(policy, "alice", "staff", "sshd", host);
}

static void patterns_mean_what_windows_means(void **state)
{
    static const struct {
        const char *pattern;
        const char *host;
        bool allowed;
    } rows[] = {
        { "WSMAN/win1.corp.example.com", "win1.corp.example.com", true },
        { "wsman/WIN1.corp.example.com.", "win1.corp.example.com", true },
        { "WSMAN/win1.corp.example.com", "win1", false },
        { "WSMAN/win1", "win1.corp.example.com", false },
        { "WSMAN/*", "anything.at.all", true },
        { "WSMAN/*.corp.example.com", "win1.corp.example.com", true },
        { "WSMAN/*.corp.example.com", "a.b.corp.example.com", true },
        { "WSMAN/*.corp.example.com", "corp.example.com", false },
        { "WSMAN/*.corp.example.com", "evil-corp.example.com", false },
        { "WSMAN/*.corp.example.com", "win1.corp.example.com.evil.net",
          false },
        { "TERMSRV/*", "win1.corp.example.com", false },
        { "HTTP/win1.corp.example.com", "win1.corp.example.com", false },
    };
    char text[256];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct policy *policy;
        struct policy_verdict v;

        snprintf(text, sizeof text, "AllowFreshCredentials %s\n",
                 rows[i].pattern);
        policy = load(text);
        v = ask_host(policy, rows[i].host);
        if (v.kerberos != rows[i].allowed)
            print_message("%s ~ %s\n", rows[i].pattern, rows[i].host);
        assert_int_equal(v.kerberos, rows[i].allowed);
        assert_int_equal(v.kerberos_rule.line, rows[i].allowed ? 1 : 0);
        assert_false(v.ntlm); /* the lists are separate */
        policy_free(&policy);
    }
}

static void nothing_is_allowed_until_a_line_allows_it(void **state)
{
    struct policy *policy = load("# only a comment\n\n");
    struct policy_verdict v = ask_host(policy, "win1.corp.example.com");

    (void)state;
    assert_false(v.kerberos);
    assert_false(v.ntlm);
    assert_int_equal(v.port, 5985);
    assert_int_equal(v.minimum_version, 5);
    assert_int_equal(policy_lifetime(policy), 36000);
    policy_free(&policy);
    policy = load(""); /* an empty file is a policy too */
    assert_false(ask_host(policy, "win1").kerberos);
    policy_free(&policy);
}

static void ntlm_is_a_list_of_its_own_and_deny_wins(void **state)
{
    struct policy *policy = load(
        "AllowFreshCredentials WSMAN/*.corp.example.com\n"
        "AllowFreshCredentialsWhenNTLMOnly WSMAN/kiosk7.corp.example.com "
        "WSMAN/dc1.corp.example.com\n"
        "DenyFreshCredentials WSMAN/dc1.corp.example.com # the crown\n");
    struct policy_verdict v = ask_host(policy, "kiosk7.corp.example.com");

    (void)state;
    assert_true(v.kerberos);
    assert_true(v.ntlm);
    assert_int_equal(v.ntlm_rule.line, 2);
    v = ask_host(policy, "dc1.corp.example.com");
    assert_false(v.kerberos);
    assert_false(v.ntlm);
    assert_int_equal(v.kerberos_rule.line, 3);
    assert_string_equal(v.ntlm_rule.text,
                        "DenyFreshCredentials WSMAN/dc1.corp.example.com");
    policy_free(&policy);
}

static void match_blocks_ask_who(void **state)
{
    struct policy *policy = load(
        "Match Group dba,ops\n"
        "  AllowFreshCredentials WSMAN/sql1.corp.example.com\n"
        "Match User bob Service sshd\n"
        "  AllowFreshCredentials WSMAN/win2.corp.example.com\n"
        "Match All\n"
        "AllowFreshCredentials WSMAN/win1.corp.example.com\n");
    const char *sql = "sql1.corp.example.com";
    const char *win2 = "win2.corp.example.com";

    (void)state;
    assert_true(ask(policy, "alice", "ops", "sshd", sql).kerberos);
    assert_false(ask(policy, "alice", "op", "sshd", sql).kerberos);
    assert_false(ask(policy, "alice", "dba,ops", "sshd", sql).kerberos);
    assert_true(ask(policy, "bob", "x", "sshd", win2).kerberos);
    assert_false(ask(policy, "bob", "x", "login", win2).kerberos);
    assert_false(ask(policy, "bo", "x", "sshd", win2).kerberos);
    assert_true(ask(policy, "eve", "x", "su",
                    "win1.corp.example.com").kerberos);
    policy_free(&policy);
}

static void host_blocks_say_how(void **state)
{
    struct policy *policy = load(
        "Host kiosk7.corp.example.com kiosk8.corp.example.com\n"
        "  Port 15986\n  HTTPS yes\n  MinimumVersion 2\n  LegacyTLS yes\n"
        "  ServiceName http\n"
        "  PinnedCertificate "
        "AB:cd:00000000000000000000000000000000000000000000000000000000"
        "0000\n"
        "Host *.corp.example.com\n  HTTPS yes\n  Port 1\n");
    struct policy_verdict v = ask_host(policy, "kiosk8.corp.example.com");

    (void)state;
    assert_int_equal(v.port, 15986);
    assert_true(v.https);
    assert_true(v.legacy_tls);
    assert_int_equal(v.minimum_version, 2);
    assert_string_equal(v.spn_service, "HTTP");
    assert_memory_equal(v.pinned_sha256, "abcd0000", 8);
    assert_int_equal(ask_host(policy, "win1.corp.example.com").port, 1);
    assert_int_equal(ask_host(policy, "win1.other.com").port, 5985);
    policy_free(&policy);
    policy = load("Host win1\nHTTPS yes\n");
    assert_int_equal(ask_host(policy, "win1").port, 5986);
    policy_free(&policy);
}

/* NTLM under AllowFreshCredentials: where a certificate is demanded. */
static void a_certificate_vouches_like_kerberos(void **state)
{
    struct policy *policy = load(
        "AllowFreshCredentials WSMAN/*.corp.example.com\n"
        "AllowFreshCredentialsWhenNTLMOnly WSMAN/win3.corp.example.com\n"
        "DenyFreshCredentials WSMAN/dc1.corp.example.com\n"
        "Host win1.corp.example.com\n  TrustedChain yes\n"
        "Host *\n  TrustedChain no\n"
        "Host win3.corp.example.com dc1.corp.example.com other\n"
        "  PinnedCertificate "
        "AB:cd:00000000000000000000000000000000000000000000000000000000"
        "0000\n");
    struct policy_verdict v = ask_host(policy, "win1.corp.example.com");

    (void)state;
    assert_true(v.trusted_chain);
    assert_true(v.kerberos && v.ntlm);
    assert_int_equal(v.ntlm_rule.line, 1);
    v = ask_host(policy, "win2.corp.example.com");
    assert_false(v.trusted_chain);
    assert_true(v.kerberos);
    assert_false(v.ntlm);
    v = ask_host(policy, "win3.corp.example.com");
    assert_true(v.ntlm);
    assert_int_equal(v.ntlm_rule.line, 2); /* its own line */
    v = ask_host(policy, "dc1.corp.example.com");
    assert_false(v.kerberos || v.ntlm);
    v = ask_host(policy, "other");
    assert_int_equal(v.pinned_sha256[0], 'a');
    assert_false(v.kerberos || v.ntlm);
    policy_free(&policy);
}

static void globals(void **state)
{
    struct policy *policy = load("domain CORP\nREALM CORP.EXAMPLE.COM\n"
                                 "Lifetime 1h30m\r\n");

    (void)state;
    assert_string_equal(policy_domain(policy), "CORP");
    assert_string_equal(policy_realm(policy), "CORP.EXAMPLE.COM");
    assert_int_equal(policy_lifetime(policy), 5400);
    policy_free(&policy);
}

static void every_error_is_told_with_its_place(void **state)
{
    static const struct {
        const char *line;
        const char *complaint;
    } rows[] = {
        { "Allow WSMAN/*", ":1: unknown keyword 'Allow'" },
        { "AllowFreshCredentials", ":1: AllowFreshCredentials wants" },
        { "  AllowFreshCredentials win1", ":25: 'win1': a pattern is" },
        { "AllowFreshCredentials WSMAN/*corp", ":23: 'WSMAN/*corp': the" },
        { "AllowFreshCredentials WSMAN/*.", ":23: 'WSMAN/*.': the host" },
        { "AllowFreshCredentials WSMAN/10.0.0.1", ":23: 'WSMAN/10.0.0.1'" },
        { "AllowFreshCredentials WS*/a", ":23: 'WS*/a': a pattern is" },
        { "Lifetime 10", NULL },
        { "Lifetime ten", ":10: 'ten' is no duration" },
        { "Domain A B", ":10: Domain takes one value" },
        { "Domain A\\B", ":8: 'A\\B' is no name" },
        { "Port 5985", ":1: Port cannot stand outside a Host block" },
        { "Match Uid 5", ":7: 'Uid' is not one of" },
        { "Match User", ":7: User wants a list" },
        { "Host 10.0.0.1", ":6: '10.0.0.1'" },
        { "Host", ":1: Host wants a value" },
    };
    struct policy *policy = NULL;
    struct err err = ERR_INIT;
    char expected[256];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        write_file(rows[i].line);
        if (rows[i].complaint == NULL) {
            assert_ok(policy_load(path, POLICY_OWNER_USER, &policy, &err),
                      &err);
            policy_free(&policy);
            continue;
        }
        assert_cause(policy_load(path, POLICY_OWNER_USER, &policy, &err),
                     &err, ERR_POLICY_FILE);
        snprintf(expected, sizeof expected, "%s:1%s", path,
                 rows[i].complaint);
        if (strncmp(err.text, expected, strlen(expected)) != 0)
            print_message("got  %s\nwant %s\n", err.text, expected);
        assert_memory_equal(err.text, expected, strlen(expected));
        assert_null(policy);
    }
}

static void all_errors_come_at_once(void **state)
{
    struct policy *policy = NULL;
    struct err err = ERR_INIT;

    (void)state;
    write_file("Foo 1\nHost win1\n  Port 0\n  HTTPS maybe\n  HTTPS yes\n"
               "  HTTPS no\n  Lifetime 1h\nMinimumVersion 7\n"
               "PinnedCertificate abc\n");
    assert_cause(policy_load(path, POLICY_OWNER_USER, &policy, &err), &err,
                 ERR_POLICY_FILE);
    assert_non_null(strstr(err.text, ":1:1: unknown keyword 'Foo'"));
    assert_non_null(strstr(err.text, ":3:8: '0': Port wants"));
    assert_non_null(strstr(err.text, ":4:9: 'maybe': HTTPS wants yes"));
    assert_non_null(strstr(err.text, ":6:3: HTTPS is given twice"));
    assert_non_null(strstr(err.text, ":7:3: Lifetime cannot stand in a"));
}

static void a_file_that_others_can_write_is_refused(void **state)
{
    struct policy *policy = NULL;
    struct err err = ERR_INIT;

    (void)state;
    write_file("Domain CORP\n");
    assert_int_equal(chmod(path, 0664), 0);
    assert_cause(policy_load(path, POLICY_OWNER_USER, &policy, &err), &err,
                 ERR_POLICY_FILE);
    assert_non_null(strstr(err.text, "mode 664"));
    assert_int_equal(chmod(path, 0602), 0);
    assert_cause(policy_load(path, POLICY_OWNER_USER, &policy, &err), &err,
                 ERR_POLICY_FILE);
    assert_int_equal(chmod(path, 0600), 0);
    if (geteuid() != 0) /* root's own file is the system's */
        assert_cause(policy_load(path, POLICY_OWNER_ROOT, &policy, &err),
                     &err, ERR_POLICY_FILE);
    assert_cause(policy_load("/nonexistent/x", POLICY_OWNER_ROOT, &policy,
                             &err), &err, ERR_POLICY_FILE);
    assert_non_null(strstr(err.advice, "must create it"));
    assert_cause(policy_load("/dev", POLICY_OWNER_ROOT, &policy, &err), &err,
                 ERR_POLICY_FILE);
}

static void a_refusal_names_the_line(void **state)
{
    struct policy *policy = load("DenyFreshCredentials WSMAN/dc1.corp\n");
    struct policy_query query = { .user = "alice", .service = "sshd",
                                  .host = "dc1.corp" };
    struct policy_verdict v;
    struct err err = ERR_INIT;
    char expected[512];

    (void)state;
    policy_decide(policy, &query, &v);
    assert_cause(policy_refuse(&query, &v, false, &err), &err,
                 ERR_POLICY_DENIED);
    snprintf(expected, sizeof expected,
             "denied by %s:1: DenyFreshCredentials WSMAN/dc1.corp", path);
    assert_string_equal(err.advice, expected);
    query.host = "win1.corp";
    policy_decide(policy, &query, &v);
    assert_cause(policy_refuse(&query, &v, true, &err), &err,
                 ERR_POLICY_NTLM);
    snprintf(expected, sizeof expected,
             "if the name is spelled right, an administrator can allow it "
             "with this line in %s: AllowFreshCredentialsWhenNTLMOnly "
             "WSMAN/win1.corp", path);
    assert_string_equal(err.advice, expected);
    query.host = "win1";
    policy_decide(policy, &query, &v);
    policy_refuse(&query, &v, false, &err);
    assert_non_null(strstr(err.advice, "full name"));
    policy_free(&policy);
}

static void huge_files_and_lines_are_refused(void **state)
{
    struct policy *policy = NULL;
    struct err err = ERR_INIT;
    FILE *f = fopen(path, "w");
    int i;

    (void)state;
    assert_non_null(f);
    for (i = 0; i < 5000; i++)
        fputc('x', f);
    fclose(f);
    assert_cause(policy_load(path, POLICY_OWNER_USER, &policy, &err), &err,
                 ERR_POLICY_FILE);
    assert_non_null(strstr(err.text, "longer than 4095 bytes"));
    f = fopen(path, "w");
    for (i = 0; i < 5000; i++)
        fprintf(f, "AllowFreshCredentials WSMAN/h%d\n", i);
    fclose(f);
    assert_cause(policy_load(path, POLICY_OWNER_USER, &policy, &err), &err,
                 ERR_POLICY_FILE);
    assert_non_null(strstr(err.text, "more than 4096"));
    assert_int_equal(truncate(path, POLICY_FILE_BYTES_MAX + 1), 0);
    assert_cause(policy_load(path, POLICY_OWNER_USER, &policy, &err), &err,
                 ERR_POLICY_FILE);
    assert_non_null(strstr(err.text, "longer than 1048576"));
}

static void a_near_miss_is_found(void **state)
{
    static const struct {
        const char *line;
        const char *host;
        enum policy_nearness nearness;
        const char *full;
    } rows[] = {
        { "WSMAN/win1", "win1.corp.example.com", POLICY_SHORT_LINE, NULL },
        { "WSMAN/win1.corp.example.com", "win1", POLICY_SHORT_HOST,
          "win1.corp.example.com" },
        { "WSMAN/*.corp.example.com", "win1", POLICY_SHORT_HOST,
          "win1.corp.example.com" },
        { "WSMAN/corp.example.com", "win1.corp.example.com",
          POLICY_DOMAIN_LINE, NULL },
        { "TERMSRV/*.corp.example.com", "win1.corp.example.com",
          POLICY_OTHER_SERVICE, NULL },
        { "TERMSRV/*", "win1", POLICY_OTHER_SERVICE, NULL },
        { "WSMAN/win1", "win11.corp.example.com", POLICY_FAR, NULL },
        { "WSMAN/win1.corp.example.com", "win", POLICY_FAR, NULL },
        { "WSMAN/corp.example.com", "evil-corp.example.com", POLICY_FAR,
          NULL },
        { "WSMAN/com", "win1.corp.example.com", POLICY_FAR, NULL },
        { "TERMSRV/win1", "win2", POLICY_FAR, NULL },
    };
    struct policy_near near;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct policy *policy;
        char text[256];

        snprintf(text, sizeof text, "Domain CORP\nAllowFreshCredentials %s\n",
                 rows[i].line);
        print_message("  %s, %s\n", rows[i].line, rows[i].host);
        policy = load(text);
        policy_nearest(policy, rows[i].host, &near);
        assert_int_equal(near.nearness, rows[i].nearness);
        assert_int_equal(near.rule.line, near.nearness == POLICY_FAR ? 0 : 2);
        if (rows[i].full != NULL)
            assert_string_equal(near.full, rows[i].full);
        policy_free(&policy);
    }
}

/* Of several, the one that lacks least; a Deny line is no near miss. */
static void the_nearest_line_is_named(void **state)
{
    struct policy *policy = load(
        "DenyFreshCredentials WSMAN/win1\n"
        "AllowFreshCredentials TERMSRV/win1.corp.example.com\n"
        "Match Group dba\n"
        "    AllowFreshCredentials WSMAN/win1.corp.example.com\n");
    struct policy_near near;

    (void)state;
    policy_nearest(policy, "win1.corp.example.com", &near);
    assert_int_equal(near.nearness, POLICY_NOT_FOR_YOU);
    assert_int_equal(near.rule.line, 4);
    policy_nearest(policy, "win9.corp.example.com", &near);
    assert_int_equal(near.nearness, POLICY_FAR);
    policy_free(&policy);
}

static int make_file(void **state)
{
    int fd = mkstemp(path);

    (void)state;
    return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patterns_mean_what_windows_means),
        cmocka_unit_test(nothing_is_allowed_until_a_line_allows_it),
        cmocka_unit_test(ntlm_is_a_list_of_its_own_and_deny_wins),
        cmocka_unit_test(match_blocks_ask_who),
        cmocka_unit_test(host_blocks_say_how),
        cmocka_unit_test(a_certificate_vouches_like_kerberos),
        cmocka_unit_test(globals),
        cmocka_unit_test(every_error_is_told_with_its_place),
        cmocka_unit_test(all_errors_come_at_once),
        cmocka_unit_test(a_file_that_others_can_write_is_refused),
        cmocka_unit_test(a_refusal_names_the_line),
        cmocka_unit_test(a_near_miss_is_found),
        cmocka_unit_test(the_nearest_line_is_named),
        cmocka_unit_test(huge_files_and_lines_are_refused),
    };

    return cmocka_run_group_tests(tests, make_file, remove_file);
}
