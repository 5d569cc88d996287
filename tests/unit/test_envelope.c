/* test_envelope.c - the bytes that go to a host. */
#include "unit.h"

#include <stdlib.h>

#include "wsman/base64.h"
#include "wsman/envelope.h"
#include "wsman/soap.h"
#include "wsman/uri.h"

#define ID "11111111-2222-4333-8444-555555555555"
#define SESSION "AAAAAAAA-BBBB-4CCC-8DDD-EEEEEEEEEEEE"

static struct wsman endpoint(void)
{
    return (struct wsman){
        .url = "https://win1:5986/wsman", .session = SESSION,
        .max_envelope = WSMAN_ENVELOPE_SMALL,
        .max_request = WSMAN_ENVELOPE_SMALL, .timeout_s = 20,
    };
}

/* In the order, with the attributes, that recorded clients have. */
static const char whole[] =
    "<s:Envelope xmlns:s=\"" NS_SOAP "\" xmlns:wsa=\"" NS_ADDRESSING "\""
    " xmlns:wsman=\"" NS_WSMAN "\" xmlns:wsmv=\"" NS_WSMV "\"><s:Header>"
    "<wsa:Action s:mustUnderstand=\"true\">" ACTION_COMMAND "</wsa:Action>"
    "<wsmv:DataLocale s:mustUnderstand=\"false\" xml:lang=\"en-US\"/>"
    "<wsman:Locale s:mustUnderstand=\"false\" xml:lang=\"en-US\"/>"
    "<wsman:MaxEnvelopeSize s:mustUnderstand=\"true\">153600"
    "</wsman:MaxEnvelopeSize><wsa:MessageID>uuid:" ID "</wsa:MessageID>"
    "<wsman:OperationTimeout>PT7S</wsman:OperationTimeout><wsa:ReplyTo>"
    "<wsa:Address s:mustUnderstand=\"true\">" NS_ADDRESSING
    "/role/anonymous</wsa:Address></wsa:ReplyTo><wsman:ResourceURI "
    "s:mustUnderstand=\"true\">" RESOURCE_CMD "</wsman:ResourceURI>"
    "<wsmv:SessionId s:mustUnderstand=\"false\">uuid:" SESSION
    "</wsmv:SessionId><wsa:To>https://win1:5986/wsman</wsa:To>"
    "<wsman:OptionSet s:mustUnderstand=\"true\"><wsman:Option Name=\"O\" "
    "MustComply=\"true\">1&amp;2</wsman:Option><wsman:Option Name=\"P\"/>"
    "</wsman:OptionSet><wsman:SelectorSet><wsman:Selector Name=\"ShellId\">"
    "S</wsman:Selector></wsman:SelectorSet></s:Header><s:Body>"
    "<rsp:CommandLine xmlns:rsp=\"" NS_SHELL "\"><rsp:Command "
    "A=\"&quot;&lt;&gt;\">gr\xc3\xbc\xc3\x9f &lt;&amp;&gt; \"x\"&#13;\n\t"
    "</rsp:Command><rsp:Arguments>AAAA</rsp:Arguments></rsp:CommandLine>"
    "</s:Body></s:Envelope>";

/* Of everything that an envelope can hold; *out stays NULL on failure. */
static int build(xmlBufferPtr *out, struct err *err)
{
    static const struct wsman_pair options[] = {
        { "O", "1&2", true }, { "P", NULL, false },
    };
    static const struct wsman_pair selector = { "ShellId", "S", false };
    struct wsman wsman = endpoint();
    struct wsman_request request = {
        .action = ACTION_COMMAND, .resource = RESOURCE_CMD,
        .options = options, .option_count = 2,
        .selectors = &selector, .selector_count = 1, .timeout_s = 7,
    };
    struct body body;
    int r;

    *out = NULL;
    body_init(&body, "CommandLine");
    body_attribute(&body, body_add(&body, NULL, "Command",
                                   "gr\xc3\xbc\xc3\x9f <&> \"x\"\r\n\t"),
                   "A", "\"<>");
    body_base64(&body, body_add(&body, NULL, "Arguments", NULL), "\0\0\0", 3);
    r = body_take(&body, STAGE_COMMAND, &request.body, err);
    if (r == 0)
        r = envelope_build(&wsman, &request, ID, STAGE_COMMAND, out, err);
    return r;
}

static void the_whole_envelope(void **state)
{
    struct err err = ERR_INIT;
    xmlBufferPtr out;

    (void)state;
    assert_ok(build(&out, &err), &err);
    assert_string_equal((const char *)xmlBufferContent(out), whole);
    xmlBufferFree(out);
}

static void without_options_selectors_and_body(void **state)
{
    struct wsman wsman = endpoint();
    struct wsman_request request = {
        .action = ACTION_GET, .resource = RESOURCE_CONFIG,
    };
    struct err err = ERR_INIT;
    xmlBufferPtr out;
    const char *text;

    (void)state;
    assert_ok(envelope_build(&wsman, &request, ID, STAGE_START, &out, &err),
              &err);
    text = (const char *)xmlBufferContent(out);
    assert_null(strstr(text, "OptionSet"));
    assert_null(strstr(text, "SelectorSet"));
    assert_non_null(strstr(text, "<s:Body/>"));
    assert_non_null(strstr(text, ">PT20S<"));
    xmlBufferFree(out);
}

/* XML 1.0 section 2.2; RFC 3629 section 3. */
static void what_no_xml_can_carry_is_refused(void **state)
{
    static const char *const wrong[] = {
        "\x01", "a\x1b[31m", "\x0b", "\xff", "\xc3", "\xc3(", "\xe2\x82",
        "\xf0\x9f\x98", "\xed\xa0\x80", "\xef\xbf\xbf", "\xc0\xbc", "\x80",
        "\xe0\x80\xbc", "\xf8\x88\x80\x80\x80",
    };
    struct err err = ERR_INIT;
    struct body body;
    xmlNodePtr node;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        body_init(&body, "CommandLine");
        body_add(&body, NULL, "Command", wrong[i]);
        body_add(&body, NULL, "Arguments", "fine");
        assert_cause(body_take(&body, STAGE_COMMAND, &node, &err), &err,
                     ERR_USAGE);
        assert_null(node);
        body_init(&body, "CommandLine");
        body_attribute(&body, body.root, "Name", wrong[i]);
        assert_cause(body_take(&body, STAGE_COMMAND, &node, &err), &err,
                     ERR_USAGE);
    }
}

static void a_selector_is_checked_as_well(void **state)
{
    static const struct wsman_pair selector = { "ShellId", "\x02", false };
    struct wsman wsman = endpoint();
    struct wsman_request request = {
        .action = ACTION_DELETE, .resource = RESOURCE_CMD,
        .selectors = &selector, .selector_count = 1,
    };
    struct err err = ERR_INIT;
    xmlBufferPtr out;

    (void)state;
    assert_cause(envelope_build(&wsman, &request, ID, STAGE_SHELL, &out,
                                &err), &err, ERR_USAGE);
    assert_null(out);
}

/* The host would refuse it; better to say so before it is sent. */
static void more_than_the_host_takes_is_not_sent(void **state)
{
    struct wsman wsman = endpoint();
    struct wsman_request request = {
        .action = ACTION_SEND, .resource = RESOURCE_CMD,
    };
    struct err err = ERR_INIT;
    char *bytes = calloc(1, ENVELOPE_MAX);
    struct body body;
    xmlBufferPtr out;

    (void)state;
    assert_non_null(bytes);
    body_init(&body, "Send");
    body_base64(&body, body_add(&body, NULL, "Stream", NULL), bytes,
                WSMAN_ENVELOPE_SMALL / 4 * 3);
    assert_ok(body_take(&body, STAGE_COMMAND, &request.body, &err), &err);
    assert_cause(envelope_build(&wsman, &request, ID, STAGE_COMMAND, &out,
                                &err), &err, ERR_OVERSIZED);
    assert_null(out);
    body_init(&body, "Send");
    body_base64(&body, body.root, bytes, ENVELOPE_MAX / 4 * 3 + 1);
    assert_cause(body_take(&body, STAGE_COMMAND, &request.body, &err), &err,
                 ERR_OVERSIZED);
    free(bytes);
}

/* Larger than the pieces in which libxml2 writes. */
static void a_large_input_goes_whole(void **state)
{
    enum { BYTES = 369999, LEN = BASE64_LEN(BYTES) };
    struct wsman wsman = endpoint();
    struct wsman_request request = {
        .action = ACTION_SEND, .resource = RESOURCE_CMD,
    };
    struct err err = ERR_INIT;
    char *bytes = malloc(BYTES), *text = malloc(LEN);
    struct body body;
    xmlBufferPtr out;
    const char *at;
    size_t i;

    (void)state;
    assert_non_null(bytes);
    assert_non_null(text);
    for (i = 0; i < BYTES; i++)
        bytes[i] = (char)(i % 251);
    base64_encode(bytes, BYTES, text);
    wsman.max_request = WSMAN_ENVELOPE_LARGE;
    body_init(&body, "Send");
    body_base64(&body, body_add(&body, NULL, "Stream", NULL), bytes, BYTES);
    assert_ok(body_take(&body, STAGE_COMMAND, &request.body, &err), &err);
    assert_ok(envelope_build(&wsman, &request, ID, STAGE_COMMAND, &out, &err),
              &err);
    at = strstr((const char *)xmlBufferContent(out), "Stream>");
    assert_non_null(at);
    assert_memory_equal(at + 7, text, LEN);
    assert_memory_equal(at + 7 + LEN, "</rsp:Stream>", 13);
    xmlBufferFree(out);
    free(bytes);
    free(text);
}

/* libxml2's allocations until one fails; negative: none will. */
static int allocations_left = -1;
static bool once; /* the next one succeeds again */

static bool memory_is_full(void)
{
    if (allocations_left > 0)
        allocations_left--;
    if (allocations_left != 0)
        return false;
    if (once)
        allocations_left = -1;
    return true;
}

static void *take(size_t size)
{
    return memory_is_full() ? NULL : malloc(size);
}

static void *resize(void *p, size_t size)
{
    return memory_is_full() ? NULL : reallocarray(p, size, 1);
}

static char *copy(const char *s)
{
    return memory_is_full() ? NULL : strdup(s);
}

static unsigned printed;

static void count(void *arg, const char *format, ...)
{
    (void)arg;
    (void)format;
    printed++;
}

/* Whichever allocation fails: our error, and not a word of libxml2's. */
static void a_full_machine_is_told_once(void **state)
{
    struct err err = ERR_INIT;
    xmlBufferPtr out;
    int n = 1, r;

    (void)state;
    xmlSetStructuredErrorFunc(NULL, NULL);
    xmlSetGenericErrorFunc(NULL, count);
    do {
        allocations_left = n++;
        r = build(&out, &err);
        allocations_left = -1;
        xmlBufferFree(out);
        if (r != 0)
            assert_cause(r, &err, ERR_MEMORY);
    } while (r != 0);
    xmlSetGenericErrorFunc(NULL, NULL);
    assert_true(n > 20);
    assert_int_equal(printed, 0);
}

/*
 * One allocation fails and the next does not: libxml2 leaves out a text, an
 * attribute's value, a prefix, a name, and goes on.
 */
static void one_lost_allocation_loses_no_word(void **state)
{
    struct err err = ERR_INIT;
    xmlBufferPtr out;
    bool failed;
    int n = 0;

    (void)state;
    once = true;
    do {
        int r;

        allocations_left = ++n;
        r = build(&out, &err);
        failed = allocations_left < 0;
        allocations_left = -1;
        if (r != 0)
            assert_cause(r, &err, ERR_MEMORY);
        else
            assert_string_equal((const char *)xmlBufferContent(out), whole);
        xmlBufferFree(out);
    } while (failed);
    once = false;
    assert_true(n > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_whole_envelope),
        cmocka_unit_test(without_options_selectors_and_body),
        cmocka_unit_test(what_no_xml_can_carry_is_refused),
        cmocka_unit_test(a_selector_is_checked_as_well),
        cmocka_unit_test(more_than_the_host_takes_is_not_sent),
        cmocka_unit_test(a_large_input_goes_whole),
        cmocka_unit_test(a_full_machine_is_told_once),
        cmocka_unit_test(one_lost_allocation_loses_no_word),
    };

    /* Before libxml2's first allocation: xmlMemSetup(). */
    if (xmlMemSetup(free, take, resize, copy) != 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
