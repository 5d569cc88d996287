/* test_identify.c - what a host says of itself, and what is no such thing. */
#include "unit.h"

#include <stdio.h>

#include "wsman/identify.h"
#include "wsman/uri.h"

#define OPEN "<s:Envelope xmlns:s=\"" NS_SOAP "\"><s:Header/><s:Body>"
#define CLOSE "</s:Body></s:Envelope>"
#define IDENTITY "http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity"

static int describe(const char *text, char dst[IDENTIFY_TEXT_MAX],
                    struct err *err)
{
    return identify_describe((const unsigned char *)text, strlen(text), dst,
                             err);
}

/* DSP0226 section 11 and Microsoft's page have ".xsd", others have not. */
static void vendor_and_version_are_read(void **state)
{
    static const char *const namespaces[] = { IDENTITY, IDENTITY ".xsd" };
    char text[IDENTIFY_TEXT_MAX], xml[1024];
    struct err err = ERR_INIT;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof namespaces / sizeof *namespaces; i++) {
        snprintf(xml, sizeof xml, OPEN "<i:IdentifyResponse xmlns:i=\"%s\">"
                 "<i:ProtocolVersion>x</i:ProtocolVersion>"
                 "<i:ProductVendor>Microsoft Corporation</i:ProductVendor>"
                 "<i:ProductVersion>OS: 0.0.0 SP: 0.0 Stack: 3.0"
                 "</i:ProductVersion></i:IdentifyResponse>" CLOSE,
                 namespaces[i]);
        assert_ok(describe(xml, text, &err), &err);
        assert_string_equal(text, "Microsoft Corporation, OS: 0.0.0 SP: 0.0 "
                                  "Stack: 3.0");
    }
}

static void anything_else_is_refused(void **state)
{
    static const char *const rows[] = {
        "", "<html/>", OPEN "<a/>" CLOSE, OPEN CLOSE,
        "<!DOCTYPE x>" OPEN "<IdentifyResponse/>" CLOSE,
    };
    char text[IDENTIFY_TEXT_MAX];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct err err = ERR_INIT;

        assert_cause(describe(rows[i], text, &err), &err, ERR_MALFORMED);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vendor_and_version_are_read),
        cmocka_unit_test(anything_else_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
