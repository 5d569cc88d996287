/* test_resource.c - what a person may call a resource, and its selectors. */
#include "unit.h"

#include <stdio.h>

#include "wsman/resource.h"

#define MS "http://schemas.microsoft.com/wbem/wsman/1"

static void aliases_stand_for_their_uri(void **state)
{
    static const struct { const char *text, *uri; } rows[] = {
        { "winrm/config", MS "/config" },
        { "wsman/config/listener", MS "/config/listener" },
        { "WinRM/config", MS "/config" },
        { "shell", MS "/windows/shell" },
        { "shell/cmd?ShellId=1", MS "/windows/shell/cmd" },
        { "wmi/root/cimv2/Win32_Service", MS "/wmi/root/cimv2/Win32_Service" },
        { "wmicimv2/Win32_Service", MS "/wmi/root/cimv2/Win32_Service" },
        { "cimv2/CIM_Process",
          "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_Process" },
        { MS "/config", MS "/config" },
        { "http://x/y?a=b", "http://x/y" },
    };
    struct err err = ERR_INIT;
    struct resource resource;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_ok(resource_parse(&resource, rows[i].text, &err), &err);
        assert_string_equal(resource.uri, rows[i].uri);
    }
}

static void selectors_are_split_at_plus(void **state)
{
    struct err err = ERR_INIT;
    struct resource resource;

    (void)state;
    assert_ok(resource_parse(&resource, "winrm/config/listener?Address=*+"
                             "Transport=HTTP+Note=\"a+b=c\"+None=", &err),
              &err);
    assert_ok(resource_select(&resource, "Path=C:\\a+b=c", &err), &err);
    assert_string_equal(resource.uri, MS "/config/listener");
    assert_int_equal(resource.selector_count, 5);
    assert_string_equal(resource.selectors[0].name, "Address");
    assert_string_equal(resource.selectors[0].value, "*");
    assert_string_equal(resource.selectors[1].value, "HTTP");
    assert_string_equal(resource.selectors[2].value, "a+b=c");
    assert_string_equal(resource.selectors[3].value, "");
    assert_string_equal(resource.selectors[4].name, "Path");
    assert_string_equal(resource.selectors[4].value, "C:\\a+b=c");
}

static void anything_else_is_refused(void **state)
{
    static const char *const rows[] = {
        "", "config", "winrmx/config", "?a=b", "winrm/config?",
        "winrm/config?a", "winrm/config?=b", "winrm/config?a=b+",
    };
    struct resource resource;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct err err = ERR_INIT;

        assert_cause(resource_parse(&resource, rows[i], &err), &err,
                     ERR_USAGE);
    }
}

static void every_length_has_its_limit(void **state)
{
    char text[RESOURCE_SELECTOR_BYTES + 64];
    struct err err = ERR_INIT;
    struct resource resource;
    size_t i;

    (void)state;
    snprintf(text, sizeof text, "winrm/%0*d", RESOURCE_URI_MAX, 0);
    assert_cause(resource_parse(&resource, text, &err), &err, ERR_USAGE);
    snprintf(text, sizeof text, "winrm?a=%0*d", RESOURCE_SELECTOR_BYTES, 0);
    err_clear(&err);
    assert_cause(resource_parse(&resource, text, &err), &err, ERR_USAGE);
    err_clear(&err);
    assert_ok(resource_parse(&resource, "winrm/config", &err), &err);
    for (i = 0; i < RESOURCE_SELECTORS_MAX; i++)
        assert_ok(resource_select(&resource, "a=b", &err), &err);
    assert_cause(resource_select(&resource, "a=b", &err), &err, ERR_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(aliases_stand_for_their_uri),
        cmocka_unit_test(selectors_are_split_at_plus),
        cmocka_unit_test(anything_else_is_refused),
        cmocka_unit_test(every_length_has_its_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
