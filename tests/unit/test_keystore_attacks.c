/*
 * test_keystore_attacks.c - what the user can do to the keys of his session,
 * from inside it and outside, as the kernel answers him.  Needs root.
 */
#include "login.h"

/* -- What the user may do with the sealed key: one row for each call -- */

static long try_read(int32_t key)
{
    char payload[512];

    return keyctl_read(key, payload, sizeof payload);
}

static long try_describe(int32_t key)
{
    char text[256];

    return keyctl_describe(key, text, sizeof text);
}

static long try_search(int32_t key)
{
    (void)key;
    return keyctl_search(SESSION, "user", "credssp:sealed", 0);
}

static long try_request(int32_t key)
{
    (void)key;
    return request_key("user", "credssp:sealed", NULL, SESSION);
}

static long try_link(int32_t key)
{
    return keyctl_link(key, KEY_SPEC_PROCESS_KEYRING);
}

static long try_move(int32_t key)
{
    return keyctl_move(key, SESSION, KEY_SPEC_PROCESS_KEYRING, 0);
}

static long try_setperm(int32_t key)
{
    return keyctl_setperm(key, KEY_POS_ALL | KEY_USR_ALL);
}

static long try_chown(int32_t key)
{
    return keyctl_chown(key, ALICE, (gid_t)-1);
}

static long try_timeout(int32_t key)
{
    return keyctl_set_timeout(key, 0);
}

static long try_update(int32_t key)
{
    return keyctl_update(key, "mine", 4);
}

static long try_revoke(int32_t key)
{
    return keyctl_revoke(key);
}

static long try_invalidate(int32_t key)
{
    return keyctl_invalidate(key);
}

static long try_security(int32_t key)
{
    char label[64];

    return keyctl_get_security(key, label, sizeof label);
}

struct attack {
    const char *name;
    long (*try)(int32_t key);
    int sealed_in;  /* errno for the sealed key, from inside the session */
    int sealed_out; /* from another session of the same user */
    int ticket_in;  /* 0: it is for the session's own processes */
    int ticket_out;
};

static const struct attack attacks[] = {
    { "read", try_read, EACCES, EACCES, 0, EACCES },
    { "describe", try_describe, EACCES, EACCES, 0, EACCES },
    /* keyctl_get_security(3) looks for a request_key(2) in progress too. */
    { "security", try_security, ENOKEY, ENOKEY, 0, ENOKEY },
    { "search", try_search, EACCES, ENOKEY, EACCES, ENOKEY },
    { "request", try_request, EACCES, ENOKEY, EACCES, ENOKEY },
    { "link", try_link, EACCES, EACCES, EACCES, EACCES },
    { "move", try_move, EACCES, EACCES, EACCES, EACCES },
    { "setperm", try_setperm, EACCES, EACCES, EACCES, EACCES },
    { "chown", try_chown, EACCES, EACCES, EACCES, EACCES },
    { "set_timeout", try_timeout, EACCES, EACCES, EACCES, EACCES },
    { "update", try_update, EACCES, EACCES, EACCES, EACCES },
    { "revoke", try_revoke, EACCES, EACCES, EACCES, EACCES },
    { "invalidate", try_invalidate, EACCES, EACCES, 0, EACCES },
};

static int answer(const struct attack *attack, int32_t key, const char *what,
                  int expected)
{
    int got = attack->try(key) < 0 ? errno : 0;

    if (got == expected)
        return 0;
    fprintf(stderr, "%s of the %s key: %s, expected %s\n", attack->name,
            what, strerror(got), strerror(expected));
    return 1;
}

/* arg: whether the process possesses the session keyring. */
static int attack_all(void *arg)
{
    const bool inside = *(const bool *)arg;
    int wrong = 0;
    size_t i;

    for (i = 0; i < sizeof attacks / sizeof *attacks; i++) {
        const struct attack *a = &attacks[i];

        wrong |= answer(a, keys.sealed, "sealed",
                        inside ? a->sealed_in : a->sealed_out);
        wrong |= answer(a, keys.ticket, "ticket",
                        inside ? a->ticket_in : a->ticket_out);
    }
    return wrong;
}

static void the_user_can_do_nothing_with_the_sealed_key(void **state)
{
    bool inside = true;

    (void)state;
    need_root();
    assert_int_equal(play(ALICE, IN_SESSION, attack_all, &inside), 0);
}

static void another_session_can_do_nothing_with_either(void **state)
{
    bool inside = false;

    (void)state;
    need_root();
    assert_int_equal(play(ALICE, IN_ANOTHER_SESSION, attack_all, &inside),
                     0);
    assert_int_equal(play(BOB, IN_ANOTHER_SESSION, attack_all, &inside), 0);
}

static void planted_keys_are_displaced(void **state)
{
    struct err err = ERR_INIT;
    char payload[64];
    int32_t planted;

    (void)state;
    need_root();
    fresh_session(ALICE);
    become(ALICE);
    planted = add_key("user", "credssp:sealed", "mine", 4, SESSION);
    assert_true(planted > 0);
    assert_true(add_key("user", "credssp:ticket", "mine", 4, SESSION) > 0);
    assert_int_equal(keyctl_setperm(planted, 0x3f3f3f3f), 0);
    assert_int_equal(keyctl_link(planted, KEY_SPEC_PROCESS_KEYRING), 0);
    become_root();
    assert_ok(capture(60, &err), &err);
    assert_int_equal(entry("credssp:sealed"), keys.sealed);
    assert_int_equal(entry("credssp:ticket"), keys.ticket);
    become(ALICE);
    assert_int_equal(keyctl_read(planted, payload, sizeof payload), 4);
    assert_memory_equal(payload, "mine", 4);
    keyctl_unlink(planted, KEY_SPEC_PROCESS_KEYRING);
    become_root();
}

/* Each has a user of his own: the kernel gives quota back when it likes. */
#define KEYS_FULL 40111
#define BYTES_FULL 40112

/* Keys are counted to root; only their links cost the user a few bytes. */
static void a_full_quota_of_keys_does_not_matter(void **state)
{
    struct err err = ERR_INIT;
    char name[32];
    int n = 0;

    (void)state;
    need_root();
    fresh_session(KEYS_FULL);
    become(KEYS_FULL);
    do {
        snprintf(name, sizeof name, "filler:%d", n);
    } while (n++ < 100000 && add_key("user", name, "x", 1, SESSION) > 0);
    assert_int_equal(errno, EDQUOT);
    become_root();
    assert_ok(capture(60, &err), &err);
}

/* Down to less than the two links of 4 bytes: the second fails at least. */
static void fill_bytes(void)
{
    static const char zeros[512];
    char name[32];
    size_t size;
    int n = 0;

    for (size = sizeof zeros; size > 0; size /= 2)
        do {
            snprintf(name, sizeof name, "filler:%d", n);
        } while (n++ < 100000 && add_key("user", name, zeros, size,
                                         SESSION) > 0);
    for (n = 'a'; n <= 'z'; n++) {
        snprintf(name, sizeof name, "%c", n);
        if (add_key("user", name, "x", 1, SESSION) < 0)
            break;
    }
    assert_int_equal(errno, EDQUOT);
}

static void a_full_quota_of_bytes_fails_cleanly(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    need_root();
    fresh_session(BYTES_FULL);
    become(BYTES_FULL);
    fill_bytes();
    become_root();
    assert_cause(capture(60, &err), &err, ERR_KEYRING);
    assert_int_equal(err.code, EDQUOT);
    assert_non_null(strstr(err.advice, "quota"));
    assert_int_equal(entry("credssp:sealed"), 0);
    assert_int_equal(entry("credssp:ticket"), 0);
    assert_int_equal(keys.sealed, 0);
}

static void a_deposited_key_is_as_closed_as_a_captured_one(void **state)
{
    struct handed *handed = shared(sizeof *handed);
    bool inside = true;

    (void)state;
    need_root();
    deposit(handed);
    assert_int_equal(entry("credssp:sealed"), 0); /* the older one went */
    assert_int_equal(play(ALICE, IN_SESSION, user_reads_ticket, handed), 0);
    assert_int_equal(broker_says(handed), ERR_NONE);
    assert_int_equal(play(ALICE, IN_SESSION, attack_all, &inside), 0);
}

static void a_deposited_ticket_is_of_this_session_alone(void **state)
{
    struct handed *handed = shared(sizeof *handed);
    bool inside = false;

    (void)state;
    need_root();
    deposit(handed);
    assert_int_equal(play(ALICE, IN_ANOTHER_SESSION, attack_all, &inside),
                     0);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup(f, log_in)
    const struct CMUnitTest tests[] = {
        T(the_user_can_do_nothing_with_the_sealed_key),
        T(another_session_can_do_nothing_with_either),
        T(planted_keys_are_displaced),
        T(a_full_quota_of_keys_does_not_matter),
        T(a_full_quota_of_bytes_fails_cleanly),
        T(a_deposited_key_is_as_closed_as_a_captured_one),
        T(a_deposited_ticket_is_of_this_session_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
