/* test_cred.c - the credential: what is kept, its bytes, and its names. */
#include "unit.h"

#include <stdio.h>

#include "credssp/cred.h"

static void fill(struct cred *cred, const char *password)
{
    struct err err = ERR_INIT;

    *cred = (struct cred){
        .uid = 4001,
        .session = "0123456789abcde",
        .created = 1790000000,
        .expires = 1790036000,
        .service = "sshd",
        .login = "alice",
        .domain = "CORP",
        .realm = "CORP.EXAMPLE.COM",
    };
    assert_ok(secret_copy(password, strlen(password), &cred->password, &err),
              &err);
}

static void a_credential_comes_back(void **state)
{
    struct cred in, out;
    struct secret *bytes = NULL;
    struct err err = ERR_INIT;

    (void)state;
    fill(&in, "Pa$$w\xc3\xb6rd");
    assert_ok(cred_encode(&in, &bytes, &err), &err);
    assert_int_equal(bytes->len % 256, 0);
    assert_ok(cred_decode(bytes, &out, &err), &err);
    assert_int_equal(out.uid, 4001);
    assert_memory_equal(out.session, in.session, sizeof in.session);
    assert_true(out.created == in.created && out.expires == in.expires);
    assert_string_equal(out.service, "sshd");
    assert_string_equal(out.login, "alice");
    assert_string_equal(out.domain, "CORP");
    assert_string_equal(out.realm, "CORP.EXAMPLE.COM");
    assert_true(secret_equal(out.password, in.password));
    cred_clear(&out);
    assert_null(out.password);
    assert_int_equal(out.uid, 0);
    secret_free(&bytes);
    cred_clear(&in);
}

static size_t encoded_length(const char *password)
{
    struct secret *bytes = NULL;
    struct err err = ERR_INIT;
    struct cred cred;
    size_t n;

    fill(&cred, password);
    assert_ok(cred_encode(&cred, &bytes, &err), &err);
    n = bytes->len;
    secret_free(&bytes);
    cred_clear(&cred);
    return n;
}

static void the_length_hides_the_password(void **state)
{
    (void)state;
    assert_int_equal(encoded_length("a"), 256);
    assert_int_equal(encoded_length("a longer one, of forty bytes and a few"),
                     256);
}

static void the_longest_of_everything_fits(void **state)
{
    static char longest[CRED_PASSWORD_MAX + 1];
    struct secret *bytes = NULL;
    struct err err = ERR_INIT;
    struct cred in, out;

    (void)state;
    memset(longest, 'p', CRED_PASSWORD_MAX);
    fill(&in, longest);
    memset(in.service, 's', sizeof in.service - 1);
    memset(in.login, 'l', sizeof in.login - 1);
    memset(in.domain, 'd', sizeof in.domain - 1);
    memset(in.realm, 'r', sizeof in.realm - 1);
    assert_ok(cred_encode(&in, &bytes, &err), &err);
    assert_ok(cred_decode(bytes, &out, &err), &err);
    assert_string_equal(out.realm, in.realm);
    assert_int_equal(out.password->len, CRED_PASSWORD_MAX);
    secret_free(&bytes);
    cred_clear(&out);
    cred_clear(&in);
}

static void damaged_bytes_are_refused(void **state)
{
    struct secret *bytes = NULL, *cut = NULL;
    struct err err = ERR_INIT;
    struct cred in, out;

    (void)state;
    fill(&in, "secret");
    assert_ok(cred_encode(&in, &bytes, &err), &err);
    bytes->data[bytes->len - 1] = 1; /* padding that is not zero */
    assert_cause(cred_decode(bytes, &out, &err), &err, ERR_MALFORMED);
    bytes->data[bytes->len - 1] = 0;
    bytes->data[0] = 2; /* another version */
    assert_cause(cred_decode(bytes, &out, &err), &err, ERR_MALFORMED);
    assert_null(out.password);
    bytes->data[0] = 1;
    bytes->data[37] = 0xff; /* the service's length */
    assert_cause(cred_decode(bytes, &out, &err), &err, ERR_MALFORMED);
    assert_ok(secret_copy(bytes->data, 100, &cut, &err), &err);
    assert_cause(cred_decode(cut, &out, &err), &err, ERR_MALFORMED);
    secret_free(&cut);
    assert_ok(secret_new(512, &cut, &err), &err); /* 256 zeros too many */
    bytes->data[37] = 0;
    memcpy(cut->data, bytes->data, 256);
    assert_cause(cred_decode(cut, &out, &err), &err, ERR_MALFORMED);
    secret_free(&cut);
    secret_free(&bytes);
    cred_clear(&in);
}

static void passwords_that_nobody_typed(void **state)
{
    static const struct {
        const char *password;
        int kept;
    } rows[] = {
        { "hunter2", 1 },
        { "with a space", 1 },
        { "\xe2\x82\xac", 1 },
        { "", 0 },
        { "\b\n\r\177INCORRECT", 0 }, /* sshd's, for unknown users */
        { "a\x7f", 0 },
        { "tab\tbed", 0 },
    };
    char longer[CRED_PASSWORD_MAX + 1];
    struct err err = ERR_INIT;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(cred_check_password(rows[i].password,
                                             strlen(rows[i].password), &err),
                         rows[i].kept ? 0 : -1);
    memset(longer, 'x', sizeof longer);
    assert_ok(cred_check_password(longer, sizeof longer - 1, &err), &err);
    assert_cause(cred_check_password(longer, sizeof longer, &err), &err,
                 ERR_USAGE);
    assert_non_null(strstr(err.advice, "try again"));
}

struct name_row {
    const char *login, *domain, *realm; /* the credential's */
    const char *principal, *to_domain, *to_user; /* NULL: refused */
};

#define REALM "CORP.EXAMPLE.COM"

static const struct name_row names[] = {
    { "alice", "", "", "alice@" REALM, "CORP", "alice" },
    { "alice", "LAB", "LAB.EXAMPLE", "alice@LAB.EXAMPLE", "LAB", "alice" },
    { "CORP\\alice", "", "", "alice@" REALM, "CORP", "alice" },
    { "corp\\alice", "", "", "alice@" REALM, "corp", "alice" },
    { "CORP+alice", "", "", "alice@" REALM, "CORP", "alice" },
    { "OTHER\\bob", "", "", "", "OTHER", "bob" },
    { "sub.example.com\\bob", "", "", "bob@SUB.EXAMPLE.COM",
      "sub.example.com", "bob" },
    { "alice@corp.example.com", "", "", "alice@" REALM, "",
      "alice@corp.example.com" },
    { "o'brien-j\xc3\xb6rg", "", "", "o'brien-j\xc3\xb6rg@" REALM, "CORP",
      "o'brien-j\xc3\xb6rg" },
    { "", "", "", NULL, NULL, NULL },
    { "CORP\\", "", "", NULL, NULL, NULL },
    { "\\alice", "", "", NULL, NULL, NULL },
    { "alice@", "", "", NULL, NULL, NULL },
    { "@CORP", "", "", NULL, NULL, NULL },
    { "CORP\\alice@X", "", "", NULL, NULL, NULL },
    { "a@b@c", "", "", NULL, NULL, NULL },
    { "al\nice", "", "", NULL, NULL, NULL },
};

static void names_by_table(void **state)
{
    struct cred_names out;
    struct err err = ERR_INIT;
    struct cred cred;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof names / sizeof *names; i++) {
        memset(&cred, 0, sizeof cred);
        snprintf(cred.login, sizeof cred.login, "%s", names[i].login);
        snprintf(cred.domain, sizeof cred.domain, "%s", names[i].domain);
        snprintf(cred.realm, sizeof cred.realm, "%s", names[i].realm);
        if (names[i].principal == NULL) {
            assert_cause(cred_map_names(&cred, "CORP", REALM, &out, &err),
                         &err, ERR_USAGE);
            assert_non_null(strstr(err.advice, "DOMAIN\\user"));
            continue;
        }
        assert_ok(cred_map_names(&cred, "CORP", REALM, &out, &err), &err);
        assert_string_equal(out.principal, names[i].principal);
        assert_string_equal(out.domain, names[i].to_domain);
        assert_string_equal(out.user, names[i].to_user);
    }
}

static void nothing_configured_means_no_principal(void **state)
{
    struct cred cred = { .login = "alice" };
    struct cred_names out;
    struct err err = ERR_INIT;

    (void)state;
    assert_ok(cred_map_names(&cred, "", "", &out, &err), &err);
    assert_string_equal(out.principal, "");
    assert_string_equal(out.domain, "");
    assert_string_equal(out.user, "alice");
}

static void the_longest_names_fit(void **state)
{
    struct cred_names out;
    struct err err = ERR_INIT;
    struct cred cred;

    (void)state;
    memset(&cred, 0, sizeof cred);
    memset(cred.login, 'u', CRED_NAME_MAX - 1);
    memset(cred.realm, 'R', CRED_NAME_MAX - 1);
    assert_ok(cred_map_names(&cred, "", "", &out, &err), &err);
    assert_int_equal(strlen(out.principal), 2 * CRED_NAME_MAX - 1);
    cred.login[128] = '@';
    assert_ok(cred_map_names(&cred, "", "", &out, &err), &err);
    assert_int_equal(strlen(out.principal), CRED_NAME_MAX - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_credential_comes_back),
        cmocka_unit_test(the_length_hides_the_password),
        cmocka_unit_test(the_longest_of_everything_fits),
        cmocka_unit_test(damaged_bytes_are_refused),
        cmocka_unit_test(passwords_that_nobody_typed),
        cmocka_unit_test(names_by_table),
        cmocka_unit_test(nothing_configured_means_no_principal),
        cmocka_unit_test(the_longest_names_fit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
