/* wire_will.c - the frames of what is kept: WILL, POOL and POOLED. */
#include <string.h>

#include "broker/wire.h"
#include "broker/wire_parts.h"

void wire_put_will(struct buf *out, const struct wire_will *will)
{
    size_t start = wire_begin(out, WIRE_WILL);

    buf_put_string(out, will->label);
    buf_put_string(out, will->value);
    buf_put_block(out, will->body, will->len);
    wire_end(out, start);
}

int wire_get_will(struct reader *in, struct wire_will *will, struct err *err)
{
    reader_string(in, will->label, sizeof will->label);
    reader_string(in, will->value, sizeof will->value);
    will->body = reader_block(in, WIRE_WILL_MAX, &will->len);
    return wire_done(in, WIRE_WILL, err);
}

void wire_put_pool(struct buf *out)
{
    wire_end(out, wire_begin(out, WIRE_POOL));
}

int wire_get_pool(struct reader *in, struct err *err)
{
    return wire_done(in, WIRE_POOL, err);
}

void wire_put_pooled(struct buf *out, const struct wire_pooled *pooled)
{
    size_t start = wire_begin(out, WIRE_POOLED);
    uint32_t i;

    buf_put_u32(out, pooled->count);
    for (i = 0; i < pooled->count; i++) {
        const struct wire_pooled_one *one = &pooled->list[i];

        buf_put_string(out, one->host);
        buf_put_u16(out, one->port);
        wire_put_bool(out, one->https);
        buf_put_string(out, one->mechanism);
        buf_put_u32(out, one->age_s);
        buf_put_u32(out, one->idle_s);
        buf_put_u32(out, one->left_s);
        wire_put_bool(out, one->has_will);
    }
    wire_end(out, start);
}

int wire_get_pooled(struct reader *in, struct wire_pooled *pooled,
                    struct err *err)
{
    uint32_t i;

    memset(pooled, 0, sizeof *pooled);
    pooled->count = reader_u32(in);
    if (pooled->count > WIRE_POOLED_MAX) {
        pooled->count = 0;
        in->failed = true;
    }
    for (i = 0; i < pooled->count; i++) {
        struct wire_pooled_one *one = &pooled->list[i];

        reader_string(in, one->host, sizeof one->host);
        one->port = reader_u16(in);
        one->https = wire_get_bool(in);
        reader_string(in, one->mechanism, sizeof one->mechanism);
        one->age_s = reader_u32(in);
        one->idle_s = reader_u32(in);
        one->left_s = reader_u32(in);
        one->has_will = wire_get_bool(in);
    }
    return wire_done(in, WIRE_POOLED, err);
}
