/* test_wsman.c - one request, and which answers to it are believed. */
#include "unit.h"

#include <ctype.h>

#include "host.h"
#include "wsman/faults.h"
#include "wsman/soap.h"

static const struct wsman_request get = {
    .action = ACTION_GET, .resource = RESOURCE_CONFIG,
};

static struct host host;
static struct wsman wsman;

static int set_up(void **state)
{
    (void)state;
    host_init(&host, &wsman);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    host_free(&host);
    return 0;
}

static void a_uuid_is_random_and_in_upper_case(void **state)
{
    static const char form[] = "xxxxxxxx-xxxx-4xxx-vxxx-xxxxxxxxxxxx";
    char a[WSMAN_UUID_BYTES], b[WSMAN_UUID_BYTES];
    struct err err = ERR_INIT;
    size_t i;

    (void)state;
    assert_ok(wsman_uuid(a, &err), &err);
    assert_ok(wsman_uuid(b, &err), &err);
    assert_string_not_equal(a, b);
    assert_int_equal(strlen(a), sizeof form - 1);
    for (i = 0; form[i] != '\0'; i++) {
        if (form[i] == 'x')
            assert_true(isxdigit((unsigned char)a[i]) &&
                        !islower((unsigned char)a[i]));
        else if (form[i] == 'v')
            assert_non_null(strchr("89AB", a[i]));
        else
            assert_int_equal(a[i], form[i]);
    }
}

static void a_name_that_does_not_fit_is_refused(void **state)
{
    char url[600];
    struct wsman other;
    struct err err = ERR_INIT;

    (void)state;
    memset(url, 'a', sizeof url);
    url[sizeof url - 1] = '\0';
    assert_cause(wsman_init(&other, url, wsman.post, &host, &err), &err,
                 ERR_HOSTNAME);
}

static void an_answer_to_our_request_is_parsed(void **state)
{
    struct err err = ERR_INIT;
    xmlDocPtr doc;

    (void)state;
    host_answers(&host, 200, HOST_ANSWER(ACTION_GET, "<Config/>"));
    assert_ok(wsman_call(&wsman, &get, &doc, &err), &err);
    assert_non_null(soap_child(soap_body(doc), NULL, "Config"));
    xmlFreeDoc(doc);
    assert_true(host_was_sent(&host, wsman.session));
    assert_int_equal(host.timeout_ms, 30000); /* 20 s and a margin */
    assert_false(host.final);
}

static void each_request_has_an_id_of_its_own(void **state)
{
    struct err err = ERR_INIT;
    struct buf first = BUF_INIT(65536);
    xmlDocPtr doc;

    (void)state;
    host_answers(&host, 200, HOST_ANSWER(ACTION_GET, ""));
    assert_ok(wsman_call(&wsman, &get, &doc, &err), &err);
    xmlFreeDoc(doc);
    buf_put(&first, host.request.data, host.request.len);
    assert_ok(wsman_call(&wsman, &get, &doc, &err), &err);
    xmlFreeDoc(doc);
    assert_int_equal(first.len, host.request.len);
    assert_memory_not_equal(first.data, host.request.data, first.len);
    buf_free(&first);
}

static void a_final_request_waits_for_nothing(void **state)
{
    struct wsman_request request = get;
    struct err err = ERR_INIT;
    xmlDocPtr doc;

    (void)state;
    request.final = true;
    host_answers(&host, 500, "no answer at all");
    assert_ok(wsman_call(&wsman, &request, &doc, &err), &err);
    assert_null(doc);
    assert_true(host.final);
}

static void an_error_of_the_transport_passes(void **state)
{
    struct err err = ERR_INIT;
    xmlDocPtr doc;

    (void)state;
    host.failure = ERR_CONNECTION_LOST;
    assert_cause(wsman_call(&wsman, &get, &doc, &err), &err,
                 ERR_CONNECTION_LOST);
    assert_null(doc);
}

static void a_fault_is_an_error_with_its_code(void **state)
{
    struct err err = ERR_INIT;
    xmlDocPtr doc;

    (void)state;
    host_answers(&host, 500, HOST_FAULT("5", "Access is denied."));
    assert_cause(wsman_call(&wsman, &get, &doc, &err), &err,
                 ERR_ACCESS_DENIED);
    assert_null(doc);
    assert_true(err.domain == CODE_FAULT && err.code == 5);
    assert_non_null(strstr(err.text, "Access is denied"));
}

/* A host that could not read a request cannot name it. */
static void a_fault_may_relate_to_nothing(void **state)
{
    struct err err = ERR_INIT;
    xmlDocPtr doc;

    (void)state;
    host_answers(&host, 500, "<s:Envelope xmlns:s=\"" NS_SOAP "\"><s:Body>"
                 "<s:Fault><s:Reason><s:Text>Bad XML.</s:Text></s:Reason>"
                 "</s:Fault></s:Body></s:Envelope>");
    assert_cause(wsman_call(&wsman, &get, &doc, &err), &err, ERR_FAULT);
    assert_non_null(strstr(err.text, "Bad XML"));
}

/* status, type (NULL: SOAP's), body, cause, a word of the sentence */
static const struct {
    int status;
    const char *type;
    const char *body;
    enum err_cause cause;
    const char *text;
} wrong[] = {
    { 400, NULL, NULL, ERR_CONNECTION_LOST, "no longer knows" },
    { 400, "text/html", "<h1>Bad Request</h1>", ERR_CONNECTION_LOST, "" },
    { 401, NULL, NULL, ERR_LOGON_FAILED, "logon" },
    { 403, NULL, NULL, ERR_ACCESS_DENIED, "denies" },
    { 404, NULL, NULL, ERR_HTTP, "no WinRM" },
    { 413, NULL, NULL, ERR_OVERSIZED, "too large" },
    { 503, NULL, NULL, ERR_HTTP, "does not run" },
    { 302, NULL, NULL, ERR_HTTP, "302" },
    { 200, NULL, NULL, ERR_MALFORMED, "empty" },
    { 500, NULL, "", ERR_MALFORMED, "empty" },
    { 200, "text/html", "<html/>", ERR_MALFORMED, "text/html" },
    { 200, "", HOST_ANSWER(ACTION_GET, ""), ERR_MALFORMED, "instead" },
    { 200, "application/soap+xmlish", HOST_ANSWER(ACTION_GET, ""),
      ERR_MALFORMED, "instead" },
    { 200, "application/soap+xml;charset=UTF-16",
      HOST_ANSWER(ACTION_GET, ""), ERR_MALFORMED, "encoding" },
    { 200, "application/soap+xml; charset=utf-80",
      HOST_ANSWER(ACTION_GET, ""), ERR_MALFORMED, "encoding" },
    { 200, NULL, "not XML", ERR_MALFORMED, "not XML" },
    { 200, NULL, HOST_ANSWER(ACTION_DELETE, ""), ERR_MALFORMED,
      "something else" },
    { 200, NULL, HOST_SOAP(ACTION_GET, ""), ERR_MALFORMED,
      "something else" },
    { 500, NULL, HOST_ANSWER(ACTION_GET, ""), ERR_MALFORMED,
      "without a fault" },
    { 200, NULL, "<s:Envelope xmlns:s=\"" NS_SOAP "\"><s:Body/>"
      "</s:Envelope>", ERR_MALFORMED, "does not belong" },
};

static void other_answers_are_refused(void **state)
{
    struct err err = ERR_INIT;
    xmlDocPtr doc;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        host_answers(&host, wrong[i].status, wrong[i].body);
        if (wrong[i].type != NULL)
            host.type = wrong[i].type;
        assert_cause(wsman_call(&wsman, &get, &doc, &err), &err,
                     wrong[i].cause);
        assert_null(doc);
        if (strstr(err.text, wrong[i].text) == NULL)
            fail_msg("'%s' does not say '%s'", err.text, wrong[i].text);
    }
    host.type = NULL;
    assert_cause(wsman_call(&wsman, &get, &doc, &err), &err, ERR_MALFORMED);
}

static void the_type_may_be_written_otherwise(void **state)
{
    static const char *const types[] = {
        "application/soap+xml", "Application/SOAP+XML; charset=utf-8",
        "application/soap+xml;charset=\"UTF-8\"",
        "application/soap+xml; charset=UTF-8; action=x",
    };
    struct err err = ERR_INIT;
    xmlDocPtr doc;
    size_t i;

    (void)state;
    host_answers(&host, 200, HOST_ANSWER(ACTION_GET, ""));
    for (i = 0; i < sizeof types / sizeof *types; i++) {
        host.type = types[i];
        assert_ok(wsman_call(&wsman, &get, &doc, &err), &err);
        xmlFreeDoc(doc);
    }
}

/* An answer, or a fault, to somebody else's or to an older request. */
static void an_answer_to_another_request_is_refused(void **state)
{
    static const char *const bodies[] = {
        HOST_ANSWER(ACTION_GET, ""), HOST_FAULT("5", "No."),
    };
    struct err err = ERR_INIT;
    xmlDocPtr doc;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        host_answers(&host, i == 0 ? 200 : 500, bodies[i]);
        host.id = "nothing that is in there";
        assert_cause(wsman_call(&wsman, &get, &doc, &err), &err,
                     ERR_MALFORMED);
        assert_non_null(strstr(err.text, "does not belong"));
    }
}

static void errors_stand_at_their_stage(void **state)
{
    static const struct {
        const char *action;
        enum err_stage stage;
    } rows[] = {
        { ACTION_CREATE, STAGE_SHELL }, { ACTION_DELETE, STAGE_SHELL },
        { ACTION_COMMAND, STAGE_COMMAND }, { ACTION_SEND, STAGE_COMMAND },
        { ACTION_SIGNAL, STAGE_COMMAND }, { ACTION_RECEIVE, STAGE_OUTPUT },
        { ACTION_GET, STAGE_OUTPUT }, { ACTION_ENUMERATE, STAGE_OUTPUT },
        { ACTION_PULL, STAGE_OUTPUT }, { ACTION_RELEASE, STAGE_START },
    };
    struct wsman_request request = get;
    struct err err = ERR_INIT;
    xmlDocPtr doc;
    size_t i;

    (void)state;
    host_answers(&host, 500, HOST_FAULT("5", "No."));
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        request.action = rows[i].action;
        assert_cause(wsman_call(&wsman, &request, &doc, &err), &err,
                     ERR_ACCESS_DENIED);
        assert_int_equal(err.stage, rows[i].stage);
    }
}

#define CONFIG(kb) HOST_ANSWER(ACTION_GET, "<c:Config xmlns:c=\""             \
    RESOURCE_CONFIG "\"><c:MaxEnvelopeSizekb>" kb "</c:MaxEnvelopeSizekb>"    \
    "</c:Config>")

/* 153600 is what any host takes; nothing that a host says lowers it. */
static void a_request_may_be_as_large_as_the_host_says(void **state)
{
    static const struct {
        int status;
        const char *body;
        unsigned bytes;
    } rows[] = {
        { 200, CONFIG("500"), 512000 }, { 200, CONFIG("150"), 153600 },
        { 200, CONFIG("300"), 307200 }, { 200, CONFIG("8192"), 512000 },
        { 200, CONFIG("999999999"), 512000 }, { 200, CONFIG("32"), 153600 },
        { 200, CONFIG("-1"), 153600 }, { 200, CONFIG("5000000000"), 153600 },
        { 200, CONFIG(""), 153600 }, { 200, HOST_ANSWER(ACTION_GET, ""),
          153600 },
        { 500, HOST_FAULT("5", "Access is denied."), 153600 },
    };
    struct err err = ERR_INIT;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        wsman.max_request = WSMAN_ENVELOPE_SMALL;
        host_answers(&host, rows[i].status, rows[i].body);
        assert_ok(wsman_lift_envelope(&wsman, &err), &err);
        assert_int_equal(wsman.max_request, rows[i].bytes);
    }
    host.failure = ERR_CONNECTION_LOST;
    assert_cause(wsman_lift_envelope(&wsman, &err), &err,
                 ERR_CONNECTION_LOST);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_uuid_is_random_and_in_upper_case),
        TEST(a_name_that_does_not_fit_is_refused),
        TEST(an_answer_to_our_request_is_parsed),
        TEST(each_request_has_an_id_of_its_own),
        TEST(a_final_request_waits_for_nothing),
        TEST(an_error_of_the_transport_passes),
        TEST(a_fault_is_an_error_with_its_code),
        TEST(a_fault_may_relate_to_nothing),
        TEST(other_answers_are_refused),
        TEST(the_type_may_be_written_otherwise),
        TEST(an_answer_to_another_request_is_refused),
        TEST(errors_stand_at_their_stage),
        TEST(a_request_may_be_as_large_as_the_host_says),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
