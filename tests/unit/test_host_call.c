/* test_host_call.c - host calls read, and their answers written. */
#include "unit.h"

#include <stdio.h>

#include "clixml_text.h"
#include "psrp/host_call.h"
#include "psrp/host_reply.h"

#define MI_TYPES                                                              \
    "<TN RefId=\"0\"><T>System.Management.Automation.Remoting."               \
    "RemoteHostMethodId</T><T>System.Enum</T><T>System.ValueType</T>"         \
    "<T>System.Object</T></TN>"
/* A call as hosts send it. */
#define CALL(ci, name, id, parameters)                                        \
    "<Obj RefId=\"0\"><MS><I64 N=\"ci\">" ci "</I64><Obj N=\"mi\" "           \
    "RefId=\"1\">" MI_TYPES "<ToString>" name "</ToString><I32>" id "</I32>"  \
    "</Obj><Obj N=\"mp\" RefId=\"2\"><TN RefId=\"1\"><T>System.Collections."  \
    "ArrayList</T><T>System.Object</T></TN><LST>" parameters                  \
    "</LST></Obj></MS></Obj>"
#define LIST(ref, items)                                                      \
    "<Obj RefId=\"" ref "\"><TNRef RefId=\"1\" /><LST>" items "</LST></Obj>"

static struct clixml_reader reader;

static int set_up(void **state)
{
    (void)state;
    clixml_reader_init(&reader);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    clixml_reader_free(&reader);
    return 0;
}

static void parse(const char *text, struct host_call *call)
{
    struct err err = ERR_INIT;

    assert_ok(host_call_parse(clixml_of(&reader, text), call, &err), &err);
}

static void the_table_has_56_methods_by_number(void **state)
{
    static const int numbers[] = {
#define X(id, number, name, returns, parameters) number,
        HOST_METHODS(X)
#undef X
    };
    int i;

    (void)state;
    assert_int_equal(sizeof numbers / sizeof *numbers, 56);
    for (i = 0; i < 56; i++)
        assert_int_equal(numbers[i], i + 1);
}

static void a_call_without_answer(void **state)
{
    struct host_call call;

    (void)state;
    parse(CALL("-100", "SetShouldExit", "6", "<I32>3</I32>"), &call);
    assert_int_equal(call.method, HOST_SET_SHOULD_EXIT);
    assert_string_equal(call.name, "SetShouldExit");
    assert_int_equal(host_call_int(&call, 0), 3);
    assert_false(host_call_waits(&call));
    /* Nothing to return, whatever the id says. */
    parse(CALL("7", "SetShouldExit", "6", "<I32>3</I32>"), &call);
    assert_false(host_call_waits(&call));
    parse(CALL("7", "ReadLine", "11", ""), &call);
    assert_true(host_call_waits(&call));
    parse(CALL("-100", "ReadLine", "11", ""), &call);
    assert_false(host_call_waits(&call));
}

static void colours_and_a_text(void **state)
{
    struct host_call call;

    (void)state;
    parse(CALL("-100", "WriteLine3", "17",
               "<I32>12</I32><I32>0</I32><S>a_x000A_b</S>"), &call);
    assert_int_equal(call.method, HOST_WRITE_LINE_3);
    assert_int_equal(host_call_int(&call, 0), 12);
    assert_string_equal(host_call_string(&call, 2), "a\nb");
}

static void fields_of_a_prompt(void **state)
{
    struct host_call call;
    struct host_field field;
    const struct clixml *at = NULL;

    (void)state;
    parse(CALL("1", "Prompt", "23", "<S>caption</S><Nil />" LIST("3",
               "<Obj RefId=\"4\"><MS><S N=\"name\">Id</S><S N=\"label\"></S>"
               "<S N=\"parameterTypeName\">Int32[]</S><S N=\"parameterType"
               "FullName\">System.Int32[]</S><S N=\"helpMessage\">which</S>"
               "<B N=\"isMandatory\">true</B></MS></Obj>"
               "<Obj RefId=\"5\"><MS><S N=\"name\">Pin</S></MS></Obj>")),
          &call);
    assert_string_equal(host_call_string(&call, 0), "caption");
    assert_null(host_call_string(&call, 1));
    assert_true(host_call_field(&call, 2, &at, &field));
    assert_string_equal(field.name, "Id");
    assert_string_equal(field.label, "");
    assert_string_equal(field.type, "System.Int32[]");
    assert_string_equal(field.help, "which");
    assert_true(field.is_mandatory);
    assert_true(host_call_field(&call, 2, &at, &field));
    assert_string_equal(field.name, "Pin");
    assert_string_equal(field.type, "");
    assert_false(field.is_mandatory);
    assert_false(host_call_field(&call, 2, &at, &field));
}

#define CHOICES                                                               \
    LIST("3", "<Obj RefId=\"4\"><MS><S N=\"label\">&amp;Yes</S>"              \
         "<S N=\"helpMessage\">do it</S></MS></Obj>"                          \
         "<Obj RefId=\"5\"><MS><S N=\"label\">&amp;No</S></MS></Obj>")

static void choices(void **state)
{
    struct host_call call;
    struct host_choice choice;
    const struct clixml *at = NULL;
    int32_t number;

    (void)state;
    parse(CALL("2", "PromptForChoice", "26",
               "<S>c</S><S>m</S>" CHOICES "<I32>-1</I32>"), &call);
    assert_true(host_call_choice(&call, 2, &at, &choice));
    assert_string_equal(choice.label, "&Yes");
    assert_string_equal(choice.help, "do it");
    assert_true(host_call_choice(&call, 2, &at, &choice));
    assert_string_equal(choice.label, "&No");
    assert_false(host_call_choice(&call, 2, &at, &choice));
    assert_int_equal(host_call_int(&call, 3), -1);

    parse(CALL("2", "PromptForChoiceMultipleSelection", "56",
               "<S>c</S><S>m</S>" CHOICES
               LIST("6", "<I32>0</I32><I32>1</I32>")), &call);
    at = NULL;
    assert_true(host_call_number(&call, 3, &at, &number));
    assert_int_equal(number, 0);
    assert_true(host_call_number(&call, 3, &at, &number));
    assert_int_equal(number, 1);
    assert_false(host_call_number(&call, 3, &at, &number));
}

static void what_a_method_does_not_have_is_refused(void **state)
{
    static const char *const texts[] = {
        "<S>no call</S>",
        "<Obj RefId=\"0\"><MS><I64 N=\"ci\">1</I64></MS></Obj>",
        CALL("1", "Nothing", "0", ""), CALL("1", "Nothing", "57", ""),
        CALL("x", "ReadLine", "11", ""),
        CALL("1", "ReadLine", "11", "<S>more</S>"),
        CALL("1", "Write2", "14", "<I32>1</I32><I32>1</I32>"),
        CALL("1", "Write2", "14", "<S>1</S><I32>1</I32><S>t</S>"),
        CALL("1", "SetShouldExit", "6", "<I64>4294967296</I64><S>x</S>"),
        CALL("1", "SetShouldExit", "6", "<S>1</S>"),
        CALL("1", "Prompt", "23", "<S>c</S><S>m</S><S>f</S>"),
        CALL("1", "SetCursorPosition", "32", "<I32>1</I32>"),
        CALL("1", "PromptForChoiceMultipleSelection", "56",
             "<S>c</S><S>m</S>" CHOICES LIST("6", "<S>0</S>")),
        "<Obj RefId=\"0\"><MS><I64 N=\"ci\">1</I64><Obj N=\"mi\" "
        "RefId=\"1\"><I32>11</I32></Obj></MS></Obj>",
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct err err = ERR_INIT;
        struct host_call call;

        assert_cause(host_call_parse(clixml_of(&reader, texts[i]), &call,
                                     &err), &err, ERR_MALFORMED);
    }
}

/* -- answers -- */

struct answer {
    struct pool pool;
    struct guid pipeline;
    struct host_call call;
    struct buf out;
    struct host_reply reply;
};

static void begin(struct answer *a, const char *text)
{
    memset(a, 0, sizeof *a);
    memset(a->pool.id.bytes, 0x11, GUID_BYTES);
    memset(a->pipeline.bytes, 0x22, GUID_BYTES);
    buf_init(&a->out, 65536);
    parse(text, &a->call);
    a->reply = (struct host_reply){ &a->pool, &a->pipeline, &a->call,
                                    &a->out };
}

/* The message is a host response of that call, with this behind it. */
static void check(struct answer *a, const char *name, const char *id,
                  const char *value)
{
    static const unsigned char head[8] = { 2, 0, 0, 0, 1, 0x11, 4, 0 };
    char expected[4096];

    snprintf(expected, sizeof expected, "<Obj RefId=\"0\"><MS>"
             "<I64 N=\"ci\">9</I64><Obj N=\"mi\" RefId=\"1\">" MI_TYPES
             "<ToString>%s</ToString><I32>%s</I32></Obj>%s</MS></Obj>", name,
             id, value);
    buf_put_u8(&a->out, 0);
    assert_memory_equal(a->out.data, head, sizeof head);
    assert_memory_equal(a->out.data + 8, a->pool.id.bytes, GUID_BYTES);
    assert_memory_equal(a->out.data + 24, a->pipeline.bytes, GUID_BYTES);
    assert_string_equal((char *)a->out.data + MESSAGE_HEADER, expected);
    buf_free(&a->out);
}

static void plain_answers(void **state)
{
    static const int32_t two[] = { 0, 2 };
    struct answer a;
    struct err err = ERR_INIT;

    (void)state;
    begin(&a, CALL("9", "ReadLine", "11", ""));
    assert_ok(host_reply_string(&a.reply, "a<b\n", 4, &err), &err);
    check(&a, "ReadLine", "11", "<S N=\"mr\">a&lt;b_x000A_</S>");
    begin(&a, CALL("9", "PromptForChoice", "26",
                   "<S>c</S><S>m</S>" CHOICES "<I32>0</I32>"));
    assert_ok(host_reply_int(&a.reply, 1, &err), &err);
    check(&a, "PromptForChoice", "26", "<I32 N=\"mr\">1</I32>");
    begin(&a, CALL("9", "GetKeyAvailable", "45", ""));
    assert_ok(host_reply_bool(&a.reply, false, &err), &err);
    check(&a, "GetKeyAvailable", "45", "<B N=\"mr\">false</B>");
    begin(&a, CALL("9", "PromptForChoiceMultipleSelection", "56",
                   "<S>c</S><S>m</S>" CHOICES "<Nil />"));
    assert_ok(host_reply_ints(&a.reply, two, 2, &err), &err);
    check(&a, "PromptForChoiceMultipleSelection", "56",
          "<Obj N=\"mr\" RefId=\"2\"><TN RefId=\"1\"><T>System.Collections."
          "ArrayList</T><T>System.Object</T></TN><LST><I32>0</I32>"
          "<I32>2</I32></LST></Obj>");
}

/* As recorded, psrp_pshost_raw_ui_mocked_methods. */
static void answers_of_the_raw_terminal(void **state)
{
    const struct host_key key = { 65, 97, 128, true };
    struct answer a;
    struct err err = ERR_INIT;

    (void)state;
    begin(&a, CALL("9", "ReadKey", "46", "<I32>4</I32>"));
    assert_ok(host_reply_key(&a.reply, &key, &err), &err);
    check(&a, "ReadKey", "46",
          "<Obj N=\"mr\" RefId=\"2\"><MS><I32 N=\"virtualKeyCode\">65</I32>"
          "<C N=\"character\">97</C><I32 N=\"controlKeyState\">128</I32>"
          "<B N=\"keyDown\">true</B></MS></Obj>");
    begin(&a, CALL("9", "GetWindowSize", "39", ""));
    assert_ok(host_reply_pair(&a.reply, 120, 50, &err), &err);
    check(&a, "GetWindowSize", "39",
          "<Obj N=\"mr\" RefId=\"2\"><MS><I32 N=\"width\">120</I32>"
          "<I32 N=\"height\">50</I32></MS></Obj>");
    begin(&a, CALL("9", "GetCursorPosition", "31", ""));
    assert_ok(host_reply_pair(&a.reply, 3, 4, &err), &err);
    check(&a, "GetCursorPosition", "31",
          "<Obj N=\"mr\" RefId=\"2\"><MS><I32 N=\"x\">3</I32>"
          "<I32 N=\"y\">4</I32></MS></Obj>");
}

static void an_exception(void **state)
{
    struct answer a;
    struct err err = ERR_INIT;
    const struct clixml *me;
    int64_t category;

    (void)state;
    begin(&a, CALL("9", "ReadLine", "11", ""));
    assert_ok(host_reply_error(&a.reply, "no terminal", &err), &err);
    buf_put_u8(&a.out, 0);
    me = clixml_get(clixml_of(&reader, (char *)a.out.data + MESSAGE_HEADER),
                    "me");
    assert_true(clixml_is(me, "System.Management.Automation.ErrorRecord"));
    assert_string_equal(clixml_text(clixml_get(clixml_get(me, "Exception"),
                                               "Message")), "no terminal");
    assert_true(clixml_int(clixml_get(me, "ErrorCategory_Category"),
                           &category));
    assert_int_equal(category, 7);
    buf_free(&a.out);
}

static void nothing_at_all(void **state)
{
    struct answer a;
    struct err err = ERR_INIT;

    (void)state;
    begin(&a, CALL("9", "PromptForCredential1", "24",
                   "<S>c</S><S>m</S><Nil /><S>t</S>"));
    assert_ok(host_reply_nothing(&a.reply, &err), &err);
    check(&a, "PromptForCredential1", "24", "<Nil N=\"mr\" />");
}

static void a_field_that_is_text(void **state)
{
    const struct host_field_value fields[] = { { "Id", "7", NULL },
                                               { "No", NULL, NULL } };
    struct answer a;
    struct err err = ERR_INIT;

    (void)state;
    begin(&a, CALL("9", "Prompt", "23", "<S>c</S><S>m</S>" LIST("3", "")));
    assert_ok(host_reply_fields(&a.reply, fields, 2, &err), &err);
    check(&a, "Prompt", "23",
          "<Obj N=\"mr\" RefId=\"2\"><TN RefId=\"1\"><T>System.Collections."
          "Hashtable</T><T>System.Object</T></TN><DCT><En><S N=\"Key\">Id"
          "</S><S N=\"Value\">7</S></En><En><S N=\"Key\">No</S>"
          "<Nil N=\"Value\" /></En></DCT></Obj>");
}

static void a_value_of_another_type_is_our_mistake(void **state)
{
    struct answer a;
    struct err err = ERR_INIT;

    (void)state;
    begin(&a, CALL("9", "ReadLine", "11", ""));
    assert_cause(host_reply_int(&a.reply, 1, &err), &err, ERR_INTERNAL);
    assert_int_equal(a.out.len, 0);
    buf_free(&a.out);
}

/* No SecureString leaves before there is a key for it. */
static void no_secret_without_a_key(void **state)
{
    struct answer a;
    struct err err = ERR_INIT;
    struct secret *secret;

    (void)state;
    assert_ok(secret_copy("pw", 2, &secret, &err), &err);
    begin(&a, CALL("9", "ReadLineAsSecureString", "12", ""));
    assert_cause(host_reply_secure(&a.reply, secret, &err), &err,
                 ERR_INTERNAL);
    buf_free(&a.out);
    begin(&a, CALL("9", "PromptForCredential1", "24",
                   "<S>c</S><S>m</S><S>u</S><S>t</S>"));
    assert_cause(host_reply_credential(&a.reply, "u", secret, &err), &err,
                 ERR_INTERNAL);
    assert_null(memmem(a.out.data, a.out.len, "pw", 2));
    buf_free(&a.out);
    secret_free(&secret);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_has_56_methods_by_number),
        cmocka_unit_test(a_call_without_answer),
        cmocka_unit_test(colours_and_a_text),
        cmocka_unit_test(fields_of_a_prompt),
        cmocka_unit_test(choices),
        cmocka_unit_test(what_a_method_does_not_have_is_refused),
        cmocka_unit_test(plain_answers),
        cmocka_unit_test(answers_of_the_raw_terminal),
        cmocka_unit_test(an_exception),
        cmocka_unit_test(nothing_at_all),
        cmocka_unit_test(a_field_that_is_text),
        cmocka_unit_test(a_value_of_another_type_is_our_mistake),
        cmocka_unit_test(no_secret_without_a_key),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
