/* test_base64.c - what RFC 4648 writes, and nothing else. */
#include "unit.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "wsman/base64.h"

/* RFC 4648 section 10. */
static const char *const vectors[][2] = {
    { "", "" },
    { "f", "Zg==" },
    { "fo", "Zm8=" },
    { "foo", "Zm9v" },
    { "foob", "Zm9vYg==" },
    { "fooba", "Zm9vYmE=" },
    { "foobar", "Zm9vYmFy" },
};

static void the_vectors_of_the_rfc(void **state)
{
    unsigned char bytes[16];
    char text[16];
    size_t i, n;

    (void)state;
    for (i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        n = strlen(vectors[i][0]);
        base64_encode(vectors[i][0], n, text);
        assert_int_equal(BASE64_LEN(n), strlen(vectors[i][1]));
        assert_memory_equal(text, vectors[i][1], BASE64_LEN(n));
        assert_int_equal(base64_decode(vectors[i][1],
                                       strlen(vectors[i][1]), bytes, &n), 0);
        assert_int_equal(n, strlen(vectors[i][0]));
        assert_memory_equal(bytes, vectors[i][0], n);
    }
}

static void every_byte_comes_back_even_in_place(void **state)
{
    unsigned char all[256 * 3];
    char text[BASE64_LEN(sizeof all)];
    size_t i, len, n;

    (void)state;
    for (i = 0; i < sizeof all; i++)
        all[i] = (unsigned char)(i * 167 + i / 256);
    for (len = sizeof all - 7; len <= sizeof all; len++) {
        base64_encode(all, len, text);
        assert_int_equal(base64_decode(text, BASE64_LEN(len),
                                       (unsigned char *)text, &n), 0);
        assert_int_equal(n, len);
        assert_memory_equal(text, all, len);
    }
}

/* Long texts go through other tables; OpenSSL has its own. */
static void long_texts_are_openssls(void **state)
{
    static const size_t lengths[] = { 16383, 16384, 16385, 16386, 70000 };
    unsigned char bytes[70000], back[70000];
    char text[BASE64_LEN(70000)], theirs[BASE64_LEN(70000) + 1];
    uint32_t x = 2463534242u;
    size_t i, n;

    (void)state;
    for (i = 0; i < sizeof bytes; i++) {
        x ^= x << 13; /* xorshift32, Marsaglia 2003 */
        x ^= x >> 17;
        x ^= x << 5;
        bytes[i] = (unsigned char)(x >> 8);
    }
    for (i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        base64_encode(bytes, lengths[i], text);
        EVP_EncodeBlock((unsigned char *)theirs, bytes, (int)lengths[i]);
        assert_memory_equal(text, theirs, BASE64_LEN(lengths[i]));
        assert_int_equal(base64_decode(text, BASE64_LEN(lengths[i]), back,
                                       &n), 0);
        assert_int_equal(n, lengths[i]);
        assert_memory_equal(back, bytes, n);
    }
}

/* Wherever it stands, and whatever it is. */
static void no_byte_is_overlooked(void **state)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
        "abcdefghijklmnopqrstuvwxyz0123456789+/";
    unsigned char bytes[9];
    size_t at, n;
    int byte;

    (void)state;
    for (at = 0; at < 8; at++)
        for (byte = 1; byte < 256; byte++) {
            char text[] = "AAAAAAAAAAAA";

            text[at] = (char)byte;
            assert_int_equal(base64_decode(text, 12, bytes, &n),
                             strchr(alphabet, byte) != NULL ? 0 : -1);
        }
}

static void anything_else_is_refused(void **state)
{
    static const char *const wrong[] = {
        "Z", "Zg", "Zg=", "Zm9vY", /* cut short */
        "Zg=a", "=g==", "Z===", "====", "Zg==Zg==", /* padding elsewhere */
        "Zh==", "Zm9=", /* unused bits that are not zero: section 3.5 */
        "Zm9\n", "Zm 9", "Zm9v\r\n", /* white space */
        "Zm9-", "Zm9_", /* the other alphabet: section 5 */
        "Zm9\x80", "\xff\xff\xff\xff", "Z*9vZm9v", "Zm9vZm9\x1f",
    };
    unsigned char bytes[16];
    size_t i, n;

    (void)state;
    for (i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(base64_decode(wrong[i], strlen(wrong[i]), bytes,
                                       &n), -1);
    assert_int_equal(base64_decode("Zm\0v", 4, bytes, &n), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_vectors_of_the_rfc),
        cmocka_unit_test(every_byte_comes_back_even_in_place),
        cmocka_unit_test(long_texts_are_openssls),
        cmocka_unit_test(no_byte_is_overlooked),
        cmocka_unit_test(anything_else_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
