/* test_release.c - a credential goes into the kernel's keyring and comes out
 * for the one call that needs it.  As the user, in a session of its own. */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <linux/keyctl.h>
#include <unistd.h>

#include "broker/bounds.h"
#include "broker/release.h"
#include "credssp/keystore.h"
#include "credssp/possession.h"

#define PASSWORD "Correct-Horse-7"

/* A deposited credential, and what opens it. */
struct kept_key {
    struct possession_offer offer;
    struct release_deposited deposited;
    struct release_source source;
};

static int make_secret(const char *text, struct secret **secret)
{
    struct err err = ERR_INIT;

    return secret_copy(text, strlen(text), secret, &err);
}

static int deposit(struct kept_key *key, const char *login,
                   const char *password, struct err *err)
{
    struct release_deposit request = {
        .uid = getuid(), .login = login, .domain = "CORP",
        .realm = "CORP.EXAMPLE.COM", .lifetime_s = 600,
    };
    int result;

    assert_ok(possession_offer(&key->offer, err), err);
    assert_int_equal(make_secret(password, &request.password), 0);
    request.ticket = key->offer.ticket;
    request.drop_keyring = key->offer.drop_keyring;
    result = release_deposit(&request, &key->deposited, err);
    assert_null(request.password); /* wiped, whatever came of it */
    key->source = (struct release_source){
        .sealed = key->deposited.sealed, .uid = getuid(),
        .ticket = key->offer.ticket, .domain = "CORP",
        .realm = "CORP.EXAMPLE.COM",
    };
    return result;
}

/* Into a keyring of its own, as another session has one. */
static int deposit_in(long ring, struct err *err)
{
    struct release_deposited deposited;
    struct secret *ticket = NULL;
    struct release_deposit request = {
        .uid = getuid(), .login = "alice", .domain = "CORP",
        .realm = "CORP.EXAMPLE.COM", .lifetime_s = 600,
        .drop_keyring = (int32_t)ring,
    };
    int result;

    assert_int_equal(make_secret(PASSWORD, &request.password), 0);
    assert_int_equal(make_secret("0123456789abcdef0123456789abcdef",
                                 &ticket), 0);
    request.ticket = ticket;
    result = release_deposit(&request, &deposited, err);
    secret_free(&ticket);
    return result;
}

static void withdraw(struct kept_key *key)
{
    possession_withdraw(&key->offer);
}

static void what_is_deposited_can_be_opened_with_its_ticket(void **state)
{
    struct kept_key key = { 0 };
    struct release_facts facts;
    struct cred_names names;
    struct err err = ERR_INIT;

    (void)state;
    assert_ok(deposit(&key, "alice", PASSWORD, &err), &err);
    assert_ok(release_probe(&key.source, &err), &err);
    assert_ok(release_inspect(&key.source, &facts, &err), &err);
    assert_memory_equal(facts.session, key.deposited.session,
                        sizeof facts.session);
    assert_string_equal(facts.service, "credssp login");
    assert_int_equal(facts.expires - facts.created, 600);
    assert_ok(release_names(&key.source, &names, &err), &err);
    assert_string_equal(names.principal, "alice@CORP.EXAMPLE.COM");
    assert_string_equal(names.domain, "CORP");
    assert_string_equal(names.user, "alice");
    withdraw(&key);
}

static void the_delegated_identity_carries_the_password(void **state)
{
    struct ts_delegated identity = { .password = NULL };
    struct kept_key key = { 0 };
    struct err err = ERR_INIT;

    (void)state;
    assert_ok(deposit(&key, "OTHER\\bob", PASSWORD, &err), &err);
    assert_ok(release_delegated(&key.source, &identity, &err), &err);
    assert_string_equal(identity.domain, "OTHER");
    assert_string_equal(identity.user, "bob");
    assert_int_equal(identity.password->len, strlen(PASSWORD));
    assert_memory_equal(identity.password->data, PASSWORD, strlen(PASSWORD));
    secret_free(&identity.password);
    withdraw(&key);
}

static void another_ticket_uid_or_session_opens_nothing(void **state)
{
    static const unsigned char other_session[CRED_SESSION_BYTES] = { 1 };
    struct ts_delegated identity = { .password = NULL };
    struct secret *other_ticket = NULL;
    struct release_source source;
    struct kept_key key = { 0 };
    struct err err = ERR_INIT;

    (void)state;
    assert_ok(deposit(&key, "alice", PASSWORD, &err), &err);
    assert_ok(secret_new(POSSESSION_TICKET_BYTES, &other_ticket, &err), &err);
    source = key.source;
    source.ticket = other_ticket;
    assert_cause(release_delegated(&source, &identity, &err), &err,
                 ERR_NOT_YOURS);
    source = key.source;
    source.uid = getuid() + 1;
    assert_cause(release_delegated(&source, &identity, &err), &err,
                 ERR_NOT_YOURS);
    source = key.source;
    source.session = other_session;
    assert_cause(release_delegated(&source, &identity, &err), &err,
                 ERR_KEY_REPLACED);
    assert_cause(release_probe(&source, &err), &err, ERR_KEY_REPLACED);
    assert_null(identity.password);
    secret_free(&other_ticket);
    withdraw(&key);
}

static void a_key_that_is_gone_is_noticed(void **state)
{
    struct kept_key key = { 0 };
    struct err err = ERR_INIT;

    (void)state;
    assert_ok(deposit(&key, "alice", PASSWORD, &err), &err);
    withdraw(&key); /* the keyring was its only link */
    usleep(400000); /* notes: ENOKEY within 0.3 s */
    assert_int_equal(release_probe(&key.source, &err), -1);
    assert_true(err.cause == ERR_NO_CREDENTIAL || err.cause == ERR_REVOKED);
}

/* A new password is a new key, and nobody has refused that one. */
static void a_refusal_is_of_one_key(void **state)
{
    struct kept_key key = { 0 }, next = { 0 };
    struct err err = ERR_INIT;
    const struct release_refusal refused = { .why = ERR_WRONG_PASSWORD,
                                             .host = "win1.example.com" };
    struct release_refusal why = { .why = ERR_INTERNAL };

    (void)state;
    assert_ok(deposit(&key, "alice", PASSWORD, &err), &err);
    key.source.session = key.deposited.session;
    assert_ok(release_was_refused(&key.source, &why, &err), &err);
    assert_int_equal(why.why, ERR_NONE);
    assert_ok(release_mark_refused(&key.source, &refused, &err),
              &err);
    assert_ok(release_was_refused(&key.source, &why, &err), &err);
    assert_int_equal(why.why, ERR_WRONG_PASSWORD);
    assert_string_equal(why.host, refused.host);
    assert_ok(deposit(&next, "alice", PASSWORD, &err), &err);
    next.source.session = next.deposited.session;
    assert_ok(release_was_refused(&next.source, &why, &err), &err);
    assert_int_equal(why.why, ERR_NONE);
    withdraw(&next);
    withdraw(&key);
    usleep(400000);
    release_sweep_refused();
    assert_ok(release_was_refused(&key.source, &why, &err), &err);
    assert_int_equal(why.why, ERR_NONE);
}

struct bad_login {
    const char *login, *password;
};

static void what_cannot_be_used_is_not_stored(void **state)
{
    static const struct bad_login bad[] = {
        { "alice", "" },
        { "alice", "\b\n\r\177INCORRECT" }, /* sshd's, for unknown users */
        { "CORP\\", PASSWORD },
        { "", PASSWORD },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct kept_key key = { 0 };
        struct err err = ERR_INIT;

        assert_cause(deposit(&key, bad[i].login, bad[i].password, &err),
                     &err, ERR_USAGE);
        withdraw(&key);
    }
}

static void kerberos_needs_a_realm(void **state)
{
    struct kerberos *kerberos = NULL;
    struct kept_key key = { 0 };
    struct err err = ERR_INIT;

    (void)state;
    assert_ok(deposit(&key, "alice", PASSWORD, &err), &err);
    key.source.realm = "";
    assert_cause(release_kerberos(&key.source, &kerberos, &err), &err,
                 ERR_KERBEROS);
    assert_non_null(strstr(err.advice, "set Realm"));
    withdraw(&key);
}

/* keyctl(2): the tests' keys go with this process.  Containers often forbid
 * it; 77 is automake's word for "skipped". */
static int own_session(void **state)
{
    (void)state;
    if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) >= 0)
        return 0;
    print_message("skipped: no session keyring here: %s\n",
                  strerror(errno));
    exit(77);
}

/* The account's quota is one for all users of the machine. */
static void one_user_cannot_have_the_quota(void **state)
{
    long rings[LIMIT_DEPOSITS_PER_UID + 1];
    struct err err = ERR_INIT;
    char name[32];
    size_t i, n;

    (void)state;
    for (n = 0; n < LIMIT_DEPOSITS_PER_UID + 1; n++) {
        snprintf(name, sizeof name, "test:session:%zu", n);
        rings[n] = syscall(SYS_add_key, "keyring", name, NULL, 0,
                           KEY_SPEC_SESSION_KEYRING);
        assert_true(rings[n] > 0);
        if (deposit_in(rings[n], &err) != 0)
            break;
    }
    /* Fewer when other sessions of this user have some. */
    assert_in_range(n, 1, LIMIT_DEPOSITS_PER_UID);
    assert_int_equal(err.cause, ERR_BROKER_BUSY);
    for (i = 0; i < n; i++)
        assert_int_equal(syscall(SYS_keyctl, KEYCTL_CLEAR, rings[i]), 0);
    err_clear(&err);
    /* The kernel collects keys a moment after their last link. */
    for (i = 0; i < 500 && keystore_count_deposited(getuid()) >= n; i++)
        usleep(10000);
    assert_ok(deposit_in(rings[1], &err), &err);
    for (i = 0; i <= n && i < LIMIT_DEPOSITS_PER_UID + 1; i++)
        assert_int_equal(syscall(SYS_keyctl, KEYCTL_UNLINK, rings[i],
                                 KEY_SPEC_SESSION_KEYRING), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_deposited_can_be_opened_with_its_ticket),
        cmocka_unit_test(the_delegated_identity_carries_the_password),
        cmocka_unit_test(another_ticket_uid_or_session_opens_nothing),
        cmocka_unit_test(a_key_that_is_gone_is_noticed),
        cmocka_unit_test(a_refusal_is_of_one_key),
        cmocka_unit_test(what_cannot_be_used_is_not_stored),
        cmocka_unit_test(kerberos_needs_a_realm),
        cmocka_unit_test(one_user_cannot_have_the_quota),
    };

    return cmocka_run_group_tests(tests, own_session, NULL);
}
