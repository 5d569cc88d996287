/* test_fragment.c - messages in fragments, whatever the pieces they come in. */
#include "psrp/fragment.h"

#include "unit.h"

/* What was delivered, as a story: "[" first, "]" last. */
struct story {
    char text[512];
    size_t len;
};

static int tell(void *arg, const unsigned char *p, size_t n, bool first,
                bool last, struct err *err)
{
    struct story *s = arg;

    (void)err;
    if (first)
        s->text[s->len++] = '[';
    if (n > 0)
        memcpy(s->text + s->len, p, n);
    s->len += n;
    if (last)
        s->text[s->len++] = ']';
    s->text[s->len] = '\0';
    return 0;
}

static void cut(struct buf *out, uint64_t object, const char *text,
                size_t room)
{
    struct fragmenter f;

    fragmenter_begin(&f, object, (const unsigned char *)text, strlen(text));
    while (!f.over)
        fragmenter_next(&f, room, out);
}

/* MS-PSRP 2.2.4, its table: one fragment of the message "abc". */
static void one_fragment_is_laid_out_as_specified(void **state)
{
    static const unsigned char expected[] = {
        0, 0, 0, 0, 0, 0, 0, 7,  0, 0, 0, 0, 0, 0, 0, 0,  3,  0, 0, 0, 3,
        'a', 'b', 'c'
    };
    struct buf out = BUF_INIT(1024);

    (void)state;
    cut(&out, 7, "abc", 1000);
    assert_int_equal(out.len, sizeof expected);
    assert_memory_equal(out.data, expected, sizeof expected);
    buf_free(&out);
}

static void what_is_cut_is_put_together_in_any_pieces(void **state)
{
    struct buf wire = BUF_INIT(4096);
    size_t room, piece, at;

    (void)state;
    for (room = FRAGMENT_HEADER + 1; room < FRAGMENT_HEADER + 12; room++) {
        buf_clear(&wire);
        cut(&wire, 1, "hello world", room);
        cut(&wire, 2, "", room);
        cut(&wire, 3, "bye", room);
        for (piece = 1; piece <= wire.len; piece++) {
            struct story s = { .len = 0 };
            struct defragmenter d;
            struct err err = ERR_INIT;

            defragmenter_init(&d, tell, &s);
            for (at = 0; at < wire.len; at += piece)
                assert_ok(defragmenter_feed(
                              &d, wire.data + at,
                              piece < wire.len - at ? piece : wire.len - at,
                              &err), &err);
            assert_string_equal(s.text, "[hello world][][bye]");
            assert_ok(defragmenter_done(&d, &err), &err);
        }
    }
    buf_free(&wire);
}

static void put(struct buf *out, uint64_t object, uint64_t id, uint8_t flags,
                const char *blob)
{
    buf_put_u64(out, object);
    buf_put_u64(out, id);
    buf_put_u8(out, flags);
    buf_put_string(out, blob);
}

static void refused(const struct buf *wire, enum err_cause cause,
                    const char *because)
{
    struct story s = { .len = 0 };
    struct defragmenter d;
    struct err err = ERR_INIT;

    defragmenter_init(&d, tell, &s);
    assert_cause(defragmenter_feed(&d, wire->data, wire->len, &err), &err,
                 cause);
    assert_non_null(strstr(err.text, because));
}

static void fragments_out_of_order_are_refused(void **state)
{
    static const struct {
        uint64_t object, id;
        uint8_t flags;
        const char *because;
    } second[] = {
        { 1, 2, 2, "out of order" }, { 2, 1, 2, "another message" },
        { 2, 0, 3, "within another" }, { 1, 1, 3, "contradict" },
        { 1, 0, 2, "contradict" }, { 1, 1, 0, "empty" },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof second / sizeof *second; i++) {
        struct buf wire = BUF_INIT(256);

        put(&wire, 1, 0, 1, "a");
        put(&wire, second[i].object, second[i].id, second[i].flags,
            second[i].flags == 0 ? "" : "b");
        refused(&wire, ERR_MALFORMED, second[i].because);
        buf_free(&wire);
    }
}

static void a_message_must_begin(void **state)
{
    struct buf wire = BUF_INIT(256);

    (void)state;
    put(&wire, 1, 5, 2, "a");
    refused(&wire, ERR_MALFORMED, "never began");
    buf_free(&wire);
}

static void a_fragment_has_a_maximum(void **state)
{
    struct buf wire = BUF_INIT(256);

    (void)state;
    buf_put_u64(&wire, 1);
    buf_put_u64(&wire, 0);
    buf_put_u8(&wire, 3);
    buf_put_u32(&wire, FRAGMENT_BLOB_MAX + 1);
    refused(&wire, ERR_OVERSIZED, "1048577");
    buf_free(&wire);
}

static void a_stream_that_breaks_off_is_noticed(void **state)
{
    struct buf wire = BUF_INIT(256);
    size_t n;

    (void)state;
    put(&wire, 1, 0, 1, "ab");
    put(&wire, 1, 1, 2, "cd");
    for (n = 0; n <= wire.len; n++) {
        struct story s = { .len = 0 };
        struct defragmenter d;
        struct err err = ERR_INIT;

        defragmenter_init(&d, tell, &s);
        assert_ok(defragmenter_feed(&d, wire.data, n, &err), &err);
        assert_int_equal(defragmenter_done(&d, &err),
                         n == 0 || n == wire.len ? 0 : -1);
    }
    buf_free(&wire);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_fragment_is_laid_out_as_specified),
        cmocka_unit_test(what_is_cut_is_put_together_in_any_pieces),
        cmocka_unit_test(fragments_out_of_order_are_refused),
        cmocka_unit_test(a_message_must_begin),
        cmocka_unit_test(a_fragment_has_a_maximum),
        cmocka_unit_test(a_stream_that_breaks_off_is_noticed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
