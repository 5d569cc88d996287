/* test_pipeline.c - what starts a pipeline, and its states. */
#include "unit.h"

#include <stdio.h>

#include "clixml_text.h"
#include "psrp/pipeline.h"
#include "psrp_host.h"

static struct clixml_reader reader;
static struct pool pool;
static struct pipeline pipeline;

struct seen {
    unsigned outputs, records, calls;
    enum message_type last;
};

static struct seen seen;

static int take_output(void *arg, const struct incoming_message *message,
                       struct err *err)
{
    (void)arg;
    (void)message;
    (void)err;
    seen.outputs++;
    return 0;
}

static int take_record(void *arg, enum message_type type,
                       const struct clixml *value, struct err *err)
{
    (void)arg;
    (void)value;
    (void)err;
    seen.records++;
    seen.last = type;
    return 0;
}

static int take_call(void *arg, enum message_type type,
                     const struct clixml *value, struct err *err)
{
    (void)arg;
    (void)value;
    (void)err;
    seen.calls++;
    seen.last = type;
    return 0;
}

static const struct pipeline_sink sink = { take_output, take_record,
                                           take_call, NULL };

static int set_up(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    clixml_reader_init(&reader);
    memset(&seen, 0, sizeof seen);
    assert_ok(pool_init(&pool, &err), &err);
    pool.state = POOL_OPENED;
    pool.protocol_minor = 3;
    assert_ok(pipeline_init(&pipeline, &pool, &sink, &err), &err);
    pipeline.state = PIPELINE_RUNNING;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    clixml_reader_free(&reader);
    pool_free(&pool);
    return 0;
}

#define ENUM(ref, n, types, name, number)                                     \
    "<Obj N=\"" n "\" RefId=\"" ref "\">" types "<ToString>" name             \
    "</ToString><I32>" number "</I32></Obj>"
#define TYPES(ref, name)                                                      \
    "<TN RefId=\"" ref "\"><T>System.Management.Automation.Runspaces." name   \
    "</T><T>System.Enum</T><T>System.ValueType</T><T>System.Object</T></TN>"
#define AGAIN(ref) "<TNRef RefId=\"" ref "\" />"
#define NONE(ref, n) ENUM(ref, n, AGAIN("3"), "None", "0")

/* MS-PSRP 2.2.2.10, of "1+1" with 2>&1 and one argument. */
static const char small_script[] =
    "<Obj RefId=\"0\"><MS><B N=\"NoInput\">true</B>"
    ENUM("1", "ApartmentState", TYPES("0", "ApartmentState"), "UNKNOWN", "2")
    ENUM("2", "RemoteStreamOptions", TYPES("1", "RemoteStreamOptions"), "0",
         "0")
    "<B N=\"AddToHistory\">false</B><Obj N=\"HostInfo\" RefId=\"3\"><MS>"
    "<B N=\"_isHostNull\">true</B><B N=\"_isHostUINull\">true</B>"
    "<B N=\"_isHostRawUINull\">true</B><B N=\"_useRunspaceHost\">true</B>"
    "</MS></Obj><Obj N=\"PowerShell\" RefId=\"4\"><MS>"
    "<B N=\"IsNested\">false</B><Nil N=\"ExtraCmds\" />"
    "<Obj N=\"Cmds\" RefId=\"5\"><TN RefId=\"2\"><T>System.Collections."
    "Generic.List`1[[System.Management.Automation.PSObject, "
    "System.Management.Automation, Version=1.0.0.0, Culture=neutral, "
    "PublicKeyToken=31bf3856ad364e35]]</T><T>System.Object</T></TN><LST>"
    "<Obj RefId=\"6\"><MS><S N=\"Cmd\">1+1</S><B N=\"IsScript\">true</B>"
    "<Nil N=\"UseLocalScope\" />"
    ENUM("7", "MergeMyResult", TYPES("3", "PipelineResultTypes"), "Error",
         "2")
    ENUM("8", "MergeToResult", AGAIN("3"), "Output", "1")
    NONE("9", "MergePreviousResults")
    ENUM("10", "MergeError", AGAIN("3"), "Output", "1")
    NONE("11", "MergeWarning") NONE("12", "MergeVerbose")
    NONE("13", "MergeDebug") NONE("14", "MergeInformation")
    "<Obj N=\"Args\" RefId=\"15\"><TNRef RefId=\"2\" /><LST>"
    "<Obj RefId=\"16\"><MS><S N=\"N\">Id</S><I32 N=\"V\">7</I32></MS></Obj>"
    "<Obj RefId=\"17\"><MS><Nil N=\"N\" /><Nil N=\"V\" /></MS></Obj>"
    "</LST></Obj></MS></Obj></LST></Obj><Nil N=\"History\" />"
    "<B N=\"RedirectShellErrorOutputPipe\">false</B></MS></Obj>"
    "<B N=\"IsNested\">false</B></MS></Obj>";

static const struct psrp_argument arguments[] = {
    { "Id", CLIXML_INT32, "7" }, { NULL, CLIXML_NIL, NULL }
};
static const struct psrp_command command = {
    "1+1", true, arguments, 2, true
};
static const struct pipeline_options options = { &command, 1, NULL, true,
                                                 false };

static void the_message_that_starts_one(void **state)
{
    static const unsigned char head[] = { 2, 0, 0, 0, 6, 0x10, 2, 0 };
    struct buf message = BUF_INIT(65536);
    struct err err = ERR_INIT;

    (void)state;
    assert_ok(pipeline_create(&pipeline, &options, &message, &err), &err);
    buf_put_u8(&message, 0);
    assert_memory_equal(message.data, head, sizeof head);
    assert_memory_equal(message.data + 8, pool.id.bytes, GUID_BYTES);
    assert_memory_equal(message.data + 24, pipeline.id.bytes, GUID_BYTES);
    assert_string_equal((char *)message.data + MESSAGE_HEADER, small_script);
    assert_int_equal(pipeline.state, PIPELINE_RUNNING);
    buf_free(&message);
}

/* What a protocol does not know of, a host would trip over. */
static void merges_that_old_hosts_know(void **state)
{
    unsigned minor;

    (void)state;
    for (minor = 0; minor <= 3; minor++) {
        struct buf message = BUF_INIT(65536);
        struct err err = ERR_INIT;

        pool.protocol_minor = minor;
        assert_ok(pipeline_create(&pipeline, &options, &message, &err),
                  &err);
        buf_put_u8(&message, 0);
        assert_true((strstr((char *)message.data + 40, "MergeWarning")
                     != NULL) == (minor >= 2));
        assert_true((strstr((char *)message.data + 40, "MergeInformation")
                     != NULL) == (minor >= 3));
        buf_free(&message);
    }
}

static void never_before_the_pool_is_open(void **state)
{
    int told;

    (void)state;
    for (told = 0; told <= POOL_DISCONNECTED; told++) {
        struct buf message = BUF_INIT(65536);
        struct err err = ERR_INIT;

        pool.state = (enum pool_state)told;
        if (pool.state != POOL_OPENED)
            assert_cause(pipeline_create(&pipeline, &options, &message,
                                         &err), &err, ERR_INTERNAL);
        assert_int_equal(message.len, 0);
        buf_free(&message);
    }
}

static void input_and_its_end(void **state)
{
    struct buf message = BUF_INIT(4096);
    struct err err = ERR_INIT;

    (void)state;
    assert_ok(pipeline_put_input(&pipeline, "a\n<b", 4, &message, &err),
              &err);
    assert_int_equal(message.data[4], 2);
    assert_memory_equal(message.data + MESSAGE_HEADER,
                        "<S>a_x000A_&lt;b</S>", 20);
    buf_clear(&message);
    assert_ok(pipeline_put_end(&pipeline, &message, &err), &err);
    assert_int_equal(message.len, MESSAGE_HEADER);
    assert_int_equal(message.data[4], 3);
    buf_free(&message);
}

static int take(enum message_type type, const char *text, struct err *err)
{
    struct incoming_message message = {
        .header = { TO_CLIENT, type, pool.id, pipeline.id },
        .value = text != NULL ? clixml_of(&reader, text) : NULL,
    };

    return pipeline_take(&pipeline, &message, err);
}

static void each_message_to_its_place(void **state)
{
    static const enum message_type records[] = {
        MESSAGE_DEBUG_RECORD, MESSAGE_VERBOSE_RECORD, MESSAGE_WARNING_RECORD,
        MESSAGE_PROGRESS_RECORD, MESSAGE_INFORMATION_RECORD,
        MESSAGE_ERROR_RECORD
    };
    struct err err = ERR_INIT;
    size_t i;

    (void)state;
    assert_ok(take(MESSAGE_PIPELINE_OUTPUT, "<I32>1</I32>", &err), &err);
    assert_int_equal(seen.outputs, 1);
    for (i = 0; i < sizeof records / sizeof *records; i++) {
        assert_false(pipeline.had_errors);
        assert_ok(take(records[i], "<S>r</S>", &err), &err);
        assert_int_equal(seen.last, records[i]);
    }
    assert_true(pipeline.had_errors);
    assert_int_equal(seen.records, i);
    assert_ok(take(MESSAGE_PIPELINE_HOST_CALL, "<S>c</S>", &err), &err);
    assert_int_equal(seen.calls, 1);
    assert_ok(take(MESSAGE_RUNSPACEPOOL_HOST_CALL, "<S>c</S>", &err), &err);
    assert_int_equal(seen.last, MESSAGE_RUNSPACEPOOL_HOST_CALL);
}

static void a_failure_tells_its_error(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    assert_ok(take(MESSAGE_PIPELINE_STATE, "<Obj RefId=\"0\"><MS>"
                   "<I32 N=\"PipelineState\">5</I32>" PSRP_ERROR("thrown")
                   "</MS></Obj>", &err), &err);
    assert_int_equal(pipeline.state, PIPELINE_FAILED);
    assert_true(pipeline_is_over(&pipeline));
    assert_true(pipeline.had_errors);
    assert_int_equal(seen.records, 1);
}

/* Who stopped it does not want to read that it was stopped. */
static void a_stop_tells_none(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    assert_ok(take(MESSAGE_PIPELINE_STATE, "<Obj RefId=\"0\"><MS>"
                   "<I32 N=\"PipelineState\">3</I32>" PSRP_ERROR("stopped")
                   "</MS></Obj>", &err), &err);
    assert_int_equal(pipeline.state, PIPELINE_STOPPED);
    assert_int_equal(seen.records, 0);
}

static void states_out_of_order(void **state)
{
    static const char *const allowed[] = {
        [PIPELINE_NOT_STARTED] = "", [PIPELINE_RUNNING] = "1 2 3 4 5 6",
        [PIPELINE_STOPPING] = "3 4 5", [PIPELINE_STOPPED] = "",
        [PIPELINE_COMPLETED] = "", [PIPELINE_FAILED] = "",
        [PIPELINE_DISCONNECTED] = "",
    };
    int ours, told;

    (void)state;
    for (ours = 0; ours <= PIPELINE_DISCONNECTED; ours++) {
        for (told = 0; told <= 7; told++) {
            struct err err = ERR_INIT;
            char text[160], number[12];
            int rc;

            snprintf(number, sizeof number, "%d", told);
            snprintf(text, sizeof text, PSRP_STATE("PipelineState", "%d"),
                     told);
            pipeline.state = (enum pipeline_state)ours;
            rc = take(MESSAGE_PIPELINE_STATE, text, &err);
            if (strstr(allowed[ours], number) == NULL)
                assert_cause(rc, &err, ERR_MALFORMED);
            else if (told == PIPELINE_DISCONNECTED)
                assert_cause(rc, &err, ERR_SHELL_GONE);
            else
                assert_ok(rc, &err);
        }
    }
}

static void what_does_not_belong(void **state)
{
    struct incoming_message message = {
        .header = { TO_CLIENT, MESSAGE_PIPELINE_OUTPUT, pool.id,
                    { { 0 } } },
    };
    struct err err = ERR_INIT;

    (void)state;
    assert_cause(pipeline_take(&pipeline, &message, &err), &err,
                 ERR_MALFORMED);
    assert_cause(take(MESSAGE_CREATE_PIPELINE, "<S>x</S>", &err), &err,
                 ERR_MALFORMED);
    assert_cause(take(MESSAGE_PIPELINE_STATE, "<S>x</S>", &err), &err,
                 ERR_MALFORMED);
    assert_cause(take(MESSAGE_PIPELINE_STATE, NULL, &err), &err,
                 ERR_MALFORMED);
    pipeline.state = PIPELINE_COMPLETED;
    assert_cause(take(MESSAGE_PIPELINE_OUTPUT, "<S>x</S>", &err), &err,
                 ERR_MALFORMED);
    assert_int_equal(seen.outputs, 0);
}

int main(void)
{
#define IN_POOL(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        IN_POOL(the_message_that_starts_one),
        IN_POOL(merges_that_old_hosts_know),
        IN_POOL(never_before_the_pool_is_open), IN_POOL(input_and_its_end),
        IN_POOL(each_message_to_its_place),
        IN_POOL(a_failure_tells_its_error), IN_POOL(a_stop_tells_none),
        IN_POOL(states_out_of_order), IN_POOL(what_does_not_belong),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
