/*
 * test_keystore.c - the module's side and the broker's: what opens, what does
 * not, and how it ends.  Needs root.
 */
#include "login.h"

static void the_broker_opens_it_with_the_ticket(void **state)
{
    struct handed *handed = shared(sizeof *handed);

    (void)state;
    need_root();
    handed->uid = ALICE;
    assert_int_equal(play(ALICE, IN_SESSION, user_reads_ticket, handed), 0);
    assert_int_equal(handed->sealed, keys.sealed);
    assert_int_equal(broker_says(handed), ERR_NONE);
    handed->uid = BOB;
    assert_int_equal(broker_says(handed), ERR_NOT_YOURS);
    handed->uid = ALICE;
    handed->ticket[0] ^= 1;
    assert_int_equal(broker_says(handed), ERR_NOT_YOURS);
    handed->sealed = 0;
    assert_int_equal(broker_says(handed), ERR_NO_CREDENTIAL);
}

static int user_opens(void *arg)
{
    return broker_opens(arg);
}

static void a_captured_key_is_not_for_direct_mode(void **state)
{
    struct handed *handed = shared(sizeof *handed);

    (void)state;
    need_root();
    handed->uid = ALICE;
    handed->sealed = keys.sealed;
    assert_int_equal(play(ALICE, IN_SESSION, user_opens, handed), 0);
    assert_int_equal(handed->cause, ERR_NOT_YOURS);
}

/* The user's own key, with everything that he can give it. */
static int user_forges(void *arg)
{
    struct handed *handed = arg;

    handed->sealed = add_key("user", "credssp:sealed", "CSSP", 4,
                             KEY_SPEC_PROCESS_KEYRING);
    CHECK(handed->sealed > 0);
    CHECK(keyctl_setperm(handed->sealed, 0x3f3f033f) == 0);
    return broker_opens(handed);
}

static int user_forges_for_broker(void *arg)
{
    struct handed *handed = arg;
    int32_t ring = keyctl_get_keyring_ID(KEY_SPEC_USER_KEYRING, 1);

    handed->sealed = add_key("user", "credssp:sealed", "CSSP", 4,
                             KEY_SPEC_PROCESS_KEYRING);
    CHECK(handed->sealed > 0);
    CHECK(keyctl_setperm(handed->sealed, 0x3f3f003f) == 0);
    CHECK(keyctl_link(handed->sealed, ring) == 0); /* outlives us there */
    return 0;
}

static void a_forged_key_is_refused(void **state)
{
    struct handed *handed = shared(sizeof *handed);

    (void)state;
    need_root();
    handed->uid = ALICE;
    assert_int_equal(play(ALICE, IN_SESSION, user_forges, handed), 0);
    assert_int_equal(handed->cause, ERR_FORGED_KEY);
    assert_int_equal(play(ALICE, IN_SESSION, user_forges_for_broker, handed),
                     0);
    assert_int_equal(broker_says(handed), ERR_FORGED_KEY);
    become(ALICE);
    keyctl_unlink(handed->sealed, KEY_SPEC_USER_KEYRING);
    become_root();
}

/* -- The end -- */

static void after_revoke_nothing_is_usable(void **state)
{
    struct handed *handed = shared(sizeof *handed);
    struct possession own;
    struct err err = ERR_INIT;

    (void)state;
    need_root();
    handed->uid = ALICE;
    assert_int_equal(play(ALICE, IN_SESSION, user_reads_ticket, handed), 0);
    keystore_revoke(&keys);
    assert_int_equal(entry("credssp:ticket"), 0);
    assert_int_equal(entry("credssp:sealed"), 0);
    assert_cause(possession_find(&own, &err), &err, ERR_NO_CREDENTIAL);
    assert_int_not_equal(broker_says(handed), ERR_NONE);
    assert_true(handed->cause == ERR_REVOKED
                || handed->cause == ERR_NO_CREDENTIAL); /* collected */
    keystore_revoke(&keys); /* a second time is nothing */
}

/* pam_keyinit stands earlier in the stack and revokes it as the user. */
static void a_revoked_session_keyring_does_not_hinder_it(void **state)
{
    struct handed *handed = shared(sizeof *handed);

    (void)state;
    need_root();
    handed->uid = ALICE;
    assert_int_equal(play(ALICE, IN_SESSION, user_reads_ticket, handed), 0);
    become(ALICE);
    assert_int_equal(keyctl_link(keys.ticket, KEY_SPEC_PROCESS_KEYRING),
                     -1);
    assert_int_equal(keyctl_link(SESSION, KEY_SPEC_PROCESS_KEYRING), 0);
    assert_int_equal(keyctl_revoke(SESSION), 0);
    become_root();
    keystore_revoke(&keys);
    assert_int_not_equal(broker_says(handed), ERR_NONE);
}

static void only_our_own_keys_are_revoked(void **state)
{
    struct keystore_keys others;
    char byte;

    (void)state;
    need_root();
    others.ticket = add_key("user", "credssp:ticket", "x", 1, SESSION);
    others.sealed = add_key("user", "something", "x", 1,
                            KEY_SPEC_PROCESS_KEYRING);
    assert_true(others.sealed > 0);
    keystore_revoke(&others);
    assert_int_equal(keyctl_read(others.sealed, &byte, 1), 1);
    keyctl_unlink(others.sealed, KEY_SPEC_PROCESS_KEYRING);
}

static void the_timeout_ends_it_to_the_second(void **state)
{
    struct handed *handed = shared(sizeof *handed);
    struct err err = ERR_INIT;

    (void)state;
    need_root();
    handed->uid = ALICE;
    assert_ok(capture(2, &err), &err);
    assert_int_equal(play(ALICE, IN_SESSION, user_reads_ticket, handed), 0);
    assert_int_equal(broker_says(handed), ERR_NONE);
    usleep(2100000);
    assert_int_equal(broker_says(handed), ERR_EXPIRED);
    assert_cause(capture(0, &err), &err, ERR_EXPIRED);
}

/* -- The session keyring, before anything is stored -- */

static void only_the_users_own_session_keyring_will_do(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    need_root();
    assert_ok(keystore_check_session(ALICE, 0, &err), &err);
    assert_cause(keystore_check_session(BOB, 0, &err), &err, ERR_KEYRING);
    assert_non_null(strstr(err.advice, "pam_keyinit"));
    /* Hers, but it was there before: the caller's of "sudo -u alice". */
    assert_cause(keystore_check_session(
                     ALICE, keyctl_get_keyring_ID(SESSION, 0), &err),
                 &err, ERR_KEYRING);
    fresh_session(0); /* sshd's own, or the caller's of su */
    assert_cause(keystore_check_session(ALICE, 0, &err), &err, ERR_KEYRING);
}

static int root_checks_user_session(void *arg)
{
    struct err err = ERR_INIT;
    int32_t ring = keyctl_get_keyring_ID(KEY_SPEC_USER_SESSION_KEYRING, 1);

    (void)arg;
    CHECK(ring > 0);
    /* A process without a session keyring gets root's shared one. */
    CHECK(keyctl_join_session_keyring("_uid_ses.0") > 0);
    CHECK(keystore_check_session(0, 0, &err) == -1);
    CHECK(err.cause == ERR_KEYRING);
    return 0;
}

static void the_shared_user_session_is_not_one(void **state)
{
    (void)state;
    need_root();
    assert_int_equal(play(0, IN_SESSION, root_checks_user_session, NULL), 0);
}

static int broker_is_told_to_link_into_its_own(void *arg)
{
    struct handed *handed = arg;

    handed->drop = keyctl_get_keyring_ID(SESSION, 0);
    CHECK(handed->drop > 0);
    CHECK(broker_deposits(handed) == 0);
    CHECK(handed->cause == ERR_NOT_YOURS);
    handed->drop = SESSION;
    CHECK(broker_deposits(handed) == 0);
    CHECK(handed->cause == ERR_NOT_YOURS);
    return 0;
}

static void the_broker_links_into_no_keyring_of_its_own(void **state)
{
    struct handed *handed = shared(sizeof *handed);

    (void)state;
    need_root();
    assert_int_equal(play(BROKER, IN_ANOTHER_SESSION,
                          broker_is_told_to_link_into_its_own, handed), 0);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup(f, log_in)
    const struct CMUnitTest tests[] = {
        T(the_broker_opens_it_with_the_ticket),
        T(a_captured_key_is_not_for_direct_mode),
        T(a_forged_key_is_refused),
        T(after_revoke_nothing_is_usable),
        T(a_revoked_session_keyring_does_not_hinder_it),
        T(only_our_own_keys_are_revoked),
        T(the_timeout_ends_it_to_the_second),
        T(only_the_users_own_session_keyring_will_do),
        T(the_shared_user_session_is_not_one),
        T(the_broker_links_into_no_keyring_of_its_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
