/*
 * test_ps_session.c - a pipeline from the pool to its end: whose pool, what
 * becomes of it, and that no script goes twice.
 */
#include "unit.h"

#include <string.h>

#include "cli/kept_shell.h"
#include "cli/ps_session.h"
#include "psrp_host.h"

#define LABEL "ps;"
#define SESSION "01234567-89AB-CDEF-0123-456789ABCDEF"
#define POOL "FEDCBA98-7654-3210-FEDC-BA9876543210"
#define VALUE SESSION " " POOL " 12 3 " POOL
#define NOT_FOUND 2150858843u    /* 0x8033805b */
#define DISCONNECTED 2150859204u /* 0x803381c4 */
#define ACCESS_DENIED 5u

static struct psrp_host host;
static struct ps_session session;
static char label[WIRE_LABEL_MAX], value[WIRE_VALUE_MAX];
static char wills[16];        /* one letter each: d elete, k eep */

static int take_will(void *arg, const char *its_label, const char *its_value,
                     const unsigned char *body, size_t len, struct err *err)
{
    (void)arg;
    (void)err;
    assert_non_null(memmem(body, len, "transfer/Delete", 15));
    snprintf(label, sizeof label, "%s", its_label);
    snprintf(value, sizeof value, "%s", its_value);
    assert_true(strlen(wills) + 1 < sizeof wills);
    wills[strlen(wills)] = its_label[0] != '\0' ? 'k' : 'd';
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

static const struct psrp_command command = { "1", true, NULL, 0, false };

static struct ps_options options_of(const char *inherited)
{
    return (struct ps_options){
        .runspace = { .configuration = CONFIGURATION_DEFAULT },
        .pipeline = { .commands = &command, .command_count = 1 },
        .output = { .value = take_value, .record = take_record,
                    .flush = flush },
        .in = -1, .will = take_will, .label = LABEL, .value = inherited,
        .keep = true,
    };
}

static int set_up(void **state)
{
    (void)state;
    memset(&session, 0, sizeof session);
    psrp_host_init(&host);
    label[0] = value[0] = '\0';
    memset(wills, 0, sizeof wills);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    psrp_host_free(&host);
    return 0;
}

static void host_completes(void)
{
    psrp_host_reply(&host);
    psrp_host_message(&host, MESSAGE_PIPELINE_STATE,
                      PSRP_STATE("PipelineState", "4"));
    psrp_host_done(&host);
}

static int run(const char *inherited, struct err *err)
{
    static struct ps_options options;

    options = options_of(inherited);
    ps_session_init(&session, &options, &host.wsman, NULL);
    return ps_session_run(&session, err);
}

static void a_new_pool_is_left(void **state)
{
    struct runspace_left left;
    struct err err = ERR_INIT;

    (void)state;
    psrp_host_opens(&host, "2.2");
    host_completes();
    assert_ok(run("", &err), &err);
    assert_string_equal(host.posts, "CRR" "XR" "g");
    assert_string_equal(wills, "dk");
    assert_string_equal(label, LABEL);
    assert_true(session.result.kept);
    assert_null(session.result.why_not_kept);
    assert_int_equal(pool_take_value(value, &left), 0);
    assert_memory_equal(&left.pool.id, &host.pool, sizeof host.pool);
    assert_int_equal(left.pool.next_object, 4); /* three messages went */
    assert_int_equal(left.pool.protocol_minor, 2);
    assert_string_equal(left.session, host.wsman.session);
}

/* Two requests, under the SessionId that the shell knows; ids go on. */
static void a_pool_is_inherited_and_left_again(void **state)
{
    struct runspace_left left;
    struct err err = ERR_INIT;
    struct guid pool;

    (void)state;
    assert_int_equal(guid_parse(POOL, &pool), 0);
    host.pool = pool;
    host_completes();
    assert_ok(run(VALUE, &err), &err);
    assert_string_equal(host.posts, "XR" "g");
    assert_string_equal(wills, "dk");
    assert_int_equal(session.result.requests, 2 + 1);
    assert_int_equal(host.input.data[7], 12); /* ObjectId */
    assert_int_equal(pool_take_value(value, &left), 0);
    assert_int_equal(left.pool.next_object, 13);
    assert_string_equal(left.session, SESSION);
    assert_string_equal(left.id, POOL);
    assert_non_null(strstr((char *)host.request.data, SESSION));
}

static void gone(uint32_t fault, const char *posts)
{
    struct err err = ERR_INIT;

    host.faulty = 'X';
    host.fault = fault;
    psrp_host_opens(&host, "2.3");
    host_completes();
    assert_ok(run(VALUE, &err), &err);
    assert_string_equal(host.posts, posts);
    assert_true(session.result.kept);
    assert_null(strstr(value, POOL));
}

static void a_pool_that_is_gone_costs_a_new_one(void **state)
{
    (void)state;
    gone(NOT_FOUND, "X" "CRR" "XR" "g");
}

/* It is there, though nobody reaches it: it is deleted. */
static void a_pool_that_is_cut_off_costs_a_new_one(void **state)
{
    (void)state;
    gone(DISCONNECTED, "X" "D" "CRR" "XR" "g");
}

static void any_other_refusal_is_the_end(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    host.faulty = 'X';
    host.fault = ACCESS_DENIED;
    assert_cause(run(VALUE, &err), &err, ERR_ACCESS_DENIED);
    assert_string_equal(host.posts, "X");
    assert_string_equal(wills, "d");
}

/* The script may have run. */
static void a_pool_that_goes_later_is_the_end(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    host.faulty = 'R';
    host.fault = NOT_FOUND;
    assert_cause(run(VALUE, &err), &err, ERR_SHELL_GONE);
    assert_string_equal(host.posts, "XR");
    assert_string_equal(wills, "d");
    assert_non_null(strstr(err.advice, "was not started again"));
}

/* A new pool that refuses the command is not replaced by a third. */
static void one_new_pool_and_no_more(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    host.faulty = 'X';
    host.fault = NOT_FOUND;
    psrp_host_opens(&host, "2.3");
    assert_cause(run("", &err), &err, ERR_SHELL_GONE);
    assert_string_equal(host.posts, "CRR" "X");
}

static void a_pool_that_breaks_is_not_left(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    assert_int_equal(guid_parse(POOL, &host.pool), 0);
    psrp_host_reply(&host);
    psrp_host_message(&host, MESSAGE_RUNSPACEPOOL_STATE,
                      PSRP_STATE("RunspaceState", "5"));
    assert_cause(run(VALUE, &err), &err, ERR_FAULT);
    assert_string_equal(wills, "d");
}

/* The host would use a key that only this command knew. */
static void a_pool_with_a_key_is_not_left(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    assert_int_equal(guid_parse(POOL, &host.pool), 0);
    psrp_host_reply(&host);
    psrp_host_message(&host, MESSAGE_PUBLIC_KEY_REQUEST, "<S></S>");
    psrp_host_message(&host, MESSAGE_PIPELINE_STATE,
                      PSRP_STATE("PipelineState", "4"));
    psrp_host_done(&host);
    assert_ok(run(VALUE, &err), &err);
    assert_string_equal(wills, "d");
    assert_false(session.result.kept);
    assert_non_null(strstr(session.result.why_not_kept, "key"));
}

static void a_value_that_is_none_is_nothing(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    psrp_host_opens(&host, "2.3");
    host_completes();
    assert_ok(run("something else", &err), &err);
    assert_string_equal(host.posts, "CRR" "XR" "g");
}

int main(void)
{
#define FRESH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        FRESH(a_new_pool_is_left), FRESH(a_pool_is_inherited_and_left_again),
        FRESH(a_pool_that_is_gone_costs_a_new_one),
        FRESH(a_pool_that_is_cut_off_costs_a_new_one),
        FRESH(any_other_refusal_is_the_end),
        FRESH(a_pool_that_goes_later_is_the_end),
        FRESH(one_new_pool_and_no_more),
        FRESH(a_pool_that_breaks_is_not_left),
        FRESH(a_pool_with_a_key_is_not_left),
        FRESH(a_value_that_is_none_is_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
