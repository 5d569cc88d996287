/* test_report.c - a test's stages as lines for a person, and as JSON. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "cli/report.h"

static struct wire_stage stage(enum wire_stage_id id,
                               enum wire_outcome outcome, uint64_t us,
                               const char *detail)
{
    struct wire_stage s = { .id = id, .outcome = outcome, .duration_us = us };

    snprintf(s.detail, sizeof s.detail, "%s", detail);
    return s;
}

/* The caller frees the text. */
static char *render(bool json, bool colour, const struct wire_stage *stages,
                    size_t count, bool *failed)
{
    struct err err = ERR_INIT;
    struct report report;
    char *text = NULL;
    size_t len = 0, i;
    FILE *out = open_memstream(&text, &len);

    assert_non_null(out);
    report_begin(&report, out, json, colour, "win1");
    for (i = 0; i < count; i++)
        report_stage(&report, &stages[i]);
    assert_int_equal(report_end(&report, &err), 0);
    fclose(out);
    *failed = report.failed;
    return text;
}

static void lines_are_aligned_and_the_rest_is_one(void **state)
{
    struct wire_stage stages[] = {
        stage(WIRE_STAGE_NAME, WIRE_OK, 49, "win1.corp.example.com"),
        stage(WIRE_STAGE_DNS, WIRE_OK, 400, "an IPv4 address"),
        stage(WIRE_STAGE_IDENTIFY, WIRE_SKIPPED, 0, "no \x1b[31mIdentify"),
        stage(WIRE_STAGE_TLS, WIRE_OK, 123456, "TLSv1.2"),
        stage(WIRE_STAGE_SPNEGO, WIRE_FAILED, 12345678, ""),
        stage(WIRE_STAGE_BINDING, WIRE_SKIPPED, 0, ""),
        stage(WIRE_STAGE_COMMAND, WIRE_SKIPPED, 0, ""),
    };
    bool failed = false;
    char *text;

    (void)state;
    err_set(&stages[4].err, ERR_WRONG_PASSWORD, STAGE_SPNEGO, "no\x1b luck");
    err_code(&stages[4].err, CODE_NTSTATUS, 0xc000006d);
    err_advise(&stages[4].err, "type it again");
    text = render(false, false, stages, 7, &failed);
    assert_true(failed);
    assert_string_equal(text,
        "  ok    name         win1.corp.example.com\n"
        "  ok    DNS          an IPv4 address                                 "
        "  0.4 ms\n"
        "  skip  Identify     no ?[31mIdentify\n"
        "  ok    TLS          TLSv1.2                                         "
        "  123 ms\n"
        "  FAIL  SPNEGO       no? luck (NTSTATUS 0xc000006d)                  "
        "  12.3 s\n"
        "        type it again\n"
        "  skip  binding, command\n");
    free(text);
}

static void colours_are_for_terminals_only(void **state)
{
    struct wire_stage stages[] = {
        stage(WIRE_STAGE_NAME, WIRE_OK, 0, "win1"),
        stage(WIRE_STAGE_TCP, WIRE_FAILED, 0, ""),
    };
    bool failed = false;
    char *text;

    (void)state;
    err_set(&stages[1].err, ERR_CONNECT, STAGE_TCP, "refused");
    err_advise(&stages[1].err, "%s", "");
    text = render(false, true, stages, 2, &failed);
    assert_string_equal(text, "  \033[32mok  \033[0m  name         win1\n"
                              "  \033[31mFAIL\033[0m  TCP          refused\n");
    free(text);
}

static void json_has_every_stage(void **state)
{
    struct wire_stage stages[] = {
        stage(WIRE_STAGE_NAME, WIRE_OK, 12, "w\"1"),
        stage(WIRE_STAGE_TCP, WIRE_FAILED, 9, ""),
        stage(WIRE_STAGE_HTTP, WIRE_SKIPPED, 0, ""),
    };
    bool failed = false;
    char *text;

    (void)state;
    err_set(&stages[1].err, ERR_CONNECT, STAGE_TCP, "refused");
    err_advise(&stages[1].err, "knock");
    err_code(&stages[1].err, CODE_ERRNO, 111);
    text = render(true, false, stages, 3, &failed);
    assert_string_equal(text,
        "{\"host\":\"win1\",\"stages\":["
        "{\"stage\":\"name\",\"outcome\":\"ok\",\"duration_us\":12,"
        "\"detail\":\"w\\\"1\"},"
        "{\"stage\":\"TCP\",\"outcome\":\"failed\",\"duration_us\":9,"
        "\"detail\":\"\",\"cause\":\"connect\",\"text\":\"refused\","
        "\"advice\":\"knock\",\"code_domain\":\"errno\",\"code\":111},"
        "{\"stage\":\"HTTP\",\"outcome\":\"skipped\",\"duration_us\":0,"
        "\"detail\":\"\"}],\"ok\":false}\n");
    free(text);
    text = render(true, false, stages, 0, &failed);
    assert_false(failed);
    assert_string_equal(text,
                        "{\"host\":\"win1\",\"stages\":[],\"ok\":true}\n");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_aligned_and_the_rest_is_one),
        cmocka_unit_test(colours_are_for_terminals_only),
        cmocka_unit_test(json_has_every_stage),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
