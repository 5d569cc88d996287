/* test_buf.c - bounded writing, and reading that consumes all or refuses. */
#include "unit.h"

#include "credssp/buf.h"

static void numbers_are_big_endian_and_come_back(void **state)
{
    static const unsigned char expected[] = {
        0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07,
        0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f,
        0x00, 0x00, 0x00, 0x02, 'h', 'i',
    };
    struct buf b = BUF_INIT(64);
    struct err err = ERR_INIT;
    struct reader r;
    char s[3];

    (void)state;
    buf_put_u8(&b, 0x01);
    buf_put_u16(&b, 0x0203);
    buf_put_u32(&b, 0x04050607);
    buf_put_u64(&b, 0x08090a0b0c0d0e0f);
    buf_put_string(&b, "hi");
    assert_ok(buf_ok(&b, STAGE_START, &err), &err);
    assert_int_equal(b.len, sizeof expected);
    assert_memory_equal(b.data, expected, sizeof expected);

    r = (struct reader)READER_INIT(b.data, b.len);
    assert_int_equal(reader_u8(&r), 0x01);
    assert_int_equal(reader_u16(&r), 0x0203);
    assert_int_equal(reader_u32(&r), 0x04050607);
    assert_true(reader_u64(&r) == 0x08090a0b0c0d0e0f);
    reader_string(&r, s, sizeof s);
    assert_string_equal(s, "hi");
    assert_ok(reader_done(&r, STAGE_START, "it", &err), &err);
    buf_free(&b);
}

static void the_maximum_holds_and_sticks(void **state)
{
    struct buf b = BUF_INIT(300);
    struct err err = ERR_INIT;
    int i;

    (void)state;
    for (i = 0; i < 300; i++)
        buf_put_u8(&b, 'x');
    assert_ok(buf_ok(&b, STAGE_START, &err), &err);
    buf_put_u8(&b, 'y');
    assert_int_equal(b.len, 300);
    assert_cause(buf_ok(&b, STAGE_START, &err), &err, ERR_OVERSIZED);
    buf_clear(&b);
    buf_put(&b, "abc", 3);
    assert_ok(buf_ok(&b, STAGE_START, &err), &err);
    buf_free(&b);
    assert_int_equal(b.max, 300);
}

static void what_is_expected_is_allocated_once(void **state)
{
    struct buf b = BUF_INIT(1000);
    struct err err = ERR_INIT;
    unsigned char *data;

    (void)state;
    buf_expect(&b, 600);
    data = b.data;
    assert_int_equal(b.alloc, 600);
    assert_int_equal(b.len, 0);
    assert_non_null(buf_reserve(&b, 600));
    assert_ptr_equal(b.data, data);
    buf_expect(&b, 5000); /* no more than the maximum, and no failure */
    assert_int_equal(b.alloc, 1000);
    assert_int_equal(b.len, 600);
    buf_clear_without_wipe(&b);
    assert_int_equal(b.len, 0);
    assert_int_equal(b.alloc, 1000);
    assert_ok(buf_ok(&b, STAGE_START, &err), &err);
    buf_free(&b);
}

static void printf_fits_or_grows(void **state)
{
    struct buf b = BUF_INIT(300);
    struct err err = ERR_INIT;

    (void)state;
    buf_printf(&b, "%0250d", 7); /* grows */
    assert_int_equal(b.len, 250);
    buf_printf(&b, "%s", "abc"); /* fits */
    assert_int_equal(b.len, 253);
    assert_memory_equal(b.data + 249, "7abc", 4);
    buf_printf(&b, "%046d", 8);  /* and its NUL: 300 bytes, the last ones */
    assert_ok(buf_ok(&b, STAGE_START, &err), &err);
    assert_int_equal(b.len, 299);
    buf_printf(&b, "xy");
    assert_cause(buf_ok(&b, STAGE_START, &err), &err, ERR_OVERSIZED);
    assert_int_equal(b.len, 299);
    buf_free(&b);
}

static void consume_wipes_what_falls_off(void **state)
{
    struct buf b = BUF_INIT(64);

    (void)state;
    buf_put(&b, "secretrest", 10);
    buf_consume(&b, 6);
    assert_int_equal(b.len, 4);
    assert_memory_equal(b.data, "rest\0\0\0\0\0\0", 10);
    buf_consume(&b, 99);
    assert_int_equal(b.len, 0);
    buf_free(&b);
}

static void printf_adds_no_nul(void **state)
{
    struct buf b = BUF_INIT(16);
    struct err err = ERR_INIT;

    (void)state;
    buf_printf(&b, "%s=%d", "a", 7);
    assert_int_equal(b.len, 3);
    buf_printf(&b, "%s", "far too long for it");
    assert_cause(buf_ok(&b, STAGE_START, &err), &err, ERR_OVERSIZED);
    buf_free(&b);
}

static void reader_refuses(void **state)
{
    static const unsigned char bytes[] = { 0, 0, 0, 3, 'a', 0, 'b', 'x' };
    struct err err = ERR_INIT;
    struct reader r;
    char s[8];
    size_t n;

    (void)state;
    r = (struct reader)READER_INIT(bytes, sizeof bytes);
    reader_string(&r, s, sizeof s); /* a NUL inside */
    assert_cause(reader_done(&r, STAGE_START, "it", &err), &err,
                 ERR_MALFORMED);
    r = (struct reader)READER_INIT(bytes, sizeof bytes);
    assert_non_null(reader_block(&r, 3, &n));
    assert_cause(reader_done(&r, STAGE_START, "it", &err), &err,
                 ERR_MALFORMED); /* a byte is left */
    r = (struct reader)READER_INIT(bytes, sizeof bytes);
    assert_null(reader_block(&r, 2, &n)); /* over the caller's maximum */
    assert_true(r.failed);
    r = (struct reader)READER_INIT(bytes, 6);
    assert_null(reader_block(&r, 99, &n)); /* cut short */
    assert_int_equal(reader_u8(&r), 0);
    assert_true(r.failed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_big_endian_and_come_back),
        cmocka_unit_test(the_maximum_holds_and_sticks),
        cmocka_unit_test(what_is_expected_is_allocated_once),
        cmocka_unit_test(printf_fits_or_grows),
        cmocka_unit_test(consume_wipes_what_falls_off),
        cmocka_unit_test(printf_adds_no_nul),
        cmocka_unit_test(reader_refuses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
