/* test_keyring.c - keyctl(2) with our errors, and keys made out of sight. */
#include "session.h"

#include "base/keyring.h"

#define PERM_OWN 0x3f3f0000u
#define PERM_OWN_READ 0x0b000000u

static struct keyring_install plan(const char *description)
{
    return (struct keyring_install){
        .description = description,
        .ring = KEYRING_SESSION,
        .timeout_s = 60,
        .perm_open = 0x3b000000u,
        .perm = PERM_OWN_READ,
        .owner = geteuid(),
    };
}

static int32_t plain_key(const char *description)
{
    int32_t key = add_key("user", description, "x", 1,
                          KEY_SPEC_SESSION_KEYRING);

    assert_true(key > 0);
    assert_int_equal(keyctl_setperm(key, PERM_OWN), 0);
    return key;
}

static void a_key_is_described_and_read(void **state)
{
    struct keyring_install how = plan("credssp:test");
    struct secret *payload = NULL;
    struct keyring_key is;
    struct err err = ERR_INIT;
    int32_t key;

    (void)state;
    need_keyrings();
    assert_ok(keyring_install(&how, "payload", 7, &key, &err), &err);
    assert_ok(keyring_describe(key, &is, &err), &err);
    assert_string_equal(is.type, "user");
    assert_string_equal(is.description, "credssp:test");
    assert_int_equal(is.uid, geteuid());
    assert_int_equal(is.perm, PERM_OWN_READ);
    assert_ok(keyring_read(key, 7, &payload, &err), &err);
    assert_string_equal((char *)payload->data, "payload");
    secret_free(&payload);
    assert_cause(keyring_read(key, 6, &payload, &err), &err, ERR_FORGED_KEY);
    assert_null(payload);
}

static void dead_keys_say_how_they_died(void **state)
{
    struct keyring_key is;
    struct err err = ERR_INIT;
    int32_t key;

    (void)state;
    need_keyrings();
    key = plain_key("credssp:revoked");
    assert_int_equal(keyctl_revoke(key), 0);
    assert_cause(keyring_describe(key, &is, &err), &err, ERR_REVOKED);
    key = plain_key("credssp:expired");
    assert_int_equal(keyctl_set_timeout(key, 1), 0);
    usleep(1200000);
    assert_cause(keyring_describe(key, &is, &err), &err, ERR_EXPIRED);
    key = plain_key("credssp:invalidated");
    assert_int_equal(keyctl_invalidate(key), 0);
    assert_cause(keyring_describe(key, &is, &err), &err, ERR_NO_CREDENTIAL);
    assert_int_equal(err.code, ENOKEY);
    key = plain_key("credssp:closed");
    assert_int_equal(keyctl_setperm(key, 0x00200000), 0);
    assert_cause(keyring_describe(key, &is, &err), &err, ERR_NOT_YOURS);
}

static void a_foreign_description_is_not_cut_to_ours(void **state)
{
    char longer[300] = KEY_TICKET;
    struct keyring_key is;
    struct err err = ERR_INIT;

    (void)state;
    need_keyrings();
    memset(longer + strlen(longer), 'x', 60);
    assert_cause(keyring_describe(plain_key(longer), &is, &err), &err,
                 ERR_FORGED_KEY);
    memset(longer, 'x', sizeof longer - 1);
    assert_cause(keyring_describe(plain_key(longer), &is, &err), &err,
                 ERR_FORGED_KEY);
    assert_ok(keyring_describe(plain_key("a;b"), &is, &err), &err);
    assert_string_equal(is.description, "a;b");
}

/* add_key(2) would have updated the planted key, rights and all. */
static void a_planted_key_is_displaced(void **state)
{
    struct keyring_install how = plan("credssp:test");
    struct err err = ERR_INIT;
    int32_t planted, key;
    char byte[8];

    (void)state;
    need_keyrings();
    planted = plain_key("credssp:test");
    assert_ok(keyring_install(&how, "secret", 6, &key, &err), &err);
    assert_int_not_equal(key, planted);
    assert_int_equal(entry("credssp:test"), key);
    assert_true(keyctl_read(planted, byte, sizeof byte) <= 1);
}

static void a_failure_leaves_nothing(void **state)
{
    struct keyring_install how = plan("credssp:test");
    struct err err = ERR_INIT;
    int32_t key = 0;
    void *list = NULL;

    (void)state;
    need_keyrings();
    how.timeout_s = 0; /* would never expire */
    assert_cause(keyring_install(&how, "x", 1, &key, &err), &err,
                 ERR_EXPIRED);
    how = plan("credssp:test");
    how.owner = geteuid() + 1; /* found with another owner in the end */
    assert_cause(keyring_install(&how, "x", 1, &key, &err), &err,
                 ERR_FORGED_KEY);
    assert_int_equal(key, 0);
    assert_int_equal(entry("credssp:test"), 0);
    assert_int_equal(keyctl_read_alloc(KEY_SPEC_THREAD_KEYRING, &list), 0);
    free(list);
    assert_int_equal(keyctl_restrict_keyring(KEY_SPEC_SESSION_KEYRING, NULL,
                                             NULL), 0);
    how = plan("credssp:test");
    assert_cause(keyring_install(&how, "x", 1, &key, &err), &err,
                 ERR_KEYRING);
    assert_non_null(strstr(err.advice, "restricted"));
    assert_int_equal(keyctl_read_alloc(KEY_SPEC_THREAD_KEYRING, &list), 0);
    free(list);
}

static void a_ring_is_listed(void **state)
{
    int32_t *keys = NULL, ring = 0, a, b;
    struct err err = ERR_INIT;
    size_t n = 7;

    (void)state;
    need_keyrings();
    assert_ok(keyring_new("credssp:ring", KEYRING_SESSION, 0x3f010000u,
                          &ring, &err), &err);
    assert_ok(keyring_list(ring, &keys, &n, &err), &err);
    assert_int_equal(n, 0);
    free(keys);
    a = plain_key("a");
    b = plain_key("b");
    assert_ok(keyring_link(a, ring, &err), &err);
    assert_ok(keyring_link(b, ring, &err), &err);
    assert_ok(keyring_unlink(a, ring, &err), &err);
    assert_ok(keyring_list(ring, &keys, &n, &err), &err);
    assert_int_equal(n, 1);
    assert_int_equal(keys[0], b);
    free(keys);
    assert_cause(keyring_unlink(a, ring, &err), &err, ERR_KEYRING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_is_described_and_read),
        cmocka_unit_test(dead_keys_say_how_they_died),
        cmocka_unit_test(a_foreign_description_is_not_cut_to_ours),
        cmocka_unit_test(a_planted_key_is_displaced),
        cmocka_unit_test(a_failure_leaves_nothing),
        cmocka_unit_test(a_ring_is_listed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
