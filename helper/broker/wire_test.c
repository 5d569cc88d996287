/* wire_test.c - the frames of a test: TEST, STAGE and TESTED. */
#include <string.h>

#include "broker/wire_parts.h"

static const char *const stage_names[] = {
#define X(name, word) [WIRE_STAGE_##name] = (word),
    WIRE_STAGES(X)
#undef X
};

static const char *const outcome_names[] = {
#define X(name, word) [WIRE_##name] = (word),
    WIRE_OUTCOMES(X)
#undef X
};

const char *wire_stage_name(enum wire_stage_id id)
{
    return id < WIRE_STAGE_COUNT ? stage_names[id] : "?";
}

const char *wire_outcome_name(enum wire_outcome outcome)
{
    return outcome < WIRE_OUTCOME_COUNT ? outcome_names[outcome] : "?";
}

void wire_put_test(struct buf *out, const struct wire_test *test)
{
    size_t start = wire_begin(out, WIRE_TEST);

    buf_put_string(out, test->host);
    buf_put_u32(out, test->flags);
    wire_end(out, start);
}

int wire_get_test(struct reader *in, struct wire_test *test, struct err *err)
{
    reader_string(in, test->host, sizeof test->host);
    test->flags = reader_u32(in);
    if ((test->flags & ~WIRE_TEST_IDENTIFY) != 0)
        in->failed = true;
    return wire_done(in, WIRE_TEST, err);
}

void wire_put_stage(struct buf *out, const struct wire_stage *stage)
{
    size_t start = wire_begin(out, WIRE_STAGE);

    buf_put_u8(out, (uint8_t)stage->id);
    buf_put_u8(out, (uint8_t)stage->outcome);
    buf_put_u64(out, stage->duration_us);
    buf_put_string(out, stage->detail);
    buf_put_block(out, stage->identity, stage->identity_len);
    if (stage->outcome == WIRE_FAILED)
        wire_put_error_fields(out, &stage->err);
    wire_end(out, start);
}

int wire_get_stage(struct reader *in, struct wire_stage *stage,
                   struct err *err)
{
    uint8_t id = reader_u8(in), outcome = reader_u8(in);

    memset(stage, 0, sizeof *stage);
    stage->duration_us = reader_u64(in);
    reader_string(in, stage->detail, sizeof stage->detail);
    stage->identity = reader_block(in, WIRE_IDENTIFY_MAX,
                                   &stage->identity_len);
    if (id >= WIRE_STAGE_COUNT || outcome >= WIRE_OUTCOME_COUNT)
        in->failed = true;
    else if (outcome == WIRE_FAILED)
        wire_get_error_fields(in, &stage->err);
    stage->id = (enum wire_stage_id)id;
    stage->outcome = (enum wire_outcome)outcome;
    return wire_done(in, WIRE_STAGE, err);
}

void wire_put_tested(struct buf *out, const struct wire_tested *tested)
{
    size_t start = wire_begin(out, WIRE_TESTED);

    wire_put_bool(out, tested->opened);
    buf_put_string(out, tested->host);
    buf_put_u16(out, tested->port);
    wire_put_bool(out, tested->https);
    wire_end(out, start);
}

int wire_get_tested(struct reader *in, struct wire_tested *tested,
                    struct err *err)
{
    tested->opened = wire_get_bool(in);
    reader_string(in, tested->host, sizeof tested->host);
    tested->port = reader_u16(in);
    tested->https = wire_get_bool(in);
    return wire_done(in, WIRE_TESTED, err);
}
