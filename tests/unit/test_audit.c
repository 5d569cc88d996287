/* test_audit.c - one line for each event, that no value can break. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "credssp/audit.h"
#include "credssp/buf.h"

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
        .tls = "TLSv1.2 ECDHE-RSA-AES256-GCM-SHA384",
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
        "credssp=6 tls=\"TLSv1.2 ECDHE-RSA-AES256-GCM-SHA384\" "
        "rule=\"/etc/credssp.conf:3\" cause=wrong-password "
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

/* Everything that applies, in one order, for every sink; cleaned once. */
static void put_pair(void *arg, const char *name, const char *value,
                     bool is_text)
{
    struct buf *out = arg;

    buf_printf(out, "%s%s%s;", name, is_text ? "~" : "=", value);
}

static void sinks_get_cleaned_fields(void **state)
{
    const struct audit_record record = {
        .event = AUDIT_EXPIRED, .user = "al\nice\"", .uid = 7,
        .service = "sshd",
    };
    struct buf out = BUF_INIT(1024);

    (void)state;
    audit_each_field(&record, put_pair, &out);
    buf_put_u8(&out, 0);
    assert_string_equal((const char *)out.data,
                        "event=expired;user~al?ice\";uid=7;service~sshd;");
    buf_free(&out);
}

/* sd-id128(3): 32 hexadecimal digits, and no two events share them. */
static void every_event_has_a_message_id_of_its_own(void **state)
{
    int a, b;

    (void)state;
    for (a = 0; a < AUDIT_EVENT_COUNT; a++) {
        const char *id = audit_event_message_id((enum audit_event)a);

        assert_int_equal(strlen(id), 32);
        assert_int_equal(strspn(id, "0123456789abcdef"), 32);
        for (b = 0; b < a; b++)
            assert_string_not_equal(id, audit_event_message_id(
                                            (enum audit_event)b));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_stand_in_order),
        cmocka_unit_test(what_does_not_apply_is_left_out),
        cmocka_unit_test(a_value_cannot_forge_a_field),
        cmocka_unit_test(a_short_line_ends_between_fields),
        cmocka_unit_test(long_values_are_cut),
        cmocka_unit_test(sinks_get_cleaned_fields),
        cmocka_unit_test(every_event_has_a_message_id_of_its_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
