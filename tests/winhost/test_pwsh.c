/*
 * test_pwsh.c - the way to PowerShell 7: a pool whose pipelines run in
 * another process, by remoting over standard streams.  With pwsh where it is
 * in PATH, and always with what stands in for it.
 */
#include "psrp_client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pwsh.h"
#include "pwsh_line.h"

#define BYTES_MAX 1048576
#define STAND_IN "tests/winhost/pwsh_stand_in"
#define ENDPOINT "PowerShell.7"

static char *real; /* pwsh, or NULL */

static int set_up_stand_in(void **state)
{
    client_set_up(state);
    ((struct psrp_client *)*state)->host.pwsh = STAND_IN;
    return 0;
}

static int set_up_real(void **state)
{
    client_set_up(state);
    ((struct psrp_client *)*state)->host.pwsh = real;
    return 0;
}

static void start(struct psrp_client *c, const char *id, const char *script)
{
    struct buf first = BUF_INIT(BYTES_MAX);

    assert_int_equal(psrp_guid(id, c->pipeline), 0);
    client_script(c, &first, script);
    assert_int_equal(client_command(c, CLIENT_POOL, id, &first), 200);
    buf_free(&first);
}

static void forget(struct psrp_client *c)
{
    while (c->count > 0)
        free(c->messages[--c->count].xml);
}

static void a_pipeline_runs_in_it(void **state)
{
    struct psrp_client *c = *state;
    bool done = false;

    client_open(c, ENDPOINT);
    start(c, CLIENT_PIPELINE, "1+1");
    while (!done)
        assert_int_equal(client_receive(c, CLIENT_PIPELINE, "PT20S", &done),
                         200);
    assert_string_equal(client_find(c, PSRP_OUTPUT), "<I32>2</I32>");
    assert_non_null(strstr(client_find(c, PSRP_STATE), ">4<"));
    assert_int_equal(client_delete(c), 200);
}

static void one_after_the_other(void **state)
{
    struct psrp_client *c = *state;

    client_open(c, ENDPOINT);
    start(c, CLIENT_PIPELINE, "1+1");
    assert_non_null(client_await(c, CLIENT_PIPELINE, PSRP_STATE));
    forget(c);
    start(c, CLIENT_OTHER, "2+2");
    assert_non_null(client_await(c, CLIENT_OTHER, PSRP_STATE));
    assert_string_equal(client_find(c, PSRP_OUTPUT), "<I32>4</I32>");
}

static void crtl_c_stops_it(void **state)
{
    struct psrp_client *c = *state;

    client_open(c, ENDPOINT);
    start(c, CLIENT_PIPELINE, "1+1; Start-Sleep 60; 2+2");
    assert_non_null(client_await(c, CLIENT_PIPELINE, PSRP_OUTPUT));
    assert_int_equal(client_signal(c, CLIENT_PIPELINE,
                                   NS_POWERSHELL "/signal/crtl_c"), 200);
    assert_non_null(client_await(c, CLIENT_PIPELINE, PSRP_STATE));
    assert_non_null(strstr(client_find(c, PSRP_STATE), ">3<"));
    forget(c);
    start(c, CLIENT_OTHER, "2+2");
    assert_non_null(client_await(c, CLIENT_OTHER, PSRP_OUTPUT));
}

static void terminate_frees_it(void **state)
{
    struct psrp_client *c = *state;

    client_open(c, ENDPOINT);
    start(c, CLIENT_PIPELINE, "Start-Sleep 60");
    assert_int_equal(client_signal(c, CLIENT_PIPELINE,
                                   NS_SHELL "/signal/Terminate"), 200);
    start(c, CLIENT_OTHER, "2+2");
    assert_non_null(client_await(c, CLIENT_OTHER, PSRP_STATE));
    assert_string_equal(client_find(c, PSRP_OUTPUT), "<I32>4</I32>");
}

/* The answer to a host call goes by the stream PromptResponse. */
static void a_question_and_its_answer(void **state)
{
    struct psrp_client *c = *state;
    struct buf answer = BUF_INIT(4096);

    client_open(c, ENDPOINT);
    start(c, CLIENT_PIPELINE, "Read-Host");
    assert_non_null(client_await(c, CLIENT_PIPELINE, PSRP_HOST_CALL));
    client_put(c, &answer, PSRP_HOST_RESPONSE, c->pipeline,
               "<Obj RefId=\"0\"><MS><I64 N=\"ci\">1</I64>"
               "<Obj N=\"mi\" RefId=\"1\"><TN RefId=\"0\"><T>System."
               "Management.Automation.Remoting.RemoteHostMethodId</T>"
               "<T>System.Enum</T><T>System.ValueType</T><T>System.Object"
               "</T></TN><ToString>ReadLine</ToString><I32>11</I32></Obj>"
               "<S N=\"mr\">typed</S></MS></Obj>");
    assert_int_equal(client_send(c, CLIENT_PIPELINE, "pr", answer.data,
                                 answer.len), 200);
    assert_non_null(client_await(c, CLIENT_PIPELINE, PSRP_STATE));
    assert_string_equal(client_find(c, PSRP_OUTPUT), "<S>typed</S>");
    buf_free(&answer);
}

/* A message of the pool goes by a zero PSGuid, and its answer comes so. */
static void the_pool_is_asked(void **state)
{
    struct psrp_client *c = *state;
    struct buf bytes = BUF_INIT(4096);

    client_open(c, ENDPOINT);
    client_put(c, &bytes, PSRP_GET_AVAILABLE_RUNSPACES, NULL,
               "<Obj RefId=\"0\"><MS><I64 N=\"ci\">7</I64></MS></Obj>");
    assert_int_equal(client_send(c, NULL, "stdin", bytes.data, bytes.len),
                     200);
    assert_non_null(client_await(c, NULL, PSRP_AVAILABILITY));
    assert_non_null(strstr(client_find(c, PSRP_AVAILABILITY), ">7<"));
    buf_free(&bytes);
}

static void a_program_that_is_none(void **state)
{
    static const char *const programs[] = { "/nonexistent", "/bin/false" };
    struct psrp_client *c = *state;
    struct buf creation = BUF_INIT(BYTES_MAX);
    size_t i;

    client_put_opening(c, &creation);
    for (i = 0; i < 2; i++) {
        c->host.pwsh = programs[i];
        assert_int_equal(client_create(c, ENDPOINT, &creation), 500);
    }
    buf_free(&creation);
}

/* -- lines -- */

static int read_text(const char *text, struct pwsh_line *line)
{
    FILE *from = fmemopen((void *)(uintptr_t)text, strlen(text), "r");
    int rc;

    assert_non_null(from);
    buf_init(&line->bytes, 4096);
    rc = pwsh_line_read(from, line);
    fclose(from);
    return rc;
}

static void lines_come_back(void **state)
{
    struct psrp_client *c = *state;
    struct buf text = BUF_INIT(4096);
    struct pwsh_line line;

    pwsh_line_put(&text, "Data", c->pipeline, "PromptResponse", "abcd", 4);
    buf_put_u8(&text, 0);
    assert_string_equal((char *)text.data, "<Data Stream='PromptResponse' "
                        "PSGuid='7c0a1f52-9d7e-4b55-8f3b-1d5b7a6e2f02'>"
                        "YWJjZA==</Data>\n");
    assert_int_equal(read_text((char *)text.data, &line), 1);
    assert_string_equal(line.stream, "PromptResponse");
    assert_true(line.of_pipeline);
    assert_memory_equal(line.id, c->pipeline, PSRP_GUID);
    assert_int_equal(line.bytes.len, 4);
    buf_free(&line.bytes);
    buf_clear(&text);
    pwsh_line_put(&text, "CloseAck", NULL, NULL, NULL, 0);
    buf_put_u8(&text, 0);
    assert_string_equal((char *)text.data, "<CloseAck PSGuid='00000000-0000-"
                        "0000-0000-000000000000' />\n");
    assert_int_equal(read_text((char *)text.data, &line), 1);
    assert_false(line.of_pipeline);
    buf_free(&line.bytes);
    buf_free(&text);
}

static void what_is_no_line(void **state)
{
    static const char *const texts[] = {
        "PowerShell 7.4.1\n", "<Data>\n", "<Close />\n",
        "<Close PSGuid='1' />\n",
        "<Data Stream='Default' PSGuid='00000000-0000-0000-0000-"
        "000000000000'>!</Data>\n",
    };
    struct pwsh_line line;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof texts / sizeof *texts; i++) {
        assert_int_equal(read_text(texts[i], &line), -1);
        buf_free(&line.bytes);
    }
}

int main(void)
{
#define STORY(f) \
    cmocka_unit_test_setup_teardown(f, set_up_stand_in, client_tear_down)
#define REAL(f) \
    cmocka_unit_test_setup_teardown(f, set_up_real, client_tear_down)
    const struct CMUnitTest tests[] = {
        STORY(a_pipeline_runs_in_it),
        STORY(one_after_the_other),
        STORY(crtl_c_stops_it),
        STORY(terminate_frees_it),
        STORY(a_question_and_its_answer),
        STORY(the_pool_is_asked),
        STORY(a_program_that_is_none),
        STORY(lines_come_back),
        STORY(what_is_no_line),
    };
    const struct CMUnitTest with_pwsh[] = {
        REAL(a_pipeline_runs_in_it),
        REAL(one_after_the_other),
        REAL(crtl_c_stops_it),
        REAL(terminate_frees_it),
        REAL(a_question_and_its_answer),
    };
    int failed = cmocka_run_group_tests_name("the stand-in", tests, NULL,
                                             NULL);

    real = pwsh_find();
    if (real != NULL)
        failed += cmocka_run_group_tests_name("pwsh", with_pwsh, NULL, NULL);
    else
        print_message("no pwsh in PATH: only the stand-in was used\n");
    free(real);
    return failed;
}
