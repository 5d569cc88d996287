/* test_remote.c - one remote command against a scripted host. */
#include "unit.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "fake_host.h"

#define BIG 300000

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
    assert_string_equal(s.host.log, "Create Command Receive Delete!");
    assert_string_equal(s.printed, "WIN1\r\n");
    assert_int_equal(s.host.lines, 0);
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

static void empty_stdin_is_told_after_a_second_of_silence(void **state)
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
                        "Create Command Receive Send Receive Delete!");
    assert_non_null(strstr(s.host.first_receive, ">PT1S"));
    assert_int_equal(s.host.lines, 0);
}

static void stdin_has_a_line_of_its_own(void **state)
{
    static const struct fake_step steps[] = {
        { .answer = FAKE_SILENT },
        { .out = "done", .done = true },
    };
    struct story s;

    (void)state;
    begin(&s, steps);
    feed(&s, "three\r\nlines\r\nof text\r\n");
    assert_ok(run(&s), &s.err);
    assert_true(s.host.ended);
    assert_int_equal(s.host.input.len, 23);
    assert_memory_equal(s.host.input.data, "three\r\nlines\r\nof text\r\n", 23);
    end(&s);
    assert_int_equal(s.host.lines, 1);
    assert_null(strstr(s.host.first_receive, ">PT1S"));
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
    assert_string_equal(s.host.log, "Create Command Receive Delete!");
    assert_int_equal(s.host.lines, 0);
}

static void a_command_that_closed_stdin_runs_on(void **state)
{
    static const struct fake_step steps[] = {
        { .answer = FAKE_SILENT },
        { .out = "done", .done = true },
    };
    struct story s;

    (void)state;
    begin(&s, steps);
    feed(&s, "nobody reads this");
    s.host.refuse = "Send";
    /* The fault leaves no event: the test gives the silent step one. */
    assert_int_equal(write(s.host.event[1], "x", 1), 1);
    assert_ok(run(&s), &s.err);
    end(&s);
    assert_string_equal(s.printed, "done");
}

static void input_that_cannot_be_sent_ends_the_command(void **state)
{
    static const struct fake_step steps[] = { { .answer = FAKE_SILENT } };
    struct story s;

    (void)state;
    begin(&s, steps);
    feed(&s, "lost");
    s.host.refuse_dial = 1;
    assert_cause(run(&s), &s.err, ERR_CONNECT);
    end(&s);
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
                        "Create Command Receive 2:Signal Delete!");
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
                        "Create Command Receive 2:Signal 2:Delete!");
}

static void sigterm_ends_the_remote_command(void **state)
{
    static const struct fake_step steps[] = { { .answer = FAKE_KILL } };
    struct story s;

    (void)state;
    begin(&s, steps);
    assert_cause(run(&s), &s.err, ERR_INTERRUPTED);
    end(&s);
    assert_string_equal(s.host.log, "Create Command Receive 2:Delete!");
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
    assert_string_equal(s.host.log, "Create Command Receive 2:Delete!");
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
    assert_string_equal(s.host.log, "Create Command Receive Delete!");
}

static void what_was_made_is_deleted_whatever_fails(void **state)
{
    static const struct {
        const char *refuse;
        enum fake_answer answer;
        const char *log;
    } rows[] = {
        { "Create", FAKE_OUTPUT, "Create" },
        { "Command", FAKE_OUTPUT, "Create Command Delete!" },
        { NULL, FAKE_FAULT, "Create Command Receive Delete!" },
        /* The broker hung up: a new connection carries the Delete. */
        { NULL, FAKE_LOST, "Create Command Receive 2:Delete!" },
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
        cmocka_unit_test(empty_stdin_is_told_after_a_second_of_silence),
        cmocka_unit_test(stdin_has_a_line_of_its_own),
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
    return cmocka_run_group_tests(tests, NULL, NULL);
}
