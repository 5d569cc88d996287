/* test_edit.c - one line more, one line less, and nothing else. */
#include "policy_files.h"

#include "policy/edit.h"

static int change(enum policy_line_kind kind, const char *pattern,
                  bool remove_it, struct policy_edited *edited,
                  struct err *err)
{
    const struct policy_edit edit = {
        .path = conf, .owner = POLICY_OWNER_USER, .kind = kind,
        .pattern = pattern, .remove = remove_it,
    };

    err_clear(err);
    return policy_edit(&edit, edited, err);
}

static void the_line_goes_where_it_belongs(void **state)
{
    static const struct {
        enum policy_line_kind kind;
        const char *before, *after;
    } rows[] = {
        { POLICY_LINE_ALLOW, "", "AllowFreshCredentials WSMAN/new\n" },
        { POLICY_LINE_ALLOW, "# no newline",
          "# no newline\nAllowFreshCredentials WSMAN/new\n" },
        { POLICY_LINE_ALLOW,
          "# why\nallowfreshcredentials  WSMAN/a # b\n\nDomain CORP\n",
          "# why\nallowfreshcredentials  WSMAN/a # b\n"
          "AllowFreshCredentials WSMAN/new\n\nDomain CORP\n" },
        { POLICY_LINE_DENY,
          "AllowFreshCredentials WSMAN/a\nDomain CORP\n",
          "AllowFreshCredentials WSMAN/a\nDenyFreshCredentials WSMAN/new\n"
          "Domain CORP\n" },
        { POLICY_LINE_ALLOW_NTLM,
          "Domain CORP\n\n# for the dba\nMatch Group dba\n"
          "  AllowFreshCredentialsWhenNTLMOnly WSMAN/b\n",
          "Domain CORP\n\nAllowFreshCredentialsWhenNTLMOnly WSMAN/new\n"
          "# for the dba\nMatch Group dba\n"
          "  AllowFreshCredentialsWhenNTLMOnly WSMAN/b\n" },
        { POLICY_LINE_ALLOW,
          "Host a\nPort 1\nMatch All\nAllowFreshCredentials WSMAN/b\n",
          "AllowFreshCredentials WSMAN/new\nHost a\nPort 1\nMatch All\n"
          "AllowFreshCredentials WSMAN/b\n" },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct policy_edited edited;
        struct err err = ERR_INIT;
        struct stat st;

        write_to(conf, rows[i].before);
        assert_int_equal(chmod(conf, 0640), 0);
        assert_ok(change(rows[i].kind, "WSMAN/new", false, &edited, &err),
                  &err);
        assert_true(edited.changed);
        assert_string_equal(text_of(conf), rows[i].after);
        assert_int_equal(stat(conf, &st), 0);
        assert_int_equal(st.st_mode & 07777, 0640);
        /* Once more: it is there, however it is written. */
        assert_ok(change(rows[i].kind, "wsman/NEW.", false, &edited, &err),
                  &err);
        assert_false(edited.changed);
        assert_string_equal(text_of(conf), rows[i].after);
        /* And back. */
        assert_ok(change(rows[i].kind, "WSMAN/new", true, &edited, &err),
                  &err);
        assert_true(edited.changed);
        if (i != 1)
            assert_string_equal(text_of(conf), rows[i].before);
    }
    unlink(conf);
}

static void a_word_goes_and_its_line_stays(void **state)
{
    static const struct {
        const char *before, *after;
    } rows[] = {
        { "  AllowFreshCredentials\tWSMAN/a  WSMAN/new WSMAN/b # why\n",
          "  AllowFreshCredentials\tWSMAN/a WSMAN/b # why\n" },
        { "AllowFreshCredentials \"WSMAN/new\" WSMAN/b",
          "AllowFreshCredentials WSMAN/b" },
        { "AllowFreshCredentials WSMAN/b WSMAN/NEW.",
          "AllowFreshCredentials WSMAN/b" },
        { "AllowFreshCredentials WSMAN/new WSMAN/new\r\nDomain A\r\n",
          "Domain A\r\n" },
        { "AllowFreshCredentials WSMAN/new\nDomain A\n"
          "AllowFreshCredentials WSMAN/new # twice",
          "Domain A\n" },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct policy_edited edited;
        struct err err = ERR_INIT;

        write_to(conf, rows[i].before);
        assert_ok(change(POLICY_LINE_ALLOW, "WSMAN/new", true, &edited,
                         &err), &err);
        assert_true(edited.changed);
        assert_string_equal(text_of(conf), rows[i].after);
    }
    unlink(conf);
}

static void what_is_not_there_is_said(void **state)
{
    static const char text[] = "AllowFreshCredentials WSMAN/a\n"
                               "Match User alice\n"
                               "AllowFreshCredentials WSMAN/b\n";
    struct policy_edited edited;
    struct err err = ERR_INIT;

    (void)state;
    write_to(conf, text);
    assert_ok(change(POLICY_LINE_DENY, "WSMAN/a", true, &edited, &err), &err);
    assert_false(edited.changed);
    assert_int_equal(edited.where.line, 0);
    assert_ok(change(POLICY_LINE_ALLOW, "WSMAN/b", true, &edited, &err),
              &err);
    assert_false(edited.changed);
    assert_int_equal(edited.where.line, 3); /* of alice only */
    assert_string_equal(text_of(conf), text);
    unlink(conf);
}

static void a_deny_line_is_named(void **state)
{
    struct policy_edited edited;
    struct err err = ERR_INIT;

    (void)state;
    write_to(conf, "DenyFreshCredentials WSMAN/*.corp\n");
    assert_ok(change(POLICY_LINE_ALLOW, "WSMAN/win1.corp", false, &edited,
                     &err), &err);
    assert_int_equal(edited.deny.line, 1);
    /* One that moves down is named where it stands then. */
    write_to(conf, "AllowFreshCredentials WSMAN/a\n"
                   "DenyFreshCredentials WSMAN/*.corp\n");
    assert_ok(change(POLICY_LINE_ALLOW, "WSMAN/win1.corp", false, &edited,
                     &err), &err);
    assert_int_equal(edited.where.line, 2);
    assert_int_equal(edited.deny.line, 3);
    unlink(conf);
}

static void nonsense_changes_nothing(void **state)
{
    static const struct {
        const char *pattern, *advice;
    } rows[] = {
        { "win1.corp.example.com", "mean 'WSMAN/win1.corp.example.com'?" },
        { "*.corp.example.com", "mean 'WSMAN/*.corp.example.com'?" },
        { "WSMAN/10.0.0.1", "an exact name" }, { "10.0.0.1", "exact name" },
        { "WSMAN/*corp.example.com", "a domain" }, { "", "exact name" },
        { "WSMAN/a b", "exact name" }, { "WSMAN/a\nDomain X", "exact name" },
        { "TERMSRV/win1", "write WSMAN/win1" },
    };
    struct policy_edited edited;
    struct err err = ERR_INIT;
    size_t i;

    (void)state;
    write_to(conf, "Domain A\n");
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_cause(change(POLICY_LINE_ALLOW, rows[i].pattern, false,
                            &edited, &err), &err, ERR_USAGE);
        if (strstr(err.advice, rows[i].advice) == NULL)
            fail_msg("%s: %s", rows[i].pattern, err.advice);
        assert_string_equal(text_of(conf), "Domain A\n");
    }
    unlink(conf);
}

static void unsafe_files_are_left_alone(void **state)
{
    char other[80];
    struct policy_edited edited;
    struct err err = ERR_INIT;

    (void)state;
    write_to(conf, "Domain A\nBroken\n");
    assert_cause(change(POLICY_LINE_ALLOW, "WSMAN/a", false, &edited, &err),
                 &err, ERR_POLICY_FILE);
    assert_non_null(strstr(err.text, ":2:1: unknown keyword"));
    assert_string_equal(text_of(conf), "Domain A\nBroken\n");
    snprintf(other, sizeof other, "%s/other", folder);
    assert_int_equal(rename(conf, other), 0);
    write_to(other, "Domain A\n");
    assert_int_equal(symlink(other, conf), 0);
    assert_cause(change(POLICY_LINE_ALLOW, "WSMAN/a", false, &edited, &err),
                 &err, ERR_POLICY_FILE);
    assert_non_null(strstr(err.text, "symbolic link"));
    assert_string_equal(text_of(other), "Domain A\n");
    assert_int_equal(unlink(conf), 0);
    /* Somebody else is at it. */
    write_to(conf, "Domain A\n");
    snprintf(other, sizeof other, "%s.new", conf);
    write_to(other, "half a fi");
    assert_cause(change(POLICY_LINE_ALLOW, "WSMAN/a", false, &edited, &err),
                 &err, ERR_POLICY_FILE);
    assert_string_equal(text_of(other), "half a fi");
    assert_int_equal(unlink(other), 0);
    assert_int_equal(chmod(conf, 0666), 0);
    assert_cause(change(POLICY_LINE_ALLOW, "WSMAN/a", false, &edited, &err),
                 &err, ERR_POLICY_FILE);
    assert_int_equal(access(other, F_OK), -1); /* nothing is left behind */
    unlink(conf);
}

static void the_first_line_makes_the_file(void **state)
{
    struct policy_edited edited;
    struct err err = ERR_INIT;
    struct stat st;

    (void)state;
    assert_cause(change(POLICY_LINE_ALLOW, "WSMAN/a", true, &edited, &err),
                 &err, ERR_POLICY_FILE);
    assert_ok(change(POLICY_LINE_ALLOW, "WSMAN/a", false, &edited, &err),
              &err);
    assert_string_equal(text_of(conf), "AllowFreshCredentials WSMAN/a\n");
    assert_int_equal(stat(conf, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0644);
    unlink(conf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_line_goes_where_it_belongs),
        cmocka_unit_test(a_word_goes_and_its_line_stays),
        cmocka_unit_test(what_is_not_there_is_said),
        cmocka_unit_test(a_deny_line_is_named),
        cmocka_unit_test(nonsense_changes_nothing),
        cmocka_unit_test(unsafe_files_are_left_alone),
        cmocka_unit_test(the_first_line_makes_the_file),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
