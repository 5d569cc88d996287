/*
 * test_shell.c - shells through the whole service: output that keeps to the
 * envelope, quotas, ids that are not known.
 */
#include "world.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define REQUEST_MAX 8192
#define TROUBLE "test_shell.trouble"

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

static void choose(const char *line)
{
    FILE *file = fopen(TROUBLE, "we");

    assert_non_null(file);
    assert_true(fputs(line, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* The shell's Command, which either runs or is answered with this code. */
static void expect_command(struct world *w, const char *shell,
                           const char *code)
{
    char xml[REQUEST_MAX];

    compose(xml, SHELL "/Command", shell, "<rsp:CommandLine><rsp:Command>"
            "hostname</rsp:Command></rsp:CommandLine>");
    assert_int_equal(world_call(w, xml), code != NULL ? 500 : 200);
    if (code != NULL)
        assert_non_null(strstr((char *)w->plain.data, code));
}

static void a_host_has_the_trouble_that_it_is_told(void **state)
{
    static const struct {
        const char *line, *code;
    } rows[] = {
        { "", NULL },
        { "Receive busy", NULL },
        { "Command busy", "Code=\"170\"" },
        { "Command disconnected", "Code=\"2150859204\"" },
        { "Command stream\n", "Code=\"2150859230\"" },
        { "Command missing", "Code=\"2150858843\"" },
        { "Command operations", "<p:error_Code>2150859174<" },
        { "Command system", "Code=\"2150859176\"" },
        { "Command large", "Code=\"2150858823\"" },
    };
    struct world *w = *state;
    char shell[64];
    struct err err;
    size_t i;

    assert_ok(troubles_new(TROUBLE, &w->host.troubles, &err), &err);
    world_log_on(w);
    create(w, shell);
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        choose(rows[i].line);
        expect_command(w, shell, rows[i].code);
    }
    choose("Command busy 1");
    expect_command(w, shell, "Code=\"170\"");
    expect_command(w, shell, NULL);
    choose("Command drop 1"); /* it runs, and the answer is lost */
    expect_command(w, shell, NULL);
    assert_int_equal(w->answer.loss, LOSS_DROP);
    expect_command(w, shell, NULL);
    assert_int_equal(w->answer.loss, LOSS_NONE);
    troubles_free(&w->host.troubles);
    assert_int_equal(remove(TROUBLE), 0);
}

static void an_idle_shell_ends(void **state)
{
    struct world *w = *state;
    char shell[64];

    w->host.shell_idle_ms = 1;
    world_log_on(w);
    create(w, shell);
    assert_int_equal(usleep(1100000), 0); /* seconds are counted */
    expect_command(w, shell, "Code=\"2150858843\"");
}

int main(void)
{
#define STORY(f) \
    cmocka_unit_test_setup_teardown(f, world_set_up, world_tear_down)
    const struct CMUnitTest tests[] = {
        STORY(large_output_keeps_to_the_envelope),
        STORY(shells_have_a_quota),
        STORY(a_host_has_the_trouble_that_it_is_told),
        STORY(an_idle_shell_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
