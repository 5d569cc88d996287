/* test_spnego_missing.c - a machine without gss-ntlmssp. */
#include "unit.h"

#include <stdlib.h>

#include "auth/spnego.h"

static void what_is_missing_is_named(void **state)
{
    struct secret *password = NULL;
    struct spnego *spnego = NULL;
    struct err err = ERR_INIT;

    (void)state;
    assert_ok(secret_copy("Secret-1", 8, &password, &err), &err);
    assert_cause(spnego_initiate_ntlm("CORP", "alice", password,
                                      "WSMAN/win1.corp.example.com", &spnego,
                                      &err), &err, ERR_NTLM);
    assert_non_null(strstr(err.text, "not installed"));
    assert_non_null(strstr(err.advice, "gss-ntlmssp"));
    secret_free(&password);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_missing_is_named),
    };

    /* Instead of /etc/gss/mech.d: no mechanism but the built-in ones. */
    setenv("GSS_MECH_CONFIG", "/dev/null", 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
