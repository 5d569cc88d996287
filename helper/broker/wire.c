/* wire.c - the fields of every frame, written and read; see PROTOCOL. */
#include "broker/wire.h"

#include <string.h>

#include "broker/wire_parts.h"

static const struct {
    unsigned number;
    const char *name;
} types[] = {
#define X(number, name) { number, #name },
    WIRE_TYPES(X)
#undef X
};

const char *wire_type_name(unsigned type)
{
    size_t i;

    for (i = 0; i < sizeof types / sizeof *types; i++)
        if (types[i].number == type)
            return types[i].name;
    return "?";
}

/* The frame has rest bytes more, which somebody else sends behind out. */
static void end_before(struct buf *out, size_t start, size_t rest)
{
    size_t n;
    int i;

    if (out->failed == ERR_NONE && rest > out->max - out->len)
        out->failed = ERR_OVERSIZED;
    if (out->failed != ERR_NONE)
        return;
    n = out->len - start - 4 + rest;
    for (i = 3; i >= 0; i--) {
        out->data[start + (size_t)i] = (unsigned char)(n & 0xff);
        n >>= 8;
    }
}

/*
 * Opens a frame: the length is not known yet, so its place is remembered.
 * wire_end() fills it in.
 */
size_t wire_begin(struct buf *out, enum wire_type type)
{
    size_t start = out->len;

    buf_put_u32(out, 0);
    buf_put_u8(out, (uint8_t)type);
    return start;
}

void wire_end(struct buf *out, size_t start)
{
    end_before(out, start, 0);
}

void wire_put_bool(struct buf *out, bool v)
{
    buf_put_u8(out, v ? 1 : 0);
}

/* Anything but 0 and 1 is a broken peer. */
bool wire_get_bool(struct reader *in)
{
    uint8_t v = reader_u8(in);

    if (v > 1)
        in->failed = true;
    return v == 1;
}

int wire_done(const struct reader *in, enum wire_type type, struct err *err)
{
    struct err detail = ERR_INIT;

    if (reader_done(in, STAGE_BROKER, wire_type_name(type), &detail) == 0)
        return 0;
    return err_set(err, ERR_BROKER_PROTOCOL, STAGE_BROKER, "the frame %s",
                   detail.text);
}

void wire_put_hello(struct buf *out, const struct wire_hello *hello)
{
    size_t start = wire_begin(out, WIRE_HELLO);

    buf_put_u32(out, hello->version);
    buf_put_u32(out, (uint32_t)hello->sealed);
    wire_end(out, start);
}

int wire_get_hello(struct reader *in, struct wire_hello *hello,
                   struct err *err)
{
    uint32_t serial;

    hello->version = reader_u32(in);
    serial = reader_u32(in);
    if (serial > INT32_MAX) /* key_serial_t is never negative for a key */
        in->failed = true;
    hello->sealed = (int32_t)(serial & INT32_MAX);
    if (wire_done(in, WIRE_HELLO, err) != 0)
        return -1;
    if (hello->version != WIRE_VERSION)
        return err_set(err, ERR_BROKER_PROTOCOL, STAGE_BROKER,
                       "the command speaks version %u of the broker's "
                       "protocol, the broker version %d",
                       (unsigned)hello->version, WIRE_VERSION);
    return 0;
}

void wire_put_ticket(struct buf *out, const struct secret *ticket)
{
    size_t start = wire_begin(out, WIRE_TICKET);

    buf_put_block(out, ticket->data, ticket->len);
    wire_end(out, start);
}

int wire_get_ticket(struct reader *in, struct secret **ticket,
                    struct err *err)
{
    size_t n = 0;
    const unsigned char *p = reader_block(in, WIRE_TICKET_BYTES, &n);

    if (n != WIRE_TICKET_BYTES)
        in->failed = true;
    if (wire_done(in, WIRE_TICKET, err) != 0)
        return -1;
    return secret_copy(p, n, ticket, err);
}

void wire_put_open(struct buf *out, const struct wire_open *request)
{
    size_t start = wire_begin(out, WIRE_OPEN);

    buf_put_string(out, request->host);
    buf_put_u16(out, request->port);
    buf_put_u32(out, request->flags);
    wire_end(out, start);
}

int wire_get_open(struct reader *in, struct wire_open *request,
                  struct err *err)
{
    reader_string(in, request->host, sizeof request->host);
    request->port = reader_u16(in);
    request->flags = reader_u32(in);
    if ((request->flags & ~(WIRE_OPEN_FRESH | WIRE_OPEN_WITH_BODY)) != 0)
        in->failed = true;
    return wire_done(in, WIRE_OPEN, err);
}

void wire_put_opened(struct buf *out, const struct wire_opened *opened)
{
    size_t start = wire_begin(out, WIRE_OPENED);

    buf_put_string(out, opened->host);
    buf_put_u16(out, opened->port);
    wire_put_bool(out, opened->https);
    wire_put_bool(out, opened->reused);
    buf_put_string(out, opened->mechanism);
    buf_put_string(out, opened->spn);
    buf_put_u8(out, opened->credssp_version);
    buf_put_string(out, opened->tls);
    buf_put_u32(out, opened->requests);
    buf_put_string(out, opened->value);
    wire_end(out, start);
}

int wire_get_opened(struct reader *in, struct wire_opened *opened,
                    struct err *err)
{
    reader_string(in, opened->host, sizeof opened->host);
    opened->port = reader_u16(in);
    opened->https = wire_get_bool(in);
    opened->reused = wire_get_bool(in);
    reader_string(in, opened->mechanism, sizeof opened->mechanism);
    reader_string(in, opened->spn, sizeof opened->spn);
    opened->credssp_version = reader_u8(in);
    reader_string(in, opened->tls, sizeof opened->tls);
    opened->requests = reader_u32(in);
    reader_string(in, opened->value, sizeof opened->value);
    return wire_done(in, WIRE_OPENED, err);
}

void wire_put_post_head(struct buf *out, const struct wire_post *post)
{
    size_t start = wire_begin(out, WIRE_POST);

    buf_put_u32(out, post->flags);
    buf_put_u32(out, post->timeout_ms);
    buf_put_u32(out, (uint32_t)post->len);
    end_before(out, start, post->len);
}

void wire_put_post(struct buf *out, const struct wire_post *post)
{
    wire_put_post_head(out, post);
    buf_put(out, post->body, post->len);
}

int wire_get_post(struct reader *in, struct wire_post *post, struct err *err)
{
    post->flags = reader_u32(in);
    if ((post->flags & ~WIRE_POST_FINAL) != 0)
        in->failed = true;
    post->timeout_ms = reader_u32(in);
    post->body = reader_block(in, WIRE_BODY_MAX, &post->len);
    return wire_done(in, WIRE_POST, err);
}

void wire_put_reply_head(struct buf *out, const struct wire_reply *reply)
{
    size_t start = wire_begin(out, WIRE_REPLY);

    buf_put_u16(out, reply->status);
    buf_put_string(out, reply->content_type);
    buf_put_u32(out, (uint32_t)reply->len);
    end_before(out, start, reply->len);
}

void wire_put_reply(struct buf *out, const struct wire_reply *reply)
{
    wire_put_reply_head(out, reply);
    buf_put(out, reply->body, reply->len);
}

int wire_get_reply(struct reader *in, struct wire_reply *reply,
                   struct err *err)
{
    reply->status = reader_u16(in);
    reader_string(in, reply->content_type, sizeof reply->content_type);
    reply->body = reader_block(in, WIRE_FRAME_MAX, &reply->len);
    return wire_done(in, WIRE_REPLY, err);
}

void wire_put_login(struct buf *out, const struct wire_login *login)
{
    size_t start = wire_begin(out, WIRE_LOGIN);

    buf_put_u32(out, login->flags);
    buf_put_u32(out, (uint32_t)login->drop_keyring);
    buf_put_u32(out, login->lifetime_s);
    buf_put_string(out, login->login);
    buf_put_block(out, login->password->data, login->password->len);
    wire_end(out, start);
}

int wire_get_login(struct reader *in, struct wire_login *login,
                   struct err *err)
{
    const unsigned char *p;
    uint32_t serial;
    size_t n;

    login->password = NULL;
    login->flags = reader_u32(in);
    if ((login->flags & ~WIRE_LOGIN_CHECK) != 0)
        in->failed = true;
    serial = reader_u32(in);
    if (serial == 0 || serial > INT32_MAX)
        in->failed = true;
    login->drop_keyring = (int32_t)(serial & INT32_MAX);
    login->lifetime_s = reader_u32(in);
    reader_string(in, login->login, sizeof login->login);
    p = reader_block(in, CRED_PASSWORD_MAX, &n);
    if (wire_done(in, WIRE_LOGIN, err) != 0)
        return -1;
    return secret_copy(p, n, &login->password, err);
}

void wire_put_stored(struct buf *out, const struct wire_stored *stored)
{
    size_t start = wire_begin(out, WIRE_STORED);

    buf_put_u32(out, (uint32_t)stored->sealed);
    buf_put_u32(out, stored->lifetime_s);
    wire_end(out, start);
}

int wire_get_stored(struct reader *in, struct wire_stored *stored,
                    struct err *err)
{
    uint32_t serial = reader_u32(in);

    if (serial == 0 || serial > INT32_MAX)
        in->failed = true;
    stored->sealed = (int32_t)(serial & INT32_MAX);
    stored->lifetime_s = reader_u32(in);
    return wire_done(in, WIRE_STORED, err);
}

void wire_put_logout(struct buf *out)
{
    wire_end(out, wire_begin(out, WIRE_LOGOUT));
}

int wire_get_logout(struct reader *in, struct err *err)
{
    return wire_done(in, WIRE_LOGOUT, err);
}

void wire_put_logged_out(struct buf *out,
                         const struct wire_logged_out *logged_out)
{
    size_t start = wire_begin(out, WIRE_LOGGED_OUT);

    buf_put_u32(out, logged_out->ended);
    wire_end(out, start);
}

int wire_get_logged_out(struct reader *in,
                        struct wire_logged_out *logged_out, struct err *err)
{
    logged_out->ended = reader_u32(in);
    return wire_done(in, WIRE_LOGGED_OUT, err);
}

void wire_put_list(struct buf *out)
{
    wire_end(out, wire_begin(out, WIRE_LIST));
}

int wire_get_list(struct reader *in, struct err *err)
{
    return wire_done(in, WIRE_LIST, err);
}

void wire_put_listed(struct buf *out, const struct wire_listed *listed)
{
    size_t start = wire_begin(out, WIRE_LISTED);

    buf_put_string(out, listed->principal);
    buf_put_string(out, listed->delegated);
    buf_put_string(out, listed->service);
    buf_put_u64(out, (uint64_t)listed->created);
    buf_put_u64(out, (uint64_t)listed->expires);
    wire_put_bool(out, listed->is_protected);
    buf_put_u16(out, (uint16_t)listed->refused);
    wire_end(out, start);
}

int wire_get_listed(struct reader *in, struct wire_listed *listed,
                    struct err *err)
{
    uint16_t refused;

    reader_string(in, listed->principal, sizeof listed->principal);
    reader_string(in, listed->delegated, sizeof listed->delegated);
    reader_string(in, listed->service, sizeof listed->service);
    listed->created = (int64_t)reader_u64(in);
    listed->expires = (int64_t)reader_u64(in);
    listed->is_protected = wire_get_bool(in);
    refused = reader_u16(in);
    if (refused >= ERR_CAUSE_COUNT)
        in->failed = true;
    listed->refused = (enum err_cause)refused;
    return wire_done(in, WIRE_LISTED, err);
}

void wire_put_error_fields(struct buf *out, const struct err *error)
{
    buf_put_u16(out, (uint16_t)error->cause);
    buf_put_u16(out, (uint16_t)error->stage);
    buf_put_u16(out, (uint16_t)error->domain);
    buf_put_u64(out, (uint64_t)error->code);
    buf_put_string(out, error->text);
    buf_put_string(out, error->advice);
}

void wire_get_error_fields(struct reader *in, struct err *error)
{
    uint16_t cause = reader_u16(in);
    uint16_t stage = reader_u16(in);
    uint16_t domain = reader_u16(in);

    error->code = (int64_t)reader_u64(in);
    reader_string(in, error->text, sizeof error->text);
    reader_string(in, error->advice, sizeof error->advice);
    if (cause == ERR_NONE || cause >= ERR_CAUSE_COUNT || stage >= STAGE_COUNT
        || domain >= CODE_DOMAIN_COUNT)
        in->failed = true;
    error->cause = (enum err_cause)cause;
    error->stage = (enum err_stage)stage;
    error->domain = (enum err_domain)domain;
}

void wire_put_error(struct buf *out, const struct err *error)
{
    size_t start = wire_begin(out, WIRE_ERROR);

    wire_put_error_fields(out, error);
    wire_end(out, start);
}

int wire_get_error(struct reader *in, struct err *err)
{
    struct err theirs = ERR_INIT;

    wire_get_error_fields(in, &theirs);
    if (wire_done(in, WIRE_ERROR, err) != 0)
        return -1;
    *err = theirs;
    return -1;
}
