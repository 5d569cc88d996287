/* test_seal.c - WinRM message encryption: what we write comes back. */
#include "unit.h"

#include "sealed_ends.h"

/* Takes text from the reader and asserts that it is this one. */
static void assert_text(struct reader *r, const char *text)
{
    size_t len = strlen(text);
    const unsigned char *p = reader_bytes(r, len);

    assert_non_null(p);
    assert_memory_equal(p, text, len);
}

/* A chunk as pywinrm's test_encryption.py expects it to be. */
static void assert_chunk(struct reader *r, const char *length, size_t plain)
{
    const unsigned char *record;
    size_t sealed = 8 + plain + 16; /* RFC 5288: nonce, text, tag */

    assert_text(r, "--Encrypted Boundary\r\n"
                   "\tContent-Type: application/HTTP-CredSSP-session-"
                   "encrypted\r\n"
                   "\tOriginalContent: type=application/soap+xml;"
                   "charset=UTF-8;Length=");
    assert_text(r, length);
    assert_text(r, "\r\n--Encrypted Boundary\r\n"
                   "\tContent-Type: application/octet-stream\r\n");
    assert_memory_equal(reader_bytes(r, 4), "\x10\0\0\0", 4);
    record = reader_bytes(r, 5 + sealed);
    assert_non_null(record);
    assert_memory_equal(record, "\x17\x03\x03", 3);
    assert_int_equal(record[3] << 8 | record[4], sealed);
}

/*
 * Facts of pywinrm, winrm/tests/test_encryption.py: 40960 bytes become three
 * chunks of 16384, 16384 and 8192; of the body's 55303 bytes there 54620 are
 * the ciphertext, so 683 are framing.  19 bytes under the SPNEGO name, one
 * letter shorter than CredSSP's, have 240.
 */
static void the_framing_is_the_one_of_pywinrm(void **state)
{
    unsigned char *plain = make_plain(40960);
    const char *type = NULL;
    struct buf body = BUF_INIT(BODY_MAX);
    struct err err = ERR_INIT;
    struct ends ends;
    struct reader r;

    (void)state;
    make_ends(&ends, NULL);
    assert_ok(seal_body(ends.client, plain, 40960, &body, &type, &err), &err);
    assert_string_equal(type, MULTIPLE);
    assert_int_equal(body.len, 683 + 40960 + 3 * (5 + 8 + 16));
    r = (struct reader)READER_INIT(body.data, body.len);
    assert_chunk(&r, "16384", 16384);
    assert_chunk(&r, "16384", 16384);
    assert_chunk(&r, "8192", 8192);
    assert_text(&r, "--Encrypted Boundary--\r\n");
    assert_int_equal(r.left, 0);
    buf_clear(&body);
    assert_ok(seal_body(ends.client, "unencrypted message", 19, &body, &type,
                        &err), &err);
    assert_string_equal(type, SINGLE);
    assert_int_equal(body.len, 240 + 1 + 19 + 5 + 8 + 16);
    r = (struct reader)READER_INIT(body.data, body.len);
    assert_chunk(&r, "19", 19);
    assert_text(&r, "--Encrypted Boundary--\r\n");
    free_ends(&ends);
    buf_free(&body);
    free(plain);
}

static void every_suite_and_size_comes_back(void **state)
{
    static const char *const suites[] = {
        NULL, "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-CHACHA20-POLY1305",
        "ECDHE-RSA-AES256-SHA384", "AES128-SHA",
    };
    static const size_t sizes[] = { 1, 1316, 16383, 16384, 16385, 32768,
                                    1048576 };
    unsigned char *sent = make_plain(1048576);
    struct buf body = BUF_INIT(BODY_MAX), plain = BUF_INIT(BODY_MAX);
    char original[64];
    const char *type;
    struct err err = ERR_INIT;
    struct ends ends;
    size_t i, j;

    (void)state;
    for (i = 0; i < sizeof suites / sizeof *suites; i++) {
        make_ends(&ends, suites[i]);
        for (j = 0; j < sizeof sizes / sizeof *sizes; j++) {
            buf_clear(&body);
            buf_clear(&plain);
            assert_ok(seal_body(ends.server, sent, sizes[j], &body, &type,
                                &err), &err);
            assert_ok(seal_open(ends.client, type, body.data, body.len,
                                &plain, original, sizeof original, &err),
                      &err);
            assert_int_equal(plain.len, sizes[j]);
            assert_memory_equal(plain.data, sent, sizes[j]);
            assert_string_equal(original,
                                "application/soap+xml;charset=UTF-8");
        }
        free_ends(&ends);
    }
    buf_free(&body);
    buf_free(&plain);
    free(sent);
}

static void maxima_hold(void **state)
{
    unsigned char *sent = make_plain(40960);
    struct buf body = BUF_INIT(BODY_MAX), small = BUF_INIT(20000);
    char original[64], tiny[8];
    const char *type;
    struct err err = ERR_INIT;
    struct ends ends;

    (void)state;
    make_ends(&ends, NULL);
    assert_cause(seal_body(ends.server, sent, 40960, &small, &type, &err),
                 &err, ERR_OVERSIZED);
    assert_cause(seal_body(ends.server, sent, 0, &body, &type, &err), &err,
                 ERR_INTERNAL);
    free_ends(&ends);
    make_ends(&ends, NULL);
    buf_clear(&small);
    assert_ok(seal_body(ends.server, sent, 40960, &body, &type, &err), &err);
    assert_cause(seal_open(ends.client, type, body.data, body.len, &small,
                           original, sizeof original, &err),
                 &err, ERR_OVERSIZED);
    free_ends(&ends);
    make_ends(&ends, NULL);
    buf_clear(&body);
    buf_clear(&small);
    assert_ok(seal_body(ends.server, sent, 10, &body, &type, &err), &err);
    assert_cause(seal_open(ends.client, type, body.data, body.len, &small,
                           tiny, sizeof tiny, &err), &err, ERR_OVERSIZED);
    free_ends(&ends);
    buf_free(&body);
    buf_free(&small);
    free(sent);
}

#define MARK_BYTES 24

/* The mark is told by its complement, so that no copy of it is ours. */
static bool region_has_mark(const unsigned char *p, const unsigned char *end)
{
    size_t i;

    for (; end - p >= MARK_BYTES; p++) {
        for (i = 0; i < MARK_BYTES && p[i] == 0xff - 3 * i; i++)
            continue;
        if (i == MARK_BYTES)
            return true;
    }
    return false;
}

/* Does the heap hold it?  proc(5), /proc/PID/maps. */
static bool heap_has_mark(void)
{
    FILE *maps = fopen("/proc/self/maps", "r");
    unsigned long first, end;
    char line[512];
    bool found = false;

    assert_non_null(maps);
    while (!found && fgets(line, sizeof line, maps) != NULL)
        if (strstr(line, "[heap]") != NULL
            && sscanf(line, "%lx-%lx rw", &first, &end) == 2)
            found = region_has_mark((const unsigned char *)first,
                                    (const unsigned char *)end);
    fclose(maps);
    return found;
}

/* What OpenSSL, which decrypts in a buffer of its own, leaves behind. */
static void no_plaintext_stays(void **state)
{
    struct buf body = BUF_INIT(BODY_MAX), plain = BUF_INIT(BODY_MAX);
    char original[64];
    const char *type;
    struct err err = ERR_INIT;
    struct ends ends;
    size_t i;

    (void)state;
    for (i = 0; i < 20000; i++)
        buf_put_u8(&plain, (uint8_t)(0xff - 3 * (i % MARK_BYTES)));
    if (!heap_has_mark()) {
        buf_free(&plain);
        skip(); /* a sanitizer's allocator keeps its blocks elsewhere */
    }
    make_ends(&ends, NULL);
    assert_ok(seal_body(ends.server, plain.data, plain.len, &body, &type,
                        &err), &err);
    buf_free(&plain);
    assert_false(heap_has_mark());
    assert_ok(seal_open(ends.client, type, body.data, body.len, &plain,
                        original, sizeof original, &err), &err);
    assert_true(heap_has_mark());
    buf_free(&plain);
    assert_false(heap_has_mark());
    free_ends(&ends);
    buf_free(&body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_framing_is_the_one_of_pywinrm),
        cmocka_unit_test(every_suite_and_size_comes_back),
        cmocka_unit_test(maxima_hold),
        cmocka_unit_test(no_plaintext_stays),
    };

    return cmocka_run_group_tests(tests, make_keys, free_keys);
}
