/* test_ntstatus.c - what Windows' logon codes mean. */
#include "unit.h"

#include "auth/ntstatus.h"

/* MS-ERREF 2.3.1 and 2.1.1, typed in once more. */
static const struct {
    uint32_t code;
    const char *name;
    enum err_cause cause;
} known[] = {
    { 0xc000006d, "STATUS_LOGON_FAILURE", ERR_WRONG_PASSWORD },
    { 0xc000006a, "STATUS_WRONG_PASSWORD", ERR_WRONG_PASSWORD },
    { 0xc0000064, "STATUS_NO_SUCH_USER", ERR_PRINCIPAL_UNKNOWN },
    { 0xc0000071, "STATUS_PASSWORD_EXPIRED", ERR_PASSWORD_EXPIRED },
    { 0xc0000224, "STATUS_PASSWORD_MUST_CHANGE", ERR_PASSWORD_MUST_CHANGE },
    { 0xc0000234, "STATUS_ACCOUNT_LOCKED_OUT", ERR_ACCOUNT_LOCKED },
    { 0xc0000072, "STATUS_ACCOUNT_DISABLED", ERR_ACCOUNT_DISABLED },
    { 0xc0000193, "STATUS_ACCOUNT_EXPIRED", ERR_ACCOUNT_EXPIRED },
    { 0xc000006e, "STATUS_ACCOUNT_RESTRICTION", ERR_ACCOUNT_RESTRICTED },
    { 0xc000006f, "STATUS_INVALID_LOGON_HOURS", ERR_LOGON_HOURS },
    { 0xc0000070, "STATUS_INVALID_WORKSTATION", ERR_WORKSTATION },
    { 0xc000015b, "STATUS_LOGON_TYPE_NOT_GRANTED", ERR_LOGON_TYPE },
    { 0xc000018c, "STATUS_TRUSTED_DOMAIN_FAILURE", ERR_TRUST },
    { 0xc000018d, "STATUS_TRUSTED_RELATIONSHIP_FAILURE", ERR_TRUST },
    { 0xc000005e, "STATUS_NO_LOGON_SERVERS", ERR_TRUST },
    { 0xc0000192, "STATUS_NETLOGON_NOT_STARTED", ERR_TRUST },
    { 0xc0000133, "STATUS_TIME_DIFFERENCE_AT_DC", ERR_CLOCK_SKEW },
    { 0xc0000413, "STATUS_AUTHENTICATION_FIREWALL_FAILED",
      ERR_ACCOUNT_RESTRICTED },
    { 0x8009030c, "SEC_E_LOGON_DENIED", ERR_WRONG_PASSWORD },
    { 0x80090308, "SEC_E_INVALID_TOKEN", ERR_LOGON_FAILED },
    { 0x80090305, "SEC_E_SECPKG_NOT_FOUND", ERR_MECHANISM },
    { 0x80090311, "SEC_E_NO_AUTHENTICATING_AUTHORITY", ERR_TRUST },
    { 0x8009030e, "SEC_E_NO_CREDENTIALS", ERR_LOGON_FAILED },
    { 0x80090302, "SEC_E_UNSUPPORTED_FUNCTION", ERR_ORACLE },
};

static void known_codes(void **state)
{
    struct err err = ERR_INIT;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof known / sizeof *known; i++) {
        assert_string_equal(ntstatus_name(known[i].code), known[i].name);
        assert_cause(ntstatus_error(&err, STAGE_DELEGATION, known[i].code),
                     &err, known[i].cause);
        assert_int_equal(err.stage, STAGE_DELEGATION);
        assert_int_equal(err.domain, CODE_NTSTATUS);
        assert_true(err.code == known[i].code);
        assert_non_null(strstr(err.text, known[i].name));
        assert_true(strlen(err.text) > strlen(known[i].name) + 15);
        assert_true(strlen(err.advice) > 5);
    }
}

static void an_unknown_code_is_shown_with_where_to_look(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    assert_null(ntstatus_name(0xc0de0001));
    assert_cause(ntstatus_error(&err, STAGE_SPNEGO, 0xc0de0001), &err,
                 ERR_LOGON_FAILED);
    assert_non_null(strstr(err.text, "0xc0de0001"));
    assert_non_null(strstr(err.advice, "event log"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_codes),
        cmocka_unit_test(an_unknown_code_is_shown_with_where_to_look),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
