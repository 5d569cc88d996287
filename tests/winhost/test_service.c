/*
 * test_service.c - a connection's story as WinRM tells it: schemes, five
 * legs of CredSSP, sealed messages, and all that is refused.
 */
#include "world.h"

#include <stdio.h>
#include <string.h>

#include "../unit/ntlm_users.h"

#define BODY_MAX 1048576

static void nobody_gets_only_the_schemes(void **state)
{
    struct world *w = *state;

    assert_int_equal(world_post(w, NULL, SOAP, IDENTIFY, sizeof IDENTIFY - 1),
                     401);
    assert_int_equal(w->answer.challenge_count, 3);
    assert_string_equal(w->answer.challenges[0], "Negotiate");
    assert_string_equal(w->answer.challenges[2], "CredSSP");
    assert_int_equal(w->answer.body.len, 0);
}

static void credssp_takes_five_legs(void **state)
{
    struct world *w = *state;

    assert_int_equal(world_log_on(w), 5);
    assert_int_equal(w->answer.status, 200);
    assert_int_equal(w->answer.token.len, 0);
    assert_int_equal(w->answer.body.len, 0);
    assert_string_equal(w->connection->identity->user, NTLM_USER);
    assert_int_equal(w->connection->identity->password->len,
                     strlen(NTLM_PASSWORD));
}

static void wrong_password_is_told(void **state)
{
    struct world *w = *state;
    struct err err;
    bool done;

    w->delegated = "not-this-one";
    world_log_on(w);
    assert_int_equal(w->answer.status, 401);
    assert_int_equal(w->answer.challenge_count, 0);
    assert_null(w->connection->identity);
    assert_cause(world_advance(w, &done, &err), &err, ERR_WRONG_PASSWORD);
}

static void credssp_can_be_off(void **state)
{
    struct world *w = *state;
    struct err err;
    bool done;

    w->host.offer_credssp = false;
    world_begin(w);
    assert_ok(world_advance(w, &done, &err), &err);
    assert_int_equal(world_post(w, w->token, NULL, NULL, 0), 401);
    assert_int_equal(w->answer.challenge_count, 2);
    assert_int_equal(w->answer.token.len, 0);
}

static void twisted_bodies_are_refused(void **state)
{
    static const struct twist twists[] = {
        { "trailer length", 1, 0, END, SEALED, 400 },
        { "plaintext length", 0, 1, END, SEALED, 400 },
        { "no end", 0, 0, "", SEALED, 400 },
        { "junk behind the end", 0, 0, END "x", SEALED, 400 },
        { "not CredSSP's protocol", 0, 0, END,
          "multipart/encrypted;protocol=\"application/HTTP-SPNEGO-session-"
          "encrypted\";boundary=\"Encrypted Boundary\"", 415 },
        { "no SOAP", 0, 0, END, "text/html", 415 },
    };
    struct world *w = *state;
    size_t i;

    for (i = 0; i < sizeof twists / sizeof *twists; i++) {
        struct buf body = BUF_INIT(BODY_MAX);

        world_log_on(w);
        world_seal(w, IDENTIFY, &twists[i], &body);
        if (world_post(w, NULL, twists[i].type, body.data, body.len)
            != twists[i].status)
            print_message("%s\n", twists[i].what);
        assert_int_equal(w->answer.status, twists[i].status);
        assert_int_equal(w->answer.body.len, 0);
        buf_free(&body);
    }
}

static void sealed_message_is_answered_sealed(void **state)
{
    struct world *w = *state;

    world_log_on(w);
    assert_int_equal(world_call(w, IDENTIFY), 200);
    assert_string_equal(w->answer.content_type, SEALED);
    assert_non_null(strstr((char *)w->plain.data, "IdentifyResponse"));
    assert_non_null(strstr((char *)w->plain.data, "OS: 10.0"));
}

static void unencrypted_is_refused_on_http_only(void **state)
{
    struct world *w = *state;

    world_log_on(w);
    assert_int_equal(world_post(w, NULL, SOAP, IDENTIFY, sizeof IDENTIFY - 1),
                     500);
    assert_int_equal(w->answer.body.len, 0);
    w->connection->https = true;
    assert_int_equal(world_post(w, NULL, SOAP, IDENTIFY, sizeof IDENTIFY - 1),
                     200);
    assert_true(w->answer.body.len > 0);
}

static void a_new_token_ends_the_logon(void **state)
{
    struct world *w = *state;
    struct err err;
    bool done;

    world_log_on(w);
    world_begin(w);
    answer_free(&w->answer);
    assert_ok(world_advance(w, &done, &err), &err);
    assert_int_equal(world_post(w, w->token, NULL, NULL, 0), 401);
    assert_int_equal(world_post(w, NULL, SOAP, IDENTIFY, sizeof IDENTIFY - 1),
                     401);
}

static void http_is_kept_to(void **state)
{
    static const struct { struct question question; unsigned status; }
    rows[] = {
        { { .method = "GET", .path = "/wsman" }, 405 },
        { { .method = "POST", .path = "/" }, 404 },
        { { .method = "POST", .path = "/wsman",
            .authorization = "Basic YTpi" }, 401 },
        { { .method = "POST", .path = "/wsman",
            .authorization = "CredSSP !!!!" }, 401 },
        { { .method = "POST", .path = "/wsman-anon/identify",
            .body = (const unsigned char *)IDENTIFY,
            .len = sizeof IDENTIFY - 1 }, 200 },
    };
    struct question large = { .method = "POST", .path = "/wsman",
                              .oversized = true };
    struct world *w = *state;
    size_t i;

    for (i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(world_ask(w, &rows[i].question), rows[i].status);
    world_log_on(w);
    assert_int_equal(world_ask(w, &large), 413);
}

int main(void)
{
#define STORY(f) \
    cmocka_unit_test_setup_teardown(f, world_set_up, world_tear_down)
    const struct CMUnitTest tests[] = {
        STORY(nobody_gets_only_the_schemes),
        STORY(credssp_takes_five_legs),
        STORY(wrong_password_is_told),
        STORY(credssp_can_be_off),
        STORY(twisted_bodies_are_refused),
        STORY(sealed_message_is_answered_sealed),
        STORY(unencrypted_is_refused_on_http_only),
        STORY(a_new_token_ends_the_logon),
        STORY(http_is_kept_to),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
