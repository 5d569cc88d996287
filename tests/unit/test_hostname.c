/* test_hostname.c - host names by table: canonical forms and look-alikes. */
#include "unit.h"

#include "policy/hostname.h"

struct name_row {
    const char *in;
    const char *out; /* NULL: refused */
};

static const struct name_row rows[] = {
    { "win1.corp.example.com", "win1.corp.example.com" },
    { "WIN1.Corp.EXAMPLE.com", "win1.corp.example.com" },
    { "win1.corp.example.com.", "win1.corp.example.com" },
    { "win1", "win1" },
    { "file_srv.corp", "file_srv.corp" },
    { "3com.example", "3com.example" },
    { "xn--bcher-kva.example", "xn--bcher-kva.example" },
    { "0xg", "0xg" },
    { "", NULL },
    { ".", NULL },
    { "win1..corp", NULL },
    { ".win1", NULL },
    { "win1.corp..", NULL },
    { "-win1", NULL },
    { "win1-.corp", NULL },
    { "b\xc3\xbc" "cher.example", NULL },
    { "win1.corp.ex\xd0\xb0mple.com", NULL }, /* a Cyrillic a */
    { "win%31", NULL },
    { "alice@win1", NULL },
    { "win1:5985", NULL },
    { "http://win1", NULL },
    { "win1/wsman", NULL },
    { "*.corp.example.com", NULL },
    { "win 1", NULL },
    { "win1\n", NULL },
    { "win1\t.corp", NULL },
    { "10.0.0.1", NULL },
    { "10.1", NULL },
    { "10.0.0.1.", NULL },
    { "167772161", NULL },
    { "0x0a000001", NULL },
    { "0x", NULL },
    { "012.0.0.1", NULL },
    { "10.0.0.0x1", NULL },
    { "::1", NULL },
    { "[::1]", NULL },
    { "fe80::1%eth0", NULL },
    { "win1.123", NULL },
};

static void by_table(void **state)
{
    char out[HOSTNAME_MAX];
    struct err err = ERR_INIT;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].out == NULL) {
            assert_cause(hostname_canonical(rows[i].in, strlen(rows[i].in),
                                            out, &err), &err, ERR_HOSTNAME);
        } else {
            assert_ok(hostname_canonical(rows[i].in, strlen(rows[i].in), out,
                                         &err), &err);
            assert_string_equal(out, rows[i].out);
        }
    }
}

static void a_nul_does_not_end_a_name(void **state)
{
    char out[HOSTNAME_MAX];
    struct err err = ERR_INIT;

    (void)state;
    assert_cause(hostname_canonical("win1\0.evil", 10, out, &err), &err,
                 ERR_HOSTNAME);
    assert_non_null(strstr(err.text, "NUL"));
}

static void a_mistake_is_told_by_its_kind(void **state)
{
    static const struct {
        const char *in, *says;
    } mistakes[] = {
        { "https://win1.example.com:5986", "without a scheme or path" },
        { "win1.example.com:5986", "a port" },
        { "CORP\\win1", "only letters" },
        { "alice@win1", "a user name" },
        { "win 1", "a space" },
        { "10.1.2.3", "an IP address" },
    };
    char out[HOSTNAME_MAX];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        struct err err = ERR_INIT;

        assert_cause(hostname_canonical(mistakes[i].in,
                                        strlen(mistakes[i].in), out, &err),
                     &err, ERR_HOSTNAME);
        assert_non_null(strstr(err.text, mistakes[i].says));
    }
}

static void lengths_are_bounded(void **state)
{
    char name[300], out[HOSTNAME_MAX];
    struct err err = ERR_INIT;

    (void)state;
    memset(name, 'a', sizeof name);
    assert_ok(hostname_canonical(name, 63, out, &err), &err);
    assert_cause(hostname_canonical(name, 64, out, &err), &err,
                 ERR_HOSTNAME);
    name[63] = name[127] = name[191] = '.';
    assert_ok(hostname_canonical(name, 253, out, &err), &err);
    assert_cause(hostname_canonical(name, 254, out, &err), &err,
                 ERR_HOSTNAME);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_table),
        cmocka_unit_test(a_nul_does_not_end_a_name),
        cmocka_unit_test(a_mistake_is_told_by_its_kind),
        cmocka_unit_test(lengths_are_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
