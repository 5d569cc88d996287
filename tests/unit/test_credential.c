/* test_credential.c - TICKET, LIST, LOGIN, LOGOUT and CHECK. */
#include "unit.h"

#include <unistd.h>

#include <stdio.h>

#include "fake_world.h"
#include "scene.h"

/* -- the ticket -- */

static void a_wrong_ticket_is_refused(void **state)
{
    struct buf out = BUF_INIT(65536);
    struct scene scene;

    (void)state;
    scene_begin(&scene, 7);
    scene_connect(&scene);
    put_ticket(&out, 'x');
    put_open(&out, SCENE_HOST, 0, 0);
    scene_say(&scene, &out);
    scene_hear_error(&scene, ERR_NOT_YOURS, NULL);
    assert_int_equal(fake_world.connections, 0);
    scene_close(&scene);
}

/* The kernel reuses serials: the nonce tells sessions apart. */
static void another_session_under_the_same_serial_is_refused(void **state)
{
    struct buf out = BUF_INIT(65536);
    struct scene scene;

    (void)state;
    scene_begin_open(&scene);
    scene_hang_up(&scene);
    memset(fake_world.nonce, 0x33, sizeof fake_world.nonce);
    scene_connect(&scene);
    put_ticket(&out, 't');
    wire_put_list(&out);
    scene_say(&scene, &out);
    scene_hear_error(&scene, ERR_KEY_REPLACED, NULL);
    scene_close(&scene);
}

/* -- requests that are served -- */

static void list_tells_names_and_times(void **state)
{
    struct buf out = BUF_INIT(65536);
    struct err err = ERR_INIT;
    struct wire_listed listed;
    struct reader fields;
    struct scene scene;

    (void)state;
    scene_begin(&scene, 7);
    scene_connect(&scene);
    put_ticket(&out, 't');
    wire_put_list(&out);
    scene_say(&scene, &out);
    scene_hear(&scene, WIRE_LISTED, &fields);
    assert_ok(wire_get_listed(&fields, &listed, &err), &err);
    assert_string_equal(listed.principal, "alice@CORP.EXAMPLE.COM");
    assert_string_equal(listed.delegated, "CORP\\alice");
    assert_string_equal(listed.service, "sshd");
    assert_int_equal(listed.created, 1000);
    assert_int_equal(listed.expires, 2000);
    assert_false(listed.is_protected); /* direct: the user's own process */
    assert_int_equal(listed.refused, ERR_NONE);
    fake_world.mark = ERR_PASSWORD_EXPIRED;
    wire_put_list(&out);
    scene_say(&scene, &out);
    scene_hear(&scene, WIRE_LISTED, &fields);
    assert_ok(wire_get_listed(&fields, &listed, &err), &err);
    assert_int_equal(listed.refused, ERR_PASSWORD_EXPIRED);
    scene_close(&scene);
}

struct lifetime {
    uint32_t asked, given;
};

static void login_lives_no_longer_than_policy_says(void **state)
{
    static const struct lifetime lifetimes[] = {
        { 0, 36000 }, { 60, 60 }, { 36000, 36000 }, { 36001, 36000 },
        { UINT32_MAX, 36000 },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof lifetimes / sizeof *lifetimes; i++) {
        struct buf out = BUF_INIT(65536);
        struct err err = ERR_INIT;
        struct wire_stored stored;
        struct reader fields;
        struct scene scene;

        scene_begin(&scene, 0);
        scene_connect(&scene);
        put_ticket(&out, 't');
        put_login(&out, lifetimes[i].asked);
        scene_say(&scene, &out);
        scene_hear(&scene, WIRE_STORED, &fields);
        assert_ok(wire_get_stored(&fields, &stored, &err), &err);
        assert_int_equal(stored.sealed, 4711);
        assert_int_equal(stored.lifetime_s, lifetimes[i].given);
        assert_int_equal(fake_world.deposited_lifetime, lifetimes[i].given);
        assert_string_equal(fake_world.deposited_login, "CORP\\alice");
        scene_close(&scene);
    }
}

static void login_is_checked_when_it_asks(void **state)
{
    uint32_t flags;

    (void)state;
    for (flags = 0; flags <= WIRE_LOGIN_CHECK; flags++) {
        struct wire_login login = { .flags = flags, .drop_keyring = 99,
                                    .login = "alice" };
        struct buf out = BUF_INIT(65536);
        struct err err = ERR_INIT;
        struct reader fields;
        struct scene scene;

        scene_begin(&scene, 0);
        scene_connect(&scene);
        put_ticket(&out, 't');
        assert_ok(secret_copy("Secret-1", 8, &login.password, &err), &err);
        wire_put_login(&out, &login);
        secret_free(&login.password);
        scene_say(&scene, &out);
        scene_hear(&scene, WIRE_STORED, &fields);
        assert_int_equal(fake_world.deposit_checked, flags != 0);
        scene_close(&scene);
    }
}

/* No ticket: the uid is enough to end what is one's own. */
static void logout_counts_the_sessions(void **state)
{
    struct buf out = BUF_INIT(65536);
    struct wire_logged_out logged_out;
    struct err err = ERR_INIT;
    struct reader fields;
    struct scene scene;

    (void)state;
    scene_begin(&scene, 0);
    fake_world.sessions = 3;
    scene_connect(&scene);
    wire_put_logout(&out);
    scene_say(&scene, &out);
    scene_hear(&scene, WIRE_LOGGED_OUT, &fields);
    assert_ok(wire_get_logged_out(&fields, &logged_out, &err), &err);
    assert_int_equal(logged_out.ended, 3);
    scene_hang_up(&scene);
    scene_connect(&scene);
    wire_put_logout(&out);
    scene_say(&scene, &out);
    scene_hear(&scene, WIRE_LOGGED_OUT, &fields); /* none is a number */
    assert_ok(wire_get_logged_out(&fields, &logged_out, &err), &err);
    assert_int_equal(logged_out.ended, 0);
    scene_hang_up(&scene);
    fake_world.sessions = 1;
    fake_world.logout_fails = ERR_KEYRING; /* of another one */
    scene_connect(&scene);
    wire_put_logout(&out);
    scene_say(&scene, &out);
    scene_hear_error(&scene, ERR_KEYRING, &err);
    scene_close(&scene);
}

static void check_names_the_line_that_decides(void **state)
{
    struct buf out = BUF_INIT(65536);
    struct wire_check check = { .host = "WIN1.Corp.Example.COM.",
                                .whose = { .uid = WIRE_SELF } };
    struct wire_checked checked;
    struct err err = ERR_INIT;
    struct reader fields;
    struct scene scene;

    (void)state;
    scene_begin(&scene, 0);
    scene_connect(&scene);
    wire_put_check(&out, &check);
    scene_say(&scene, &out);
    scene_hear(&scene, WIRE_CHECKED, &fields);
    assert_ok(wire_get_checked(&fields, &checked, &err), &err);
    assert_string_equal(checked.host, SCENE_HOST);
    assert_true(checked.kerberos);
    assert_false(checked.ntlm);
    assert_non_null(strstr(checked.kerberos_rule, ":1: "));
    assert_string_equal(checked.advice, "");
    /* A second one on the same connection, that would need a line. */
    snprintf(check.host, sizeof check.host, "web.example.org");
    wire_put_check(&out, &check);
    scene_say(&scene, &out);
    scene_hear(&scene, WIRE_CHECKED, &fields);
    assert_ok(wire_get_checked(&fields, &checked, &err), &err);
    assert_false(checked.kerberos);
    assert_non_null(strstr(checked.advice, "WSMAN/web.example.org"));
    scene_close(&scene);
}

static void show_tells_what_applies_to_the_caller(void **state)
{
    static const struct {
        enum wire_line_kind kind;
        const char *text;
        unsigned line;
    } expected[] = {
        { WIRE_LINE_ALLOW, "WSMAN/*.corp.example.com", 1 },
        { WIRE_LINE_DENY, "WSMAN/dc1.corp.example.com", 5 },
        { WIRE_LINE_HOST, "win1.corp.example.com !x.corp.example.com", 6 },
        { WIRE_LINE_SETTING, "Port 5986", 7 },
    };
    struct buf out = BUF_INIT(65536);
    struct wire_show show = { .whose = { .uid = WIRE_SELF } };
    struct wire_shown shown;
    struct err err = ERR_INIT;
    struct reader fields;
    struct scene scene;
    size_t i;

    (void)state;
    scene_begin(&scene, 0);
    scene.session.policy = fake_policy(
        "AllowFreshCredentials WSMAN/*.corp.example.com\n"
        "Match User nobody-else\n"
        "AllowFreshCredentials WSMAN/secret.example.org\n"
        "Match All\nDenyFreshCredentials WSMAN/dc1.corp.example.com\n"
        "Host win1.corp.example.com !x.corp.example.com\nPort 5986\n"
        "Host secret.example.org\nPort 1\n"
        "Match All\nDomain CORP\nLifetime 1h\n");
    scene_connect(&scene);
    wire_put_show(&out, &show);
    scene_say(&scene, &out);
    for (i = 0; i < sizeof expected / sizeof *expected; i++) {
        struct wire_line line;

        scene_hear(&scene, WIRE_LINE, &fields);
        assert_ok(wire_get_line(&fields, &line, &err), &err);
        assert_int_equal(line.kind, expected[i].kind);
        assert_string_equal(line.text, expected[i].text);
        assert_int_equal(line.line, expected[i].line);
    }
    scene_hear(&scene, WIRE_SHOWN, &fields);
    assert_ok(wire_get_shown(&fields, &shown, &err), &err);
    assert_true(shown.is_newest);
    assert_string_equal(shown.domain, "CORP");
    assert_string_equal(shown.realm, "");
    assert_int_equal(shown.lifetime_s, 3600);
    scene_close(&scene);
}

/* Neither for another user nor under another service, but for root. */
static void only_root_asks_for_others(void **state)
{
    static const struct wire_whose others[] = {
        { .uid = 54321, .service = "" },
        { .uid = WIRE_SELF, .service = "sshd" },
    };
    size_t i;

    (void)state;
    if (getuid() == 0)
        skip();
    for (i = 0; i < 2 * sizeof others / sizeof *others; i++) {
        struct wire_check check = { .host = SCENE_HOST,
                                    .whose = others[i / 2] };
        struct wire_show show = { .whose = others[i / 2] };
        struct buf out = BUF_INIT(65536);
        struct err err = ERR_INIT;
        struct scene scene;

        scene_begin(&scene, 0);
        scene_connect(&scene);
        if (i % 2 == 0)
            wire_put_check(&out, &check);
        else
            wire_put_show(&out, &show);
        scene_say(&scene, &out);
        scene_hear_error(&scene, ERR_USAGE, &err);
        assert_non_null(strstr(err.text, "only root may ask"));
        scene_close(&scene);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wrong_ticket_is_refused),
        cmocka_unit_test(another_session_under_the_same_serial_is_refused),
        cmocka_unit_test(list_tells_names_and_times),
        cmocka_unit_test(login_lives_no_longer_than_policy_says),
        cmocka_unit_test(login_is_checked_when_it_asks),
        cmocka_unit_test(logout_counts_the_sessions),
        cmocka_unit_test(check_names_the_line_that_decides),
        cmocka_unit_test(show_tells_what_applies_to_the_caller),
        cmocka_unit_test(only_root_asks_for_others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
