/* test_faults.c - what users are told when a host says no. */
#include "unit.h"

#include <stdio.h>

#include "wsman/faults.h"
#include "wsman/soap.h"
#include "wsman/uri.h"

#define HEAD "<s:Envelope xmlns:s=\"" NS_SOAP "\" xmlns:w=\"" NS_WSMAN        \
    "\"><s:Body><s:Fault><s:Code><s:Value>s:Receiver</s:Value><s:Subcode>"    \
    "<s:Value>w:InternalError</s:Value></s:Subcode></s:Code><s:Reason>"       \
    "<s:Text xml:lang=\"en-US\">The reason. </s:Text></s:Reason><s:Detail>"
#define TAIL "</s:Detail></s:Fault></s:Body></s:Envelope>"
#define WSMANFAULT "f:WSManFault xmlns:f=\"" NS_WSMANFAULT "\""

static bool read_fault(const char *text, struct fault *fault)
{
    struct err err = ERR_INIT;
    xmlDocPtr doc;
    bool found;

    assert_ok(soap_parse((const unsigned char *)text, strlen(text),
                         STAGE_SHELL, &doc, &err), &err);
    found = fault_parse(doc, fault);
    xmlFreeDoc(doc);
    return found;
}

static void an_answer_is_no_fault(void **state)
{
    struct fault fault;

    (void)state;
    assert_false(read_fault("<s:Envelope xmlns:s=\"" NS_SOAP "\"><s:Body>"
                            "<Fault/></s:Body></s:Envelope>", &fault));
}

static void a_wsmanfault_with_a_message(void **state)
{
    struct fault fault;

    (void)state;
    assert_true(read_fault(HEAD "<" WSMANFAULT " Code=\"2147942402\" "
                           "Machine=\"win1\"><f:Message>No such\r\n  file."
                           "  </f:Message></f:WSManFault>" TAIL, &fault));
    assert_true(fault.has_code);
    assert_true(fault.code == 0x80070002);
    assert_string_equal(fault.subcode, "InternalError");
    assert_string_equal(fault.reason, "The reason.");
    assert_string_equal(fault.message, "No such file.");
    assert_string_equal(fault.machine, "win1");
    assert_string_equal(fault.provider, "");
}

/* A plugin's fault, which may hold a whole fault of its own. */
static void a_nested_message_is_reached(void **state)
{
    struct fault fault;

    (void)state;
    assert_true(read_fault(
        HEAD "<" WSMANFAULT " Code=\"2150858843\" Machine=\"win1\"><f:Message>"
        "<f:ProviderFault provider=\"Shell provider\" path=\"x.dll\"><"
        WSMANFAULT " Code=\"5\" Machine=\"inner\"><f:Message>Deep inside."
        "</f:Message></f:WSManFault></f:ProviderFault></f:Message>"
        "</f:WSManFault>" TAIL, &fault));
    assert_true(fault.code == 0x8033805b);
    assert_string_equal(fault.message, "Deep inside.");
    assert_string_equal(fault.machine, "win1");
    assert_string_equal(fault.provider, "Shell provider");
}

static void a_quota_comes_as_a_wmi_error(void **state)
{
    struct err err = ERR_INIT;
    struct fault fault;

    (void)state;
    assert_true(read_fault(
        HEAD "<p:MSFT_WmiError xmlns:p=\"http://schemas.microsoft.com/wbem/"
        "wsman/1/wmi/root/microsoft/windows/management/infrastructure/"
        "MSFT_WmiError\"><p:CIMStatusCode>27</p:CIMStatusCode><p:Message>"
        "This user is allowed a maximum number of 15 concurrent operations."
        "</p:Message><p:error_Code>2150859174</p:error_Code>"
        "</p:MSFT_WmiError>" TAIL, &fault));
    assert_true(fault.code == 0x803381a6);
    assert_cause(fault_error(&err, STAGE_COMMAND, &fault), &err, ERR_QUOTA);
    assert_non_null(strstr(err.text, "maximum number of 15"));
    assert_non_null(strstr(err.advice, "MaxConcurrentOperationsPerUser"));
}

static void a_code_is_a_number_of_32_bits_or_none(void **state)
{
    static const char *const wrong[] = {
        "", " 5", "5 ", "-5", "0x5", "five", "4294967296", "99999999999",
    };
    struct fault fault;
    char text[1024];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        snprintf(text, sizeof text, HEAD "<" WSMANFAULT " Code=\"%s\"/>"
                 TAIL, wrong[i]);
        assert_true(read_fault(text, &fault));
        assert_false(fault.has_code);
    }
    assert_true(read_fault(HEAD "<" WSMANFAULT " Code=\"4294967295\"/>" TAIL,
                           &fault));
    assert_true(fault.has_code && fault.code == UINT32_MAX);
}

/* The codes that users meet, each with its cause and a word of its story. */
static const struct {
    uint32_t code;
    enum err_cause cause;
    const char *text;
    const char *advice;
} known[] = {
    { 5, ERR_ACCESS_DENIED, "may not use WinRM",
      "Remote Management Users" },
    { 87, ERR_FAULT, "parameter", "" },
    { 170, ERR_FAULT, "busy", "try again" },
    { 995, ERR_SHELL_GONE, "broke the operation off", "event log" },
    { 0x4c7, ERR_SHELL_GONE, "broke the operation off", "event log" },
    { 2147942402u, ERR_FAULT, "does not find the program", "full path" },
    { 2147942606u, ERR_FAULT, "too long", "8191" },
    { 2150858793u, ERR_TIMEOUT, "operation timeout", "" },
    { 2150858817u, ERR_FAULT, "schema", "" },
    { 0x8033805b, ERR_SHELL_GONE, "no longer exists", "again" },
    { 0x803381a5, ERR_QUOTA, "too many shells", "MaxShellsPerUser" },
    { 0x803381a6, ERR_QUOTA, "too many operations",
      "MaxConcurrentOperationsPerUser" },
    { 0x803381c4, ERR_SHELL_GONE, "disconnected", "again" },
    { 0x803381de, ERR_SHELL_GONE, "disconnected", "again" },
    { 0x8033819b, ERR_FAULT, "redirects", "never followed" },
};

static void known_codes_are_explained(void **state)
{
    struct fault fault = { .has_code = true, .message = "Host's words." };
    struct err err = ERR_INIT;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof known / sizeof *known; i++) {
        fault.code = known[i].code;
        assert_cause(fault_error(&err, STAGE_SHELL, &fault), &err,
                     known[i].cause);
        assert_int_equal(err.stage, STAGE_SHELL);
        assert_int_equal(err.domain, CODE_FAULT);
        assert_true(err.code == known[i].code);
        assert_non_null(strstr(err.text, known[i].text));
        assert_non_null(strstr(err.text, ": Host's words"));
        assert_true(err.text[strlen(err.text) - 1] != '.');
        assert_non_null(strstr(err.advice, known[i].advice));
    }
}

static void an_unknown_code_keeps_the_hosts_words(void **state)
{
    struct fault fault = { .has_code = true, .code = 0x80338999,
                           .reason = "Only a reason" };
    struct err err = ERR_INIT;

    (void)state;
    assert_cause(fault_error(&err, STAGE_COMMAND, &fault), &err, ERR_FAULT);
    assert_non_null(strstr(err.text, "Only a reason"));
    assert_true(err.code == 0x80338999);
}

/* Services that are not Windows give a subcode and no code. */
static void a_subcode_stands_in_for_a_code(void **state)
{
    struct fault fault = { .subcode = "TimedOut" };
    struct err err = ERR_INIT;

    (void)state;
    assert_cause(fault_error(&err, STAGE_OUTPUT, &fault), &err, ERR_TIMEOUT);
    assert_true(err.domain == CODE_FAULT &&
                err.code == FAULT_OPERATION_TIMEOUT);
    snprintf(fault.subcode, sizeof fault.subcode, "Unheard");
    assert_cause(fault_error(&err, STAGE_OUTPUT, &fault), &err, ERR_FAULT);
    assert_int_equal(err.domain, CODE_NONE);
    assert_non_null(strstr(err.text, "Unheard"));
}

static void long_words_are_cut_between_characters(void **state)
{
    struct fault fault;
    char text[8192], *p = text;
    size_t i;

    (void)state;
    p += snprintf(p, 2048, HEAD "<" WSMANFAULT " Code=\"1\"><f:Message>");
    for (i = 0; i < FAULT_TEXT_MAX; i++)
        p += snprintf(p, 4, "\xe2\x82\xac");
    snprintf(p, 256, "</f:Message></f:WSManFault>" TAIL);
    assert_true(read_fault(text, &fault));
    assert_int_equal(strlen(fault.message), FAULT_TEXT_MAX / 3 * 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_is_no_fault),
        cmocka_unit_test(a_wsmanfault_with_a_message),
        cmocka_unit_test(a_nested_message_is_reached),
        cmocka_unit_test(a_quota_comes_as_a_wmi_error),
        cmocka_unit_test(a_code_is_a_number_of_32_bits_or_none),
        cmocka_unit_test(known_codes_are_explained),
        cmocka_unit_test(an_unknown_code_keeps_the_hosts_words),
        cmocka_unit_test(a_subcode_stands_in_for_a_code),
        cmocka_unit_test(long_words_are_cut_between_characters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
