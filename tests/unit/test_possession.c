/* test_possession.c - a session's own credential, without any privilege. */
#include "session.h"

#include <time.h>

#include "credssp/keystore.h"

static void fill(struct cred *cred)
{
    struct err err = ERR_INIT;

    *cred = (struct cred){ .uid = geteuid(), .service = "credssp login",
                           .login = "alice" };
    cred->created = (int64_t)time(NULL);
    cred->expires = cred->created + 60;
    assert_ok(secret_copy("hunter2", 7, &cred->password, &err), &err);
}

/* Direct mode: the broker's part is played by the same user. */
static int32_t log_in(void)
{
    struct possession_offer offer;
    struct err err = ERR_INIT;
    struct cred cred;
    int32_t sealed = 0;

    fill(&cred);
    assert_ok(possession_offer(&offer, &err), &err);
    assert_ok(keystore_deposit(&cred, offer.ticket, offer.drop_keyring,
                               &sealed, &err), &err);
    assert_ok(possession_accept(&offer, sealed, 60, &err), &err);
    assert_null(offer.ticket);
    cred_clear(&cred);
    return sealed;
}

static void a_new_session_has_none(void **state)
{
    struct possession own;
    struct err err = ERR_INIT;

    (void)state;
    need_keyrings();
    assert_cause(possession_find(&own, &err), &err, ERR_NO_CREDENTIAL);
    assert_null(own.ticket);
    assert_cause(possession_drop(&err), &err, ERR_NO_CREDENTIAL);
}

static void login_find_use_drop(void **state)
{
    struct keystore_header header;
    struct possession own;
    struct err err = ERR_INIT;
    struct cred cred;
    int32_t sealed;

    (void)state;
    need_keyrings();
    sealed = log_in();
    assert_ok(possession_find(&own, &err), &err);
    assert_int_equal(own.sealed_serial, sealed);
    assert_int_equal(own.ticket->len, POSSESSION_TICKET_BYTES);
    assert_ok(keystore_probe(sealed, geteuid(), &header, &err), &err);
    assert_int_equal(header.user_readable, geteuid() != 0);
    assert_ok(keystore_open(sealed, own.ticket, geteuid(), &cred, &err),
              &err);
    assert_string_equal((char *)cred.password->data, "hunter2");
    cred_clear(&cred);
    possession_clear(&own);

    assert_ok(possession_drop(&err), &err);
    assert_cause(possession_find(&own, &err), &err, ERR_NO_CREDENTIAL);
    assert_int_equal(entry("credssp:drop"),
                     0);
    usleep(400000); /* the kernel collects what nothing links any more */
    assert_cause(keystore_probe(sealed, geteuid(), &header, &err), &err,
                 ERR_NO_CREDENTIAL);
}

static void a_second_login_replaces_the_first(void **state)
{
    struct keystore_header header;
    struct possession own;
    struct err err = ERR_INIT;
    int32_t first, second;

    (void)state;
    need_keyrings();
    first = log_in();
    second = log_in();
    assert_int_not_equal(first, second);
    assert_ok(possession_find(&own, &err), &err);
    assert_int_equal(own.sealed_serial, second);
    possession_clear(&own);
    usleep(400000);
    assert_cause(keystore_probe(first, geteuid(), &header, &err), &err,
                 ERR_NO_CREDENTIAL);
}

static void a_failed_login_leaves_the_older_one(void **state)
{
    struct possession_offer offer;
    struct possession own;
    struct err err = ERR_INIT;
    int32_t first;

    (void)state;
    need_keyrings();
    first = log_in();
    assert_ok(possession_offer(&offer, &err), &err);
    possession_withdraw(&offer);
    assert_null(offer.ticket);
    assert_ok(possession_offer(&offer, &err), &err);
    /* The broker names a key that it did not link. */
    assert_cause(possession_accept(&offer, first, 60, &err), &err,
                 ERR_BROKER_PROTOCOL);
    assert_null(offer.ticket);
    assert_ok(possession_find(&own, &err), &err);
    assert_int_equal(own.sealed_serial, first);
    possession_clear(&own);
}

static void only_the_brokers_key_stays_in_the_drop(void **state)
{
    struct possession_offer offer;
    struct err err = ERR_INIT;
    struct cred cred;
    int32_t sealed = 0, junk, *list = NULL;
    void *keys = NULL;

    (void)state;
    need_keyrings();
    fill(&cred);
    assert_ok(possession_offer(&offer, &err), &err);
    junk = add_key("user", "junk", "x", 1, offer.drop_keyring);
    assert_true(junk > 0);
    assert_ok(keystore_deposit(&cred, offer.ticket, offer.drop_keyring,
                               &sealed, &err), &err);
    assert_ok(possession_accept(&offer, sealed, 60, &err), &err);
    assert_int_equal(keyctl_read_alloc(entry("credssp:drop"), &keys),
                     sizeof *list);
    list = keys;
    assert_int_equal(list[0], sealed);
    free(keys);
    cred_clear(&cred);
}

static void the_ticket_dies_with_the_credential(void **state)
{
    struct possession own;
    struct err err = ERR_INIT;
    int32_t sealed;

    (void)state;
    need_keyrings();
    sealed = log_in();
    assert_int_equal(keyctl_revoke(sealed), 0);
    assert_cause(possession_find(&own, &err), &err, ERR_REVOKED);
    assert_null(own.ticket);
    sealed = log_in();
    assert_int_equal(keyctl_set_timeout(sealed, 1), 0);
    usleep(1200000);
    assert_cause(possession_find(&own, &err), &err, ERR_EXPIRED);
    assert_ok(possession_drop(&err), &err); /* what is left can still go */
    assert_int_equal(entry("credssp:ticket"), 0);
}

static void a_false_ticket_is_named(void **state)
{
    struct possession own;
    struct err err = ERR_INIT;

    (void)state;
    need_keyrings();
    assert_true(add_key("user", "credssp:ticket", "short", 5,
                        KEY_SPEC_SESSION_KEYRING) > 0);
    assert_cause(possession_find(&own, &err), &err, ERR_FORGED_KEY);
    assert_ok(possession_drop(&err), &err);
    assert_cause(possession_find(&own, &err), &err, ERR_NO_CREDENTIAL);
}

/* keyctl_search(3) would have found the ticket of the outer session. */
static void a_nested_ring_is_not_searched(void **state)
{
    struct possession own;
    struct err err = ERR_INIT;
    int32_t outer;

    (void)state;
    need_keyrings();
    log_in();
    outer = keyctl_get_keyring_ID(KEY_SPEC_SESSION_KEYRING, 0);
    assert_int_equal(keyctl_link(outer, KEY_SPEC_PROCESS_KEYRING), 0);
    assert_true(keyctl_join_session_keyring(NULL) > 0);
    assert_int_equal(keyctl_link(outer, KEY_SPEC_SESSION_KEYRING), 0);
    assert_cause(possession_find(&own, &err), &err, ERR_NO_CREDENTIAL);
    keyctl_unlink(outer, KEY_SPEC_PROCESS_KEYRING);
}

static void a_lifetime_of_nothing_is_refused(void **state)
{
    struct possession_offer offer;
    struct possession own;
    struct err err = ERR_INIT;
    struct cred cred;
    int32_t sealed = 0;

    (void)state;
    need_keyrings();
    fill(&cred);
    assert_ok(possession_offer(&offer, &err), &err);
    assert_ok(keystore_deposit(&cred, offer.ticket, offer.drop_keyring,
                               &sealed, &err), &err);
    assert_cause(possession_accept(&offer, sealed, 0, &err), &err,
                 ERR_EXPIRED);
    assert_cause(possession_find(&own, &err), &err, ERR_NO_CREDENTIAL);
    cred_clear(&cred);
}

/* As pam_keyinit(8) leaves it to those who stay. */
static void a_session_that_is_over_takes_no_credential(void **state)
{
    struct possession_offer offer;
    struct possession own;
    struct err err = ERR_INIT;

    (void)state;
    need_keyrings();
    assert_true(keyctl_join_session_keyring(NULL) > 0);
    assert_int_equal(keyctl_revoke(KEY_SPEC_SESSION_KEYRING), 0);
    assert_cause(possession_offer(&offer, &err), &err, ERR_REVOKED);
    assert_non_null(strstr(err.advice, "log in again"));
    err_clear(&err);
    assert_cause(possession_find(&own, &err), &err, ERR_REVOKED);
    assert_null(strstr(err.advice, "credssp login"));
    assert_true(keyctl_join_session_keyring(NULL) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_session_has_none),
        cmocka_unit_test(login_find_use_drop),
        cmocka_unit_test(a_second_login_replaces_the_first),
        cmocka_unit_test(a_failed_login_leaves_the_older_one),
        cmocka_unit_test(only_the_brokers_key_stays_in_the_drop),
        cmocka_unit_test(the_ticket_dies_with_the_credential),
        cmocka_unit_test(a_false_ticket_is_named),
        cmocka_unit_test(a_nested_ring_is_not_searched),
        cmocka_unit_test(a_lifetime_of_nothing_is_refused),
        cmocka_unit_test(a_session_that_is_over_takes_no_credential),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
