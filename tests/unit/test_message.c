/* test_message.c - heads of PSRP messages, and GUIDs. */
#include "psrp/message.h"

#include "unit.h"

/* The head of a PIPELINE_OUTPUT as a host sent it (base64 of a recorded
 * ReceiveResponse, behind its fragment header), and the GUIDs as the same
 * host's WS-Management has them. */
static const unsigned char recorded[MESSAGE_HEADER] = {
    0x01, 0x00, 0x00, 0x00, 0x04, 0x10, 0x04, 0x00,
    0x32, 0x83, 0x5e, 0xaa, 0x1e, 0x68, 0x46, 0x91,
    0x89, 0x36, 0x42, 0x34, 0xa6, 0xee, 0x2d, 0xd3,
    0x83, 0x72, 0xdf, 0x51, 0x59, 0x86, 0x4a, 0xc3,
    0x96, 0xb4, 0x8c, 0x51, 0x9a, 0xe0, 0x97, 0x6f,
};

static void a_recorded_head_is_read(void **state)
{
    struct message_header header;
    struct err err = ERR_INIT;

    (void)state;
    assert_ok(message_get_header(recorded, &header, &err), &err);
    assert_int_equal(header.type, MESSAGE_PIPELINE_OUTPUT);
    assert_string_equal(message_type_name(header.type), "PIPELINE_OUTPUT");
    assert_memory_equal(header.pool.bytes, recorded + 8, GUID_BYTES);
    assert_memory_equal(header.pipeline.bytes, recorded + 24, GUID_BYTES);
}

static void a_head_is_written_as_it_is_read(void **state)
{
    struct message_header header;
    struct buf out = BUF_INIT(64);
    struct err err = ERR_INIT;

    (void)state;
    assert_ok(message_get_header(recorded, &header, &err), &err);
    message_put_header(&out, &header);
    assert_int_equal(out.len, sizeof recorded);
    assert_memory_equal(out.data, recorded, sizeof recorded);
    buf_free(&out);
}

static void a_head_for_somebody_else_is_refused(void **state)
{
    unsigned char p[MESSAGE_HEADER];
    struct message_header header;
    struct err err = ERR_INIT;

    (void)state;
    memcpy(p, recorded, sizeof p);
    p[0] = TO_SERVER;
    assert_cause(message_get_header(p, &header, &err), &err, ERR_MALFORMED);
    memcpy(p, recorded, sizeof p);
    p[7] = 0x7f;
    assert_cause(message_get_header(p, &header, &err), &err, ERR_MALFORMED);
    assert_non_null(strstr(err.text, "0x7f041004"));
}

/* MS-DTYP 2.3.4.2 and 2.3.4.3: the first three groups are little endian. */
static void guids_are_read_and_written(void **state)
{
    static const unsigned char wire[GUID_BYTES] = {
        0x33, 0x22, 0x11, 0x00, 0x55, 0x44, 0x77, 0x66,
        0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff
    };
    struct guid guid;
    char text[GUID_TEXT];

    (void)state;
    assert_int_equal(guid_parse("00112233-4455-6677-8899-aabbCCDDEEFF",
                                &guid), 0);
    assert_memory_equal(guid.bytes, wire, sizeof wire);
    guid_format(&guid, text);
    assert_string_equal(text, "00112233-4455-6677-8899-AABBCCDDEEFF");
}

static void what_is_no_guid_is_refused(void **state)
{
    static const char *const wrong[] = {
        "", "0", "00112233", "00112233-4455-6677-8899-AABBCCDDEEF",
        "00112233-4455-6677-8899-AABBCCDDEEFF0",
        "0011223344556677-8899-AABB-CCDDEEFF",
        "{0112233-4455-6677-8899-AABBCCDDEEFF",
        "0011223G-4455-6677-8899-AABBCCDDEEFF",
    };
    struct guid guid;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(guid_parse(wrong[i], &guid), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_recorded_head_is_read),
        cmocka_unit_test(a_head_is_written_as_it_is_read),
        cmocka_unit_test(a_head_for_somebody_else_is_refused),
        cmocka_unit_test(guids_are_read_and_written),
        cmocka_unit_test(what_is_no_guid_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
