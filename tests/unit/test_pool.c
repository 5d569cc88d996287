/* test_pool.c - a pool's messages and states. */
#include "unit.h"

#include <stdio.h>

#include "clixml_text.h"
#include "psrp/pool.h"
#include "psrp_host.h"

static struct clixml_reader reader;
static struct pool pool;

static int set_up(void **state)
{
    static const struct host_info none = { .present = false };
    struct buf creation = BUF_INIT(65536);
    struct err err = ERR_INIT;

    (void)state;
    clixml_reader_init(&reader);
    assert_ok(pool_init(&pool, &err), &err);
    assert_ok(pool_open(&pool, &none, &creation, &err), &err);
    buf_free(&creation);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    clixml_reader_free(&reader);
    pool_free(&pool);
    return 0;
}

/* A message of the pool, and whether it took it. */
static int take(enum message_type type, const char *text, struct err *err)
{
    struct incoming_message message = {
        .header = { TO_CLIENT, type, pool.id, { { 0 } } },
        .value = text != NULL ? clixml_of(&reader, text) : NULL,
    };
    bool taken = false;
    int rc;

    if (type == MESSAGE_SESSION_CAPABILITY)
        memset(&message.header.pool, 0, GUID_BYTES);
    rc = pool_take(&pool, &message, &taken, err);
    assert_true(taken);
    return rc;
}

static int take_state(const char *number, struct err *err)
{
    char text[256];

    snprintf(text, sizeof text, PSRP_STATE("RunspaceState", "%s"), number);
    return take(MESSAGE_RUNSPACEPOOL_STATE, text, err);
}

static int take_version(const char *version, struct err *err)
{
    char text[512];

    snprintf(text, sizeof text, PSRP_CAPABILITY("%s"), version);
    return take(MESSAGE_SESSION_CAPABILITY, text, err);
}

static void a_pool_opens(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    assert_int_equal(pool.state, POOL_NEGOTIATION_SENT);
    assert_ok(take_version("2.3", &err), &err);
    assert_int_equal(pool.state, POOL_NEGOTIATION_SUCCEEDED);
    assert_ok(take_state("2", &err), &err);
    assert_int_equal(pool.state, POOL_OPENED);
}

static void versions_of_hosts(void **state)
{
    static const struct { const char *version; unsigned minor; } rows[] = {
        { "2.0", 0 }, { "2.1", 1 }, { "2.2", 2 }, { "2.3", 3 },
        { "2.4", 3 }, /* it speaks to us as 2.3 */
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct err err = ERR_INIT;

        pool.state = POOL_NEGOTIATION_SENT;
        assert_ok(take_version(rows[i].version, &err), &err);
        assert_int_equal(pool.protocol_minor, rows[i].minor);
    }
}

static void hosts_of_another_protocol(void **state)
{
    static const struct { const char *version; enum err_cause cause; } rows[] =
    {
        { "3.0", ERR_VERSION }, { "1.1", ERR_VERSION }, { "", ERR_VERSION },
        { "22.1", ERR_VERSION }, { "2.x", ERR_MALFORMED },
        { "2.", ERR_MALFORMED }, { "2.100", ERR_MALFORMED },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct err err = ERR_INIT;

        assert_cause(take_version(rows[i].version, &err), &err,
                     rows[i].cause);
    }
}

/* The host says why. */
static void a_pool_that_breaks(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    assert_ok(take_version("2.3", &err), &err);
    assert_cause(take(MESSAGE_RUNSPACEPOOL_STATE,
                      "<Obj RefId=\"0\"><MS><I32 N=\"RunspaceState\">5</I32>"
                      PSRP_ERROR("no quota") "</MS></Obj>", &err), &err,
                 ERR_FAULT);
    assert_non_null(strstr(err.text, "no quota"));
    assert_int_equal(pool.state, POOL_BROKEN);
}

static void a_pool_that_is_disconnected(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    pool.state = POOL_OPENED;
    assert_cause(take_state("9", &err), &err, ERR_SHELL_GONE);
    assert_non_null(strstr(err.text, "disconnected"));
}

/* From each state to each: what is not in the table is refused. */
static void states_out_of_order(void **state)
{
    static const char *const allowed[] = {
        [POOL_BEFORE_OPEN] = "", [POOL_OPENING] = "",
        [POOL_OPENED] = "2 3 4 5 9", [POOL_CLOSED] = "",
        [POOL_CLOSING] = "3 5", [POOL_BROKEN] = "",
        [POOL_NEGOTIATION_SENT] = "3 5",
        [POOL_NEGOTIATION_SUCCEEDED] = "2 3 5 7", [POOL_CONNECTING] = "",
        [POOL_DISCONNECTED] = "",
    };
    int ours, told;

    (void)state;
    for (ours = 0; ours <= POOL_DISCONNECTED; ours++) {
        for (told = -1; told <= 10; told++) {
            struct err err = ERR_INIT;
            char number[12];
            bool fine;
            int rc;

            snprintf(number, sizeof number, "%d", told);
            fine = told >= 0 && strstr(allowed[ours], number) != NULL;
            pool.state = (enum pool_state)ours;
            rc = take_state(number, &err);
            if (!fine)
                assert_cause(rc, &err, ERR_MALFORMED);
            else
                assert_int_equal(pool.state, told);
        }
    }
}

static void capabilities_twice(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    assert_ok(take_version("2.3", &err), &err);
    assert_cause(take_version("2.3", &err), &err, ERR_MALFORMED);
}

static void a_message_of_another_pool(void **state)
{
    struct incoming_message message = {
        .header = { TO_CLIENT, MESSAGE_RUNSPACEPOOL_STATE, { { 0 } },
                    { { 0 } } },
    };
    struct err err = ERR_INIT;
    bool taken;

    (void)state;
    assert_cause(pool_take(&pool, &message, &taken, &err), &err,
                 ERR_MALFORMED);
}

static void what_is_a_pipelines_is_left(void **state)
{
    struct incoming_message message = {
        .header = { TO_CLIENT, MESSAGE_PIPELINE_OUTPUT, pool.id, { { 0 } } },
    };
    struct err err = ERR_INIT;
    bool taken;

    (void)state;
    assert_ok(pool_take(&pool, &message, &taken, &err), &err);
    assert_false(taken);
}

static void the_hosts_version(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    assert_ok(take(MESSAGE_APPLICATION_PRIVATE_DATA,
                   "<Obj RefId=\"0\"><MS><Obj N=\"ApplicationPrivateData\" "
                   "RefId=\"1\"><DCT><En><S N=\"Key\">PSVersionTable</S>"
                   "<Obj N=\"Value\" RefId=\"2\"><DCT><En><S N=\"Key\">"
                   "PSVersion</S><Version N=\"Value\">5.1.14393.2248"
                   "</Version></En></DCT></Obj></En></DCT></Obj></MS></Obj>",
                   &err), &err);
    assert_string_equal(pool.ps_version, "5.1.14393.2248");
}

static void a_key_that_nobody_asked_for(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    assert_cause(take(MESSAGE_ENCRYPTED_SESSION_KEY,
                      "<Obj RefId=\"0\"><MS><S N=\"EncryptedSessionKey\">"
                      "AAAA</S></MS></Obj>", &err), &err, ERR_MALFORMED);
    assert_ok(take(MESSAGE_PUBLIC_KEY_REQUEST, NULL, &err), &err);
    assert_true(pool.key_wanted);
}

static void state_without_a_number(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    pool.state = POOL_OPENED;
    assert_cause(take(MESSAGE_RUNSPACEPOOL_STATE, "<S>2</S>", &err), &err,
                 ERR_MALFORMED);
    assert_cause(take(MESSAGE_RUNSPACEPOOL_STATE, NULL, &err), &err,
                 ERR_MALFORMED);
}

int main(void)
{
#define IN_POOL(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        IN_POOL(a_pool_opens), IN_POOL(versions_of_hosts),
        IN_POOL(hosts_of_another_protocol), IN_POOL(a_pool_that_breaks),
        IN_POOL(a_pool_that_is_disconnected), IN_POOL(states_out_of_order),
        IN_POOL(capabilities_twice), IN_POOL(a_message_of_another_pool),
        IN_POOL(what_is_a_pipelines_is_left), IN_POOL(the_hosts_version),
        IN_POOL(a_key_that_nobody_asked_for),
        IN_POOL(state_without_a_number),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
