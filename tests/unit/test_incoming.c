/* test_incoming.c - fragments become messages with values. */
#include "unit.h"

#include <stdio.h>

#include "psrp/incoming.h"
#include "psrp_host.h"

static const struct guid pool = { { 1, 2, 3 } }, pipeline = { { 4, 5, 6 } };

struct seen {
    unsigned messages;
    uint32_t types[8];
    char text[256];           /* of the last value; what was streamed */
    size_t streamed;
    bool no_value;
};

static int take(void *arg, const struct incoming_message *message,
                struct err *err)
{
    struct seen *seen = arg;

    (void)err;
    assert_true(seen->messages < 8);
    assert_memory_equal(&message->header.pool, &pool, sizeof pool);
    seen->types[seen->messages++] = message->header.type;
    seen->no_value = message->value == NULL;
    if (message->value != NULL && !message->streamed)
        snprintf(seen->text, sizeof seen->text, "%s",
                 clixml_text(message->value));
    return 0;
}

static int stream(void *arg, const char *text, size_t n, struct err *err)
{
    struct seen *seen = arg;

    (void)err;
    if (seen->streamed + n < sizeof seen->text)
        memcpy(seen->text + seen->streamed, text, n);
    seen->streamed += n;
    return 0;
}

static void put(struct buf *out, uint64_t object, size_t blob,
                enum message_type type, const char *data)
{
    psrp_put_message(out, object, blob, &pool, &pipeline, type, data);
}

/* Any pieces of any fragments make the same messages. */
static void whatever_it_is_cut_into(void **state)
{
    size_t blob, piece;

    (void)state;
    for (blob = 1; blob < 120; blob += 7) {
        struct buf bytes = BUF_INIT(1048576);

        put(&bytes, 1, blob, MESSAGE_WARNING_RECORD, "<S>one</S>");
        put(&bytes, 2, blob, MESSAGE_END_OF_PIPELINE_INPUT, NULL);
        put(&bytes, 3, blob, MESSAGE_VERBOSE_RECORD, "<S>th_x0072_ee</S>");
        for (piece = 1; piece < 60; piece += 3) {
            struct seen seen = { .messages = 0 };
            struct incoming in;
            struct err err = ERR_INIT;
            size_t at;

            incoming_init(&in, take, stream, &seen);
            for (at = 0; at < bytes.len; at += piece)
                assert_ok(incoming_feed(&in, bytes.data + at,
                                        bytes.len - at < piece
                                            ? bytes.len - at : piece, &err),
                          &err);
            assert_ok(incoming_done(&in, &err), &err);
            assert_int_equal(seen.messages, 3);
            assert_int_equal(seen.types[1], MESSAGE_END_OF_PIPELINE_INPUT);
            assert_string_equal(seen.text, "three");
            incoming_free(&in);
        }
        buf_free(&bytes);
    }
}

/* A stream of messages on its way in. */
struct stage {
    struct buf bytes;
    struct seen seen;
    struct incoming in;
    struct err err;
};

static void begin(struct stage *s, clixml_text_fn *text)
{
    *s = (struct stage){ .bytes = BUF_INIT(1048576) };
    incoming_init(&s->in, take, text, &s->seen);
}

static void feed(struct stage *s)
{
    assert_ok(incoming_feed(&s->in, s->bytes.data, s->bytes.len, &s->err),
              &s->err);
}

static void end(struct stage *s)
{
    incoming_free(&s->in);
    buf_free(&s->bytes);
}

static void output_that_is_a_string_is_not_kept(void **state)
{
    struct stage s;

    (void)state;
    begin(&s, stream);
    put(&s.bytes, 1, 10, MESSAGE_PIPELINE_OUTPUT, "<S>a_x000A_b&amp;c</S>");
    put(&s.bytes, 2, 4096, MESSAGE_WARNING_RECORD, "<S>kept</S>");
    feed(&s);
    assert_int_equal(s.seen.messages, 2);
    assert_int_equal(s.seen.streamed, 5);
    assert_string_equal(s.seen.text, "kept");
    end(&s);
}

static void without_a_text_function_all_is_kept(void **state)
{
    struct stage s;

    (void)state;
    begin(&s, NULL);
    put(&s.bytes, 1, 10, MESSAGE_PIPELINE_OUTPUT, "<S>kept</S>");
    feed(&s);
    assert_string_equal(s.seen.text, "kept");
    end(&s);
}

/* For --clixml: as it came, without the byte order mark. */
static void the_raw_text(void **state)
{
    struct seen raw = { .messages = 0 };
    struct stage s;

    (void)state;
    begin(&s, NULL);
    s.in.on_raw = stream;
    s.in.raw_arg = &raw;
    put(&s.bytes, 1, 7, MESSAGE_WARNING_RECORD, "<S>no output</S>");
    put(&s.bytes, 2, 7, MESSAGE_PIPELINE_OUTPUT, "<S>a_x000A_b</S>");
    feed(&s);
    assert_string_equal(raw.text, "<S>a_x000A_b</S>");
    assert_string_equal(s.seen.text, "a\nb");
    end(&s);
}

static void no_data_is_no_value(void **state)
{
    struct stage s;

    (void)state;
    begin(&s, NULL);
    put(&s.bytes, 1, 40, MESSAGE_PIPELINE_OUTPUT, NULL);
    feed(&s);
    assert_int_equal(s.seen.messages, 1);
    assert_true(s.seen.no_value);
    end(&s);
}

static void what_cannot_be_read_is_refused(void **state)
{
    static const char *const data[] = {
        "no XML", "<S>one</S><S>two</S>", "<S>open", "<X/>",
        "<!DOCTYPE x><S>a</S>", "<Obj RefId=\"0\"><Ref RefId=\"1\"/></Obj>",
        "<Obj RefId=\"\" N=\"behind what was refused\"/>",
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof data / sizeof *data; i++) {
        struct stage s;

        begin(&s, NULL);
        put(&s.bytes, 1, 4096, MESSAGE_PIPELINE_OUTPUT, data[i]);
        assert_cause(incoming_feed(&s.in, s.bytes.data, s.bytes.len, &s.err),
                     &s.err, ERR_MALFORMED);
        assert_int_equal(s.seen.messages, 0);
        end(&s);
    }
}

static void a_message_without_a_whole_header(void **state)
{
    static const unsigned char bytes[] = {
        0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 2, 1, 0
    };
    struct stage s;

    (void)state;
    begin(&s, NULL);
    assert_cause(incoming_feed(&s.in, bytes, sizeof bytes, &s.err), &s.err,
                 ERR_MALFORMED);
    end(&s);
}

static void a_stream_that_ends_within_a_message(void **state)
{
    struct stage s;

    (void)state;
    begin(&s, NULL);
    put(&s.bytes, 1, 50, MESSAGE_PIPELINE_OUTPUT, "<S>never whole</S>");
    s.bytes.len--;
    feed(&s);
    assert_cause(incoming_done(&s.in, &s.err), &s.err, ERR_MALFORMED);
    end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_it_is_cut_into),
        cmocka_unit_test(output_that_is_a_string_is_not_kept),
        cmocka_unit_test(without_a_text_function_all_is_kept),
        cmocka_unit_test(the_raw_text),
        cmocka_unit_test(no_data_is_no_value),
        cmocka_unit_test(what_cannot_be_read_is_refused),
        cmocka_unit_test(a_message_without_a_whole_header),
        cmocka_unit_test(a_stream_that_ends_within_a_message),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
