/* fuzz_wire.c - every frame between command and broker: PROTOCOL. */
#include "fuzz.h"

#include <string.h>

#include "broker/wire.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    return 0;
}

/* Decodes the fields of one type; what it accepted it writes to out. */
typedef int trip_fn(struct reader *in, struct buf *out, struct err *err);

#define TRIP(name)                                                            \
    static int trip_##name(struct reader *in, struct buf *out,                \
                           struct err *err)                                   \
    {                                                                         \
        struct wire_##name fields = { 0 };                                    \
        int r = wire_get_##name(in, &fields, err);                            \
                                                                              \
        if (r == 0)                                                           \
            wire_put_##name(out, &fields);                                    \
        return r;                                                             \
    }
TRIP(hello)
TRIP(open)
TRIP(opened)
TRIP(post)
TRIP(reply)
TRIP(stored)
TRIP(listed)
TRIP(check)
TRIP(checked)
TRIP(test)
TRIP(stage)
TRIP(tested)
TRIP(logged_out)
TRIP(event)
TRIP(logged)
TRIP(show)
TRIP(line)
TRIP(shown)
TRIP(will)
TRIP(pooled)

static int trip_ticket(struct reader *in, struct buf *out, struct err *err)
{
    struct secret *ticket = NULL;
    int r = wire_get_ticket(in, &ticket, err);

    if (r == 0)
        wire_put_ticket(out, ticket);
    secret_free(&ticket);
    return r;
}

static int trip_login(struct reader *in, struct buf *out, struct err *err)
{
    struct wire_login login = { 0 };
    int r = wire_get_login(in, &login, err);

    if (r == 0)
        wire_put_login(out, &login);
    secret_free(&login.password);
    return r;
}

static int trip_list(struct reader *in, struct buf *out, struct err *err)
{
    int r = wire_get_list(in, err);

    if (r == 0)
        wire_put_list(out);
    return r;
}

static int trip_logout(struct reader *in, struct buf *out, struct err *err)
{
    int r = wire_get_logout(in, err);

    if (r == 0)
        wire_put_logout(out);
    return r;
}

static int trip_log(struct reader *in, struct buf *out, struct err *err)
{
    int r = wire_get_log(in, err);

    if (r == 0)
        wire_put_log(out);
    return r;
}

static int trip_pool(struct reader *in, struct buf *out, struct err *err)
{
    int r = wire_get_pool(in, err);

    if (r == 0)
        wire_put_pool(out);
    return r;
}

/* An error of the peer is an error: it is always -1. */
static int trip_error(struct reader *in, struct buf *out, struct err *err)
{
    fuzz_require(wire_get_error(in, err) == -1);
    if (err->cause != ERR_BROKER_PROTOCOL)
        wire_put_error(out, err);
    return -1;
}

static trip_fn *const trips[] = {
    [WIRE_HELLO] = trip_hello,   [WIRE_TICKET] = trip_ticket,
    [WIRE_OPEN] = trip_open,     [WIRE_OPENED] = trip_opened,
    [WIRE_POST] = trip_post,     [WIRE_REPLY] = trip_reply,
    [WIRE_LOGIN] = trip_login,   [WIRE_STORED] = trip_stored,
    [WIRE_LIST] = trip_list,     [WIRE_LISTED] = trip_listed,
    [WIRE_CHECK] = trip_check,   [WIRE_CHECKED] = trip_checked,
    [WIRE_ERROR] = trip_error,   [WIRE_TEST] = trip_test,
    [WIRE_STAGE] = trip_stage,   [WIRE_TESTED] = trip_tested,
    [WIRE_LOGOUT] = trip_logout, [WIRE_LOGGED_OUT] = trip_logged_out,
    [WIRE_LOG] = trip_log,       [WIRE_EVENT] = trip_event,
    [WIRE_LOGGED] = trip_logged, [WIRE_WILL] = trip_will,
    [WIRE_POOL] = trip_pool,     [WIRE_POOLED] = trip_pooled,
    [WIRE_SHOW] = trip_show,     [WIRE_LINE] = trip_line,
    [WIRE_SHOWN] = trip_shown,
};

/* The type, a byte, and its fields: one frame has one spelling. */
static int decode(const uint8_t *data, size_t size, struct err *err)
{
    struct buf out = BUF_INIT(2 * WIRE_FRAME_MAX);
    uint8_t type = fuzz_u8(&data, &size);
    struct reader in = READER_INIT(data, size);
    int r;

    if (type >= sizeof trips / sizeof *trips || trips[type] == NULL) {
        fuzz_require(strcmp(wire_type_name(type), "?") == 0);
        return 0;
    }
    r = trips[type](&in, &out, err);
    if (out.failed == ERR_NONE && out.len > 0) {
        fuzz_require(out.len == size + 5 && out.data[4] == type);
        fuzz_require(memcmp(out.data + 5, data, size) == 0);
    }
    if (r == 0)
        r = buf_ok(&out, STAGE_BROKER, err);
    buf_free(&out);
    return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unsigned seed = fuzz_seed(&data, &size);
    struct err err = ERR_INIT;

    /* What an ERROR frame says is not this side's own failure. */
    if (size > 0 && data[0] == WIRE_ERROR)
        decode(data, size, &err);
    else
        fuzz_twice(decode, seed, data, size);
    return 0;
}
