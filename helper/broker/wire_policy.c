/* wire_policy.c - the frames about the policy: CHECK and SHOW. */
#include "broker/wire_parts.h"

static const char *const line_names[] = {
#define X(name, word) [WIRE_LINE_##name] = (word),
    WIRE_LINES(X)
#undef X
};

const char *wire_line_name(enum wire_line_kind kind)
{
    return kind < WIRE_LINE_COUNT ? line_names[kind] : "?";
}

static void put_whose(struct buf *out, const struct wire_whose *whose)
{
    buf_put_u32(out, whose->uid);
    buf_put_string(out, whose->service);
}

static void get_whose(struct reader *in, struct wire_whose *whose)
{
    whose->uid = reader_u32(in);
    reader_string(in, whose->service, sizeof whose->service);
}

void wire_put_check(struct buf *out, const struct wire_check *check)
{
    size_t start = wire_begin(out, WIRE_CHECK);

    buf_put_string(out, check->host);
    put_whose(out, &check->whose);
    wire_end(out, start);
}

int wire_get_check(struct reader *in, struct wire_check *check,
                   struct err *err)
{
    reader_string(in, check->host, sizeof check->host);
    get_whose(in, &check->whose);
    return wire_done(in, WIRE_CHECK, err);
}

void wire_put_checked(struct buf *out, const struct wire_checked *checked)
{
    size_t start = wire_begin(out, WIRE_CHECKED);

    buf_put_string(out, checked->host);
    wire_put_bool(out, checked->kerberos);
    wire_put_bool(out, checked->ntlm);
    buf_put_string(out, checked->kerberos_rule);
    buf_put_string(out, checked->ntlm_rule);
    buf_put_string(out, checked->advice);
    wire_end(out, start);
}

int wire_get_checked(struct reader *in, struct wire_checked *checked,
                     struct err *err)
{
    reader_string(in, checked->host, sizeof checked->host);
    checked->kerberos = wire_get_bool(in);
    checked->ntlm = wire_get_bool(in);
    reader_string(in, checked->kerberos_rule, sizeof checked->kerberos_rule);
    reader_string(in, checked->ntlm_rule, sizeof checked->ntlm_rule);
    reader_string(in, checked->advice, sizeof checked->advice);
    return wire_done(in, WIRE_CHECKED, err);
}

void wire_put_show(struct buf *out, const struct wire_show *show)
{
    size_t start = wire_begin(out, WIRE_SHOW);

    put_whose(out, &show->whose);
    wire_end(out, start);
}

int wire_get_show(struct reader *in, struct wire_show *show, struct err *err)
{
    get_whose(in, &show->whose);
    return wire_done(in, WIRE_SHOW, err);
}

void wire_put_line(struct buf *out, const struct wire_line *line)
{
    size_t start = wire_begin(out, WIRE_LINE);

    buf_put_u8(out, (uint8_t)line->kind);
    buf_put_string(out, line->text);
    buf_put_string(out, line->file);
    buf_put_u32(out, line->line);
    wire_end(out, start);
}

int wire_get_line(struct reader *in, struct wire_line *line, struct err *err)
{
    uint8_t kind = reader_u8(in);

    reader_string(in, line->text, sizeof line->text);
    reader_string(in, line->file, sizeof line->file);
    line->line = reader_u32(in);
    if (kind >= WIRE_LINE_COUNT)
        in->failed = true;
    line->kind = (enum wire_line_kind)kind;
    return wire_done(in, WIRE_LINE, err);
}

void wire_put_shown(struct buf *out, const struct wire_shown *shown)
{
    size_t start = wire_begin(out, WIRE_SHOWN);

    buf_put_string(out, shown->user);
    buf_put_string(out, shown->service);
    buf_put_string(out, shown->file);
    buf_put_u64(out, (uint64_t)shown->loaded);
    wire_put_bool(out, shown->is_newest);
    buf_put_string(out, shown->domain);
    buf_put_string(out, shown->realm);
    buf_put_u32(out, shown->lifetime_s);
    wire_end(out, start);
}

int wire_get_shown(struct reader *in, struct wire_shown *shown,
                   struct err *err)
{
    reader_string(in, shown->user, sizeof shown->user);
    reader_string(in, shown->service, sizeof shown->service);
    reader_string(in, shown->file, sizeof shown->file);
    shown->loaded = (int64_t)reader_u64(in);
    shown->is_newest = wire_get_bool(in);
    reader_string(in, shown->domain, sizeof shown->domain);
    reader_string(in, shown->realm, sizeof shown->realm);
    shown->lifetime_s = reader_u32(in);
    return wire_done(in, WIRE_SHOWN, err);
}
