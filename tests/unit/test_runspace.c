/*
 * test_runspace.c - pools and pipelines over WS-Management: which requests,
 * how many, and what they carry.
 */
#include "unit.h"

#include <stdlib.h>

#include "clixml_text.h"
#include "psrp/runspace.h"
#include "psrp_host.h"
#include "wsman/uri.h"

#define SCRIPT_BYTES 5242880

struct session {
    struct psrp_host host;
    struct runspace runspace;
    struct invocation invocation;
    unsigned outputs, records, calls;
    size_t streamed;
};

static int take_output(void *arg, const struct incoming_message *message,
                       struct err *err)
{
    struct session *session = arg;

    (void)message;
    (void)err;
    session->outputs++;
    return 0;
}

static int take_record(void *arg, enum message_type type,
                       const struct clixml *value, struct err *err)
{
    struct session *session = arg;

    (void)type;
    (void)value;
    (void)err;
    session->records++;
    return 0;
}

static int take_call(void *arg, enum message_type type,
                     const struct clixml *value, struct err *err)
{
    struct session *session = arg;

    (void)type;
    (void)value;
    (void)err;
    session->calls++;
    return 0;
}

static int take_text(void *arg, const char *text, size_t n, struct err *err)
{
    struct session *session = arg;

    (void)text;
    (void)err;
    session->streamed += n;
    return 0;
}

static struct session session;
static const struct pipeline_sink sink = { take_output, take_record,
                                           take_call, &session };
static const struct runspace_options defaults = {
    .configuration = CONFIGURATION_DEFAULT,
};

static int set_up(void **state)
{
    (void)state;
    memset(&session, 0, sizeof session);
    psrp_host_init(&session.host);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    invocation_free(&session.invocation);
    runspace_free(&session.runspace);
    psrp_host_free(&session.host);
    return 0;
}

static void open_pool(void)
{
    struct err err = ERR_INIT;

    psrp_host_opens(&session.host, "2.3");
    assert_ok(runspace_open(&session.runspace, &session.host.wsman,
                            &defaults, &err), &err);
}

static void start(const char *script, bool no_input, clixml_text_fn *on_text)
{
    const struct psrp_command command = { script, true, NULL, 0, false };
    const struct pipeline_options options = { &command, 1, NULL, no_input,
                                              false };
    struct err err = ERR_INIT;

    assert_ok(invocation_start(&session.invocation, &session.runspace,
                               &options, &sink, on_text, &err), &err);
}

/* Create and two Receives, the least that recorded hosts let it be. */
static void three_requests_open_a_pool(void **state)
{
    (void)state;
    open_pool();
    assert_string_equal(session.host.posts, "CRR");
    assert_int_equal(session.runspace.pool.state, POOL_OPENED);
}

static void a_warm_call_is_two_requests(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    open_pool();
    start("1", true, NULL);
    psrp_host_reply(&session.host);
    psrp_host_message(&session.host, MESSAGE_PIPELINE_OUTPUT, "<I32>1</I32>");
    psrp_host_message(&session.host, MESSAGE_PIPELINE_STATE,
                      PSRP_STATE("PipelineState", "4"));
    psrp_host_done(&session.host);
    assert_ok(invocation_receive(&session.invocation, &err), &err);
    assert_true(invocation_is_over(&session.invocation));
    assert_int_equal(session.outputs, 1);
    assert_ok(invocation_end(&session.invocation, &err), &err);
    assert_ok(runspace_close(&session.runspace, true, &err), &err);
    assert_string_equal(session.host.posts, "CRR" "XR" "gd");
}

static void no_command_before_opened(void **state)
{
    struct err err = ERR_INIT;
    const struct psrp_command command = { "1", true, NULL, 0, false };
    const struct pipeline_options options = { &command, 1, NULL, true, false };

    (void)state;
    open_pool();
    session.runspace.pool.state = POOL_NEGOTIATION_SUCCEEDED;
    assert_cause(invocation_start(&session.invocation, &session.runspace,
                                  &options, &sink, NULL, &err), &err,
                 ERR_INTERNAL);
    assert_string_equal(session.host.posts, "CRR");
}

static void a_pool_that_never_opens(void **state)
{
    struct err err = ERR_INIT;
    int i;

    (void)state;
    for (i = 0; i < PSRP_REPLIES_MAX; i++)
        psrp_host_reply(&session.host);
    assert_cause(runspace_open(&session.runspace, &session.host.wsman,
                               &defaults, &err), &err, ERR_TIMEOUT);
}

static void names_of_configurations(void **state)
{
    static const char *const bad[] = { "", "a/b", "a b", "a\"b", "..\\x" };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof bad / sizeof *bad; i++) {
        const struct runspace_options options = { .configuration = bad[i] };
        struct err err = ERR_INIT;

        assert_cause(runspace_open(&session.runspace, &session.host.wsman,
                                   &options, &err), &err, ERR_USAGE);
        runspace_free(&session.runspace);
    }
    assert_int_equal(session.host.post_count, 0);
}

/* What the host put together from all that was sent since a pool opened. */
struct gathered {
    struct buf data;          /* of the last message, without its head */
    unsigned messages;
    uint64_t object;          /* of the last one */
};

static int gather(void *arg, const unsigned char *p, size_t n, bool first,
                  bool last, struct err *err)
{
    struct gathered *g = arg;

    (void)err;
    if (first)
        buf_clear(&g->data);
    buf_put(&g->data, p, n);
    g->messages += last ? 1 : 0;
    return 0;
}

static void gather_input(struct gathered *g)
{
    struct defragmenter d;
    struct err err = ERR_INIT;

    memset(g, 0, sizeof *g);
    buf_init(&g->data, 67108864);
    defragmenter_init(&d, gather, g);
    assert_ok(defragmenter_feed(&d, session.host.input.data,
                                session.host.input.len, &err), &err);
    assert_ok(defragmenter_done(&d, &err), &err);
    g->object = d.object;
    buf_consume(&g->data, MESSAGE_HEADER);
    buf_put_u8(&g->data, 0);
}

/* The first fragment rides on Command, the others fill each Send. */
static void a_script_larger_than_an_envelope(void **state)
{
    char *script = malloc(SCRIPT_BYTES + 1);
    struct gathered g;
    struct clixml_reader reader;
    const struct clixml *value;
    size_t room, i;

    (void)state;
    assert_non_null(script);
    memset(script, '#', SCRIPT_BYTES);
    script[SCRIPT_BYTES] = '\0';
    open_pool();
    start(script, true, NULL);
    room = shell_send_max(&session.runspace.shell);
    assert_int_equal(session.host.posts[3], 'X');
    for (i = 4; i < session.host.post_count; i++)
        assert_int_equal(session.host.posts[i], 'S');
    assert_int_equal(i - 3, (SCRIPT_BYTES + 3000 + room - 1) / room);
    assert_true(session.host.largest <= WSMAN_ENVELOPE_SMALL);
    gather_input(&g);
    assert_int_equal(g.messages, 1);
    clixml_reader_init(&reader);
    value = clixml_of(&reader, (char *)g.data.data);
    value = clixml_get(clixml_get(value, "PowerShell"), "Cmds")->items;
    assert_int_equal(strlen(clixml_text(clixml_get(value, "Cmd"))),
                     SCRIPT_BYTES);
    clixml_reader_free(&reader);
    buf_free(&g.data);
    free(script);
}

static void send_three(const struct buf messages[3])
{
    struct err err = ERR_INIT;
    struct feed feed;
    size_t i;

    feed_begin(&feed, &session.invocation, "stdin");
    for (i = 0; i < 3; i++)
        assert_ok(feed_put(&feed, &messages[i], &err), &err);
    assert_ok(feed_flush(&feed, &err), &err);
    feed_end(&feed);
}

/* Messages that fit go together; one that does not goes in parts. */
static void input_larger_than_an_envelope(void **state)
{
    static char large[400000];
    struct buf messages[3];
    struct gathered g;
    struct err err = ERR_INIT;
    size_t i;

    (void)state;
    memset(large, 'x', sizeof large);
    open_pool();
    start("$input", false, NULL);
    for (i = 0; i < 3; i++)
        buf_init(&messages[i], 1048576);
    assert_ok(pipeline_put_input(&session.invocation.pipeline, "small", 5,
                                 &messages[0], &err), &err);
    assert_ok(pipeline_put_input(&session.invocation.pipeline, large,
                                 sizeof large, &messages[1], &err), &err);
    assert_ok(pipeline_put_end(&session.invocation.pipeline, &messages[2],
                               &err), &err);
    send_three(messages);
    assert_string_equal(session.host.posts, "CRRX" "SSSSS");
    assert_true(session.host.largest <= WSMAN_ENVELOPE_SMALL);
    gather_input(&g);
    assert_int_equal(g.messages, 4);
    assert_int_equal(g.object, 6);
    assert_int_equal(g.data.len, 1); /* the end has no data */
    for (i = 0; i < 3; i++)
        buf_free(&messages[i]);
    buf_free(&g.data);
}

static void several_messages_in_one_send(void **state)
{
    struct buf messages[3];
    struct err err = ERR_INIT;
    size_t i;

    (void)state;
    open_pool();
    start("$input", false, NULL);
    for (i = 0; i < 3; i++) {
        buf_init(&messages[i], 4096);
        assert_ok(pipeline_put_input(&session.invocation.pipeline, "line", 4,
                                     &messages[i], &err), &err);
    }
    send_three(messages);
    assert_string_equal(session.host.posts, "CRRX" "S");
    for (i = 0; i < 3; i++)
        buf_free(&messages[i]);
}

static void a_message_across_receives(void **state)
{
    static char large[200008];
    struct err err = ERR_INIT;
    unsigned receives = 0;

    (void)state;
    memset(large, 'x', sizeof large - 1);
    memcpy(large, "<S>", 3);
    memcpy(large + sizeof large - 5, "</S>", 5);
    open_pool();
    session.host.cut = 1000;
    start("'x' * 200000", true, take_text);
    psrp_host_reply(&session.host);
    psrp_host_message(&session.host, MESSAGE_PIPELINE_OUTPUT, large);
    psrp_host_message(&session.host, MESSAGE_PIPELINE_STATE,
                      PSRP_STATE("PipelineState", "4"));
    psrp_host_done(&session.host);
    while (!invocation_is_over(&session.invocation)) {
        assert_ok(invocation_receive(&session.invocation, &err), &err);
        receives++;
    }
    assert_true(receives > 200);
    assert_int_equal(session.streamed, 200000);
    assert_int_equal(session.outputs, 1);
}

/* A host that ends a command in the midst of it. */
static void done_before_the_pipelines_end(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    open_pool();
    start("1", true, NULL);
    psrp_host_reply(&session.host);
    psrp_host_done(&session.host);
    assert_cause(invocation_receive(&session.invocation, &err), &err,
                 ERR_MALFORMED);
}

/* MS-PSRP 2.2.2.5: the host has a SecureString to send, and waits. */
static void a_silent_pipelines_pool_is_attended(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    open_pool();
    start("1", true, NULL);
    psrp_host_reply(&session.host);
    psrp_host_reply(&session.host);
    assert_ok(invocation_receive(&session.invocation, &err), &err);
    assert_string_equal(session.host.posts, "CRRX" "RR");
    psrp_host_reply(&session.host);
    psrp_host_reply(&session.host);
    psrp_host_message(&session.host, MESSAGE_PUBLIC_KEY_REQUEST, "<S></S>");
    psrp_host_reply(&session.host);
    psrp_host_reply(&session.host);
    psrp_host_reply(&session.host);
    /* The key is sent; what does not come here is the host's. */
    assert_cause(invocation_receive(&session.invocation, &err), &err,
                 ERR_TIMEOUT);
    assert_string_equal(session.host.posts, "CRRX" "RR" "RRSRRR");
}

/* Text has no SecureString in it: nothing is spent on the pool. */
static void a_silent_text_is_only_waited_for(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    open_pool();
    start("1", true, take_text);
    psrp_host_reply(&session.host);
    assert_ok(invocation_receive(&session.invocation, &err), &err);
    assert_string_equal(session.host.posts, "CRRX" "R");
}

static bool sent(const char *text)
{
    return strstr((char *)session.host.request.data, text) != NULL;
}

static void a_stop_and_an_end(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    open_pool();
    start("Start-Sleep 60", true, NULL);
    assert_ok(invocation_stop(&session.invocation, &err), &err);
    /* Spelled as PowerShell compares it. */
    assert_true(sent("http://schemas.microsoft.com/powershell/signal/crtl_c"));
    psrp_host_reply(&session.host);
    psrp_host_message(&session.host, MESSAGE_PIPELINE_STATE,
                      PSRP_STATE("PipelineState", "3"));
    assert_ok(invocation_receive(&session.invocation, &err), &err);
    assert_int_equal(session.invocation.pipeline.state, PIPELINE_STOPPED);
    assert_ok(invocation_end(&session.invocation, &err), &err);
    assert_true(sent("/windows/shell/signal/Terminate"));
    assert_ok(invocation_end(&session.invocation, &err), &err);
    assert_string_equal(session.host.posts, "CRRX" "GR" "g");
}

/* Windows 7 takes no CommandId from us: what it gives counts. */
static void the_hosts_command_id(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    memcpy(session.host.command, "24864ED3-8FB4-4934-AD7D-B29723D4681F", 37);
    open_pool();
    start("1", true, NULL);
    psrp_host_reply(&session.host);
    psrp_host_message(&session.host, MESSAGE_PIPELINE_STATE,
                      PSRP_STATE("PipelineState", "4"));
    assert_ok(invocation_receive(&session.invocation, &err), &err);
    assert_true(sent("CommandId=\"24864ED3-8FB4-4934-AD7D-B29723D4681F\""));
    assert_true(invocation_is_over(&session.invocation));
}

static void a_result(const char *output)
{
    psrp_host_reply(&session.host);
    psrp_host_message(&session.host, MESSAGE_PIPELINE_OUTPUT, output);
    psrp_host_message(&session.host, MESSAGE_PIPELINE_STATE,
                      PSRP_STATE("PipelineState", "4"));
    psrp_host_done(&session.host);
}

/* The second is over before the first says anything. */
static void two_pipelines_at_once(void **state)
{
    const struct psrp_command command = { "2", true, NULL, 0, false };
    const struct pipeline_options options = { &command, 1, NULL, true, false };
    struct invocation second;
    struct guid first;
    struct err err = ERR_INIT;
    char id[64];

    (void)state;
    open_pool();
    start("1", true, NULL);
    first = session.host.pipeline;
    memcpy(id, session.host.command, sizeof id);
    session.host.command[0] = '\0';
    assert_ok(invocation_start(&second, &session.runspace, &options, &sink,
                               NULL, &err), &err);
    a_result("<I32>2</I32>");
    assert_ok(invocation_receive(&second, &err), &err);
    assert_true(invocation_is_over(&second));
    assert_false(invocation_is_over(&session.invocation));
    session.host.pipeline = first;
    memcpy(session.host.command, id, sizeof id);
    a_result("<I32>1</I32>");
    assert_ok(invocation_receive(&session.invocation, &err), &err);
    assert_true(invocation_is_over(&session.invocation));
    assert_int_equal(session.outputs, 2);
    assert_string_equal(session.host.posts, "CRR" "XX" "RR");
    invocation_free(&second);
}

static void two_pipelines_one_after_the_other(void **state)
{
    struct err err = ERR_INIT;
    struct gathered g;
    int i;

    (void)state;
    open_pool();
    for (i = 0; i < 2; i++) {
        session.host.command[0] = '\0';
        start("1", true, NULL);
        psrp_host_reply(&session.host);
        psrp_host_message(&session.host, MESSAGE_PIPELINE_OUTPUT,
                          "<I32>1</I32>");
        psrp_host_message(&session.host, MESSAGE_PIPELINE_STATE,
                          PSRP_STATE("PipelineState", "4"));
        assert_ok(invocation_receive(&session.invocation, &err), &err);
        assert_ok(invocation_end(&session.invocation, &err), &err);
        invocation_free(&session.invocation);
    }
    assert_int_equal(session.outputs, 2);
    assert_string_equal(session.host.posts, "CRR" "XRg" "XRg");
    /* ObjectIds go on: they are the pool's (MS-PSRP 2.2.4). */
    gather_input(&g);
    assert_int_equal(g.object, 4);
    buf_free(&g.data);
    memset(&session.invocation, 0, sizeof session.invocation);
}

#define ASK(ci, id, name)                                                     \
    "<Obj RefId=\"0\"><MS><I64 N=\"ci\">" ci "</I64><Obj N=\"mi\" "           \
    "RefId=\"1\"><ToString>" name "</ToString><I32>" id "</I32></Obj>"        \
    "<Obj N=\"mp\" RefId=\"2\"><LST /></Obj></MS></Obj>"

/* Else the pool would never open. */
static void a_profile_that_asks_is_refused(void **state)
{
    struct err err = ERR_INIT;
    struct gathered g;

    (void)state;
    psrp_host_opens(&session.host, "2.3");
    session.host.reply_count = 1;
    psrp_host_message(&session.host, MESSAGE_RUNSPACEPOOL_HOST_CALL,
                      ASK("4", "11", "ReadLine"));
    psrp_host_message(&session.host, MESSAGE_RUNSPACEPOOL_HOST_CALL,
                      ASK("-100", "47", "FlushInputBuffer"));
    session.host.reply_count = 2;
    assert_ok(runspace_open(&session.runspace, &session.host.wsman,
                            &defaults, &err), &err);
    assert_string_equal(session.host.posts, "CRSR");
    gather_input(&g);
    assert_int_equal(g.messages, 1);
    assert_non_null(strstr((char *)g.data.data, "<I64 N=\"ci\">4</I64>"));
    assert_non_null(strstr((char *)g.data.data, "N=\"me\""));
    buf_free(&g.data);
}

static void a_pipeline_message_to_a_pool(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    psrp_host_opens(&session.host, "2.3");
    psrp_host_message(&session.host, MESSAGE_PIPELINE_OUTPUT, "<S>x</S>");
    assert_cause(runspace_open(&session.runspace, &session.host.wsman,
                               &defaults, &err), &err, ERR_MALFORMED);
}

int main(void)
{
#define FRESH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        FRESH(three_requests_open_a_pool),
        FRESH(a_warm_call_is_two_requests), FRESH(no_command_before_opened),
        FRESH(a_pool_that_never_opens), FRESH(names_of_configurations),
        FRESH(a_script_larger_than_an_envelope),
        FRESH(input_larger_than_an_envelope),
        FRESH(several_messages_in_one_send),
        FRESH(a_message_across_receives),
        FRESH(done_before_the_pipelines_end), FRESH(a_stop_and_an_end),
        FRESH(the_hosts_command_id),
        FRESH(a_silent_pipelines_pool_is_attended),
        FRESH(a_silent_text_is_only_waited_for),
        FRESH(two_pipelines_at_once),
        FRESH(two_pipelines_one_after_the_other),
        FRESH(a_profile_that_asks_is_refused),
        FRESH(a_pipeline_message_to_a_pool),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
