/* wire_log.c - the frames of a session's record: LOG, EVENT and LOGGED. */
#include "broker/wire_parts.h"

void wire_put_log(struct buf *out)
{
    wire_end(out, wire_begin(out, WIRE_LOG));
}

int wire_get_log(struct reader *in, struct err *err)
{
    return wire_done(in, WIRE_LOG, err);
}

void wire_put_event(struct buf *out, const struct wire_event *event)
{
    size_t start = wire_begin(out, WIRE_EVENT);

    buf_put_u64(out, (uint64_t)event->time);
    buf_put_u8(out, (uint8_t)event->event);
    buf_put_string(out, event->host);
    buf_put_string(out, event->spn);
    buf_put_string(out, event->mechanism);
    buf_put_u8(out, event->credssp_version);
    buf_put_string(out, event->tls);
    buf_put_string(out, event->rule);
    buf_put_u16(out, (uint16_t)event->cause);
    buf_put_string(out, event->error);
    buf_put_u32(out, event->duration_ms);
    wire_end(out, start);
}

int wire_get_event(struct reader *in, struct wire_event *event,
                   struct err *err)
{
    uint16_t cause;
    uint8_t id;

    event->time = (int64_t)reader_u64(in);
    id = reader_u8(in);
    reader_string(in, event->host, sizeof event->host);
    reader_string(in, event->spn, sizeof event->spn);
    reader_string(in, event->mechanism, sizeof event->mechanism);
    event->credssp_version = reader_u8(in);
    reader_string(in, event->tls, sizeof event->tls);
    reader_string(in, event->rule, sizeof event->rule);
    cause = reader_u16(in);
    reader_string(in, event->error, sizeof event->error);
    event->duration_ms = reader_u32(in);
    if (id >= AUDIT_EVENT_COUNT || cause >= ERR_CAUSE_COUNT)
        in->failed = true;
    event->event = (enum audit_event)id;
    event->cause = (enum err_cause)cause;
    return wire_done(in, WIRE_EVENT, err);
}

void wire_put_logged(struct buf *out, const struct wire_logged *logged)
{
    size_t start = wire_begin(out, WIRE_LOGGED);

    buf_put_u32(out, logged->forgotten);
    wire_end(out, start);
}

int wire_get_logged(struct reader *in, struct wire_logged *logged,
                    struct err *err)
{
    logged->forgotten = reader_u32(in);
    return wire_done(in, WIRE_LOGGED, err);
}
