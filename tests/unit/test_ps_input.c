/*
 * test_ps_input.c - pipeline input beside the output: what goes over which
 * line, in which order, and what ends it.
 */
#include "unit.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "cli/ps_session.h"
#include "psrp/fragment.h"
#include "psrp_host.h"

#define LINES 3               /* that can be dialled in a test */
#define IDS_MAX 4096
#define MANY 1500

/* One more line to the host. */
struct second {
    struct psrp_host host;
    line_wait_fn *wait;
    void *wait_arg;
    bool open;
};

static struct psrp_host host;
static struct second seconds[LINES];
static _Atomic size_t dialled;
static wsman_post_fn *answers; /* of a psrp_host */
static struct ps_session session;
static struct ps_options options;
static int in[2];              /* stdin */
static int event[2];           /* tells the Receive that waits for it */
static unsigned sends_awaited; /* before the next Receive is answered */
static unsigned sends_gone_on; /* that event was told of */
static const char *also;       /* written to stdin behind the first wait */
static bool silent;            /* no Send is ever answered */
static bool interrupts;        /* Ctrl-C comes in the first Receive */

static bool is_action(const unsigned char *body, size_t len, const char *name)
{
    return memmem(body, len, name, strlen(name)) != NULL;
}

static int second_post(void *arg, const unsigned char *body, size_t len,
                       bool final, long timeout_ms,
                       struct wsman_answer *answer, struct err *err)
{
    struct second *line = arg;

    if (silent && is_action(body, len, "shell/Send")) {
        assert_int_equal(write(event[1], "s", 1), 1);
        return line->wait(line->wait_arg, -1, 20000, err) != 0
                   ? -1 : err_set(err, ERR_INTERNAL, STAGE_COMMAND, NULL);
    }
    if (answers(&line->host, body, len, final, timeout_ms, answer, err) != 0)
        return -1;
    assert_int_equal(write(event[1], "s", 1), 1);
    return 0;
}

static int dial_open(void *arg, line_wait_fn *wait, void *wait_arg,
                     wsman_post_fn **post, void **post_arg, struct err *err)
{
    size_t i = dialled++;
    struct second *line = &seconds[i];

    (void)arg;
    (void)err;
    assert_true(i < LINES);
    line->wait = wait;
    line->wait_arg = wait_arg;
    line->open = true;
    *post = second_post;
    *post_arg = line;
    return 0;
}

static void dial_close(void *arg, void *post_arg, bool hurry)
{
    struct second *line = post_arg;

    (void)arg;
    (void)hurry;
    line->open = false;
}

static const struct dial dial = { .open = dial_open, .close = dial_close };

/* The host says nothing until it has heard this much on other lines. */
static int await_sends(struct err *err)
{
    char byte;

    while (sends_gone_on < sends_awaited) {
        if (ps_session_wait(&session, event[0], 20000, err) != 0)
            return -1;
        assert_int_equal(read(event[0], &byte, 1), 1);
        sends_gone_on++;
    }
    return 0;
}

static int main_post(void *arg, const unsigned char *body, size_t len,
                     bool final, long timeout_ms, struct wsman_answer *answer,
                     struct err *err)
{
    if (session.running && is_action(body, len, "shell/Receive")) {
        if (interrupts)
            raise(SIGINT);
        interrupts = false;
        if (await_sends(err) != 0)
            return -1;
        if (also != NULL) {
            assert_int_equal(write(in[1], also, strlen(also)), strlen(also));
            close(in[1]);
            in[1] = -1;
            sends_awaited++;
        }
        also = NULL;
    }
    return answers(arg, body, len, final, timeout_ms, answer, err);
}

static int take_will(void *arg, const char *label, const char *value,
                     const unsigned char *body, size_t len, struct err *err)
{
    (void)arg;
    (void)label;
    (void)value;
    (void)body;
    (void)len;
    (void)err;
    return 0;
}

static int take_value(void *arg, const struct incoming_message *message,
                      struct err *err)
{
    (void)arg;
    (void)message;
    (void)err;
    return 0;
}

static int take_record(void *arg, enum message_type type,
                       const struct clixml *record, struct err *err)
{
    (void)arg;
    (void)type;
    (void)record;
    (void)err;
    return 0;
}

static int flush(void *arg, struct err *err)
{
    (void)arg;
    (void)err;
    return 0;
}

static int set_up(void **state)
{
    static const struct psrp_command command = { "$input", true, NULL, 0,
                                                 false };
    size_t i;

    (void)state;
    psrp_host_init(&host);
    answers = host.wsman.post;
    host.wsman.post = main_post;
    for (i = 0; i < LINES; i++)
        psrp_host_init(&seconds[i].host);
    dialled = 0;
    also = NULL;
    silent = interrupts = false;
    sends_awaited = sends_gone_on = 0;
    assert_int_equal(pipe(in), 0);
    assert_int_equal(pipe(event), 0);
    options = (struct ps_options){
        .runspace = { .configuration = CONFIGURATION_DEFAULT },
        .pipeline = { .commands = &command, .command_count = 1 },
        .output = { .value = take_value, .record = take_record,
                    .flush = flush },
        .in = in[0], .will = take_will, .label = "", .value = "",
    };
    psrp_host_opens(&host, "2.3");
    return 0;
}

static int tear_down(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < LINES; i++) {
        assert_false(seconds[i].open);
        psrp_host_free(&seconds[i].host);
    }
    psrp_host_free(&host);
    for (i = 0; i < 2; i++) {
        close(in[i]);
        close(event[i]);
    }
    return 0;
}

static void host_ends(const char *how)
{
    psrp_host_reply(&host);
    psrp_host_message(&host, MESSAGE_PIPELINE_STATE, how);
    psrp_host_done(&host);
}

static int run(struct err *err)
{
    ps_session_init(&session, &options, &host.wsman, &dial);
    return ps_session_run(&session, err);
}

/* What went over a line: the ObjectIds, and the type of each message. */
struct went {
    uint64_t ids[IDS_MAX];
    uint32_t types[IDS_MAX];
    size_t count;
};

/* Fragments of one message follow each other, from 0 on. */
static struct went went_over(const struct psrp_host *line)
{
    static struct went went;
    struct reader r = READER_INIT(line->input.data, line->input.len);
    uint64_t expected = 0;

    went.count = 0;
    while (r.left > 0) {
        uint64_t object = reader_u64(&r), fragment = reader_u64(&r);
        uint8_t flags = reader_u8(&r);
        uint32_t n = reader_u32(&r);
        const unsigned char *blob = reader_bytes(&r, n);

        assert_non_null(blob);
        assert_int_equal(fragment, expected);
        assert_int_equal((flags & 1) != 0, fragment == 0);
        expected = (flags & 2) != 0 ? 0 : expected + 1;
        if (fragment != 0) {
            assert_int_equal(object, went.ids[went.count - 1]);
            continue;
        }
        assert_true(went.count < IDS_MAX);
        went.ids[went.count] = object;
        went.types[went.count++] = (uint32_t)blob[4] | (uint32_t)blob[5] << 8
            | (uint32_t)blob[6] << 16 | (uint32_t)blob[7] << 24;
    }
    assert_int_equal(expected, 0);
    return went;
}

static void put(const char *text)
{
    assert_int_equal(write(in[1], text, strlen(text)), strlen(text));
}

static void end_of_input(void)
{
    close(in[1]);
    in[1] = -1;
}

static void little_goes_on_the_main_line(void **state)
{
    struct err err = ERR_INIT;
    struct went went;

    (void)state;
    put("a\nb");
    end_of_input();
    host_ends(PSRP_STATE("PipelineState", "4"));
    assert_ok(run(&err), &err);
    assert_int_equal(dialled, 0);
    assert_string_equal(host.posts, "CRR" "XS" "R");
    went = went_over(&host);
    assert_int_equal(went.count, 4);
    assert_int_equal(went.types[1], MESSAGE_PIPELINE_INPUT);
    assert_int_equal(went.types[2], MESSAGE_PIPELINE_INPUT);
    assert_int_equal(went.types[3], MESSAGE_END_OF_PIPELINE_INPUT);
}

static void a_line_goes_before_the_next_is_there(void **state)
{
    struct err err = ERR_INIT;
    struct went went;
    size_t i;

    (void)state;
    put("a\nhalf");
    sends_awaited = 1;
    also = " a line\nlast";
    psrp_host_reply(&host);
    psrp_host_message(&host, MESSAGE_PIPELINE_OUTPUT, "<S>a</S>");
    host_ends(PSRP_STATE("PipelineState", "4"));
    assert_ok(run(&err), &err);
    assert_int_equal(dialled, 1);
    assert_string_equal(host.posts, "CRR" "X" "RR");
    went = went_over(&seconds[0].host);
    assert_int_equal(went.count, 4);
    for (i = 0; i < 4; i++)
        assert_int_equal(went.ids[i], 4 + i);
    assert_int_equal(went.types[2], MESSAGE_PIPELINE_INPUT);
    assert_int_equal(went.types[3], MESSAGE_END_OF_PIPELINE_INPUT);
}

static void a_pipeline_that_ends_ends_its_input(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    put("a\n");
    sends_awaited = 1;
    host_ends(PSRP_STATE("PipelineState", "4"));
    assert_ok(run(&err), &err);
    assert_int_equal(session.result.state, PIPELINE_COMPLETED);
    assert_int_equal(went_over(&seconds[0].host).count, 1);
}

/* The host has no such command any more; its end comes later. */
static void input_that_is_refused_is_no_error(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    put("a\n");
    end_of_input();
    host.faulty = 'S';
    host.fault = 995; /* ERROR_OPERATION_ABORTED */
    host_ends(PSRP_STATE("PipelineState", "4"));
    assert_ok(run(&err), &err);
    assert_string_equal(host.posts, "CRR" "XS" "R");
}

static void a_stop_does_not_wait_for_a_send(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    put("a\n");
    silent = interrupts = true;
    sends_awaited = 2; /* the Send that waits, and the Signal */
    host_ends(PSRP_STATE("PipelineState", "3"));
    assert_ok(run(&err), &err);
    assert_int_equal(session.result.state, PIPELINE_STOPPED);
    assert_int_equal(dialled, 2);
    assert_int_equal(strcmp(seconds[0].host.posts, "G") == 0
                     || strcmp(seconds[1].host.posts, "G") == 0, 1);
}

/* Answers go on "pr" of the main line while input goes on another. */
static void no_id_is_given_twice(void **state)
{
    static const char ask[] =
        "<Obj RefId=\"0\"><MS><I64 N=\"ci\">1</I64>"
        "<Obj N=\"mi\" RefId=\"1\"><I32>37</I32></Obj>"
        "<Obj N=\"mp\" RefId=\"2\"><LST /></Obj></MS></Obj>";
    static bool seen[IDS_MAX];
    struct err err = ERR_INIT;
    struct went went;
    size_t i, answers_seen = 0;

    (void)state;
    memset(seen, 0, sizeof seen);
    for (i = 0; i < MANY; i++)
        put("0123456789012345678901234567890\n");
    end_of_input();
    for (i = 0; i < 10; i++) {
        psrp_host_reply(&host);
        psrp_host_message(&host, MESSAGE_PIPELINE_HOST_CALL, ask);
    }
    sends_awaited = 1;
    host_ends(PSRP_STATE("PipelineState", "4"));
    assert_ok(run(&err), &err);
    went = went_over(&host);
    for (i = 0; i < went.count; i++) {
        answers_seen += went.types[i] == MESSAGE_PIPELINE_HOST_RESPONSE;
        assert_false(seen[went.ids[i]]);
        seen[went.ids[i]] = true;
    }
    assert_int_equal(answers_seen, 10);
    went = went_over(&seconds[0].host);
    for (i = 0; i < went.count; i++) {
        assert_false(seen[went.ids[i]]);
        seen[went.ids[i]] = true;
        assert_true(i == 0 || went.ids[i] > went.ids[i - 1]);
    }
    assert_true(went.count > 0);
}

int main(void)
{
#define FRESH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        FRESH(little_goes_on_the_main_line),
        FRESH(a_line_goes_before_the_next_is_there),
        FRESH(a_pipeline_that_ends_ends_its_input),
        FRESH(input_that_is_refused_is_no_error),
        FRESH(a_stop_does_not_wait_for_a_send),
        FRESH(no_id_is_given_twice),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
