/* test_kerberos_status.c - Windows' reason in a KDC's error, and what is
 * none. */
#include "unit.h"

#include <krb5.h>

#include "auth/kerberos.h"
#include "auth/kerberos_status.h"

/* DER by hand: 0x30 SEQUENCE, [1] 3, [2] OCTET STRING of 12 bytes. */
#define EXTENDED "\x30\x15\xa1\x03\x02\x01\x03\xa2\x0e\x04\x0c"
#define FLAGS "\0\0\0\0\x01\0\0\0"

struct row {
    const char *name;
    const char *e_data;
    size_t len;
    uint32_t status;
};

#define ROW(name, e_data, status) { name, e_data, sizeof e_data - 1, status }

static void only_an_extended_error_is_a_status(void **state)
{
    static const struct row rows[] = {
        ROW("locked", EXTENDED "\x34\x02\0\xc0" FLAGS, 0xc0000234),
        ROW("disabled", EXTENDED "\x72\0\0\xc0" FLAGS, 0xc0000072),
        ROW("nothing", "", 0),
        ROW("trailing byte", EXTENDED "\x72\0\0\xc0" FLAGS "x", 0),
        ROW("cut", EXTENDED "\x72\0\0", 0),
        ROW("not flagged", EXTENDED "\x72\0\0\xc0\0\0\0\0\0\0\0\0",
            0),
        ROW("too short a status", "\x30\x0d\xa1\x03\x02\x01\x03\xa2\x06"
            "\x04\x04\x72\0\0\xc0", 0),
        ROW("skew recovery", "\x30\x05\xa1\x03\x02\x01\x02", 0),
        ROW("METHOD-DATA of PA-ENC-TIMESTAMP", "\x30\x0b\x30\x09\xa1\x03"
            "\x02\x01\x02\xa2\x02\x04\0", 0),
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        print_message("  %s\n", rows[i].name);
        assert_int_equal(kerberos_status(rows[i].e_data, rows[i].len),
                         rows[i].status);
    }
}

struct refusal {
    krb5_error_code code;
    uint32_t status;
    enum err_cause cause;
    enum err_domain domain;
};

static void the_status_wins_where_it_tells_more(void **state)
{
    static const struct refusal rows[] = {
        { KRB5KDC_ERR_CLIENT_REVOKED, 0xc0000234, ERR_ACCOUNT_LOCKED,
          CODE_NTSTATUS },
        { KRB5KDC_ERR_CLIENT_REVOKED, 0xc0000072, ERR_ACCOUNT_DISABLED,
          CODE_NTSTATUS },
        { KRB5KDC_ERR_CLIENT_REVOKED, 0xc0000193, ERR_ACCOUNT_EXPIRED,
          CODE_NTSTATUS },
        { KRB5KDC_ERR_CLIENT_REVOKED, 0xc000006f, ERR_LOGON_HOURS,
          CODE_NTSTATUS },
        { KRB5KDC_ERR_KEY_EXP, 0xc0000224, ERR_PASSWORD_MUST_CHANGE,
          CODE_NTSTATUS },
        { KRB5KDC_ERR_KEY_EXP, 0xc0000071, ERR_PASSWORD_EXPIRED,
          CODE_NTSTATUS },
        { KRB5KDC_ERR_POLICY, 0xc0000070, ERR_WORKSTATION, CODE_NTSTATUS },
        /* None, an unknown one, and one that speaks of hosts. */
        { KRB5KDC_ERR_CLIENT_REVOKED, 0, ERR_ACCOUNT_RESTRICTED, CODE_KRB5 },
        { KRB5KDC_ERR_CLIENT_REVOKED, 0xc0de0001, ERR_ACCOUNT_RESTRICTED,
          CODE_KRB5 },
        { KRB5KDC_ERR_PREAUTH_FAILED, 0xc000018d, ERR_WRONG_PASSWORD,
          CODE_KRB5 },
    };
    struct err err = ERR_INIT;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_cause(kerberos_refusal(&err, rows[i].code, rows[i].status,
                                      "no ticket for alice@X"), &err,
                     rows[i].cause);
        assert_int_equal(err.stage, STAGE_KDC);
        assert_int_equal(err.domain, rows[i].domain);
        assert_non_null(strstr(err.text, "no ticket for alice@X: "));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_an_extended_error_is_a_status),
        cmocka_unit_test(the_status_wins_where_it_tells_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
