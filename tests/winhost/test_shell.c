/*
 * test_shell.c - shells through the whole service: output that keeps to the
 * envelope, quotas, ids that are not known.
 */
#include "world.h"

#include <stdio.h>
#include <string.h>

#define REQUEST_MAX 8192

#define SHELL "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"
#define TRANSFER "http://schemas.xmlsoap.org/ws/2004/09/transfer"

static void compose(char xml[REQUEST_MAX], const char *action,
                    const char *shell, const char *body)
{
    snprintf(xml, REQUEST_MAX, "<s:Envelope xmlns:s=\"http://www.w3.org/2003/"
             "05/soap-envelope\" xmlns:a=\"http://schemas.xmlsoap.org/ws/2004"
             "/08/addressing\" xmlns:w=\"http://schemas.dmtf.org/wbem/wsman/1"
             "/wsman.xsd\" xmlns:rsp=\"" SHELL "\"><s:Header><a:Action "
             "s:mustUnderstand=\"true\">%s</a:Action><a:To>http://kiosk7:5985"
             "/wsman</a:To><w:ResourceURI s:mustUnderstand=\"true\">" SHELL
             "/cmd</w:ResourceURI><a:ReplyTo><a:Address>http://schemas."
             "xmlsoap.org/ws/2004/08/addressing/role/anonymous</a:Address>"
             "</a:ReplyTo><a:MessageID>uuid:1</a:MessageID>"
             "<w:MaxEnvelopeSize s:mustUnderstand=\"true\">153600"
             "</w:MaxEnvelopeSize><w:OperationTimeout>PT5S"
             "</w:OperationTimeout><w:SelectorSet><w:Selector "
             "Name=\"ShellId\">%s</w:Selector></w:SelectorSet></s:Header>"
             "<s:Body>%s</s:Body></s:Envelope>", action, shell, body);
}

/* The text behind a tag of the last answer. */
static void find(const struct world *w, const char *tag, char id[64])
{
    const char *at = strstr((const char *)w->plain.data, tag);

    assert_non_null(at);
    at += strlen(tag);
    snprintf(id, 64, "%.*s", (int)strcspn(at, "<\""), at);
}

static void create(struct world *w, char shell[64])
{
    char xml[REQUEST_MAX];

    compose(xml, TRANSFER "/Create", "", "<rsp:Shell><rsp:InputStreams>stdin"
            "</rsp:InputStreams><rsp:OutputStreams>stdout stderr"
            "</rsp:OutputStreams></rsp:Shell>");
    assert_int_equal(world_call(w, xml), 200);
    find(w, "<rsp:ShellId>", shell);
}

static void large_output_keeps_to_the_envelope(void **state)
{
    struct world *w = *state;
    char xml[REQUEST_MAX], body[512], shell[64], command[64];
    unsigned replies = 0;

    world_log_on(w);
    create(w, shell);
    compose(xml, SHELL "/Command", shell, "<rsp:CommandLine><rsp:Command>"
            "lab-bytes 1000000</rsp:Command></rsp:CommandLine>");
    assert_int_equal(world_call(w, xml), 200);
    find(w, "<rsp:CommandId>", command);
    snprintf(body, sizeof body, "<rsp:Receive><rsp:DesiredStream "
             "CommandId=\"%s\">stdout stderr</rsp:DesiredStream>"
             "</rsp:Receive>", command);
    compose(xml, SHELL "/Receive", shell, body);
    do {
        assert_int_equal(world_call(w, xml), 200);
        assert_true(w->plain.len - 1 <= 153600);
        replies++;
    } while (strstr((char *)w->plain.data, "CommandState/Done") == NULL);
    assert_int_equal(replies, 9); /* 1,333,336 bytes of base64 */
    /* Its end was told: the command is not known any more. */
    assert_int_equal(world_call(w, xml), 500);
    assert_non_null(strstr((char *)w->plain.data, "2150858843"));
}

static void shells_have_a_quota(void **state)
{
    struct world *w = *state;
    char shell[64], xml[REQUEST_MAX];

    world_log_on(w);
    create(w, shell);
    create(w, shell);
    compose(xml, TRANSFER "/Create", "", "<rsp:Shell><rsp:OutputStreams>"
            "stdout</rsp:OutputStreams></rsp:Shell>");
    assert_int_equal(world_call(w, xml), 500);
    assert_non_null(strstr((char *)w->plain.data, "2150859173"));
    compose(xml, TRANSFER "/Delete", shell, "");
    assert_int_equal(world_call(w, xml), 200);
    create(w, shell);
}

int main(void)
{
#define STORY(f) \
    cmocka_unit_test_setup_teardown(f, world_set_up, world_tear_down)
    const struct CMUnitTest tests[] = {
        STORY(large_output_keeps_to_the_envelope),
        STORY(shells_have_a_quota),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
