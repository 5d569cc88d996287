/* test_binding.c - the public key binding, against published vectors. */
#include "unit.h"

#include "auth/binding.h"

struct row {
    int version;
    enum binding_sender sender;
    const char *bytes;
    size_t len;
};

/*
 * pyspnego 0.12, tests/test_credssp.py, test_pub_key_auth: key 00 01, and
 * nonce 00 00 for the hashes.
 */
static const struct row rows[] = {
    { 2, BINDING_INITIATOR, "\x00\x01", 2 },
    { 4, BINDING_INITIATOR, "\x00\x01", 2 },
    { 3, BINDING_ACCEPTOR, "\x01\x01", 2 },
    { 5, BINDING_INITIATOR,
      "\x45\x90\xc2\x6c\x83\x7d\xac\xdf\x3d\xa8\xfa\xe5\x78\x26\x4d\x9e"
      "\x45\x48\x6a\xfc\x39\x51\xf2\x1e\xf3\x57\x06\x4c\xd5\x5f\xbb\xb5",
      32 },
    { 6, BINDING_ACCEPTOR,
      "\xcd\xf4\xff\xee\x6c\xb6\x39\x5e\x5b\x69\x2c\x2d\xa3\x97\x38\x6f"
      "\x6a\x1e\xab\x2d\x3a\x62\x71\x81\x6a\x04\xc7\xa2\x91\x4d\x33\x3f",
      32 },
};

static void vectors(void **state)
{
    struct buf key = BUF_INIT(16), out = BUF_INIT(BINDING_MAX);
    struct binding binding = { .key = &key, .nonce = "\0", .nonce_len = 2 };
    struct err err = ERR_INIT;
    size_t i;

    (void)state;
    buf_put(&key, "\x00\x01", 2);
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        binding.version = rows[i].version;
        buf_clear(&out);
        assert_ok(binding_make(&binding, rows[i].sender, &out, &err), &err);
        assert_int_equal(out.len, rows[i].len);
        assert_memory_equal(out.data, rows[i].bytes, rows[i].len);
        assert_ok(binding_check(&binding, rows[i].sender, &out, &err), &err);
    }
    buf_free(&key);
    buf_free(&out);
}

static void the_first_byte_wraps_around(void **state)
{
    struct buf key = BUF_INIT(16), out = BUF_INIT(BINDING_MAX);
    struct binding binding = { .version = 4, .key = &key };
    struct err err = ERR_INIT;

    (void)state;
    buf_put(&key, "\xff\x07", 2);
    assert_ok(binding_make(&binding, BINDING_ACCEPTOR, &out, &err), &err);
    assert_memory_equal(out.data, "\x00\x07", 2);
    buf_free(&key);
    buf_free(&out);
}

/* Reflecting the initiator's own half must not pass for the host's. */
static void a_reflected_half_is_refused(void **state)
{
    struct buf key = BUF_INIT(16), out = BUF_INIT(BINDING_MAX);
    struct binding binding = { .key = &key, .nonce = "n", .nonce_len = 1 };
    struct err err = ERR_INIT;
    int version;

    (void)state;
    buf_put(&key, "key", 3);
    for (version = 2; version <= 6; version++) {
        binding.version = version;
        buf_clear(&out);
        assert_ok(binding_make(&binding, BINDING_INITIATOR, &out, &err),
                  &err);
        assert_cause(binding_check(&binding, BINDING_ACCEPTOR, &out, &err),
                     &err, ERR_BINDING);
    }
    buf_free(&key);
    buf_free(&out);
}

static void shorter_longer_and_other_ones_are_refused(void **state)
{
    struct buf key = BUF_INIT(16), out = BUF_INIT(BINDING_MAX);
    struct binding binding = { .version = 6, .key = &key, .nonce = "n",
                               .nonce_len = 1 };
    struct err err = ERR_INIT;

    (void)state;
    buf_put(&key, "key", 3);
    assert_cause(binding_check(&binding, BINDING_ACCEPTOR, &out, &err), &err,
                 ERR_BINDING); /* nothing at all */
    assert_ok(binding_make(&binding, BINDING_ACCEPTOR, &out, &err), &err);
    out.len--;
    assert_cause(binding_check(&binding, BINDING_ACCEPTOR, &out, &err), &err,
                 ERR_BINDING);
    out.len++;
    out.data[31] ^= 1;
    assert_cause(binding_check(&binding, BINDING_ACCEPTOR, &out, &err), &err,
                 ERR_BINDING);
    out.data[31] ^= 1;
    assert_ok(binding_check(&binding, BINDING_ACCEPTOR, &out, &err), &err);
    buf_put_u8(&out, 0);
    assert_cause(binding_check(&binding, BINDING_ACCEPTOR, &out, &err), &err,
                 ERR_BINDING);
    buf_free(&key);
    buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors),
        cmocka_unit_test(the_first_byte_wraps_around),
        cmocka_unit_test(a_reflected_half_is_refused),
        cmocka_unit_test(shorter_longer_and_other_ones_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
