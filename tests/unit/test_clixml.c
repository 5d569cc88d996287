/* test_clixml.c - CLIXML read in any pieces, looked into, and written. */
#include "psrp/clixml_reader.h"

#include <stdlib.h>

#include "psrp/clixml_writer.h"
#include "unit.h"

/* Reads it in pieces of that size; the value is the reader's. */
static int read_in(struct clixml_reader *reader, const char *text, size_t n,
                   size_t piece, struct clixml **value, struct err *err)
{
    size_t at;

    if (clixml_reader_begin(reader, NULL, NULL, err) != 0)
        return -1;
    for (at = 0; at < n; at += piece)
        if (clixml_reader_feed(reader, (const unsigned char *)text + at,
                               piece < n - at ? piece : n - at, err) != 0)
            return -1;
    return clixml_reader_end(reader, value, err);
}

static const struct clixml *read_whole(struct clixml_reader *reader,
                                       const char *text)
{
    struct err err = ERR_INIT;
    struct clixml *value = NULL;

    assert_ok(read_in(reader, text, strlen(text), strlen(text), &value,
                      &err), &err);
    return value;
}

/* Every primitive of MS-PSRP 2.2.5.1, as its sections write them. */
static const struct { const char *xml; enum clixml_kind kind;
                      const char *text; } primitives[] = {
    { "<S>This is a string</S>", CLIXML_STRING, "This is a string" },
    { "<S />", CLIXML_STRING, "" },
    { "<C>97</C>", CLIXML_CHAR, "97" }, { "<B>true</B>", CLIXML_BOOL, "true" },
    { "<DT>2008-04-11T10:42:32.2731993-07:00</DT>", CLIXML_DATE_TIME,
      "2008-04-11T10:42:32.2731993-07:00" },
    { "<TS>PT9.0269026S</TS>", CLIXML_DURATION, "PT9.0269026S" },
    { "<By>254</By>", CLIXML_BYTE, "254" },
    { "<SB>-127</SB>", CLIXML_SBYTE, "-127" },
    { "<U16>65535</U16>", CLIXML_UINT16, "65535" },
    { "<I16>-32767</I16>", CLIXML_INT16, "-32767" },
    { "<U32>4294967295</U32>", CLIXML_UINT32, "4294967295" },
    { "<I32>-2147483648</I32>", CLIXML_INT32, "-2147483648" },
    { "<U64>18446744073709551615</U64>", CLIXML_UINT64,
      "18446744073709551615" },
    { "<I64>-9223372036854775808</I64>", CLIXML_INT64,
      "-9223372036854775808" },
    { "<Sg>12.34</Sg>", CLIXML_SINGLE, "12.34" },
    { "<Db>12.34</Db>", CLIXML_DOUBLE, "12.34" },
    { "<D>12.34</D>", CLIXML_DECIMAL, "12.34" },
    { "<BA>AQIDBA==</BA>", CLIXML_BYTES, "AQIDBA==" },
    { "<G>792e5b37-4505-47ef-b7d2-8711bb7affa8</G>", CLIXML_GUID,
      "792e5b37-4505-47ef-b7d2-8711bb7affa8" },
    { "<URI>http://www.microsoft.com/</URI>", CLIXML_URI,
      "http://www.microsoft.com/" },
    { "<Version>6.2.1.3</Version>", CLIXML_VERSION, "6.2.1.3" },
    { "<SemanticVersion>7.4.0-rc.1</SemanticVersion>",
      CLIXML_SEMANTIC_VERSION, "7.4.0-rc.1" },
    { "<XD>&lt;name attribute=\"value\"&gt;Content&lt;/name&gt;</XD>",
      CLIXML_XML, "<name attribute=\"value\">Content</name>" },
    { "<SBK>get-command -type cmdlet</SBK>", CLIXML_SCRIPT_BLOCK,
      "get-command -type cmdlet" },
    { "<SS>bnKqLxxP6zHsEwT5ZLYvFA==</SS>", CLIXML_SECURE_STRING,
      "bnKqLxxP6zHsEwT5ZLYvFA==" },
    { "<Nil />", CLIXML_NIL, NULL },
};

static void every_primitive_is_read(void **state)
{
    struct clixml_reader reader;
    size_t i;

    (void)state;
    clixml_reader_init(&reader);
    for (i = 0; i < sizeof primitives / sizeof *primitives; i++) {
        const struct clixml *value = read_whole(&reader, primitives[i].xml);

        assert_int_equal(value->kind, primitives[i].kind);
        if (primitives[i].text == NULL)
            assert_null(value->text);
        else
            assert_string_equal(value->text, primitives[i].text);
        assert_null(value->next);
    }
    clixml_reader_free(&reader);
}

static const char everything[] =
    "<Obj RefId=\"0\"><TN RefId=\"0\"><T>My.Type</T><T>System.Object</T></TN>"
    "<ToString>it _x0041_s text</ToString>"
    "<Props><S N=\"Name\">spooler \xe2\x82\xac &amp; more</S>"
    "<I32 N=\"Status\">4</I32></Props>"
    "<MS><Obj N=\"Kind\" RefId=\"1\"><TN RefId=\"1\"><T>System.Enum</T></TN>"
    "<ToString>Running</ToString><I32>4</I32></Obj>"
    "<Obj N=\"List\" RefId=\"2\"><TNRef RefId=\"1\" /><LST><I32>1</I32><Nil />"
    "<Ref RefId=\"1\" /></LST></Obj>"
    "<Obj N=\"Map\" RefId=\"3\"><DCT><En><S N=\"Key\">a</S><I64 N=\"Value\">"
    "-5</I64></En><En><I32 N=\"Key\">2</I32><Obj N=\"Value\" RefId=\"4\">"
    "<QUE /></Obj></En></DCT></Obj>"
    "<Obj N=\"Text\" RefId=\"5\"><S>abc</S><MS><I32 N=\"ReadCount\">1</I32>"
    "</MS></Obj><B N=\"odd_x0020_name\">true</B><Ref N=\"Self\" RefId=\"0\" />"
    "</MS></Obj>";

static void check_everything(const struct clixml *value)
{
    const struct clixml *item;
    int64_t n = 0;

    assert_true(clixml_is(value, "My.Type"));
    assert_true(clixml_is(value, "System.Object"));
    assert_false(clixml_is(value, "System.Enum"));
    assert_string_equal(clixml_text(value), "it As text");
    assert_string_equal(clixml_text(clixml_get(value, "name")),
                        "spooler \xe2\x82\xac & more");
    assert_true(clixml_int(clixml_get(value, "Kind"), &n));
    assert_int_equal(n, 4);
    assert_string_equal(clixml_text(clixml_get(value, "Kind")), "Running");
    item = clixml_get(value, "List");
    assert_int_equal(item->container, CLIXML_LIST);
    assert_true(clixml_is(item, "System.Enum"));
    item = item->items;
    assert_string_equal(item->text, "1");
    assert_int_equal(item->next->kind, CLIXML_NIL);
    assert_ptr_equal(clixml_resolve(item->next->next),
                     clixml_get(value, "Kind"));
    assert_null(item->next->next->next);
    item = clixml_get(value, "Map")->items;
    assert_string_equal(item->text, "a");
    assert_true(clixml_int(item->next, &n));
    assert_int_equal(n, -5);
    assert_int_equal(item->next->next->next->container, CLIXML_QUEUE);
    assert_null(item->next->next->next->next);
    assert_string_equal(clixml_text(clixml_get(value, "Text")), "abc");
    assert_true(clixml_int(clixml_get(clixml_get(value, "Text"),
                                      "ReadCount"), &n));
    assert_true(clixml_bool(clixml_get(value, "odd name"), false));
    assert_ptr_equal(clixml_get(value, "Self"), value);
    assert_null(clixml_get(value, "None"));
    assert_false(clixml_int(clixml_get(value, "None"), &n));
}

static void everything_is_read_in_any_pieces(void **state)
{
    struct clixml_reader reader;
    struct err err = ERR_INIT;
    struct clixml *value;
    size_t piece, n = sizeof everything - 1;

    (void)state;
    clixml_reader_init(&reader);
    for (piece = 1; piece <= n; piece++) {
        assert_ok(read_in(&reader, everything, n, piece, &value, &err), &err);
        check_everything(value);
    }
    clixml_reader_free(&reader);
}

/* What powershell.exe writes to stderr, behind its "#< CLIXML". */
static void a_file_has_many_objects_and_progress(void **state)
{
    static const char text[] =
        "<Objs Version=\"1.1.0.1\" xmlns=\"" CLIXML_NAMESPACE "\">"
        "<Obj S=\"progress\" RefId=\"0\"><TN RefId=\"0\"><T>System.Object</T>"
        "</TN><MS><I64 N=\"SourceId\">1</I64><PR N=\"Record\"><AV>Preparing"
        "</AV><AI>0</AI><Nil /><PI>-1</PI><PC>50</PC><T>Processing</T>"
        "<SR>-1</SR><SD> </SD></PR></MS></Obj>\n<S S=\"Error\">oh_x000A_</S>"
        "</Objs>";
    struct clixml_reader reader;
    const struct clixml *value, *record;
    int64_t n;

    (void)state;
    clixml_reader_init(&reader);
    value = read_whole(&reader, text);
    assert_string_equal(value->stream, "progress");
    record = clixml_get(value, "Record");
    assert_int_equal(record->kind, CLIXML_PROGRESS);
    assert_string_equal(clixml_text(clixml_get(record, "AV")), "Preparing");
    assert_true(clixml_int(clixml_get(record, "PC"), &n));
    assert_int_equal(n, 50);
    assert_string_equal(value->next->stream, "Error");
    assert_string_equal(value->next->text, "oh\n");
    assert_null(value->next->next);
    clixml_reader_free(&reader);
}

static const struct { const char *xml, *because; } wrong[] = {
    { "", "" }, { "text", "" }, { "<S>a", "" }, { "<S>a</T>", "" },
    { "<S>&nosuch;</S>", "" }, { "<S>\xff\xff</S>", "" },
    { "<!DOCTYPE S [<!ENTITY a \"b\">]><S>&a;</S>", "more than elements" },
    { "<?xml version=\"1.0\"?><S/>", "more than elements" },
    { "<S><!-- c -->a</S>", "more than elements" },
    { "<Unknown />", "Unknown does not belong" },
    { "<T>a</T>", "does not belong" }, { "<S><S>a</S></S>", "not belong" },
    { "<S xmlns=\"urn:other\">a</S>", "not belong" },
    { "<Obj>text</Obj>", "text between" },
    { "<Obj><S>a</S><S>b</S></Obj>", "one too many" },
    { "<Obj><LST /><QUE /></Obj>", "one too many" },
    { "<Obj><DCT><En><S N=\"Key\">a</S></En></DCT></Obj>", "no pair" },
    { "<Obj><DCT><En><S N=\"Value\">a</S></En></DCT></Obj>", "too many" },
    { "<Obj><DCT><S>a</S></DCT></Obj>", "not belong" },
    { "<Ref RefId=\"0\" />", "no object" }, { "<Ref />", "no object" },
    { "<Obj><TNRef RefId=\"3\" /></Obj>", "no type names" },
    { "<Obj RefId=\"-1\" />", "no number" },
    { "<Obj RefId=\"999999999\" />", "no number" },
    { "<Obj RefId=\"x\" />", "no number" },
};

static void what_is_no_clixml_is_refused(void **state)
{
    struct clixml_reader reader;
    size_t i, piece;

    (void)state;
    clixml_reader_init(&reader);
    for (i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        for (piece = 1; piece < 99; piece += 7) {
            struct err err = ERR_INIT;
            struct clixml *value;

            assert_cause(read_in(&reader, wrong[i].xml, strlen(wrong[i].xml),
                                 piece, &value, &err), &err, ERR_MALFORMED);
            if (strstr(err.text, wrong[i].because) == NULL)
                fail_msg("%s: %s", wrong[i].xml, err.text);
        }
    }
    /* It is of use again. */
    assert_string_equal(read_whole(&reader, "<S>a</S>")->text, "a");
    clixml_reader_free(&reader);
}

static char *repeated(const char *head, const char *piece, size_t times,
                      const char *tail)
{
    size_t n = strlen(piece), i;
    char *text = malloc(strlen(head) + n * times + strlen(tail) + 1), *p;

    assert_non_null(text);
    p = stpcpy(text, head);
    for (i = 0; i < times; i++)
        p = stpcpy(p, piece);
    stpcpy(p, tail);
    return text;
}

static void limits_hold(void **state)
{
    static const struct { const char *head, *piece; size_t times;
                          const char *tail; } large[] = {
        { "", "<Obj><LST>", 101, "" },
        { "<Obj><LST>", "<Nil />", 300000, "</LST></Obj>" },
        { "<S>", "0123456789", 2600000, "</S>" },
        { "<S ", "a=\"\" ", 65, "/>" },
        { "<S a='>", "\" b=\"", 65, "' />" },
    };
    struct clixml_reader reader;
    size_t i;

    (void)state;
    clixml_reader_init(&reader);
    for (i = 0; i < sizeof large / sizeof *large; i++) {
        char *text = repeated(large[i].head, large[i].piece, large[i].times,
                              large[i].tail);
        struct err err = ERR_INIT;
        struct clixml *value;
        int r = read_in(&reader, text, strlen(text), 32768, &value, &err);

        free(text);
        if (i == 4) { /* it is one attribute after all */
            assert_int_equal(r, 0);
            continue;
        }
        assert_int_equal(r, -1);
        if (i != 3) /* the same attribute twice is refused first */
            assert_int_equal(err.cause, ERR_OVERSIZED);
    }
    clixml_reader_free(&reader);
}

/* Pieces of a string, counted and compared. */
struct pieces {
    size_t n, largest, calls;
    bool stop;
};

static int take(void *arg, const char *text, size_t n, struct err *err)
{
    struct pieces *p = arg;
    size_t i;

    for (i = 0; i < n; i++)
        assert_int_equal(text[i], (p->n + i) % 10 == 9 ? '\n' : 'x');
    p->n += n;
    p->calls++;
    p->largest = n > p->largest ? n : p->largest;
    return p->stop ? err_set(err, ERR_SYSTEM, STAGE_OUTPUT, "stop") : 0;
}

static int stream(struct clixml_reader *reader, struct pieces *pieces,
                  size_t times, struct clixml **value, struct err *err)
{
    char *block = repeated("", "xxxxxxxxx_x000A_", 1024, "");
    size_t i;
    int r = clixml_reader_begin(reader, take, pieces, err);

    if (r == 0)
        r = clixml_reader_feed(reader, (const unsigned char *)"<S>", 3, err);
    for (i = 0; r == 0 && i < times; i++)
        r = clixml_reader_feed(reader, (const unsigned char *)block,
                               strlen(block), err);
    free(block);
    if (r == 0)
        r = clixml_reader_feed(reader, (const unsigned char *)"</S>", 4, err);
    return r == 0 ? clixml_reader_end(reader, value, err) : -1;
}

static void a_large_string_is_streamed(void **state)
{
    struct clixml_reader reader;
    struct pieces pieces = { .n = 0 };
    struct err err = ERR_INIT;
    struct clixml *value;

    (void)state;
    clixml_reader_init(&reader);
    assert_ok(stream(&reader, &pieces, 4000, &value, &err), &err);
    assert_int_equal(pieces.n, 4000 * 1024 * 10); /* more than is kept */
    assert_true(pieces.largest < 65536);
    assert_true(reader.streamed);
    assert_int_equal(value->kind, CLIXML_STRING);
    assert_int_equal(value->len, 0);
    clixml_reader_free(&reader);
}

static void a_reader_of_strings_can_stop(void **state)
{
    struct clixml_reader reader;
    struct pieces pieces = { .stop = true };
    struct err err = ERR_INIT;
    struct clixml *value;

    (void)state;
    clixml_reader_init(&reader);
    assert_cause(stream(&reader, &pieces, 10, &value, &err), &err,
                 ERR_SYSTEM);
    assert_int_equal(pieces.calls, 1);
    clixml_reader_free(&reader);
}

static void strings_within_objects_are_kept(void **state)
{
    static const char text[] = "<Obj><LST><S>xxx</S></LST></Obj>";
    struct clixml_reader reader;
    struct pieces pieces = { .n = 0 };
    struct err err = ERR_INIT;
    struct clixml *value;

    (void)state;
    clixml_reader_init(&reader);
    assert_ok(clixml_reader_begin(&reader, take, &pieces, &err), &err);
    assert_ok(clixml_reader_feed(&reader, (const unsigned char *)text,
                                 sizeof text - 1, &err), &err);
    assert_ok(clixml_reader_end(&reader, &value, &err), &err);
    assert_int_equal(pieces.calls, 0);
    assert_false(reader.streamed);
    assert_string_equal(value->items->text, "xxx");
    clixml_reader_free(&reader);
}

static void what_is_written_is_read(void **state)
{
    static const char *const types[] = { "My.Enum", "System.Enum", NULL };
    static const char expected[] =
        "<Obj RefId=\"0\"><MS><B N=\"a\">true</B><I32 N=\"b\">-7</I32>"
        "<Obj N=\"c\" RefId=\"1\"><TN RefId=\"0\"><T>My.Enum</T>"
        "<T>System.Enum</T></TN><ToString>One</ToString><I32>1</I32></Obj>"
        "<Obj N=\"d\" RefId=\"2\"><TNRef RefId=\"0\" /><ToString>Two</ToString>"
        "<I32>2</I32></Obj><Nil N=\"e\" /><S N=\"f\">&lt;_x000A_</S>"
        "<Version N=\"g\">2.3</Version><I64 N=\"h\">9</I64></MS></Obj>";
    struct buf out = BUF_INIT(4096);
    struct clixml_writer w;
    struct clixml_reader reader;
    const struct clixml *value;

    (void)state;
    clixml_writer_init(&w, &out);
    clixml_begin_object(&w, NULL);
    clixml_begin(&w, "MS");
    clixml_put_bool(&w, "a", true);
    clixml_put_i32(&w, "b", -7);
    clixml_put_enum(&w, "c", types, "One", 1);
    clixml_put_enum(&w, "d", types, "Two", 2);
    clixml_put_nil(&w, "e");
    clixml_put_string(&w, "f", "<\n", 2);
    clixml_put_plain(&w, CLIXML_VERSION, "g", "2.3");
    clixml_put_i64(&w, "h", 9);
    clixml_end(&w, "MS");
    clixml_end_object(&w);
    buf_put_u8(&out, 0);
    assert_string_equal((char *)out.data, expected);
    clixml_reader_init(&reader);
    value = read_whole(&reader, (char *)out.data);
    assert_string_equal(clixml_text(clixml_get(value, "f")), "<\n");
    assert_true(clixml_is(clixml_get(value, "d"), "My.Enum"));
    clixml_reader_free(&reader);
    buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_primitive_is_read),
        cmocka_unit_test(everything_is_read_in_any_pieces),
        cmocka_unit_test(a_file_has_many_objects_and_progress),
        cmocka_unit_test(what_is_no_clixml_is_refused),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(a_large_string_is_streamed),
        cmocka_unit_test(a_reader_of_strings_can_stop),
        cmocka_unit_test(strings_within_objects_are_kept),
        cmocka_unit_test(what_is_written_is_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
