/*
 * test_keystore_end.c - "credssp logout --all": every key of one user ends,
 * whoever made it, and nobody else's.  Needs root.
 */
#include "login.h"

struct ending {
    uid_t uid;
    unsigned ended;
    enum err_cause failed;
};

static int ends(void *arg)
{
    struct ending *ending = arg;
    struct err err = ERR_INIT;

    ending->failed = keystore_end_all(ending->uid, &ending->ended, &err) == 0
                         ? ERR_NONE : err.cause;
    return 0;
}

static unsigned end_all(uid_t broker, uid_t uid)
{
    struct ending *ending = shared(sizeof *ending);

    ending->uid = uid;
    assert_int_equal(play(broker, IN_ANOTHER_SESSION, ends, ending), 0);
    assert_int_equal(ending->failed, ERR_NONE);
    return ending->ended;
}

static int is_ended(void *arg)
{
    enum err_cause *why = arg;
    struct keystore_header header;
    struct err err = ERR_INIT;

    *why = ERR_NONE;
    if (keystore_probe(keys.sealed, ALICE, &header, &err) != 0
        || keystore_check_ended(keys.sealed, header.session, &err) != 0)
        *why = err.cause;
    return 0;
}

/* As the broker finds the newest key. */
static enum err_cause state_of_key(void)
{
    enum err_cause *why = shared(sizeof *why);

    assert_int_equal(play(BROKER, IN_ANOTHER_SESSION, is_ended, why), 0);
    return *why;
}

static int doubts(void *arg)
{
    struct keystore_header *header = arg;
    struct err err = ERR_INIT;

    return keystore_mark_refused(keys.sealed, header, ERR_AUTH_DROPPED,
                                 "win1.corp.example.com", &err);
}

static int probes(void *arg)
{
    struct err err = ERR_INIT;

    return keystore_probe(keys.sealed, ALICE, arg, &err);
}

/* Of a worker that looked at the key a moment before it was ended. */
static void a_late_refusal_does_not_undo_an_end(void **state)
{
    struct keystore_header *header = shared(sizeof *header);

    (void)state;
    need_root();
    assert_int_equal(play(BROKER, IN_ANOTHER_SESSION, probes, header), 0);
    assert_int_equal(end_all(BROKER, ALICE), 1);
    assert_int_equal(play(BROKER, IN_ANOTHER_SESSION, doubts, header), 0);
    assert_int_equal(state_of_key(), ERR_REVOKED);
}

/* Root made the key: the broker cannot revoke it, and marks it. */
static void a_key_of_the_module_ends_by_a_mark(void **state)
{
    char byte;

    (void)state;
    need_root();
    assert_int_equal(state_of_key(), ERR_NONE);
    assert_int_equal(end_all(BROKER, ALICE), 1);
    assert_int_equal(state_of_key(), ERR_REVOKED);
    assert_int_equal(end_all(BROKER, ALICE), 0); /* it counts once */
    /* Root still owns it, and closing the session still revokes it. */
    assert_true(keyctl_read(keys.sealed, &byte, 1) == -1 && errno == EACCES);
    keystore_revoke(&keys);
    assert_int_equal(state_of_key(), ERR_REVOKED);
}

static void a_key_of_the_broker_is_revoked(void **state)
{
    struct handed *handed = shared(sizeof *handed);
    char text[64];

    (void)state;
    need_root();
    keystore_revoke(&keys);
    fresh_session(ALICE);
    deposit(handed);
    assert_int_equal(state_of_key(), ERR_NONE);
    assert_int_equal(end_all(BROKER, ALICE), 1);
    assert_int_equal(state_of_key(), ERR_REVOKED);
    assert_true(keyctl_describe(keys.sealed, text, sizeof text) == -1
                && errno == EKEYREVOKED);
}

static void another_users_key_stays(void **state)
{
    (void)state;
    need_root();
    assert_int_equal(end_all(BROKER, BOB), 0);
    assert_int_equal(state_of_key(), ERR_NONE);
    /* A process of the user himself, who sees no sealed key at all. */
    assert_int_equal(end_all(ALICE, ALICE), 0);
    assert_int_equal(state_of_key(), ERR_NONE);
}

/* A key of that name that the user made is not ours, and stays. */
static int user_forges(void *arg)
{
    int32_t *forged = arg;

    *forged = (int32_t)add_key("user", "credssp:sealed", "x", 1, SESSION);
    CHECK(*forged > 0);
    CHECK(keyctl_setperm(*forged, 0x3f3f3f3f) == 0);
    return 0;
}

static void a_forged_key_is_left_alone(void **state)
{
    int32_t *forged = shared(sizeof *forged);
    char byte;

    (void)state;
    need_root();
    /* Beside the real one the kernel refuses it (EACCES): add_key(2) would
     * update that. */
    keystore_revoke(&keys);
    assert_int_equal(play(ALICE, IN_SESSION, user_forges, forged), 0);
    assert_int_equal(end_all(BROKER, ALICE), 0);
    assert_int_equal(keyctl_read(*forged, &byte, 1), 1);
}

static int sweeps(void *arg)
{
    (void)arg;
    keystore_sweep_refused();
    return 0;
}

static int log_out(void **state)
{
    (void)state;
    if (!is_root_with_keyrings())
        return 0;
    keystore_revoke(&keys);
    return play(BROKER, IN_ANOTHER_SESSION, sweeps, NULL);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, log_in, log_out)
    const struct CMUnitTest tests[] = {
        T(a_key_of_the_module_ends_by_a_mark),
        T(a_late_refusal_does_not_undo_an_end),
        T(a_key_of_the_broker_is_revoked),
        T(another_users_key_stays),
        T(a_forged_key_is_left_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
