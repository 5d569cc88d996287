/* test_open.c - policy before any packet, and kept connections. */
#include "unit.h"

#include "fake_world.h"
#include "scene.h"

/* -- policy before any packet -- */

struct refusal {
    const char *host;
    uint16_t port;
    enum err_cause cause;
};

static const struct refusal refusals[] = {
    { "web.example.org", 0, ERR_POLICY_DENIED },
    { "dc1.corp.example.com", 0, ERR_POLICY_DENIED },
    { "evil-corp.example.com", 0, ERR_POLICY_DENIED },
    { "corp.example.com", 0, ERR_POLICY_DENIED },
    { SCENE_HOST, 8080, ERR_POLICY_DENIED },
    { "192.0.2.1", 0, ERR_HOSTNAME },
    { "win1.corp.example.com@evil.org", 0, ERR_HOSTNAME },
    { "win1.corp.example.com:8080", 0, ERR_HOSTNAME },
    { "", 0, ERR_HOSTNAME },
};

static void refused_hosts_see_no_packet(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        struct buf out = BUF_INIT(65536);
        struct scene scene;

        scene_begin(&scene, 7);
        scene_connect(&scene);
        put_ticket(&out, 't');
        put_open(&out, refusals[i].host, refusals[i].port, 0);
        scene_say(&scene, &out);
        scene_hear_error(&scene, refusals[i].cause, NULL);
        assert_string_equal(fake_world.diary, "");
        scene_close(&scene);
    }
}

static void a_broken_policy_file_is_the_answer(void **state)
{
    struct scene scene;

    (void)state;
    scene_begin(&scene, 7);
    scene.session.policy = fake_policy("AllowEverything yes\n");
    scene_connect(&scene);
    scene_ask(&scene, SCENE_HOST, 0);
    scene_hear_error(&scene, ERR_POLICY_FILE, NULL);
    assert_string_equal(fake_world.diary, "");
    scene_close(&scene);
}

/* -- kept connections -- */

static void a_clean_goodbye_keeps_the_connection(void **state)
{
    struct wire_opened opened;
    struct scene scene;

    (void)state;
    scene_begin(&scene, 7);
    scene_connect(&scene);
    scene_open(&scene, &opened);
    scene_hang_up(&scene);
    assert_int_equal(fake_world.watched_fd, -1);
    scene_connect(&scene);
    scene_open(&scene, &opened);
    assert_true(opened.reused);
    assert_int_equal(opened.requests, 0);
    assert_string_equal(opened.spn, "WSMAN/" SCENE_HOST);
    assert_int_equal(fake_world.connections, 1);
    scene_close(&scene);
}

/* Neither is one kept that has ended, nor is one taken. */
static void an_ended_connection_is_not_reused(void **state)
{
    struct wire_opened opened;
    struct scene scene;

    (void)state;
    scene_begin(&scene, 7);
    scene_connect(&scene);
    scene_open(&scene, &opened);
    scene_hang_up(&scene);
    fake_world.ended = 1;
    scene_connect(&scene);
    scene_open(&scene, &opened);
    assert_false(opened.reused);
    assert_int_equal(opened.requests, 5);
    assert_int_equal(fake_world.open_channels, 1);
    fake_world.ended = 2;
    scene_hang_up(&scene);
    assert_int_equal(fake_world.open_channels, 0);
    scene_end(&scene);
}

static void fresh_and_changed_policy_make_a_new_one(void **state)
{
    struct wire_opened opened;
    struct reader fields;
    struct scene scene;

    (void)state;
    scene_begin(&scene, 7);
    scene_connect(&scene);
    scene_open(&scene, &opened);
    scene_hang_up(&scene);
    scene_connect(&scene);
    scene_ask(&scene, SCENE_HOST, WIRE_OPEN_FRESH);
    scene_hear(&scene, WIRE_OPENED, &fields);
    assert_int_equal(fake_world.connections, 2);
    scene_hang_up(&scene);
    /* Other terms: what is kept was made under MinimumVersion 5. */
    scene.session.policy = fake_policy(
        "AllowFreshCredentials WSMAN/*.corp.example.com\n"
        "Host " SCENE_HOST "\n    MinimumVersion 6\n");
    scene_connect(&scene);
    scene_open(&scene, &opened);
    assert_false(opened.reused);
    assert_int_equal(fake_world.connections, 3);
    scene_close(&scene);
}

/* The file in force says no: what it allowed before is not handed out, and
 * a broken file changes nothing. */
static void a_kept_connection_obeys_the_newest_policy(void **state)
{
    struct wire_opened opened;
    struct scene scene;

    (void)state;
    scene_begin(&scene, 7);
    scene_connect(&scene);
    scene_open(&scene, &opened);
    scene_hang_up(&scene);
    fake_policy_write("AllowFreshCredentials WSMAN/*\nBroken\n");
    scene_connect(&scene);
    scene_open(&scene, &opened);
    assert_true(opened.reused);
    scene_hang_up(&scene);
    fake_policy_write("DenyFreshCredentials WSMAN/*\n");
    scene_connect(&scene);
    scene_ask(&scene, SCENE_HOST, 0);
    scene_hear_error(&scene, ERR_POLICY_DENIED, NULL);
    assert_int_equal(fake_world.connections, 1);
    scene_close(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refused_hosts_see_no_packet),
        cmocka_unit_test(a_broken_policy_file_is_the_answer),
        cmocka_unit_test(a_clean_goodbye_keeps_the_connection),
        cmocka_unit_test(an_ended_connection_is_not_reused),
        cmocka_unit_test(fresh_and_changed_policy_make_a_new_one),
        cmocka_unit_test(a_kept_connection_obeys_the_newest_policy),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
