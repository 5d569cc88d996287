/*
 * test_misbehave.c - how a wrong is chosen, and that the initiator sees each
 * one in the protocol and keeps its credential.
 */
#include "world.h"

#include <string.h>

static void a_choice_is_a_name_a_leg_and_a_value(void **state)
{
    static const struct {
        const char *text, *name;
        unsigned leg;
        uint32_t value;
    } right[] = {
        { "drop@3", "drop", 3, 0 },
        { "error-code@5=c000006d", "error-code", 5, 0xc000006d },
        { "version=4", "version", 0, 4 },
        { "chunked", "chunked", 0, 0 },
    };
    struct misbehaviour m;
    struct err err;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof right / sizeof *right; i++) {
        assert_ok(misbehave_parse(right[i].text, &m, &err), &err);
        assert_string_equal(m.row->name, right[i].name);
        assert_string_equal(m.text, right[i].text);
        assert_int_equal(m.leg, right[i].leg);
        assert_int_equal(m.value, right[i].value);
    }
    assert_ok(misbehave_parse("", &m, &err), &err);
    assert_null(m.row);
}

static void anything_else_is_no_choice(void **state)
{
    static const char *const wrong[] = {
        "drop", "drop@", "drop@0", "drop@7", "drop@33", "drop@3=1", "dro@3",
        "chunked@1", "version", "version=", "version=6x", "error-code@2=1",
        "binding@3", "@3", "=3",
    };
    struct misbehaviour m;
    struct err err;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        err = (struct err)ERR_INIT;
        assert_cause(misbehave_parse(wrong[i], &m, &err), &err, ERR_USAGE);
        assert_null(m.row);
    }
}

/* Legs until the initiator refuses or is done; its credential counts. */
static int play(struct world *w, const char *how, struct err *err)
{
    bool done = false;
    int r = 0;

    connection_free(&w->connection);
    assert_ok(connection_new(&w->host, "192.0.2.1", false, &w->connection,
                             err), err);
    assert_ok(misbehave_parse(how, &w->connection->misbehaviour, err), err);
    world_begin(w);
    answer_free(&w->answer);
    while (!done && (r = world_advance(w, &done, err)) == 0)
        world_post(w, w->token, NULL, NULL, 0);
    return r;
}

static void the_initiator_sees_each(void **state)
{
    static const struct {
        const char *how;
        enum err_cause cause;
    } wrongs[] = {
        { "garbage@1", ERR_MALFORMED }, { "trailing@2", ERR_MALFORMED },
        { "truncated@3", ERR_MALFORMED }, { "oversized@3", ERR_TLS },
        { "tls-1.1", ERR_TLS }, { "tls-1.3", ERR_TLS },
        { "tls-weak", ERR_TLS }, { "tls-short-key", ERR_CERTIFICATE },
        { "der-garbage@3", ERR_MALFORMED }, { "der-empty@4", ERR_MALFORMED },
        { "der-trailing@4", ERR_MALFORMED }, { "no-fields@3", ERR_MALFORMED },
        { "auth-info@4", ERR_MALFORMED }, { "version=4", ERR_VERSION },
        { "version-change@4=5", ERR_VERSION_CHANGED },
        { "error-code@4=c0000234", ERR_ACCOUNT_LOCKED },
        { "reject@3", ERR_MECHANISM },
        { "binding@4", ERR_BINDING }, { "other-key@4", ERR_BINDING },
        { "old-nonce@4", ERR_BINDING }, { "own-nonce@4", ERR_BINDING },
        { "replay@4", ERR_BINDING },
    };
    struct world *w = *state;
    size_t i;

    for (i = 0; i < sizeof wrongs / sizeof *wrongs; i++) {
        struct err err = ERR_INIT;

        print_message("  %s\n", wrongs[i].how);
        assert_cause(play(w, wrongs[i].how, &err), &err, wrongs[i].cause);
        assert_null(w->connection->delegated);
        assert_null(w->connection->identity);
    }
}

static void good_manners_come_back(void **state)
{
    struct world *w = *state;
    struct err err;

    assert_int_equal(play(w, "binding@4", &err), -1);
    assert_ok(play(w, "", &err), &err);
    assert_non_null(w->connection->identity);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_choice_is_a_name_a_leg_and_a_value),
        cmocka_unit_test(anything_else_is_no_choice),
        cmocka_unit_test_setup_teardown(the_initiator_sees_each,
                                        world_set_up, world_tear_down),
        cmocka_unit_test_setup_teardown(good_manners_come_back, world_set_up,
                                        world_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
