/* test_item.c - items as winrm's text, as JSON and as XML. */
#include "unit.h"

#include <libxml/parser.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/item.h"

#define XSI "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\""

typedef int print_fn(FILE *out, xmlNodePtr item, struct err *err);

static int text(FILE *out, xmlNodePtr item, struct err *err)
{
    return item_text(out, item, err);
}

static int json(FILE *out, xmlNodePtr item, struct err *err)
{
    return item_json(out, item, err);
}

static int properties(FILE *out, xmlNodePtr item, struct err *err)
{
    return item_properties(out, item, err);
}

static void check(print_fn *print, const char *xml, const char *wanted)
{
    xmlDocPtr doc = xmlReadMemory(xml, (int)strlen(xml), NULL, NULL, 0);
    struct err err = ERR_INIT;
    char *printed = NULL;
    size_t size;
    FILE *out = open_memstream(&printed, &size);

    assert_non_null(doc);
    assert_non_null(out);
    assert_ok(print(out, xmlDocGetRootElement(doc), &err), &err);
    fclose(out);
    assert_string_equal(printed, wanted);
    free(printed);
    xmlFreeDoc(doc);
}

#define LISTENER                                                              \
    "<c:Listener xmlns:c=\"urn:c\" Source=\"GPO\" xml:lang=\"en-US\">"        \
    "<c:Address>*</c:Address><c:Hostname/>"                                   \
    "<c:Enabled Source=\"GPO\">true</c:Enabled>"                              \
    "<c:ListeningOn>127.0.0.1</c:ListeningOn>"                                \
    "<c:ListeningOn>::1</c:ListeningOn></c:Listener>"
#define SYSTEM                                                                \
    "<p:Win32_Os xmlns:p=\"urn:p\" " XSI " xsi:type=\"p:Win32_Os_Type\">"     \
    "<p:Caption>a \"b\" &amp; c</p:Caption><p:CSD xsi:nil=\"true\"/>\n"       \
    "<p:Install><cim:Datetime xmlns:cim=\"urn:d\">2026-01-05</cim:Datetime>"  \
    "</p:Install><p:Last>1</p:Last></p:Win32_Os>"

/* DSP0226 11: an IdentifyResponse may name its security profiles. */
#define IDENTITY                                                              \
    "<w:IdentifyResponse xmlns:w=\"urn:identity\">"                           \
    "<w:ProtocolVersion>urn:wsman</w:ProtocolVersion>"                        \
    "<w:ProductVendor>Microsoft Corporation</w:ProductVendor>"                \
    "<w:ProductVersion>OS: 10.0.17763</w:ProductVersion>"                     \
    "<w:SecurityProfiles><w:SecurityProfileName>urn:https</w:"                \
    "SecurityProfileName><w:SecurityProfileName>urn:kerberos</w:"             \
    "SecurityProfileName></w:SecurityProfiles></w:IdentifyResponse>"

static void properties_are_powershells(void **state)
{
    (void)state;
    check(properties, IDENTITY,
          "ProtocolVersion  : urn:wsman\n"
          "ProductVendor    : Microsoft Corporation\n"
          "ProductVersion   : OS: 10.0.17763\n"
          "SecurityProfiles : urn:https, urn:kerberos\n");
}

static void text_is_winrms(void **state)
{
    (void)state;
    check(text, LISTENER,
          "Listener [Source=\"GPO\"]\n"
          "    Address = *\n"
          "    Hostname\n"
          "    Enabled = true [Source=\"GPO\"]\n"
          "    ListeningOn = 127.0.0.1, ::1\n\n");
    check(text, SYSTEM,
          "Win32_Os\n"
          "    Caption = a \"b\" & c\n"
          "    CSD = null\n"
          "    Install\n"
          "        Datetime = 2026-01-05\n"
          "    Last = 1\n\n");
    check(text, "<a>1</a>", "a = 1\n\n");
    check(text, "<a/>", "a\n\n");
}

/* CSI as one character, which XML may carry, and lines that are none. */
static void text_is_safe_for_a_terminal(void **state)
{
    (void)state;
    check(text, "<a><b>x&#155;31m</b><c>1\n    Forged = 2</c></a>",
          "a\n    b = x??31m\n    c = 1?    Forged = 2\n\n");
}

static void json_keeps_the_structure(void **state)
{
    (void)state;
    check(json, LISTENER,
          "{\"@Source\":\"GPO\",\"Address\":\"*\",\"Hostname\":\"\","
          "\"Enabled\":{\"@Source\":\"GPO\",\"#text\":\"true\"},"
          "\"ListeningOn\":[\"127.0.0.1\",\"::1\"]}\n");
    check(json, SYSTEM,
          "{\"Caption\":\"a \\\"b\\\" & c\",\"CSD\":null,"
          "\"Install\":{\"Datetime\":\"2026-01-05\"},\"Last\":\"1\"}\n");
    check(json, "<a><b>1</b><c/><b>2</b><b><d>3</d></b></a>",
          "{\"b\":[\"1\",\"2\",{\"d\":\"3\"}],\"c\":\"\"}\n");
}

/* What the envelope had declared goes along. */
static void xml_stands_alone(void **state)
{
    xmlDocPtr doc;
    struct err err = ERR_INIT;
    static const char envelope[] =
        "<e xmlns:p=\"urn:p\"><p:Item><p:a/></p:Item></e>";
    char *printed = NULL;
    size_t size;
    FILE *out = open_memstream(&printed, &size);

    (void)state;
    doc = xmlReadMemory(envelope, (int)strlen(envelope), NULL, NULL, 0);
    assert_non_null(doc);
    assert_ok(item_xml(out, xmlDocGetRootElement(doc)->children, &err),
              &err);
    fclose(out);
    assert_string_equal(printed, "<p:Item xmlns:p=\"urn:p\">\n  <p:a/>\n"
                                 "</p:Item>\n");
    free(printed);
    xmlFreeDoc(doc);
}

static void a_full_disk_is_told(void **state)
{
    static const char xml[] = "<a><b>1</b></a>";
    xmlDocPtr doc = xmlReadMemory(xml, (int)strlen(xml), NULL, NULL, 0);
    print_fn *const prints[] = { text, json, item_xml };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof prints / sizeof *prints; i++) {
        FILE *out = fopen("/dev/full", "we");
        struct err err = ERR_INIT;

        assert_non_null(out);
        setvbuf(out, NULL, _IONBF, 0);
        assert_cause(prints[i](out, xmlDocGetRootElement(doc), &err), &err,
                     ERR_SYSTEM);
        fclose(out);
    }
    xmlFreeDoc(doc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(properties_are_powershells),
        cmocka_unit_test(text_is_winrms),
        cmocka_unit_test(text_is_safe_for_a_terminal),
        cmocka_unit_test(json_keeps_the_structure),
        cmocka_unit_test(xml_stands_alone),
        cmocka_unit_test(a_full_disk_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
