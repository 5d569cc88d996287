/* test_relay.c - a body to the host, an answer back, and never twice. */
#include "unit.h"

#include <sys/socket.h>
#include <unistd.h>

#include "broker/bounds.h"
#include "broker/monotonic.h"
#include "fake_world.h"
#include "scene.h"

static void open_then_post_then_reply(void **state)
{
    struct wire_opened opened;
    struct err err = ERR_INIT;
    struct wire_reply reply;
    struct reader fields;
    struct scene scene;

    (void)state;
    scene_begin(&scene, 7);
    scene_connect(&scene);
    scene_open(&scene, &opened);
    assert_string_equal(opened.host, SCENE_HOST);
    assert_string_equal(opened.mechanism, "Kerberos");
    assert_string_equal(opened.spn, "WSMAN/" SCENE_HOST);
    assert_int_equal(opened.port, 5985);
    assert_int_equal(opened.credssp_version, 6);
    assert_int_equal(opened.requests, 5);
    assert_false(opened.reused);
    scene_post(&scene, 0);
    scene_hear(&scene, WIRE_REPLY, &fields);
    assert_ok(wire_get_reply(&fields, &reply, &err), &err);
    assert_int_equal(reply.status, 200);
    assert_memory_equal(reply.body, "<reply/>", reply.len);
    scene_close(&scene);
}

#define LONG_ANSWER 900000 /* more than a socket holds */

static void begin_long(struct scene *scene, char answer[LONG_ANSWER + 1])
{
    memset(answer, 'x', LONG_ANSWER);
    answer[LONG_ANSWER] = '\0';
    scene_begin_open(scene);
    fake_world.answer = answer;
}

/* Until the session has so many bytes in answers that wait. */
static bool untaken(struct session *session, size_t bytes)
{
    int tries;

    for (tries = 0; tries < 200; tries++) {
        bool there;

        pthread_mutex_lock(&session->lock);
        there = session->untaken == bytes;
        pthread_mutex_unlock(&session->lock);
        if (there)
            return true;
        usleep(10000);
    }
    return false;
}

static void an_answer_counts_until_it_is_taken(void **state)
{
    static char answer[LONG_ANSWER + 1];
    const size_t rest = LIMIT_UNTAKEN_BYTES - LONG_ANSWER;
    struct reader fields;
    struct scene scene;

    (void)state;
    begin_long(&scene, answer);
    scene_post(&scene, 0);
    assert_true(untaken(&scene.session, LONG_ANSWER));
    assert_false(session_may_wait(&scene.session, rest + 1));
    assert_true(session_may_wait(&scene.session, rest));
    session_taken(&scene.session, rest);
    scene_hear(&scene, WIRE_REPLY, &fields);
    assert_true(untaken(&scene.session, 0));
    scene_close(&scene);
}

/* Clients that never read do not fill the memory for hours. */
static void beyond_the_bound_an_answer_is_taken_soon(void **state)
{
    static char answer[LONG_ANSWER + 1], got[LONG_ANSWER];
    struct scene scene;
    const struct timeval patience = { .tv_sec = 10 };
    char last = '\0';
    size_t all = 0;
    ssize_t n;

    (void)state;
    begin_long(&scene, answer);
    scene.session.send_ms = 200;
    assert_int_equal(setsockopt(scene.fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
                                sizeof patience), 0);
    assert_true(session_may_wait(&scene.session, LIMIT_UNTAKEN_BYTES));
    scene_post(&scene, 0);
    usleep(1000000);
    while ((n = recv(scene.fd, got, sizeof got, 0)) > 0) {
        all += (size_t)n;
        last = got[n - 1];
    }
    assert_int_equal(n, 0);
    assert_true(all > 0 && all < LONG_ANSWER);
    assert_int_equal(last, 'x'); /* no ERROR inside of a REPLY */
    scene_close(&scene);
}

static void a_final_post_has_no_answer(void **state)
{
    struct buf out = BUF_INIT(65536);
    struct reader fields;
    struct scene scene;

    (void)state;
    scene_begin_open(&scene);
    put_post(&out, WIRE_POST_FINAL);
    put_post(&out, 0);
    scene_say(&scene, &out);
    scene_hear(&scene, WIRE_REPLY, &fields); /* the second one's */
    assert_int_equal(fake_world.posts, 2);
    scene_close(&scene);
}

static void a_failed_post_is_the_last_word(void **state)
{
    struct scene scene;

    (void)state;
    scene_begin_open(&scene);
    fake_world.post = ERR_CONNECTION_LOST;
    scene_post(&scene, 0);
    scene_hear_error(&scene, ERR_CONNECTION_LOST, NULL);
    scene_hear_end(&scene);
    scene_hang_up(&scene);
    assert_int_equal(fake_world.posts, 1); /* sent once, whatever happens */
    assert_int_equal(fake_world.open_channels, 0);
    scene_end(&scene);
}

/* The host closed it while nothing was under way: nothing is doubled. */
static void an_ended_connection_is_opened_anew_once(void **state)
{
    static const uint32_t flags[] = { 0, WIRE_POST_FINAL };
    struct reader fields;
    struct scene scene;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof flags / sizeof *flags; i++) {
        struct buf out = BUF_INIT(65536);

        scene_begin_open(&scene);
        fake_world.ended = 1;
        put_post(&out, flags[i]);
        put_post(&out, 0);
        scene_say(&scene, &out);
        scene_hear(&scene, WIRE_REPLY, &fields);
        if (flags[i] == 0)
            scene_hear(&scene, WIRE_REPLY, &fields);
        assert_int_equal(fake_world.connections, 2);
        assert_int_equal(fake_world.open_channels, 1);
        assert_int_equal(fake_world.posts, 2);
        assert_int_equal(fake_world.as_exchanges, 1);
        scene_close(&scene);
    }
}

/* It would be the second authentication for one POST. */
static void a_new_connection_that_breaks_is_the_end(void **state)
{
    struct scene scene;

    (void)state;
    scene_begin_open(&scene);
    fake_world.ended = 2;
    fake_world.post = ERR_CONNECTION_LOST;
    scene_post(&scene, 0);
    scene_hear_error(&scene, ERR_CONNECTION_LOST, NULL);
    scene_hear_end(&scene);
    scene_hang_up(&scene);
    assert_int_equal(fake_world.connections, 2);
    assert_int_equal(fake_world.posts, 1);
    scene_end(&scene);
}

/* What is opened anew is under the policy of now, not of then. */
static void a_new_connection_needs_todays_policy(void **state)
{
    struct scene scene;

    (void)state;
    scene_begin_open(&scene);
    fake_world.ended = 1;
    scene.session.policy = fake_policy(
        "DenyFreshCredentials WSMAN/*.corp.example.com\n");
    scene_post(&scene, 0);
    scene_hear_error(&scene, ERR_POLICY_DENIED, NULL);
    scene_hang_up(&scene);
    assert_int_equal(fake_world.connections, 1);
    assert_int_equal(fake_world.posts, 0);
    scene_end(&scene);
}

static void a_revoked_key_stops_the_next_post(void **state)
{
    struct scene scene;

    (void)state;
    scene_begin_open(&scene);
    fake_world.key = ERR_REVOKED;
    scene_post(&scene, 0);
    scene_hear_error(&scene, ERR_REVOKED, NULL);
    assert_int_equal(fake_world.posts, 0);
    scene_close(&scene);
}

#define HTTPS_POLICY "AllowFreshCredentials WSMAN/" SCENE_HOST "\n"            \
                     "Host " SCENE_HOST "\n    HTTPS yes\n"

/* OPEN with the promise of a POST, to a host of HTTPS or not. */
static void open_for_a_body(struct scene *scene, const char *policy,
                            struct wire_opened *opened)
{
    struct err err = ERR_INIT;
    struct reader fields;

    scene_begin(scene, 7);
    if (policy != NULL)
        scene->session.policy = fake_policy(policy);
    scene_connect(scene);
    scene_ask(scene, SCENE_HOST, WIRE_OPEN_WITH_BODY);
    scene_hear(scene, WIRE_OPENED, &fields);
    assert_ok(wire_get_opened(&fields, opened, &err), &err);
}

static void the_first_body_rides_with_the_credential(void **state)
{
    static const bool alone[] = { false, true };
    struct wire_opened opened;
    struct reader fields;
    struct scene scene;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof alone / sizeof *alone; i++) {
        struct buf out = BUF_INIT(65536);

        open_for_a_body(&scene, HTTPS_POLICY, &opened);
        assert_int_equal(opened.requests, 4);
        fake_world.leg_alone = alone[i];
        put_post(&out, 0);
        put_post(&out, 0);
        scene_say(&scene, &out);
        scene_hear(&scene, WIRE_REPLY, &fields);
        scene_hear(&scene, WIRE_REPLY, &fields);
        assert_int_equal(fake_world.rides, 1);
        assert_int_equal(fake_world.posts, alone[i] ? 2 : 1);
        assert_int_equal(fake_world.connections, 1);
        scene_close(&scene);
    }
}

/* Nobody reads the answer of a final one, so the leg's would be lost. */
static void a_final_body_does_not_ride(void **state)
{
    struct buf out = BUF_INIT(65536);
    struct wire_opened opened;
    struct reader fields;
    struct scene scene;

    (void)state;
    open_for_a_body(&scene, HTTPS_POLICY, &opened);
    put_post(&out, WIRE_POST_FINAL);
    put_post(&out, 0);
    scene_say(&scene, &out);
    scene_hear(&scene, WIRE_REPLY, &fields);
    assert_int_equal(fake_world.rides, 0);
    assert_int_equal(fake_world.posts, 2);
    scene_close(&scene);
}

static void without_https_the_promise_changes_nothing(void **state)
{
    struct wire_opened opened;
    struct scene scene;

    (void)state;
    open_for_a_body(&scene, NULL, &opened);
    assert_int_equal(opened.requests, 5);
    scene_hang_up(&scene);
    assert_int_equal(fake_world.open_channels, 1); /* kept */
    scene_end(&scene);
}

/* Who promises a POST and goes leaves no authenticated connection. */
static void a_held_connection_is_not_kept(void **state)
{
    struct wire_opened opened;
    struct scene scene;

    (void)state;
    open_for_a_body(&scene, HTTPS_POLICY, &opened);
    scene_hang_up(&scene);
    assert_int_equal(fake_world.open_channels, 0);
    assert_null(strstr(fake_world.diary, "delegate"));
    scene_end(&scene);
}

static void a_refused_logon_is_the_answer_to_the_body(void **state)
{
    struct wire_opened opened;
    struct scene scene;

    (void)state;
    open_for_a_body(&scene, HTTPS_POLICY, &opened);
    fake_world.logon = ERR_PASSWORD_EXPIRED;
    scene_post(&scene, 0);
    scene_hear_error(&scene, ERR_PASSWORD_EXPIRED, NULL);
    scene_hear_end(&scene);
    scene_hang_up(&scene);
    assert_int_equal(fake_world.mark, ERR_PASSWORD_EXPIRED);
    assert_int_equal(fake_world.open_channels, 0);
    scene_end(&scene);
}

/* The host's no was to the body as well: there is nothing to clean up, and no
 * second logon for it.  Had the connection broken, nobody would know. */
static void a_refused_logon_takes_the_will_along(void **state)
{
    static const struct {
        enum err_cause logon;
        unsigned connections;
    } cases[] = { { ERR_ACCESS_DENIED, 1 }, { ERR_CONNECTION_LOST, 2 } };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf out = BUF_INIT(65536);
        struct wire_opened opened;
        struct scene scene;

        open_for_a_body(&scene, HTTPS_POLICY, &opened);
        put_will(&out, "", "", "<delete/>");
        scene_say(&scene, &out);
        fake_world.logon = cases[i].logon;
        scene_post(&scene, 0);
        scene_hear_error(&scene, cases[i].logon, NULL);
        fake_world.logon = ERR_NONE;
        scene_hang_up(&scene);
        assert_int_equal(fake_world.connections, cases[i].connections);
        scene_end(&scene);
    }
}

/* It was never authenticated, so the new one is, before the body goes. */
static void a_held_connection_that_ended_is_opened_anew(void **state)
{
    struct wire_opened opened;
    struct reader fields;
    struct scene scene;

    (void)state;
    open_for_a_body(&scene, HTTPS_POLICY, &opened);
    fake_world.ended = 1;
    scene_post(&scene, 0);
    scene_hear(&scene, WIRE_REPLY, &fields);
    assert_int_equal(fake_world.connections, 2);
    assert_int_equal(fake_world.rides, 0);
    assert_int_equal(fake_world.posts, 1);
    scene_close(&scene);
}

static void a_revoked_key_keeps_the_credential_back(void **state)
{
    struct wire_opened opened;
    struct scene scene;

    (void)state;
    open_for_a_body(&scene, HTTPS_POLICY, &opened);
    fake_world.key = ERR_REVOKED;
    scene_post(&scene, 0);
    scene_hear_error(&scene, ERR_REVOKED, NULL);
    assert_null(strstr(fake_world.diary, "delegate"));
    scene_close(&scene);
}

/* CHECK takes the policy anew, and gives the client its time again. */
static void ask_meanwhile(struct scene *scene)
{
    const struct wire_check check = { .whose.uid = WIRE_SELF,
                                      .host = SCENE_HOST };
    struct buf out = BUF_INIT(65536);
    struct reader fields;

    wire_put_check(&out, &check);
    scene_say(scene, &out);
    scene_hear(scene, WIRE_CHECKED, &fields);
}

static void a_held_connection_needs_the_policy_of_its_post(void **state)
{
    static const bool asked[] = { false, true };
    struct wire_opened opened;
    struct scene scene;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof asked / sizeof *asked; i++) {
        open_for_a_body(&scene, HTTPS_POLICY, &opened);
        fake_policy_write("DenyFreshCredentials WSMAN/" SCENE_HOST "\n");
        if (asked[i])
            ask_meanwhile(&scene);
        scene_post(&scene, 0);
        scene_hear_error(&scene, ERR_POLICY_DENIED, NULL);
        assert_null(strstr(fake_world.diary, "delegate"));
        assert_int_equal(fake_world.posts, 0);
        scene_hang_up(&scene);
        assert_int_equal(fake_world.open_channels, 0);
        scene_end(&scene);
    }
}

/* The names in the credential are those of the policy in force, and nothing
 * of the one that was is read any more. */
static void a_held_connection_takes_the_new_policys_names(void **state)
{
    struct wire_opened opened;
    struct reader fields;
    struct scene scene;

    (void)state;
    open_for_a_body(&scene, "Domain OLD\n" HTTPS_POLICY, &opened);
    fake_policy_write("Domain NEWER\n" HTTPS_POLICY);
    ask_meanwhile(&scene);
    scene_post(&scene, 0);
    scene_hear(&scene, WIRE_REPLY, &fields);
    assert_string_equal(fake_world.delegated_domain, "NEWER");
    assert_int_equal(fake_world.connections, 1);
    assert_int_equal(fake_world.rides, 1);
    scene_close(&scene);
}

static void a_held_connection_under_other_terms_is_opened_anew(void **state)
{
    struct wire_opened opened;
    struct reader fields;
    struct scene scene;

    (void)state;
    open_for_a_body(&scene, HTTPS_POLICY, &opened);
    fake_policy_write(HTTPS_POLICY "    MinimumVersion 6\n");
    scene_post(&scene, 0);
    scene_hear(&scene, WIRE_REPLY, &fields);
    assert_int_equal(fake_world.connections, 2);
    assert_int_equal(fake_world.rides, 0);
    assert_int_equal(fake_world.posts, 1);
    scene_close(&scene);
}

/* LIMIT_CLIENT_MS: not even a client that never pauses stays for ever. */
static void a_connection_ends_in_the_end(void **state)
{
    struct session session = { .uid = getuid(), .direct = true };
    struct err err = ERR_INIT;
    struct client *client;
    int pair[2];
    char byte;

    (void)state;
    session_init(&session);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    assert_ok(client_new(pair[0], &session, &client, &err), &err);
    assert_in_range(client->until_ms, monotonic_ms(),
                    monotonic_ms() + LIMIT_CLIENT_MS);
    client->until_ms = monotonic_ms();
    assert_int_equal(send(pair[1], "request", 7, MSG_NOSIGNAL), 7);
    client_serve(client);
    assert_int_equal(recv(pair[0], &byte, 1, MSG_DONTWAIT), 1); /* unread */
    client_free(&client);
    close(pair[1]);
    session_clear(&session);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(open_then_post_then_reply),
        cmocka_unit_test(an_answer_counts_until_it_is_taken),
        cmocka_unit_test(beyond_the_bound_an_answer_is_taken_soon),
        cmocka_unit_test(a_final_post_has_no_answer),
        cmocka_unit_test(a_failed_post_is_the_last_word),
        cmocka_unit_test(an_ended_connection_is_opened_anew_once),
        cmocka_unit_test(a_new_connection_that_breaks_is_the_end),
        cmocka_unit_test(a_new_connection_needs_todays_policy),
        cmocka_unit_test(a_revoked_key_stops_the_next_post),
        cmocka_unit_test(the_first_body_rides_with_the_credential),
        cmocka_unit_test(a_final_body_does_not_ride),
        cmocka_unit_test(without_https_the_promise_changes_nothing),
        cmocka_unit_test(a_held_connection_is_not_kept),
        cmocka_unit_test(a_refused_logon_is_the_answer_to_the_body),
        cmocka_unit_test(a_refused_logon_takes_the_will_along),
        cmocka_unit_test(a_held_connection_that_ended_is_opened_anew),
        cmocka_unit_test(a_revoked_key_keeps_the_credential_back),
        cmocka_unit_test(a_held_connection_needs_the_policy_of_its_post),
        cmocka_unit_test(a_held_connection_takes_the_new_policys_names),
        cmocka_unit_test(
            a_held_connection_under_other_terms_is_opened_anew),
        cmocka_unit_test(a_connection_ends_in_the_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
