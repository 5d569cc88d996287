/*
 * test_keystore_replace.c - a new password in the place of the old one: the
 * keys stay, the credential is another.  Needs root.
 */
#include "login.h"

/* What the broker finds; "hunter2" is in both credentials. */
struct found {
    struct handed handed;
    struct keystore_header header;
};

static int broker_probes(void *arg)
{
    struct found *found = arg;
    struct err err = ERR_INIT;

    CHECK(keystore_probe(found->handed.sealed, ALICE, &found->header, &err)
          == 0);
    return 0;
}

static struct found *look(void)
{
    struct found *found = shared(sizeof *found);

    found->handed.uid = ALICE;
    assert_int_equal(play(ALICE, IN_SESSION, user_reads_ticket,
                          &found->handed), 0);
    assert_int_equal(broker_says(&found->handed), ERR_NONE);
    assert_int_equal(play(BROKER, IN_ANOTHER_SESSION, broker_probes, found),
                     0);
    return found;
}

static int replace(unsigned lifetime_s, struct err *err)
{
    struct cred cred;
    int r;

    fill(&cred, lifetime_s);
    memcpy(cred.session, "another session", CRED_SESSION_BYTES);
    r = keystore_replace(&cred, err);
    cred_clear(&cred);
    return r;
}

static void the_keys_stay_and_the_session_is_new(void **state)
{
    struct err err = ERR_INIT;
    struct found *before, *after;

    (void)state;
    need_root();
    before = look();
    assert_ok(replace(600, &err), &err);
    after = look();
    assert_int_equal(after->handed.sealed, before->handed.sealed);
    assert_memory_equal(after->handed.ticket, before->handed.ticket,
                        sizeof after->handed.ticket);
    assert_memory_not_equal(after->header.session, before->header.session,
                            CRED_SESSION_BYTES);
    assert_true(after->header.expires > before->header.expires);
    keystore_revoke(&keys); /* as the process that opened the session */
    assert_int_not_equal(broker_says(&after->handed), ERR_NONE);
}

static int broker_marks(void *arg)
{
    struct found *found = arg;
    struct err err = ERR_INIT;

    CHECK(keystore_mark_refused(found->handed.sealed, &found->header,
                                ERR_WRONG_PASSWORD, "", &err) == 0);
    return 0;
}

static int broker_asks(void *arg)
{
    struct found *found = arg;
    char host[KEYSTORE_HOST_MAX];
    struct err err = ERR_INIT;

    CHECK(keystore_was_refused(found->handed.sealed, found->header.session,
                               &found->handed.cause, host, &err) == 0);
    return 0;
}

static void a_mark_of_refusal_does_not_stick(void **state)
{
    struct err err = ERR_INIT;
    struct found *found;

    (void)state;
    need_root();
    found = look();
    assert_int_equal(play(BROKER, IN_ANOTHER_SESSION, broker_marks, found),
                     0);
    assert_int_equal(play(BROKER, IN_ANOTHER_SESSION, broker_asks, found),
                     0);
    assert_int_equal(found->handed.cause, ERR_WRONG_PASSWORD);
    assert_ok(replace(60, &err), &err);
    found = look();
    assert_int_equal(play(BROKER, IN_ANOTHER_SESSION, broker_asks, found),
                     0);
    assert_int_equal(found->handed.cause, ERR_NONE);
}

/* keyctl_update(3) takes the timeout away. */
static void both_keys_have_the_new_lifetime(void **state)
{
    struct err err = ERR_INIT;
    struct possession own;
    struct found *found;

    (void)state;
    need_root();
    found = look();
    assert_ok(replace(2, &err), &err);
    usleep(2100000);
    assert_int_equal(broker_says(&found->handed), ERR_EXPIRED);
    assert_cause(possession_find(&own, &err), &err, ERR_EXPIRED);
    assert_cause(replace(60, &err), &err, ERR_EXPIRED);
}

static void what_was_revoked_stays_so(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    need_root();
    keystore_revoke(&keys);
    assert_cause(replace(60, &err), &err, ERR_NO_CREDENTIAL);
    assert_int_equal(entry("credssp:sealed"), 0);
}

/* "credssp login -u OTHER" may be another account's. */
static void a_deposited_credential_is_left_alone(void **state)
{
    struct handed *handed = shared(sizeof *handed);
    struct err err = ERR_INIT;

    (void)state;
    need_root();
    deposit(handed);
    assert_cause(replace(60, &err), &err, ERR_NO_CREDENTIAL);
    assert_int_equal(broker_says(handed), ERR_NONE);
}

/* A ticket of alice's own points at a key of root's that is no credential. */
static int user_plants(void *arg)
{
    unsigned char payload[36] = { 0 };
    const int32_t target = *(int32_t *)arg;
    size_t i;

    for (i = 0; i < 4; i++)
        payload[32 + i] = (unsigned char)((uint32_t)target >> (24 - 8 * i));
    CHECK(add_key("user", "credssp:ticket", payload, sizeof payload, SESSION)
          > 0);
    return 0;
}

static void a_planted_ticket_opens_no_other_key(void **state)
{
    int32_t *target = shared(sizeof *target);
    struct err err = ERR_INIT;
    char byte = 0;

    (void)state;
    need_root();
    fresh_session(ALICE);
    *target = add_key("user", "credssp:sealed", "x", 1,
                      KEY_SPEC_PROCESS_KEYRING);
    assert_int_equal(keyctl_setperm(*target, 0x00270000), 0);
    assert_int_equal(play(ALICE, IN_SESSION, user_plants, target), 0);
    assert_cause(replace(60, &err), &err, ERR_NO_CREDENTIAL);
    assert_int_equal(keyctl_read(*target, &byte, 1), 1);
    assert_int_equal(byte, 'x');
    keyctl_unlink(*target, KEY_SPEC_PROCESS_KEYRING);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup(f, log_in)
    const struct CMUnitTest tests[] = {
        T(the_keys_stay_and_the_session_is_new),
        T(a_mark_of_refusal_does_not_stick),
        T(both_keys_have_the_new_lifetime),
        T(what_was_revoked_stays_so),
        T(a_deposited_credential_is_left_alone),
        T(a_planted_ticket_opens_no_other_key),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
