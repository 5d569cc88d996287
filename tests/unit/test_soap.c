/* test_soap.c - envelopes from a host that may be hostile. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "credssp/buf.h"
#include "wsman/soap.h"
#include "wsman/uri.h"

#define OPEN "<s:Envelope xmlns:s=\"" NS_SOAP "\"><s:Header/><s:Body>"
#define CLOSE "</s:Body></s:Envelope>"

static int parse(const char *text, xmlDocPtr *doc, struct err *err)
{
    return soap_parse((const unsigned char *)text, strlen(text),
                      STAGE_OUTPUT, doc, err);
}

static void text_and_attributes_are_found(void **state)
{
    static const char text[] =
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n" OPEN
        "<a xmlns=\"urn:x\" N=\"1 &amp; &lt;2&#x3e;\" M=\"\">"
        "<b>one<!-- not text --> &amp; <?pi?>two<![CDATA[<3>]]></b>"
        "<b xmlns=\"urn:y\">other</b><c/></a>" CLOSE;
    struct err err = ERR_INIT;
    xmlDocPtr doc;
    xmlNodePtr a;

    (void)state;
    assert_ok(parse(text, &doc, &err), &err);
    assert_non_null(soap_header(doc));
    a = soap_child(soap_body(doc), "urn:x", "a");
    assert_non_null(a);
    assert_string_equal(soap_attribute(a, "N"), "1 & <2>");
    assert_string_equal(soap_attribute(a, "M"), "");
    assert_null(soap_attribute(a, "O"));
    assert_string_equal(soap_text(soap_child(a, "urn:x", "b")),
                        "one & two<3>");
    assert_string_equal(soap_text(soap_child(a, "urn:y", "b")), "other");
    assert_string_equal(soap_text(soap_child(a, NULL, "c")), "");
    assert_null(soap_text(a)); /* it has children */
    assert_null(soap_text(soap_child(a, "urn:z", "b")));
    assert_null(soap_child(NULL, NULL, "b"));
    xmlFreeDoc(doc);
}

static void a_byte_order_mark_and_other_languages_pass(void **state)
{
    struct err err = ERR_INIT;
    xmlDocPtr doc;

    (void)state;
    assert_ok(parse("\xef\xbb\xbf" OPEN "<a>Gr\xc3\xbc\xc3\x9f Gott \xf0\x9f"
                    "\x98\x80</a>" CLOSE, &doc, &err), &err);
    assert_string_equal(soap_text(soap_child(soap_body(doc), NULL, "a")),
                        "Gr\xc3\xbc\xc3\x9f Gott \xf0\x9f\x98\x80");
    xmlFreeDoc(doc);
}

/* Refused, each for its own reason; nothing is printed, nothing is opened. */
static const struct {
    const char *text;
    enum err_cause cause;
    const char *reason;
} refused[] = {
    { "", ERR_MALFORMED, "not XML" },
    { "<", ERR_MALFORMED, "not XML" },
    { "Bad Request", ERR_MALFORMED, "not XML" },
    { "\xff\xfe<\0s", ERR_MALFORMED, "not XML" },
    { "<html></html>", ERR_MALFORMED, "no SOAP 1.2 envelope" },
    { "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\">"
      "<s:Body/></s:Envelope>", ERR_MALFORMED, "no SOAP 1.2 envelope" },
    { "<s:Envelope xmlns:s=\"" NS_SOAP "\"/>", ERR_MALFORMED, "no SOAP" },
    { "<s:Envelope xmlns:s=\"" NS_SOAP "\"><s:Body/><s:Body/></s:Envelope>",
      ERR_MALFORMED, "no SOAP 1.2 envelope" },
    { "<!DOCTYPE s>" OPEN CLOSE, ERR_MALFORMED, "document type" },
    { "<!DOCTYPE s SYSTEM \"http://127.0.0.1:1/x.dtd\">" OPEN CLOSE,
      ERR_MALFORMED, "document type" },
    { "<!DOCTYPE s [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>" OPEN
      "<a>&e;</a>" CLOSE, ERR_MALFORMED, "document type" },
    { "<!DOCTYPE s [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;\">"
      "<!ENTITY c \"&b;&b;&b;&b;\"><!ENTITY d \"&c;&c;&c;&c;\">]>" OPEN
      "<a>&d;</a>" CLOSE, ERR_MALFORMED, "document type" },
    { OPEN "<a>&undeclared;</a>" CLOSE, ERR_MALFORMED, "undeclared" },
    { OPEN "<x:a/>" CLOSE, ERR_MALFORMED, "x" },
    { OPEN "<a b=\"1\" b=\"2\"/>" CLOSE, ERR_MALFORMED, "b" },
    { OPEN "<a>\x01</a>" CLOSE, ERR_MALFORMED, "" },
    { OPEN "<a>\xc3(</a>" CLOSE, ERR_MALFORMED, "" },
    { OPEN "<a>&#0;</a>" CLOSE, ERR_MALFORMED, "" },
    { OPEN CLOSE "rest", ERR_MALFORMED, "" },
    { OPEN CLOSE OPEN CLOSE, ERR_MALFORMED, "" },
};

static void what_is_not_plain_soap_is_refused(void **state)
{
    struct err err = ERR_INIT;
    xmlDocPtr doc;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof refused / sizeof *refused; i++) {
        assert_cause(parse(refused[i].text, &doc, &err), &err,
                     refused[i].cause);
        assert_null(doc);
        if (strstr(err.text, refused[i].reason) == NULL)
            fail_msg("'%s' does not speak of '%s'", err.text,
                     refused[i].reason);
    }
}

/* XInclude and processing instructions are never acted upon. */
static void an_inclusion_stays_an_element(void **state)
{
    struct err err = ERR_INIT;
    xmlDocPtr doc;
    xmlNodePtr node;

    (void)state;
    assert_ok(parse("<?xml-stylesheet href=\"file:///etc/passwd\"?>" OPEN
                    "<xi:include xmlns:xi=\"http://www.w3.org/2001/XInclude\""
                    " href=\"file:///etc/passwd\" parse=\"text\"/>" CLOSE,
                    &doc, &err), &err);
    node = soap_child(soap_body(doc), NULL, "include");
    assert_non_null(node);
    assert_null(node->children);
    xmlFreeDoc(doc);
}

/*
 * OPEN, before, count times the pattern with a number in place of '#', after,
 * count times the end, CLOSE.
 */
static int parse_many(const char *pattern, const char *end, unsigned count,
                      const char *before, const char *after, struct err *err)
{
    int n = (int)strcspn(pattern, "#");
    const char *rest = pattern[n] == '#' ? pattern + n + 1 : NULL;
    struct buf b = BUF_INIT(2 * SOAP_BYTES_MAX);
    xmlDocPtr doc;
    unsigned i;
    int rc;

    buf_printf(&b, "%s%s", OPEN, before);
    for (i = 0; i < count; i++) {
        buf_put(&b, pattern, (size_t)n);
        if (rest != NULL)
            buf_printf(&b, "%08x%s", i, rest);
    }
    buf_put(&b, after, strlen(after));
    for (i = 0; i < count; i++)
        buf_put(&b, end, strlen(end));
    buf_put(&b, CLOSE, strlen(CLOSE));
    assert_int_equal(b.failed, ERR_NONE);
    rc = soap_parse(b.data, b.len, STAGE_OUTPUT, &doc, err);
    xmlFreeDoc(doc);
    buf_free(&b);
    return rc;
}

static void bombs_do_not_go_off(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    /* Envelope and Body are two of the 64. */
    assert_ok(parse_many("<a>", "</a>", SOAP_DEPTH_MAX - 2, "", "", &err),
              &err);
    assert_cause(parse_many("<a>", "</a>", SOAP_DEPTH_MAX - 1, "", "", &err),
                 &err, ERR_OVERSIZED);
    assert_cause(parse_many("<a>", "</a>", 200000, "", "", &err), &err,
                 ERR_OVERSIZED);
    assert_ok(parse_many("<a/>", "", 60000, "", "", &err), &err);
    assert_cause(parse_many("<a/>", "", 70000, "", "", &err), &err,
                 ERR_OVERSIZED);
    assert_ok(parse_many(" a#=''", "", 2000, "<a", "/>", &err), &err);
    assert_cause(parse_many(" a#=''", "", 2049, "<a", "/>", &err), &err,
                 ERR_OVERSIZED);
    assert_ok(parse_many("<a b='' c=\"\"/>", "", 16000, "", "", &err), &err);
    assert_cause(parse_many("<a b='' c=\"\"/>", "", 16400, "", "", &err),
                 &err, ERR_OVERSIZED);
    assert_cause(parse_many(" a#=''", "", 200000, "<a", "/>", &err), &err,
                 ERR_OVERSIZED);
    assert_cause(parse_many(" xmlns:a#=\"x\"", "", 180000, "<a", "/>",
                            &err), &err, ERR_OVERSIZED);
    assert_cause(parse_many("#", "", 300000, "<", "/>", &err), &err,
                 ERR_MALFORMED); /* one name of 2.4 MB */
    assert_cause(parse_many("#", "", 530000, "<a>", "</a>", &err), &err,
                 ERR_OVERSIZED); /* over 4 MiB in all */
}

/* The largest text that a host can send comes in one piece. */
static void a_large_text_needs_no_option(void **state)
{
    struct buf b = BUF_INIT(SOAP_BYTES_MAX);
    struct err err = ERR_INIT;
    size_t room = SOAP_BYTES_MAX - strlen(OPEN "<a></a>" CLOSE);
    unsigned char *p;
    xmlDocPtr doc;

    (void)state;
    buf_put(&b, OPEN "<a>", strlen(OPEN "<a>"));
    p = buf_reserve(&b, room);
    assert_non_null(p);
    memset(p, 'x', room);
    buf_put(&b, "</a>" CLOSE, strlen("</a>" CLOSE));
    assert_ok(soap_parse(b.data, b.len, STAGE_OUTPUT, &doc, &err), &err);
    assert_int_equal(strlen((char *)soap_text(soap_child(soap_body(doc),
                                                         NULL, "a"))), room);
    xmlFreeDoc(doc);
    buf_free(&b);
}

static void cut_short_anywhere_is_refused(void **state)
{
    static const char text[] = "<?xml version=\"1.0\"?>" OPEN
        "<a b=\"c\" xmlns:d='e'>f&amp;g<h/><![CDATA[i]]><!--j--></a>" CLOSE;
    struct err err = ERR_INIT;
    xmlDocPtr doc;
    size_t n;

    (void)state;
    for (n = 0; n < sizeof text - 1; n++) {
        assert_cause(soap_parse((const unsigned char *)text, n, STAGE_OUTPUT,
                                &doc, &err), &err, ERR_MALFORMED);
        assert_null(doc);
    }
    assert_ok(parse(text, &doc, &err), &err);
    xmlFreeDoc(doc);
}

/* libxml2 keeps a short text where an element keeps its attributes. */
static void text_has_no_attributes(void **state)
{
    static const char text[] = OPEN "seven b<x n=\"v\"/></s:Body></s:Envelope>";
    struct err err = ERR_INIT;
    xmlDocPtr doc;
    xmlNodePtr node;

    (void)state;
    assert_ok(parse(text, &doc, &err), &err);
    node = soap_body(doc)->children;
    assert_int_equal(node->type, XML_TEXT_NODE);
    assert_null(soap_attribute(node, "n"));
    assert_string_equal(soap_attribute(node->next, "n"), "v");
    xmlFreeDoc(doc);
}

/* Whatever libxml2 has to say, it says it in err, and never on stderr. */
static void nothing_is_printed(void **state)
{
    int saved = dup(STDERR_FILENO);
    FILE *caught = tmpfile();
    struct err err = ERR_INIT;
    xmlDocPtr doc;
    int failed = 0;
    size_t i;

    (void)state;
    assert_non_null(caught);
    assert_true(saved >= 0);
    dup2(fileno(caught), STDERR_FILENO);
    for (i = 0; i < sizeof refused / sizeof *refused; i++)
        failed += parse(refused[i].text, &doc, &err) != 0;
    dup2(saved, STDERR_FILENO);
    close(saved);
    assert_int_equal(failed, sizeof refused / sizeof *refused);
    assert_int_equal(fseek(caught, 0, SEEK_END), 0);
    assert_int_equal(ftell(caught), 0);
    fclose(caught);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_and_attributes_are_found),
        cmocka_unit_test(a_byte_order_mark_and_other_languages_pass),
        cmocka_unit_test(what_is_not_plain_soap_is_refused),
        cmocka_unit_test(an_inclusion_stays_an_element),
        cmocka_unit_test(bombs_do_not_go_off),
        cmocka_unit_test(a_large_text_needs_no_option),
        cmocka_unit_test(cut_short_anywhere_is_refused),
        cmocka_unit_test(text_has_no_attributes),
        cmocka_unit_test(nothing_is_printed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
