/* test_ahead.c - much output and input: what is done while the host works. */
#include "unit.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fake_host.h"

#define LONG 300000
#define HIDDEN 4096 /* behind so much nobody looks for the command's end */

/* A line of two halves to the scripted host. */
struct ahead {
    struct fake_host host;
    struct remote_options options;
    struct wsman wsman;
    struct dial dial;
    struct remote remote;
    struct err err;
    int out[2], in;        /* pipes; nothing ever comes in */
    unsigned char bytes[2 * LONG], got[2 * LONG + 1];
    char *due;             /* what went ahead and is not answered yet */
    unsigned sent;         /* Receives that went ahead */
    bool hide;             /* the end of the command from a short look */
    bool broken;           /* nothing can be sent */
};

static int send_ahead(void *arg, const unsigned char *body, size_t len,
                      long timeout_ms, struct err *err)
{
    struct ahead *a = arg;

    assert_true(timeout_ms > 20000);
    assert_null(a->due); /* one at a time */
    if (a->broken)
        return err_set(err, ERR_BROKER_DOWN, STAGE_BROKER, NULL);
    a->due = strndup((const char *)body, len);
    assert_non_null(a->due);
    a->sent += strstr(a->due, "shell/Receive<") != NULL;
    return 0;
}

static int post(void *arg, const unsigned char *body, size_t len, bool final,
                long timeout_ms, struct wsman_answer *answer, struct err *err)
{
    struct ahead *a = arg;
    char *due = a->due;
    int r;

    assert_true((body == NULL) == (due != NULL));
    a->due = NULL;
    if (due != NULL) {
        body = (unsigned char *)due;
        len = strlen(due);
    }
    r = fake_post(&a->host, body, len, final, timeout_ms, answer, err);
    free(due);
    if (r == 0 && !final && a->hide) {
        memset(buf_reserve(&a->host.reply, HIDDEN), ' ', HIDDEN);
        answer->body = a->host.reply.data;
        answer->len = a->host.reply.len;
    }
    return r;
}

static struct ahead *begin(const struct fake_step *steps)
{
    struct ahead *a = calloc(1, sizeof *a);
    size_t i;
    int in[2];

    assert_non_null(a);
    fake_host_start(&a->host, steps);
    a->dial = fake_dial(&a->host);
    a->options.command = "type";
    a->options.will = fake_will;
    a->options.will_arg = &a->host;
    a->options.label = "L";
    a->options.value = "";
    assert_int_equal(pipe(a->out), 0);
    assert_int_equal(pipe(in), 0);
    fcntl(a->out[1], F_SETPIPE_SZ, 1048576);
    a->in = in[1];
    a->options.in = in[0];
    a->options.out = a->options.err = a->out[1];
    for (i = 0; i < sizeof a->bytes; i++)
        a->bytes[i] = (unsigned char)(i * 7 + i / 256);
    assert_ok(wsman_init(&a->wsman, "http://win1.corp.example.com:5985/wsman",
                         post, a, &a->err), &a->err);
    a->wsman.send = send_ahead;
    remote_init(&a->remote, &a->options, &a->wsman, &a->dial);
    a->host.remote = &a->remote;
    return a;
}

/* What was printed is the first n of our bytes, and nothing is due. */
static void end(struct ahead *a, size_t n)
{
    size_t used = 0;
    ssize_t more;

    assert_int_equal(a->host.open, 0);
    close(a->out[1]);
    while ((more = read(a->out[0], a->got + used, sizeof a->got - used)) > 0)
        used += (size_t)more;
    assert_int_equal(used, n);
    assert_memory_equal(a->got, a->bytes, n);
    close(a->out[0]);
    close(a->options.in);
    close(a->in);
    free(a->due);
    fake_host_stop(&a->host);
    free(a);
}

/* Two answers full of our bytes, which each test ends in its own way. */
#define FULL(a) (const char *)(a)->bytes
static struct fake_step script[5];

static struct ahead *long_story(struct fake_step last, struct fake_step more)
{
    struct ahead *a;

    memset(script, 0, sizeof script);
    a = begin(script);
    script[0] = (struct fake_step){ .out = FULL(a), .out_len = LONG };
    script[1] = (struct fake_step){ .out = FULL(a) + LONG, .out_len = LONG };
    script[2] = last;
    script[3] = more;
    return a;
}

static void nothing_is_lost_doubled_or_asked_in_vain(void **state)
{
    struct ahead *a = long_story((struct fake_step){ .done = true },
                                 (struct fake_step){ .done = true });

    (void)state;
    assert_ok(remote_run(&a->remote, &a->err), &a->err);
    assert_int_equal(a->sent, 2);
    assert_int_equal(a->remote.result.requests, 5);
    assert_int_equal(a->remote.result.requests_to_output, 3);
    assert_string_equal(a->host.log,
                        "Create Will Command Receive Receive Receive");
    end(a, 2 * LONG);
}

static void the_end_of_the_command_is_seen_behind_long_output(void **state)
{
    struct ahead *a = long_story((struct fake_step){ .done = true },
                                 (struct fake_step){ .done = true });

    (void)state;
    script[1].done = true;
    script[1].exit_code = 3;
    assert_ok(remote_run(&a->remote, &a->err), &a->err);
    assert_int_equal(a->remote.result.exit_code, 3);
    assert_int_equal(a->sent, 1);
    assert_int_equal(a->remote.result.requests, 4);
    end(a, 2 * LONG);
}

static void what_went_in_vain_is_answered_before_the_line_is_used(
    void **state)
{
    struct ahead *a = long_story((struct fake_step){ .answer = FAKE_FAULT },
                                 (struct fake_step){ .done = true });

    (void)state;
    script[1].done = true;
    a->hide = true;
    a->options.keep = true;
    assert_ok(remote_run(&a->remote, &a->err), &a->err);
    assert_int_equal(a->sent, 2);
    assert_string_equal(a->host.log, "Create Will Command Receive Receive "
                        "Receive Keep Signal!");
    end(a, 2 * LONG);
}

static void short_output_is_never_asked_for_ahead(void **state)
{
    static const struct fake_step steps[] = {
        { .out = "" }, { .out = "" }, { .done = true },
    };
    struct ahead *a = begin(steps);

    (void)state;
    assert_ok(remote_run(&a->remote, &a->err), &a->err);
    assert_int_equal(a->sent, 0);
    end(a, 0);
}

static void what_the_host_says_then_is_as_good_as_ever(void **state)
{
    static const struct {
        struct fake_step then;
        enum err_cause cause;
        const char *log;
    } rows[] = {
        { { .answer = FAKE_TIMED_OUT }, ERR_NONE, " Receive Receive" },
        { { .answer = FAKE_BUSY }, ERR_NONE, " Receive Receive" },
        { { .answer = FAKE_INTERRUPT }, ERR_NONE, " Receive 2:Signal" },
        { { .answer = FAKE_FAULT }, ERR_SHELL_GONE, " Receive" },
        { { .answer = FAKE_LOST }, ERR_CONNECTION_LOST, " Receive" },
        { { .answer = FAKE_KILL }, ERR_INTERRUPTED, " Receive" },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct ahead *a = long_story(rows[i].then,
                                     (struct fake_step){ .done = true });
        const char *log;

        if (rows[i].cause == ERR_NONE)
            assert_ok(remote_run(&a->remote, &a->err), &a->err);
        else
            assert_cause(remote_run(&a->remote, &a->err), &a->err,
                         rows[i].cause);
        assert_int_equal(a->sent, 2);
        log = a->host.log + strlen("Create Will Command Receive Receive");
        assert_string_equal(log, rows[i].log);
        assert_true(a->host.deletes);
        end(a, 2 * LONG);
    }
}

/* What has come is written; the next Receive is the one that fails. */
static void a_line_that_breaks_loses_no_output(void **state)
{
    struct ahead *a = long_story((struct fake_step){ .answer = FAKE_LOST },
                                 (struct fake_step){ .done = true });

    (void)state;
    a->broken = true;
    assert_cause(remote_run(&a->remote, &a->err), &a->err,
                 ERR_CONNECTION_LOST);
    assert_int_equal(a->sent, 0);
    end(a, 2 * LONG);
}

/* The brief Receive's line is input's. */
static void input_that_is_due_comes_first(void **state)
{
    struct ahead *a = long_story((struct fake_step){ .done = true },
                                 (struct fake_step){ .done = true });

    (void)state;
    close(a->options.in);
    a->options.in = open("/dev/null", O_RDONLY);
    assert_ok(remote_run(&a->remote, &a->err), &a->err);
    assert_int_equal(a->sent, 1);
    assert_string_equal(a->host.log,
                        "Create Will Command Receive Send Receive Receive");
    end(a, 2 * LONG);
}

/* In two halves or not: a request counts once. */
static void little_input_goes_first(void **state)
{
    static const struct fake_step steps[] = { { .done = true } };
    struct ahead *a = begin(steps);

    (void)state;
    assert_int_equal(write(a->in, "text", 4), 4);
    close(a->in);
    a->in = open("/dev/null", O_RDONLY);
    assert_ok(remote_run(&a->remote, &a->err), &a->err);
    assert_int_equal(a->remote.result.requests, 4);
    assert_string_equal(a->host.log, "Create Will Command Send Receive");
    assert_memory_equal(a->host.input.data, "text", 4);
    assert_true(a->host.ended);
    assert_true(a->wsman.send == send_ahead); /* as it was given */
    end(a, 0);
}

static void a_reader_that_leaves_ends_the_command(void **state)
{
    struct ahead *a = long_story((struct fake_step){ .done = true },
                                 (struct fake_step){ .done = true });

    (void)state;
    close(a->out[0]);
    a->out[0] = open("/dev/null", O_RDONLY);
    assert_int_equal(remote_run(&a->remote, &a->err), -1);
    assert_true(a->remote.result.pipe_closed);
    assert_true(a->host.deletes);
    end(a, 0);
}

/* -- input, on a line of its own -- */

#define PIECE ((WSMAN_ENVELOPE_SMALL - 4096) / 4 * 3) /* of one Send */
#define MUCH (5 * PIECE)

static struct flow {
    struct fake_host line;
    struct fake_host *main;
    char *due;
    unsigned sends, wrong_at, wrong_code;
} flow;

static int flow_send(void *arg, const unsigned char *body, size_t len,
                     long timeout_ms, struct err *err)
{
    (void)arg;
    (void)timeout_ms;
    (void)err;
    assert_null(flow.due);
    flow.due = strndup((const char *)body, len);
    assert_non_null(flow.due);
    return 0;
}

/* A host that does not tell its limits, and fails once. */
static int flow_post(void *arg, const unsigned char *body, size_t len,
                     bool final, long timeout_ms, struct wsman_answer *answer,
                     struct err *err)
{
    char *due = flow.due;
    const char byte = 'x';
    int r;

    (void)arg;
    flow.due = NULL;
    flow.line.refuse = due == NULL ? "Get" : NULL;
    flow.line.refuse_code = 5;
    if (due != NULL && flow.sends++ == flow.wrong_at) {
        flow.line.refuse = "Send";
        flow.line.refuse_code = flow.wrong_code;
    }
    assert_true((body == NULL) == (due != NULL));
    r = due == NULL ? fake_post(&flow.line, body, len, final, timeout_ms,
                                answer, err)
                    : fake_post(&flow.line, (unsigned char *)due,
                                strlen(due), final, timeout_ms, answer, err);
    free(due);
    if (flow.line.ended || flow.line.refuse_code == 109)
        assert_int_equal(write(flow.main->event[1], &byte, 1), 1);
    return r;
}

static int flow_open(void *arg, line_wait_fn *wait, void *wait_arg,
                     wsman_post_fn **post_fn, void **post_arg,
                     struct err *err)
{
    (void)wait;
    (void)wait_arg;
    (void)err;
    *post_fn = flow_post;
    *post_arg = arg;
    return 0;
}

static void flow_close(void *arg, void *post_arg, bool hurry)
{
    (void)arg;
    (void)post_arg;
    (void)hurry;
}

static void input_comes_once_and_in_order(void **state)
{
    static const struct {
        size_t bytes;
        unsigned wrong_at, wrong_code; /* of the Sends */
        size_t arrives;
    } rows[] = {
        { MUCH, 99, 0, MUCH },
        { MUCH - 1, 99, 0, MUCH - 1 },
        { MUCH - PIECE + 1, 99, 0, MUCH - PIECE + 1 },
        { MUCH, 0, 170, MUCH }, /* busy, while the next is composed */
        { MUCH, 1, 170, MUCH },
        { MUCH, 2, 109, 2 * PIECE }, /* nobody reads it any more */
    };
    static const struct fake_step steps[] = { { .answer = FAKE_SILENT },
                                              { .done = true } };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct ahead *a = begin(steps);
        FILE *file = tmpfile();

        memset(&flow, 0, sizeof flow);
        fake_host_start(&flow.line, NULL);
        flow.main = &a->host;
        flow.wrong_at = rows[i].wrong_at;
        flow.wrong_code = rows[i].wrong_code;
        a->dial = (struct dial){ .open = flow_open, .close = flow_close,
                                 .send = flow_send, .arg = a };
        assert_non_null(file);
        assert_int_equal(fwrite(a->bytes, 1, rows[i].bytes, file),
                         rows[i].bytes);
        assert_int_equal(fflush(file), 0);
        close(a->options.in);
        a->options.in = dup(fileno(file));
        assert_int_equal(lseek(a->options.in, 0, SEEK_SET), 0);
        fclose(file);
        assert_ok(remote_run(&a->remote, &a->err), &a->err);
        assert_int_equal(flow.line.input.len, rows[i].arrives);
        assert_memory_equal(flow.line.input.data, a->bytes, rows[i].arrives);
        assert_true(flow.line.ended == (rows[i].wrong_code != 109));
        assert_null(flow.due);
        fake_host_stop(&flow.line);
        end(a, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_lost_doubled_or_asked_in_vain),
        cmocka_unit_test(the_end_of_the_command_is_seen_behind_long_output),
        cmocka_unit_test(
            what_went_in_vain_is_answered_before_the_line_is_used),
        cmocka_unit_test(short_output_is_never_asked_for_ahead),
        cmocka_unit_test(what_the_host_says_then_is_as_good_as_ever),
        cmocka_unit_test(a_line_that_breaks_loses_no_output),
        cmocka_unit_test(input_that_is_due_comes_first),
        cmocka_unit_test(little_input_goes_first),
        cmocka_unit_test(a_reader_that_leaves_ends_the_command),
        cmocka_unit_test(input_comes_once_and_in_order),
    };

    signal(SIGPIPE, SIG_IGN);
    signal(SIGINT, SIG_DFL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
