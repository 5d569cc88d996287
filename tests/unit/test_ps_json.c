/* test_ps_json.c - PowerShell's objects as JSON, value by value. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "cli/ps_failure.h"
#include "cli/ps_json.h"
#include "clixml_text.h"

#define FROM "{\"PSComputerName\":\"win1.example.com\""
#define OBJ(inner) "<Obj RefId=\"0\">" inner "</Obj>"
#define ENUM "<TN RefId=\"0\"><T>System.DayOfWeek</T><T>System.Enum</T></TN>" \
    "<ToString>Friday</ToString><I32>5</I32>"

static const struct {
    const char *what, *xml, *json;
} cases[] = {
    { "a string", "<S>a\"b\\</S>", "\"a\\\"b\\\\\"" },
    { "a control character", "<S>a_x001B_b</S>", "\"a\\u001Bb\"" },
    { "nothing", "<Nil />", "null" },
    { "a boolean", "<B>true</B>", "true" },
    { "64 bits", "<U64>18446744073709551615</U64>", "18446744073709551615" },
    { "below zero", "<I64>-9223372036854775808</I64>",
      "-9223372036854775808" },
    { "a decimal keeps its zeros", "<D>1.10</D>", "1.10" },
    { "a double", "<Db>1.5E-07</Db>", "1.5E-07" },
    { "no number", "<Db>NaN</Db>", "\"NaN\"" },
    { "infinity", "<Db>-INF</Db>", "\"-INF\"" },
    { "a character", "<C>65</C>", "\"\\u0041\"" },
    { "half a pair", "<C>55357</C>", "\"55357\"" },
    { "a date", "<DT>2018-06-13T23:45:29.4583203+00:00</DT>",
      "\"2018-06-13T23:45:29.4583203+00:00\"" },
    { "bytes", "<BA>AQID</BA>", "\"AQID\"" },
    { "a secret", "<SS>AAAA</SS>", "null" },
    { "an enum", OBJ(ENUM), "5" },
    { "a string with notes", OBJ("<S>x</S><MS><S N=\"PSPath\">p</S></MS>"),
      "\"x\"" },
    { "an array", OBJ("<LST><I32>1</I32><S>b</S></LST>"), "[1,\"b\"]" },
    { "an empty array", OBJ("<LST />"), "[]" },
    { "a dictionary", OBJ("<DCT><En><S N=\"Key\">k</S><I32 N=\"Value\">1"
      "</I32></En><En><I32 N=\"Key\">2</I32><Nil N=\"Value\" /></En></DCT>"),
      "{\"k\":1,\"2\":null}" },
    { "members hide properties", OBJ("<Props><S N=\"Name\">p</S>"
      "<I32 N=\"Id\">1</I32></Props><MS><S N=\"name\">m</S></MS>"),
      "{\"Id\":1,\"name\":\"m\"}" },
    { "only its text", OBJ("<ToString>text</ToString>"), "\"text\"" },
    { "an empty object", OBJ("<MS />"), "{}" },
    { "a cycle", OBJ("<MS><Ref N=\"Self\" RefId=\"0\" /></MS>"),
      "{\"Self\":null}" },
    { "twice the same", OBJ("<MS><Obj N=\"A\" RefId=\"1\"><LST><I32>1</I32>"
      "</LST></Obj><Ref N=\"B\" RefId=\"1\" /></MS>"),
      "{\"A\":[1],\"B\":[1]}" },
};

static int keep(void *arg, struct err *err)
{
    (void)arg;
    (void)err;
    return 0;
}

/* The same of a host. */
static const struct {
    const char *what, *xml, *json;
} cases_from[] = {
    { "a string", "<S>x</S>", FROM ",\"Value\":\"x\"}" },
    { "nothing", "<Nil />", FROM ",\"Value\":null}" },
    { "an enum", OBJ(ENUM), FROM ",\"Value\":5}" },
    { "a string with notes", OBJ("<S>x</S><MS><S N=\"PSPath\">p</S></MS>"),
      FROM ",\"Value\":\"x\"}" },
    { "an array of objects", OBJ("<LST><Obj RefId=\"1\"><MS>"
      "<S N=\"PSComputerName\">n</S></MS></Obj></LST>"),
      FROM ",\"Value\":[{\"PSComputerName\":\"n\"}]}" },
    { "only its text", OBJ("<ToString>t</ToString>"),
      FROM ",\"Value\":\"t\"}" },
    { "an object", OBJ("<Props><S N=\"Name\">p</S></Props><MS>"
      "<I32 N=\"Id\">1</I32></MS>"), FROM ",\"Name\":\"p\",\"Id\":1}" },
    { "an empty object", OBJ("<MS />"), FROM "}" },
    { "objects within", OBJ("<MS><Obj N=\"A\" RefId=\"1\"><MS>"
      "<S N=\"pscomputername\">n</S></MS></Obj></MS>"),
      FROM ",\"A\":{\"pscomputername\":\"n\"}}" },
    { "a dictionary", OBJ("<DCT><En><S N=\"Key\">k</S><I32 N=\"Value\">1"
      "</I32></En><En><S N=\"Key\">PSComputerName</S><Nil N=\"Value\" />"
      "</En></DCT>"), FROM ",\"k\":1}" },
    { "a host that says it is another", OBJ("<Props>"
      "<S N=\"PSComputerName\">a</S></Props><MS>"
      "<S N=\"pscomputername\">b</S><I32 N=\"Id\">1</I32></MS>"),
      FROM ",\"Id\":1}" },
};

static void convert(const char *xml, const char *host, struct buf *out,
                    struct err *err)
{
    const struct ps_json_out json = { out, keep, NULL };
    struct clixml_reader reader;
    struct clixml *value;

    clixml_reader_init(&reader);
    assert_int_equal(clixml_reader_begin(&reader, NULL, NULL, err), 0);
    assert_int_equal(clixml_reader_feed(&reader, (const unsigned char *)xml,
                                        strlen(xml), err), 0);
    assert_int_equal(clixml_reader_end(&reader, &value, err), 0);
    if (ps_json_put(&json, host, value, err) == 0)
        buf_put_u8(out, 0);
    clixml_reader_free(&reader);
}

static void values_become_json(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf out = BUF_INIT(4096);
        struct err err = ERR_INIT;

        print_message("%s\n", cases[i].what);
        convert(cases[i].xml, NULL, &out, &err);
        assert_int_equal(err.cause, ERR_NONE);
        assert_string_equal((char *)out.data, cases[i].json);
        buf_free(&out);
    }
}

static void values_have_their_host(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases_from / sizeof *cases_from; i++) {
        struct buf out = BUF_INIT(4096);
        struct err err = ERR_INIT;

        print_message("%s\n", cases_from[i].what);
        convert(cases_from[i].xml, "win1.example.com", &out, &err);
        assert_int_equal(err.cause, ERR_NONE);
        assert_string_equal((char *)out.data, cases_from[i].json);
        buf_free(&out);
    }
}

static void a_failure_is_a_line(void **state)
{
    static const struct ps_complaint last = { "no \"more\"", "RuntimeError" };
    struct err err = ERR_INIT, none = ERR_INIT;
    char *line = ps_failure("win1.example.com", 1, &last, &none);

    (void)state;
    assert_string_equal(line, FROM ",\"Error\":{\"cause\":null,\"text\":"
                        "\"no \\\"more\\\"\",\"id\":\"RuntimeError\","
                        "\"exit_code\":1}}\n");
    free(line);
    (void)err_set(&err, ERR_TIMEOUT, STAGE_COMMAND, "late");
    line = ps_failure_absent("win1.example.com", &err);
    assert_non_null(strstr(line, "{\"cause\":\"timeout\",\"stage\":"));
    assert_non_null(strstr(line, "\"text\":\"late\""));
    assert_non_null(strstr(line, "\"exit_code\":255}}\n"));
    free(line);
}

/* Nothing goes out of what will be refused; what was there before stays. */
static int unwanted(void *arg, struct err *err)
{
    (void)arg;
    (void)err;
    fail_msg("a part of it went out");
    return -1;
}

/* Each level holds the one before it ten times: a billion values. */
static void references_do_not_multiply_for_ever(void **state)
{
    struct buf xml = BUF_INIT(65536), out = BUF_INIT(1048576);
    const struct ps_json_out json = { &out, unwanted, NULL };
    struct clixml_reader reader;
    struct err err = ERR_INIT;
    unsigned level, i;

    (void)state;
    buf_printf(&xml, "<Obj RefId=\"100\"><TN RefId=\"0\"><T>Bomb</T></TN>"
               "<LST><Obj RefId=\"0\"><LST><I32>1</I32></LST></Obj>");
    for (level = 1; level < 10; level++) {
        buf_printf(&xml, "<Obj RefId=\"%u\"><LST>", level);
        for (i = 0; i < 10; i++)
            buf_printf(&xml, "<Ref RefId=\"%u\" />", level - 1);
        buf_printf(&xml, "</LST></Obj>");
    }
    buf_printf(&xml, "</LST></Obj>");
    buf_put_u8(&xml, 0);
    clixml_reader_init(&reader);
    buf_printf(&out, "1\n");
    assert_cause(ps_json_put(&json, NULL,
                             clixml_of(&reader, (char *)xml.data), &err),
                 &err, ERR_OVERSIZED);
    assert_non_null(strstr(err.text, "an object of type Bomb has more than"));
    assert_non_null(strstr(err.advice, "--clixml"));
    assert_int_equal(out.len, 2);
    clixml_reader_free(&reader);
    buf_free(&xml);
    buf_free(&out);
}

struct pieces {
    struct buf *out;
    size_t count, bytes, longest;
};

static int drain(void *arg, struct err *err)
{
    struct pieces *p = arg;

    (void)err;
    p->count++;
    p->bytes += p->out->len;
    if (p->out->len > p->longest)
        p->longest = p->out->len;
    buf_clear(p->out);
    return 0;
}

static void a_long_one_goes_out_in_pieces(void **state)
{
    struct buf xml = BUF_INIT(2097152), out = BUF_INIT(1048576);
    struct pieces pieces = { .out = &out };
    const struct ps_json_out json = { &out, drain, &pieces };
    struct clixml_reader reader;
    struct err err = ERR_INIT;
    unsigned i;

    (void)state;
    buf_printf(&xml, "<S>");
    for (i = 0; i < 100000; i++)
        buf_printf(&xml, "a\"\xc3\xa4_x0001_");
    buf_printf(&xml, "</S>");
    buf_put_u8(&xml, 0);
    clixml_reader_init(&reader);
    assert_ok(ps_json_put(&json, NULL,
                          clixml_of(&reader, (char *)xml.data), &err), &err);
    assert_ok(drain(&pieces, &err), &err);
    assert_int_equal(pieces.bytes, 2 + 100000 * (1 + 2 + 2 + 6));
    assert_in_range(pieces.longest, PS_JSON_HELD, PS_JSON_HELD + 16);
    assert_in_range(pieces.count, 16, 17);
    clixml_reader_free(&reader);
    buf_free(&xml);
    buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_become_json),
        cmocka_unit_test(values_have_their_host),
        cmocka_unit_test(a_failure_is_a_line),
        cmocka_unit_test(references_do_not_multiply_for_ever),
        cmocka_unit_test(a_long_one_goes_out_in_pieces),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
