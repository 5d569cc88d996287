/* test_remote.c - one remote command against a scripted host. */
#include "unit.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fake_host.h"

#define BIG 300000
#define LABEL "cmd;65001;0;0:,"

/* The command, its host, and the pipes at its ends. */
struct story {
    struct fake_host host;
    struct remote_options options;
    struct wsman wsman;
    struct dial dial;
    struct remote remote;
    struct err err;
    int out[2], errors[2];
    char printed[4096], complained[4096];
};

static void begin(struct story *s, const struct fake_step *steps)
{
    memset(s, 0, sizeof *s);
    fake_host_start(&s->host, steps);
    s->dial = fake_dial(&s->host);
    s->options.command = "hostname";
    s->options.shell.codepage = 65001;
    s->options.will = fake_will;
    s->options.will_arg = &s->host;
    s->options.label = LABEL;
    s->options.value = "";
    assert_int_equal(pipe(s->out), 0);
    assert_int_equal(pipe(s->errors), 0);
    fcntl(s->out[1], F_SETPIPE_SZ, 1048576);
    s->options.in = open("/dev/null", O_RDONLY);
    s->options.out = s->out[1];
    s->options.err = s->errors[1];
    assert_ok(wsman_init(&s->wsman, "http://win1.corp.example.com:5985/wsman",
                         fake_post, &s->host, &s->err), &s->err);
}

static int run(struct story *s)
{
    remote_init(&s->remote, &s->options, &s->wsman, &s->dial);
    s->host.remote = &s->remote;
    return remote_run(&s->remote, &s->err);
}

static void slurp(int fd, char *dst, size_t size)
{
    size_t used = 0;
    ssize_t n;

    while (used + 1 < size && (n = read(fd, dst + used, size - used - 1)) > 0)
        used += (size_t)n;
    dst[used] = '\0';
}

static void end(struct story *s)
{
    assert_int_equal(s->host.open, 0); /* no line is left behind */
    close(s->out[1]);
    close(s->errors[1]);
    slurp(s->out[0], s->printed, sizeof s->printed);
    slurp(s->errors[0], s->complained, sizeof s->complained);
    close(s->out[0]);
    close(s->errors[0]);
    close(s->options.in);
    fake_host_stop(&s->host);
}

/* A pipe that holds these bytes and then its end. */
static void feed(struct story *s, const char *bytes)
{
    int p[2];

    assert_int_equal(pipe(p), 0);
    assert_int_equal(write(p[1], bytes, strlen(bytes)), strlen(bytes));
    close(p[1]);
    close(s->options.in);
    s->options.in = p[0];
}

static void three_requests_bring_the_output(void **state)
{
    static const struct fake_step steps[] = {
        { .out = "WIN1\r\n", .done = true, .exit_code = 0 },
    };
    struct story s;

    (void)state;
    begin(&s, steps);
    assert_ok(run(&s), &s.err);
    assert_int_equal(s.remote.result.exit_code, 0);
    assert_int_equal(s.remote.result.requests_to_output, 3);
    end(&s);
    assert_string_equal(s.host.log, "Create Will Command Receive");
    assert_string_equal(s.printed, "WIN1\r\n");
    assert_int_equal(s.host.lines, 0);
    assert_true(s.host.deletes);
    assert_string_equal(s.host.label, "");
    assert_non_null(strstr(s.host.command, ">hostname<"));
}

static void output_and_errors_stream_apart_with_the_exit_code(void **state)
{
    static const struct fake_step steps[] = {
        { .out = "a" },
        { .err = "oops", .out = "b" },
        { .answer = FAKE_TIMED_OUT },
        { .done = true, .exit_code = 0xc000013a },
    };
    struct story s;

    (void)state;
    begin(&s, steps);
    assert_ok(run(&s), &s.err);
    assert_true(s.remote.result.exit_code == 0xc000013a);
    end(&s);
    assert_string_equal(s.printed, "ab");
    assert_string_equal(s.complained, "oops");
}

static void output_is_byte_exact(void **state)
{
    char *bytes = malloc(BIG), *got = malloc(BIG);
    struct fake_step steps[] = { { .out = bytes, .out_len = BIG,
                                   .done = true } };
    struct story s;
    size_t i, used = 0;

    (void)state;
    assert_non_null(bytes);
    assert_non_null(got);
    for (i = 0; i < BIG; i++)
        bytes[i] = (char)(i * 7 + i / 256);
    begin(&s, steps);
    assert_ok(run(&s), &s.err);
    while (used < BIG) {
        ssize_t n = read(s.out[0], got + used, BIG - used);

        assert_true(n > 0);
        used += (size_t)n;
    }
    assert_memory_equal(got, bytes, BIG);
    end(&s);
    assert_string_equal(s.printed, "");
    free(bytes);
    free(got);
}

static void empty_stdin_is_told_after_a_moment_of_silence(void **state)
{
    static const struct fake_step steps[] = {
        { .answer = FAKE_TIMED_OUT },
        { .out = "sorted", .done = true },
    };
    struct story s;

    (void)state;
    begin(&s, steps);
    assert_ok(run(&s), &s.err);
    assert_true(s.host.ended);
    assert_int_equal(s.host.input.len, 0);
    end(&s);
    assert_string_equal(s.host.log,
                        "Create Will Command Receive Send Receive");
    assert_non_null(strstr(s.host.first_receive, ">PT0.200S"));
    assert_int_equal(s.host.lines, 0);
}

/* No output is lost by a host that finds it too short a time. */
static void a_host_may_refuse_a_moment(void **state)
{
    static const struct fake_step steps[] = {
        { .out = "sorted", .done = true },
    };
    struct story s;

    (void)state;
    begin(&s, steps);
    s.host.refuse = "Receive";
    s.host.refuse_code = 2150858767u;
    s.host.refuse_times = 1;
    assert_ok(run(&s), &s.err);
    end(&s);
    assert_string_equal(s.host.log,
                        "Create Will Command Receive Send Receive");
    assert_string_equal(s.printed, "sorted");
}

static void little_stdin_goes_before_the_first_receive(void **state)
{
    static const char *const inputs[] = {
        "x", "three\r\nlines\r\nof text\r\n",
    };
    static const struct fake_step steps[] = {
        { .out = "done", .done = true },
    };
    struct story s;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof inputs / sizeof *inputs; i++) {
        begin(&s, steps);
        feed(&s, inputs[i]);
        assert_ok(run(&s), &s.err);
        assert_true(s.host.ended);
        assert_int_equal(s.host.input.len, strlen(inputs[i]));
        if (inputs[i][0] != '\0')
            assert_memory_equal(s.host.input.data, inputs[i],
                                strlen(inputs[i]));
        end(&s);
        assert_string_equal(s.host.log, "Create Will Command Send Receive");
        assert_int_equal(s.host.lines, 0);
        assert_non_null(strstr(s.host.first_receive, ">PT20S"));
    }
}

/* More than a pipe there takes might wait for a command that does not read. */
static void much_stdin_has_a_line_of_its_own(void **state)
{
    static const struct fake_step steps[] = {
        { .answer = FAKE_SILENT },
        { .out = "done", .done = true },
    };
    char text[RUN_INPUT_WHOLE_MAX + 2];
    struct story s;

    (void)state;
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    begin(&s, steps);
    feed(&s, text);
    assert_ok(run(&s), &s.err);
    assert_true(s.host.ended);
    assert_int_equal(s.host.input.len, sizeof text - 1);
    assert_memory_equal(s.host.input.data, text, sizeof text - 1);
    end(&s);
    assert_int_equal(s.host.lines, 1);
    assert_non_null(strstr(s.host.log, "2:Send"));
    assert_string_equal(s.printed, "done");
}

static void a_pipe_that_never_speaks_costs_nothing(void **state)
{
    static const struct fake_step steps[] = { { .out = "x", .done = true } };
    struct story s;
    int p[2];

    (void)state;
    begin(&s, steps);
    assert_int_equal(pipe(p), 0);
    close(s.options.in);
    s.options.in = p[0];
    assert_ok(run(&s), &s.err);
    end(&s);
    close(p[1]);
    assert_string_equal(s.host.log, "Create Will Command Receive");
    assert_int_equal(s.host.lines, 0);
}

static void a_command_that_closed_stdin_runs_on(void **state)
{
    static const struct fake_step steps[] = { { .out = "done", .done = true } };
    struct story s;

    (void)state;
    begin(&s, steps);
    feed(&s, "nobody reads this");
    s.host.refuse = "Send";
    assert_ok(run(&s), &s.err);
    end(&s);
    assert_string_equal(s.printed, "done");
}

static void input_that_cannot_be_sent_ends_the_command(void **state)
{
    static const struct fake_step steps[] = { { .answer = FAKE_SILENT } };
    char text[RUN_INPUT_WHOLE_MAX + 2];
    struct story s;

    (void)state;
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    begin(&s, steps);
    feed(&s, text);
    s.host.refuse_dial = 1;
    assert_cause(run(&s), &s.err, ERR_CONNECT);
    end(&s);
    assert_true(s.host.deletes);
}

static void a_busy_host_is_asked_again(void **state)
{
    static const struct fake_step steps[] = {
        { .answer = FAKE_BUSY },
        { .out = "done", .done = true },
    };
    struct story s;

    (void)state;
    begin(&s, steps);
    assert_ok(run(&s), &s.err);
    end(&s);
    assert_string_equal(s.host.log, "Create Will Command Receive Receive");
    assert_string_equal(s.printed, "done");
}

/* Its output is read meanwhile. */
static void a_busy_host_is_asked_to_take_ctrl_c_again(void **state)
{
    static const struct fake_step steps[] = {
        { .answer = FAKE_INTERRUPT },
        { .answer = FAKE_OUTPUT, .out = "busy " },
        { .answer = FAKE_SILENT },
        { .out = "^C", .done = true, .exit_code = 1 },
    };
    struct story s;

    (void)state;
    begin(&s, steps);
    s.host.refuse = "Signal";
    s.host.refuse_code = 170;
    s.host.refuse_times = 1;
    assert_ok(run(&s), &s.err);
    end(&s);
    assert_string_equal(s.host.log, "Create Will Command Receive 2:Signal "
                        "Send Receive 2:Signal");
    assert_string_equal(s.printed, "busy ^C");
}

/* Whether it was started is not for us to guess. */
static void a_busy_host_is_not_asked_for_a_command_twice(void **state)
{
    static const struct fake_step steps[] = { { .done = true } };
    struct story s;

    (void)state;
    begin(&s, steps);
    s.host.refuse = "Command";
    s.host.refuse_code = 170;
    assert_cause(run(&s), &s.err, ERR_FAULT);
    end(&s);
    assert_string_equal(s.host.log, "Create Will Command");
}

#define VALUE "01234567-0123-0123-0123-0123456789AB S"

static void a_kept_shell_costs_two_requests(void **state)
{
    static const struct fake_step steps[] = { { .out = "x", .done = true } };
    struct story s;

    (void)state;
    begin(&s, steps);
    s.options.value = VALUE; /* it stays, though nobody said --keep again */
    assert_ok(run(&s), &s.err);
    assert_true(s.remote.result.inherited && s.remote.result.kept);
    assert_int_equal(s.remote.result.requests_to_output, 2);
    end(&s);
    assert_string_equal(s.host.log, "Will Command Receive Keep Signal!");
    assert_string_equal(s.host.label, LABEL);
    assert_string_equal(s.host.value, VALUE);
    assert_true(s.host.deletes);
}

static void keep_leaves_a_shell(void **state)
{
    static const struct fake_step steps[] = { { .out = "x", .done = true } };
    struct story s;

    (void)state;
    begin(&s, steps);
    s.options.keep = true;
    assert_ok(run(&s), &s.err);
    assert_true(s.remote.result.kept && !s.remote.result.inherited);
    end(&s);
    assert_string_equal(s.host.log,
                        "Create Will Command Receive Keep Signal!");
    assert_string_equal(s.host.value + 36, " S");
}

/* One Create, and the command once. */
static void a_vanished_shell_costs_one_create(void **state)
{
    static const struct fake_step steps[] = { { .out = "x", .done = true } };
    struct story s;

    (void)state;
    begin(&s, steps);
    s.options.value = VALUE;
    s.host.refuse = "Command";
    s.host.refuse_code = 2150858843u;
    s.host.refuse_times = 1;
    assert_ok(run(&s), &s.err);
    assert_false(s.remote.result.kept);
    end(&s);
    assert_string_equal(s.host.log,
                        "Will Command Create Will Command Receive");
    assert_string_equal(s.printed, "x");
}

/* It is there still, and takes nothing: deleted, and the command once. */
static void a_disconnected_shell_is_replaced(void **state)
{
    static const struct fake_step steps[] = { { .out = "x", .done = true } };
    struct story s;

    (void)state;
    begin(&s, steps);
    s.options.value = VALUE;
    s.host.refuse = "Command";
    s.host.refuse_code = 2150859204u;
    s.host.refuse_times = 1;
    assert_ok(run(&s), &s.err);
    end(&s);
    assert_string_equal(s.host.log,
                        "Will Command Delete Create Will Command Receive");
    assert_string_equal(s.printed, "x");
}

/* A command that ran is not started again, and the user is told. */
static void a_shell_that_is_disconnected_meanwhile_is_told(void **state)
{
    static const struct fake_step steps[] = { { .done = true } };
    static const unsigned codes[] = { 2150859204u, 2150859230u };
    struct story s;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof codes / sizeof *codes; i++) {
        begin(&s, steps);
        s.host.refuse = "Receive";
        s.host.refuse_code = codes[i];
        assert_cause(run(&s), &s.err, ERR_SHELL_GONE);
        end(&s);
        assert_string_equal(s.host.log, "Create Will Command Receive");
        assert_true(s.host.deletes);
        assert_non_null(strstr(s.err.text, "was disconnected"));
        assert_non_null(strstr(s.err.advice, "was not started again"));
        assert_non_null(strstr(s.err.advice, "took the shell over"));
    }
}

/* Any other fault may have left it running. */
static void another_fault_in_a_kept_shell_is_the_end(void **state)
{
    static const struct fake_step steps[] = { { .done = true } };
    struct story s;

    (void)state;
    begin(&s, steps);
    s.options.value = VALUE;
    s.host.refuse = "Command";
    assert_cause(run(&s), &s.err, ERR_SHELL_GONE);
    end(&s);
    assert_string_equal(s.host.log, "Will Command");
    assert_string_equal(s.host.label, "");
}

static void output_can_be_captured(void **state)
{
    static const struct fake_step steps[] = {
        { .out = "a\xff", .err = "b", .done = true },
    };
    struct remote_capture capture = { BUF_INIT(REMOTE_CAPTURE_MAX),
                                      BUF_INIT(REMOTE_CAPTURE_MAX) };
    struct story s;

    (void)state;
    begin(&s, steps);
    s.options.capture = &capture;
    assert_ok(run(&s), &s.err);
    end(&s);
    assert_string_equal(s.printed, "");
    assert_int_equal(capture.out.len, 2);
    assert_memory_equal(capture.out.data, "a\xff", 2);
    assert_int_equal(capture.err.len, 1);
    buf_free(&capture.out);
    buf_free(&capture.err);
    /* Bounded, and then the command is ended. */
    begin(&s, steps);
    s.options.capture = &capture;
    buf_init(&capture.out, 1);
    assert_cause(run(&s), &s.err, ERR_OVERSIZED);
    end(&s);
    assert_true(s.host.deletes);
    buf_free(&capture.out);
    buf_free(&capture.err);
}

static void ctrl_c_is_the_commands(void **state)
{
    static const struct fake_step steps[] = {
        { .answer = FAKE_INTERRUPT },
        { .out = "^C", .done = true, .exit_code = 1 },
    };
    struct story s;

    (void)state;
    begin(&s, steps);
    assert_ok(run(&s), &s.err);
    assert_int_equal(s.remote.result.exit_code, 1);
    end(&s);
    assert_string_equal(s.host.log,
                        "Create Will Command Receive 2:Signal");
}

static void a_second_ctrl_c_leaves(void **state)
{
    static const struct fake_step steps[] = {
        { .answer = FAKE_INTERRUPT },
        { .answer = FAKE_INTERRUPT },
    };
    struct story s;

    (void)state;
    begin(&s, steps);
    assert_cause(run(&s), &s.err, ERR_INTERRUPTED);
    end(&s);
    assert_string_equal(s.host.log,
                        "Create Will Command Receive 2:Signal");
    assert_true(s.host.deletes);
}

static void ctrl_c_before_the_command_starts_none(void **state)
{
    static const struct fake_step steps[] = { { .done = true } };
    struct story s;

    (void)state;
    begin(&s, steps);
    s.host.interrupts = 1;
    assert_cause(run(&s), &s.err, ERR_INTERRUPTED);
    end(&s);
    assert_string_equal(s.host.log, "Create Will");
    assert_true(s.host.deletes);
}

/* We leave at once; who stays behind learns the shell's name, and that is
 * all that it does. */
static void a_second_ctrl_c_leaves_no_shell_that_is_being_made(void **state)
{
    static const struct fake_step steps[] = { { .done = true } };
    pid_t test = getpid(), other;
    struct pollfd callers;
    struct story s;
    int r, status, inherited[2];

    (void)state;
    begin(&s, steps);
    assert_int_equal(pipe(inherited), 0); /* as one of 9>lock, 3>&1 */
    s.host.interrupts = 2;
    r = run(&s);
    if (getpid() != test)
        _exit(r == -1 && strcmp(s.host.log, "Create Will") == 0
              && s.host.deletes ? 0 : 1);
    assert_cause(r, &s.err, ERR_INTERRUPTED);
    assert_string_equal(s.host.log, "Create");
    close(inherited[1]);
    callers = (struct pollfd){ .fd = inherited[0], .events = POLLIN };
    assert_int_equal(poll(&callers, 1, 2000), 1); /* its last writer went */
    close(inherited[0]);
    assert_int_equal(write(s.host.event[1], "x", 1), 1);
    other = wait(&status);
    assert_true(other > 0 && WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    end(&s);
}

static void sigterm_ends_the_remote_command(void **state)
{
    static const struct fake_step steps[] = { { .answer = FAKE_KILL } };
    struct story s;

    (void)state;
    begin(&s, steps);
    assert_cause(run(&s), &s.err, ERR_INTERRUPTED);
    end(&s);
    assert_string_equal(s.host.log, "Create Will Command Receive");
}

static void timeout_ends_the_remote_command(void **state)
{
    static const struct fake_step steps[] = { { .answer = FAKE_SILENT } };
    struct story s;

    (void)state;
    begin(&s, steps);
    s.options.timeout_s = 1;
    assert_cause(run(&s), &s.err, ERR_TIMEOUT);
    end(&s);
    assert_string_equal(s.host.log, "Create Will Command Receive");
}

static void a_closed_pipe_ends_the_remote_command(void **state)
{
    static const struct fake_step steps[] = { { .out = "line\r\n" } };
    struct story s;

    (void)state;
    begin(&s, steps);
    close(s.out[0]);
    s.out[0] = open("/dev/null", O_RDONLY);
    assert_int_equal(run(&s), -1);
    assert_true(s.remote.result.pipe_closed);
    end(&s);
    assert_string_equal(s.host.log, "Create Will Command Receive");
}

static void what_was_made_is_deleted_whatever_fails(void **state)
{
    static const struct {
        const char *refuse;
        enum fake_answer answer;
        const char *log;
    } rows[] = {
        { "Create", FAKE_OUTPUT, "Create" },
        { "Command", FAKE_OUTPUT, "Create Will Command" },
        { NULL, FAKE_FAULT, "Create Will Command Receive" },
        /* The broker hung up: it has our will. */
        { NULL, FAKE_LOST, "Create Will Command Receive" },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct fake_step steps[] = { { .answer = rows[i].answer } };
        struct story s;

        begin(&s, steps);
        s.host.refuse = rows[i].refuse;
        assert_int_equal(run(&s), -1);
        end(&s);
        assert_string_equal(s.host.log, rows[i].log);
        assert_true(s.host.deletes == (strstr(rows[i].log, "Will") != NULL));
    }
}

static void exit_codes_never_become_zero(void **state)
{
    static const struct {
        uint32_t code;
        int status;
    } rows[] = {
        { 0, 0 }, { 1, 1 }, { 254, 254 }, { 255, 254 }, { 256, 254 },
        { 0x100000, 254 }, { 0xc000013a, 254 }, { UINT32_MAX, 254 },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(remote_exit_status(rows[i].code), rows[i].status);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_requests_bring_the_output),
        cmocka_unit_test(output_and_errors_stream_apart_with_the_exit_code),
        cmocka_unit_test(output_is_byte_exact),
        cmocka_unit_test(empty_stdin_is_told_after_a_moment_of_silence),
        cmocka_unit_test(a_host_may_refuse_a_moment),
        cmocka_unit_test(little_stdin_goes_before_the_first_receive),
        cmocka_unit_test(much_stdin_has_a_line_of_its_own),
        cmocka_unit_test(a_busy_host_is_asked_again),
        cmocka_unit_test(a_busy_host_is_not_asked_for_a_command_twice),
        cmocka_unit_test(a_busy_host_is_asked_to_take_ctrl_c_again),
        cmocka_unit_test(a_disconnected_shell_is_replaced),
        cmocka_unit_test(a_shell_that_is_disconnected_meanwhile_is_told),
        cmocka_unit_test(ctrl_c_before_the_command_starts_none),
        cmocka_unit_test(a_second_ctrl_c_leaves_no_shell_that_is_being_made),
        cmocka_unit_test(a_kept_shell_costs_two_requests),
        cmocka_unit_test(keep_leaves_a_shell),
        cmocka_unit_test(a_vanished_shell_costs_one_create),
        cmocka_unit_test(another_fault_in_a_kept_shell_is_the_end),
        cmocka_unit_test(output_can_be_captured),
        cmocka_unit_test(a_pipe_that_never_speaks_costs_nothing),
        cmocka_unit_test(a_command_that_closed_stdin_runs_on),
        cmocka_unit_test(input_that_cannot_be_sent_ends_the_command),
        cmocka_unit_test(ctrl_c_is_the_commands),
        cmocka_unit_test(a_second_ctrl_c_leaves),
        cmocka_unit_test(sigterm_ends_the_remote_command),
        cmocka_unit_test(timeout_ends_the_remote_command),
        cmocka_unit_test(a_closed_pipe_ends_the_remote_command),
        cmocka_unit_test(what_was_made_is_deleted_whatever_fails),
        cmocka_unit_test(exit_codes_never_become_zero),
    };

    signal(SIGPIPE, SIG_IGN);
    signal(SIGINT, SIG_DFL); /* a shell's '&' has it ignored: sh(1) */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
