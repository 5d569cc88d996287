/* test_audit.c - one line for each event, that no value can break. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "credssp/audit.h"

static void fields_stand_in_order(void **state)
{
    struct err err = ERR_INIT;
    const struct audit_record record = {
        .event = AUDIT_REFUSED,
        .user = "alice@CORP.EXAMPLE.COM",
        .uid = 4001,
        .session = "0011223344556677",
        .service = "sshd",
        .host = "win1.corp.example.com",
        .spn = "WSMAN/win1.corp.example.com",
        .mechanism = "Kerberos",
        .credssp_version = 6,
        .rule = "/etc/credssp.conf:3",
        .err = &err,
        .duration_ms = 12,
    };
    char line[1024];

    (void)state;
    err_set(&err, ERR_WRONG_PASSWORD, STAGE_DELEGATION, "no");
    err_code(&err, CODE_NTSTATUS, 0xc000006d);
    audit_format(line, sizeof line, &record);
    assert_string_equal(line,
        "event=refused user=\"alice@CORP.EXAMPLE.COM\" uid=4001 "
        "session=\"0011223344556677\" service=\"sshd\" "
        "host=\"win1.corp.example.com\" "
        "spn=\"WSMAN/win1.corp.example.com\" mechanism=\"Kerberos\" "
        "credssp=6 rule=\"/etc/credssp.conf:3\" cause=wrong-password "
        "stage=\"CredSSP delegation\" code=3221225581 error=\"no\" "
        "duration_ms=12");
}

static void what_does_not_apply_is_left_out(void **state)
{
    const struct audit_record record = {
        .event = AUDIT_ENDED, .user = "alice", .uid = 4001, .host = "",
    };
    char line[256];

    (void)state;
    audit_format(line, sizeof line, &record);
    assert_string_equal(line, "event=ended user=\"alice\" uid=4001");
}

static void a_value_cannot_forge_a_field(void **state)
{
    const struct audit_record record = {
        .event = AUDIT_CAPTURED,
        .user = "a\" uid=0 x=\"\\\n\x1b[2J\xc2\x9b\xc3\xa9",
        .uid = 4001,
    };
    char line[256];

    (void)state;
    audit_format(line, sizeof line, &record);
    assert_string_equal(line, "event=captured "
                              "user=\"a\\\" uid=0 x=\\\"\\\\??[2J?\xc3\xa9\" "
                              "uid=4001");
}

static void a_short_line_ends_between_fields(void **state)
{
    const struct audit_record record = {
        .event = AUDIT_CAPTURED, .user = "alice", .uid = 4001,
        .service = "sshd",
    };
    char line[46];

    (void)state;
    audit_format(line, sizeof line, &record);
    assert_string_equal(line, "event=captured user=\"alice\" uid=4001");
    audit_format(line, 1, &record);
    assert_string_equal(line, "");
}

static void long_values_are_cut(void **state)
{
    char user[2000], line[1024];
    const struct audit_record record = {
        .event = AUDIT_CAPTURED, .user = user, .uid = 7,
    };

    (void)state;
    memset(user, '"', sizeof user);
    user[sizeof user - 1] = '\0';
    audit_format(line, sizeof line, &record);
    assert_true(strlen(line) < 400);
    assert_string_equal(line + strlen(line) - 9, "\\\"\" uid=7");
}

static void the_mirror_gets_every_line(void **state)
{
    const struct audit_record record = {
        .event = AUDIT_DELEGATED, .user = "alice", .uid = 4001,
    };
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    (void)state;
    audit_mirror(out);
    audit_write(&record);
    audit_mirror(NULL);
    fclose(out);
    assert_string_equal(text, "event=delegated user=\"alice\" uid=4001\n");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_stand_in_order),
        cmocka_unit_test(what_does_not_apply_is_left_out),
        cmocka_unit_test(a_value_cannot_forge_a_field),
        cmocka_unit_test(a_short_line_ends_between_fields),
        cmocka_unit_test(long_values_are_cut),
        cmocka_unit_test(the_mirror_gets_every_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
