/* test_winrs.c - a shell's life: create, command, streams, signal, delete. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "host.h"
#include "wsman/base64.h"
#include "wsman/faults.h"
#include "wsman/winrs.h"

#define SHELL_ID "SHELL-1"
#define CREATED_AS(selectors)                                                 \
    HOST_ANSWER(ACTION_CREATE, "<x:ResourceCreated><a:ReferenceParameters>"   \
                "<w:SelectorSet>" selectors "</w:SelectorSet>"                \
                "</a:ReferenceParameters></x:ResourceCreated>")
#define SELECTOR(name, value)                                                 \
    "<w:Selector Name=\"" name "\">" value "</w:Selector>"
#define CREATED CREATED_AS(SELECTOR("ShellId", SHELL_ID))
#define CHARS32 "0123456789abcdef0123456789abcdef"
#define STARTED                                                               \
    HOST_ANSWER(ACTION_COMMAND, "<rsp:CommandResponse><rsp:CommandId>CMD-1"   \
                "</rsp:CommandId></rsp:CommandResponse>")
#define RECEIVED(content)                                                     \
    HOST_ANSWER(ACTION_RECEIVE, "<rsp:ReceiveResponse>" content               \
                "</rsp:ReceiveResponse>")
#define STREAM(name, base64)                                                  \
    "<rsp:Stream Name=\"" name "\" CommandId=\"CMD-1\">" base64               \
    "</rsp:Stream>"
#define END(name)                                                             \
    "<rsp:Stream Name=\"" name "\" CommandId=\"CMD-1\" End=\"true\"/>"
#define STATE(state, content)                                                 \
    "<rsp:CommandState CommandId=\"CMD-1\" State=\"" NS_SHELL                 \
    "/CommandState/" state "\">" content "</rsp:CommandState>"
#define DONE(code) STATE("Done", "<rsp:ExitCode>" code "</rsp:ExitCode>")

static struct host host;
static struct wsman wsman;
static struct winrs_shell shell;
static struct winrs_command command;
static struct buf output[2]; /* stdout, stderr */

/* A shell with a running command. */
static int set_up(void **state)
{
    static const struct winrs_options none;
    struct err err = ERR_INIT;

    (void)state;
    host_init(&host, &wsman);
    buf_init(&output[0], 65536);
    buf_init(&output[1], 65536);
    host_answers(&host, 200, CREATED);
    assert_ok(winrs_create(&wsman, &none, &shell, &err), &err);
    host_answers(&host, 200, STARTED);
    assert_ok(winrs_start(&shell, "cmd", NULL, 0, false, &command, &err),
              &err);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    host_free(&host);
    buf_free(&output[0]);
    buf_free(&output[1]);
    return 0;
}

/* arg NULL: nowhere to put it. */
static int collect(void *arg, bool is_stderr, const void *p, size_t n,
                   struct err *err)
{
    if (arg == NULL)
        return err_set(err, ERR_SYSTEM, STAGE_OUTPUT, "the disk is full");
    buf_put(&output[is_stderr], p, n);
    return 0;
}

static int receive(const char *body, struct winrs_state *state,
                   struct err *err)
{
    host_answers(&host, 200, body);
    return winrs_receive(&command, collect, output, state, err);
}

static void a_bare_shell_asks_for_nothing(void **state)
{
    static const struct winrs_options none;
    struct err err = ERR_INIT;

    (void)state;
    host_answers(&host, 200, CREATED);
    assert_ok(winrs_create(&wsman, &none, &shell, &err), &err);
    assert_string_equal(shell.id, SHELL_ID);
    assert_false(host_was_sent(&host, "OptionSet"));
    assert_true(host_was_sent(&host,
        "<rsp:InputStreams>stdin</rsp:InputStreams>"
        "<rsp:OutputStreams>stdout stderr</rsp:OutputStreams></rsp:Shell>"));
}

static void a_shell_with_everything(void **state)
{
    static const char *const env[] = { "A=1", "B=x=y", "C=" };
    static const struct winrs_options options = {
        .env = env, .env_count = 3, .cwd = "C:\\Users\\J\xc3\xbcrgen",
        .codepage = 65001, .no_profile = true, .idle_timeout_s = 60,
    };
    struct err err = ERR_INIT;

    (void)state;
    host_answers(&host, 200, CREATED);
    assert_ok(winrs_create(&wsman, &options, &shell, &err), &err);
    assert_true(host_was_sent(&host,
        "<wsman:OptionSet s:mustUnderstand=\"true\">"
        "<wsman:Option Name=\"WINRS_NOPROFILE\" MustComply=\"true\">TRUE"
        "</wsman:Option><wsman:Option Name=\"WINRS_CODEPAGE\" "
        "MustComply=\"true\">65001</wsman:Option></wsman:OptionSet>"));
    assert_true(host_was_sent(&host,
        "<rsp:Environment><rsp:Variable Name=\"A\">1</rsp:Variable>"
        "<rsp:Variable Name=\"B\">x=y</rsp:Variable><rsp:Variable "
        "Name=\"C\"></rsp:Variable></rsp:Environment><rsp:IdleTimeOut>PT60S"
        "</rsp:IdleTimeOut><rsp:WorkingDirectory>C:\\Users\\J\xc3\xbcrgen"
        "</rsp:WorkingDirectory></rsp:Shell>"));
}

static void a_variable_needs_a_name(void **state)
{
    static const char *const env[] = { "A=1", "", "=C:=x", "NOVALUE" };
    struct winrs_options options = { .env_count = 2 };
    struct err err = ERR_INIT;
    unsigned before = host.requests;
    size_t i;

    (void)state;
    for (i = 1; i < 4; i++) {
        const char *const two[] = { env[0], env[i] };

        options.env = two;
        assert_cause(winrs_create(&wsman, &options, &shell, &err), &err,
                     ERR_USAGE);
        assert_string_equal(shell.id, "");
    }
    assert_int_equal(host.requests, before);
}

static void a_shell_needs_a_usable_id(void **state)
{
    static const struct winrs_options none;
    static const char *const bodies[] = {
        HOST_ANSWER(ACTION_CREATE, ""), CREATED_AS(""),
        CREATED_AS(SELECTOR("Other", "x")),
        CREATED_AS(SELECTOR("ShellId", "")),
        CREATED_AS(SELECTOR("ShellId", CHARS32 CHARS32 CHARS32 CHARS32)),
    };
    struct err err = ERR_INIT;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        host_answers(&host, 200, bodies[i]);
        assert_cause(winrs_create(&wsman, &none, &shell, &err), &err,
                     ERR_MALFORMED);
        assert_string_equal(shell.id, "");
    }
}

static void a_command_keeps_its_words_apart(void **state)
{
    static const char *const arguments[] = { "/c", "echo \"a b\" & dir", "" };
    struct err err = ERR_INIT;

    (void)state;
    host_answers(&host, 200, STARTED);
    assert_ok(winrs_start(&shell, "cmd.exe", arguments, 3, true, &command,
                          &err), &err);
    assert_string_equal(command.id, "CMD-1");
    assert_true(host_was_sent(&host,
        "<rsp:Command>cmd.exe</rsp:Command><rsp:Arguments>/c</rsp:Arguments>"
        "<rsp:Arguments>echo \"a b\" &amp; dir</rsp:Arguments>"
        "<rsp:Arguments></rsp:Arguments></rsp:CommandLine>"));
    assert_true(host_was_sent(&host,
        "Name=\"WINRS_SKIP_CMD_SHELL\">True</wsman:Option>"));
    assert_true(host_was_sent(&host,
        "Name=\"WINRS_CONSOLEMODE_STDIN\">FALSE</wsman:Option>"));
    assert_true(host_was_sent(&host,
        "<wsman:Selector Name=\"ShellId\">" SHELL_ID "</wsman:Selector>"));
}

static void streams_come_apart_and_decoded(void **state)
{
    struct winrs_state now;
    struct err err = ERR_INIT;

    (void)state;
    assert_ok(receive(RECEIVED(STREAM("stdout", "b25l") STREAM("stderr",
                      "ZXJy") STREAM("stdout", "IHR3bw==") STREAM("stdout",
                      "") STATE("Running", "")), &now, &err), &err);
    assert_false(now.done);
    assert_true(output[0].len == 7 && output[1].len == 3);
    assert_memory_equal(output[0].data, "one two", 7);
    assert_memory_equal(output[1].data, "err", 3);
    assert_true(host_was_sent(&host, "<rsp:DesiredStream CommandId=\"CMD-1\""
                              ">stdout stderr</rsp:DesiredStream>"));
    assert_true(host_was_sent(&host, "_KEEPALIVE\">True<"));
    assert_ok(receive(RECEIVED(STREAM("stdout", "AP+A") END("stdout")
                               END("stderr") DONE("3")), &now, &err), &err);
    assert_true(now.done);
    assert_int_equal(now.exit_code, 3);
    assert_memory_equal(output[0].data + 7, "\0\xff\x80", 3);
}

/* 32 bits, whichever way a host writes them. */
static void exit_codes_are_whole(void **state)
{
    static const struct {
        const char *body;
        uint32_t code;
    } rows[] = {
        { RECEIVED(DONE("0")), 0 },
        { RECEIVED(DONE("256")), 256 },
        { RECEIVED(DONE("3221225786")), 0xc000013a },
        { RECEIVED(DONE("4294967295")), UINT32_MAX },
        { RECEIVED(DONE("-1")), UINT32_MAX },
        { RECEIVED(DONE("-1073741510")), 0xc000013a },
        { RECEIVED(DONE("-2147483648")), 0x80000000 },
    };
    struct winrs_state now;
    struct err err = ERR_INIT;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_ok(receive(rows[i].body, &now, &err), &err);
        assert_true(now.done);
        assert_true(now.exit_code == rows[i].code);
    }
}

/* WinRM 1.1 sends an ExitCode of 0 with Pending. */
static void only_done_has_an_exit_code(void **state)
{
    struct winrs_state now = { .done = true, .exit_code = 9 };
    struct err err = ERR_INIT;

    (void)state;
    assert_ok(receive(RECEIVED(STATE("Pending", "<rsp:ExitCode>0"
                                     "</rsp:ExitCode>")), &now, &err), &err);
    assert_false(now.done);
    assert_ok(receive(RECEIVED(""), &now, &err), &err);
    assert_false(now.done);
}

static void other_output_is_refused(void **state)
{
    static const char *const bodies[] = {
        HOST_ANSWER(ACTION_RECEIVE, ""),
        RECEIVED(STREAM("stdout", "b25")),
        RECEIVED(STREAM("stdout", "b25l IHR3bw==")),
        RECEIVED(STREAM("stdout", "<rsp:b/>")),
        RECEIVED(STREAM("pr", "b25l")),
        RECEIVED("<rsp:Stream CommandId=\"CMD-1\">b25l</rsp:Stream>"),
        RECEIVED("<rsp:Stream Name=\"stdout\" CommandId=\"CMD-2\">b25l"
                 "</rsp:Stream>"),
        RECEIVED("<rsp:Stream Name=\"stdout\">b25l</rsp:Stream>"),
        RECEIVED("<rsp:CommandState State=\"" STATE_DONE "\"><rsp:ExitCode>0"
                 "</rsp:ExitCode></rsp:CommandState>"),
        RECEIVED("<rsp:CommandState CommandId=\"CMD-1\"/>"),
        RECEIVED(STATE("Done", "")),
        RECEIVED(DONE("")), RECEIVED(DONE(" 0")), RECEIVED(DONE("-")),
        RECEIVED(DONE("0x0")), RECEIVED(DONE("4294967296")),
        RECEIVED(DONE("-2147483649")),
    };
    struct winrs_state now;
    struct err err = ERR_INIT;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        assert_cause(receive(bodies[i], &now, &err), &err, ERR_MALFORMED);
        assert_int_equal(err.stage, STAGE_OUTPUT);
        assert_false(now.done);
    }
    assert_int_equal(output[0].len + output[1].len, 0);
}

static void who_takes_the_output_can_stop_it(void **state)
{
    struct winrs_state now;
    struct err err = ERR_INIT;

    (void)state;
    host_answers(&host, 200, RECEIVED(STREAM("stdout", "b25l") DONE("0")));
    assert_cause(winrs_receive(&command, collect, NULL, &now, &err), &err,
                 ERR_SYSTEM);
}

static void a_silent_command_is_no_error(void **state)
{
    struct winrs_state now;
    struct err err = ERR_INIT;

    (void)state;
    host_answers(&host, 500, HOST_FAULT("2150858793", "Timed out."));
    assert_ok(winrs_receive(&command, collect, output, &now, &err), &err);
    assert_false(now.done);
    assert_int_equal(err.cause, ERR_NONE);
    host_answers(&host, 500, HOST_FAULT("2150858843", "No such command."));
    assert_cause(winrs_receive(&command, collect, output, &now, &err), &err,
                 ERR_SHELL_GONE);
}

static void input_is_sent_and_ended(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    host_answers(&host, 200, HOST_ANSWER(ACTION_SEND, "<rsp:SendResponse/>"));
    assert_ok(winrs_send(&command, "foob", 4, false, &err), &err);
    assert_true(host_was_sent(&host, "<rsp:Stream Name=\"stdin\" "
                              "CommandId=\"CMD-1\">Zm9vYg==</rsp:Stream>"));
    assert_ok(winrs_send(&command, NULL, 0, true, &err), &err);
    assert_true(host_was_sent(&host, " End=\"true\"></rsp:Stream>"));
    /* A loaded host says so of input that it did take. */
    host_answers(&host, 500, HOST_FAULT("2150858793", "Timed out."));
    assert_ok(winrs_send(&command, "x", 1, true, &err), &err);
    host_answers(&host, 500, HOST_FAULT("170", "Busy."));
    assert_cause(winrs_send(&command, "x", 1, true, &err), &err, ERR_FAULT);
}

/* As much as may be sent fits into an envelope, and is worth a request. */
static void the_largest_input_fits(void **state)
{
    static const unsigned sizes[] = {
        WSMAN_ENVELOPE_SMALL, WSMAN_ENVELOPE_LARGE,
    };
    struct err err = ERR_INIT;
    char *zeros = calloc(1, WSMAN_ENVELOPE_LARGE);
    size_t i, n;

    (void)state;
    assert_non_null(zeros);
    memset(wsman.url, 'u', sizeof wsman.url - 1);
    memset(shell.id, 's', sizeof shell.id - 1);
    memset(command.id, 'c', sizeof command.id - 1);
    host_answers(&host, 200, HOST_ANSWER(ACTION_SEND, ""));
    for (i = 0; i < 2; i++) {
        wsman.max_request = sizes[i];
        n = winrs_send_max(&shell);
        assert_true(BASE64_LEN(n) > sizes[i] / 100 * 97);
        assert_ok(winrs_send(&command, zeros, n, true, &err), &err);
        assert_true(host.request.len - 1 <= sizes[i]);
        assert_cause(winrs_send(&command, zeros, n + 1, true, &err), &err,
                     ERR_INTERNAL);
    }
    free(zeros);
}

static void signals_have_their_codes(void **state)
{
    static const struct {
        enum winrs_signal signal;
        const char *code;
    } rows[] = {
        { WINRS_CTRL_C, "shell/signal/ctrl_c<" },
        { WINRS_CTRL_BREAK, "shell/signal/ctrl_break<" },
        { WINRS_TERMINATE, "shell/signal/terminate<" },
    };
    struct err err = ERR_INIT;
    size_t i;

    (void)state;
    host_answers(&host, 200, HOST_ANSWER(ACTION_SIGNAL, ""));
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_string_equal(command.id, "CMD-1");
        assert_ok(winrs_signal(&command, rows[i].signal, false, &err), &err);
        assert_true(host_was_sent(&host, rows[i].code));
        assert_true(host_was_sent(&host,
                                  "<rsp:Signal xmlns:rsp=\"" NS_SHELL
                                  "\" CommandId=\"CMD-1\"><rsp:Code>"));
    }
    assert_string_equal(command.id, "");
}

static void a_shell_is_deleted_once(void **state)
{
    struct err err = ERR_INIT;
    unsigned before = host.requests;

    (void)state;
    host_answers(&host, 200, HOST_ANSWER(ACTION_DELETE, ""));
    assert_ok(winrs_delete(&shell, false, &err), &err);
    assert_true(host_was_sent(&host, "<s:Body/>"));
    assert_true(host_was_sent(&host, ">" SHELL_ID "<"));
    assert_string_equal(shell.id, "");
    assert_ok(winrs_delete(&shell, false, &err), &err);
    assert_int_equal(host.requests, before + 1);
    snprintf(shell.id, sizeof shell.id, SHELL_ID);
    assert_ok(winrs_delete(&shell, true, &err), &err);
    assert_true(host.final); /* nobody waits */
}

static void a_shell_that_is_gone_is_deleted(void **state)
{
    static const char *const gone[] = {
        HOST_FAULT("2150858843", "Gone."), HOST_FAULT("995", "Aborted."),
    };
    struct err err = ERR_INIT;
    size_t i;

    (void)state;
    for (i = 0; i < 2; i++) {
        snprintf(shell.id, sizeof shell.id, SHELL_ID);
        host_answers(&host, 500, gone[i]);
        assert_ok(winrs_delete(&shell, false, &err), &err);
        assert_string_equal(shell.id, "");
        assert_int_equal(err.cause, ERR_NONE);
    }
    snprintf(shell.id, sizeof shell.id, SHELL_ID);
    host_answers(&host, 500, HOST_FAULT("5", "No."));
    assert_cause(winrs_delete(&shell, false, &err), &err,
                 ERR_ACCESS_DENIED);
    assert_string_equal(shell.id, SHELL_ID);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_bare_shell_asks_for_nothing),
        TEST(a_shell_with_everything),
        TEST(a_variable_needs_a_name),
        TEST(a_shell_needs_a_usable_id),
        TEST(a_command_keeps_its_words_apart),
        TEST(streams_come_apart_and_decoded),
        TEST(exit_codes_are_whole),
        TEST(only_done_has_an_exit_code),
        TEST(other_output_is_refused),
        TEST(who_takes_the_output_can_stop_it),
        TEST(a_silent_command_is_no_error),
        TEST(input_is_sent_and_ended),
        TEST(the_largest_input_fits),
        TEST(signals_have_their_codes),
        TEST(a_shell_is_deleted_once),
        TEST(a_shell_that_is_gone_is_deleted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
