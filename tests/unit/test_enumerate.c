/* test_enumerate.c - Get, Enumerate and Pull: what is asked, what is taken. */
#include "unit.h"

#include <stdio.h>

#include "host.h"
#include "wsman/enumerate.h"
#include "wsman/faults.h"

#define N "xmlns:n=\"" NS_ENUMERATION "\""
#define CONTEXT(text) "<n:EnumerationContext>" text "</n:EnumerationContext>"
#define FIRST(inner) HOST_ANSWER(ACTION_ENUMERATE, "<n:EnumerateResponse " N  \
                                 ">" inner "</n:EnumerateResponse>")
#define NEXT(inner) HOST_ANSWER(ACTION_PULL, "<n:PullResponse " N ">" inner   \
                                "</n:PullResponse>")
#define ITEMS(p, inner) "<" p ":Items>" inner "</" p ":Items>"
#define END(p) "<" p ":EndOfSequence/>"

static struct host host;
static struct wsman wsman;
static struct resource resource;

/* What the items said, and what the host answers next. */
struct taken {
    char names[256];
    const char *next[4];
    size_t used;
    int stop_at;              /* -1: never */
    int count;
};

static int set_up(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    host_init(&host, &wsman);
    return resource_parse(&resource, "shell", &err);
}

static int tear_down(void **state)
{
    (void)state;
    host_free(&host);
    return 0;
}

static int take(void *arg, xmlNodePtr item, struct err *err)
{
    struct taken *taken = arg;
    size_t len = strlen(taken->names);

    snprintf(taken->names + len, sizeof taken->names - len, "%s ",
             (const char *)item->name);
    if (taken->next[taken->used] != NULL)
        host_answers(&host, 200, taken->next[taken->used++]);
    if (taken->count++ == taken->stop_at)
        return err_set(err, ERR_SYSTEM, STAGE_OUTPUT, "full");
    return 0;
}

static void get_gives_its_one_item(void **state)
{
    struct taken taken = { .stop_at = -1 };
    struct err err = ERR_INIT;

    (void)state;
    assert_ok(resource_parse(&resource, "winrm/config/listener?Address=*",
                             &err), &err);
    host_answers(&host, 200, HOST_ANSWER(ACTION_GET, "<Listener/>"));
    assert_ok(wsman_get(&wsman, &resource, take, &taken, &err), &err);
    assert_string_equal(taken.names, "Listener ");
    assert_true(host_was_sent(&host, "<wsman:Selector Name=\"Address\">*"));
    host_answers(&host, 200, HOST_ANSWER(ACTION_GET, ""));
    assert_cause(wsman_get(&wsman, &resource, take, &taken, &err), &err,
                 ERR_MALFORMED);
}

/* As psrp_disconnect_runspaces.yml has it, messages 11 to 13. */
static void enumerate_asks_as_recorded(void **state)
{
    struct taken taken = { .stop_at = -1 };
    struct err err = ERR_INIT;

    (void)state;
    host_answers(&host, 200, FIRST("<n:EnumerationContext/>" END("w")));
    assert_ok(wsman_enumerate(&wsman, &resource, take, &taken, &err), &err);
    assert_string_equal(taken.names, "");
    assert_true(host_was_sent(&host, "<wsen:Enumerate xmlns:wsen=\""
                NS_ENUMERATION "\" xmlns:wsman=\"" NS_WSMAN "\">"
                "<wsman:OptimizeEnumeration/><wsman:MaxElements>32000"
                "</wsman:MaxElements></wsen:Enumerate>"));
    assert_ok(resource_select(&resource, "ShellId=A&B", &err), &err);
    assert_ok(wsman_enumerate(&wsman, &resource, take, &taken, &err), &err);
    assert_true(host_was_sent(&host, "<wsman:Filter Dialect=\""
                DIALECT_SELECTOR "\"><wsman:SelectorSet><wsman:Selector "
                "Name=\"ShellId\">A&amp;B</wsman:Selector>"
                "</wsman:SelectorSet></wsman:Filter></wsen:Enumerate>"));
    assert_false(host_was_sent(&host, "</wsman:SelectorSet></s:Header>"));
}

/* Items and the end are in the one namespace or in the other. */
static void what_is_left_is_pulled(void **state)
{
    struct taken taken = {
        .stop_at = -1,
        .next = { NULL },
    };
    struct err err = ERR_INIT;

    (void)state;
    taken.next[0] = NEXT(CONTEXT("uuid:2") ITEMS("n", "<B/>"));
    taken.next[1] = NEXT(CONTEXT("uuid:3") ITEMS("n", "<C/>") END("n"));
    host_answers(&host, 200, FIRST(CONTEXT("uuid:1") ITEMS("w", "<A/>")));
    assert_ok(wsman_enumerate(&wsman, &resource, take, &taken, &err), &err);
    assert_string_equal(taken.names, "A B C ");
    assert_int_equal(host.requests, 3);
    assert_true(host_was_sent(&host, "<wsen:EnumerationContext>uuid:2<"));
    assert_true(host_was_sent(&host, "<wsen:MaxElements>32000<"));
}

static void who_stops_releases(void **state)
{
    struct taken taken = { .stop_at = 0 };
    struct err err = ERR_INIT;

    (void)state;
    host_answers(&host, 200, FIRST(CONTEXT("uuid:1") ITEMS("w", "<A/><B/>")));
    assert_cause(wsman_enumerate(&wsman, &resource, take, &taken, &err),
                 &err, ERR_SYSTEM);
    assert_string_equal(taken.names, "A ");
    assert_int_equal(host.requests, 2);
    assert_true(host.final);
    assert_true(host_was_sent(&host, "<wsen:Release "));
    assert_true(host_was_sent(&host, "<wsen:EnumerationContext>uuid:1<"));
}

/* A host must not keep us pulling for ever, or lead us elsewhere. */
static void an_answer_without_progress_is_refused(void **state)
{
    static const char *const rows[] = {
        FIRST(""), FIRST("<n:EnumerationContext/>"),
        FIRST(ITEMS("w", "<A/>")),
        HOST_ANSWER(ACTION_ENUMERATE, "<n:PullResponse " N "/>"),
        HOST_ANSWER(ACTION_ENUMERATE, ""),
        HOST_ANSWER(ACTION_PULL, "<n:EnumerateResponse " N ">" END("n")
                    "</n:EnumerateResponse>"),
    };
    struct taken taken = { .stop_at = -1 };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct err err = ERR_INIT;

        host_answers(&host, 200, rows[i]);
        assert_cause(wsman_enumerate(&wsman, &resource, take, &taken, &err),
                     &err, ERR_MALFORMED);
    }
}

static void an_empty_pull_is_no_progress(void **state)
{
    struct taken taken = { .stop_at = -1 };
    struct err err = ERR_INIT;

    (void)state;
    taken.next[0] = NEXT(CONTEXT("uuid:1"));
    host_answers(&host, 200, FIRST(CONTEXT("uuid:1") ITEMS("w", "<A/>")));
    assert_cause(wsman_enumerate(&wsman, &resource, take, &taken, &err),
                 &err, ERR_MALFORMED);
    assert_int_equal(host.requests, 3); /* the last one is Release */
}

static void a_context_has_a_limit(void **state)
{
    static char answer[16384];
    struct taken taken = { .stop_at = -1 };
    struct err err = ERR_INIT;

    (void)state;
    snprintf(answer, sizeof answer, FIRST(CONTEXT("%05000d")
             ITEMS("w", "<A/>")), 0);
    host_answers(&host, 200, answer);
    assert_cause(wsman_enumerate(&wsman, &resource, take, &taken, &err),
                 &err, ERR_OVERSIZED);
}

static void a_fault_is_left_whole(void **state)
{
    struct taken taken = { .stop_at = -1 };
    struct fault fault = { .has_code = false };
    struct err err = ERR_INIT;

    (void)state;
    wsman.fault = &fault;
    taken.next[0] = HOST_FAULT("2150858884", "gone");
    host_answers(&host, 200, FIRST(CONTEXT("uuid:1") ITEMS("w", "<A/>")));
    assert_cause(wsman_enumerate(&wsman, &resource, take, &taken, &err),
                 &err, ERR_FAULT);
    assert_true(fault.has_code && fault.code == 0x80338084);
    assert_string_equal(fault_name(fault.code),
                        "ERROR_WSMAN_ENUMERATION_INVALID");
    assert_null(fault_name(0x12345678));
    assert_string_equal(fault.reason, "gone");
    assert_int_equal(host.requests, 2); /* nothing is left to release */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        T(get_gives_its_one_item),
        T(enumerate_asks_as_recorded),
        T(what_is_left_is_pulled),
        T(who_stops_releases),
        T(an_answer_without_progress_is_refused),
        T(an_empty_pull_is_no_progress),
        T(a_context_has_a_limit),
        T(a_fault_is_left_whole),
#undef T
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
