/* client.c - the life of one connection: wait, read, check, serve, answer. */
#include "broker/client.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "broker/bounds.h"
#include "broker/monotonic.h"
#include "broker/requests.h"

int client_new(int fd, struct session *session, struct client **client,
               struct err *err)
{
    struct client *c = calloc(1, sizeof *c);

    if (c == NULL)
        return err_set(err, ERR_MEMORY, STAGE_BROKER, NULL);
    c->fd = fd;
    c->until_ms = monotonic_ms() + LIMIT_CLIENT_MS;
    c->session = session;
    pthread_mutex_init(&c->sending, NULL);
    buf_init(&c->in, WIRE_FRAME_MAX);
    buf_init(&c->out, WIRE_FRAME_MAX);
    channel_reply_init(&c->reply);
    will_init(&c->will);
    *client = c;
    return 0;
}

void client_free(struct client **client)
{
    struct client *c = *client;

    if (c == NULL)
        return;
    channel_free(&c->channel);
    will_clear(&c->will);
    secret_free(&c->ticket);
    policy_free(&c->policy);
    identity_clear(&c->identity);
    buf_free(&c->in);
    buf_free(&c->out);
    channel_reply_free(&c->reply);
    close(c->fd);
    pthread_mutex_destroy(&c->sending);
    free(c);
    *client = NULL;
}

int client_policy(struct client *client, struct err *err)
{
    return policy_source_get(client->session->policy, &client->policy, err);
}

int client_identity(struct client *client, struct err *err)
{
    if (client->identified)
        return 0;
    if (identity_of(client->session->uid, &client->identity, err) != 0) {
        identity_clear(&client->identity);
        return -1;
    }
    client->identified = true;
    session_describe(client->session, client->identity.user, NULL);
    return 0;
}

void client_source(struct client *client, struct release_source *source)
{
    struct session *session = client->session;

    *source = (struct release_source){
        .sealed = session->sealed,
        .uid = session->uid,
        .ticket = client->ticket,
        .session = session_is_open(session) ? session->nonce : NULL,
        .domain = client->policy != NULL ? policy_domain(client->policy) : "",
        .realm = client->policy != NULL ? policy_realm(client->policy) : "",
    };
}

void client_audit(struct client *client, struct audit_record *record)
{
    struct err unknown = ERR_INIT;

    /* A uid without an account stays a number. */
    if (client_identity(client, &unknown) == 0)
        record->user = client->identity.user;
    record->uid = client->session->uid;
    record->session = session_is_open(client->session)
                          ? client->session->name : NULL;
    if (record->service == NULL)
        record->service = client->facts.service;
    audit_write(record);
    if (record->session != NULL)
        history_note(&client->session->history, record->session, record);
}

/* LOST: it went and left bytes unread, or worse. */
enum arrival { ARRIVED, GONE, LOST, LATE };

/* A channel that is held waits for its first POST, as the host does. */
bool client_is_authenticated(const struct client *client)
{
    return client->channel != NULL && !channel_is_held(client->channel);
}

/* Waits between two requests: for a byte, the end, or the deadline. */
static enum arrival await_request(const struct client *client)
{
    struct pollfd ready = { .fd = client->fd, .events = POLLIN };
    int limit = client_is_authenticated(client) ? LIMIT_IDLE_MS
                                                : LIMIT_FIRST_MS;
    int64_t left = client->until_ms - monotonic_ms();
    ssize_t seen;
    char byte;
    int got;

    if (left <= 0)
        return LATE;
    do {
        got = poll(&ready, 1, left < limit ? (int)left : limit);
    } while (got < 0 && errno == EINTR);
    if (got == 0)
        return LATE;
    seen = recv(client->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (seen < 0)
        return LOST;
    return seen == 0 ? GONE : ARRIVED;
}

/* Nobody makes us allocate a POST's room before OPEN allowed one. */
static size_t frame_max(const struct client *client)
{
    return client->channel != NULL ? request_find(WIRE_POST)->max
                                   : LIMIT_SMALL_FRAME;
}

static int serve_one(struct client *client, struct err *err)
{
    const struct request *request;
    struct reader fields;
    unsigned type = 0;

    if (wire_receive(client->fd, frame_max(client), LIMIT_FRAME_MS,
                     &client->in, &type, &fields, err) != 0)
        return -1;
    request = request_find(type);
    if (request == NULL || client->in.len > request->max)
        return err_set(err, ERR_BROKER_PROTOCOL, STAGE_BROKER,
                       request == NULL ? "a frame of type %u is no request"
                                       : "a request of type %u is too long",
                       type);
    if (request_allowed(request, client, err) != 0)
        return -1;
    client->served |= 1u << type;
    return request->serve(client, &fields, err);
}

static int send_with(struct client *client, const struct buf *frames,
                     const void *body, size_t len, struct err *err)
{
    struct session *session = client->session;
    bool patient = client->channel != NULL && session_may_wait(session, len);
    int result;

    pthread_mutex_lock(&client->sending);
    result = wire_send_with(client->fd, frames, body, len,
                            patient ? LIMIT_TAKE_MS : session->send_ms, err);
    client->cut_short = result != 0;
    pthread_mutex_unlock(&client->sending);
    if (patient)
        session_taken(session, len);
    return result;
}

static int send_frames(struct client *client, const struct buf *frames,
                       struct err *err)
{
    return send_with(client, frames, NULL, 0, err);
}

static int answer(struct client *client, struct err *err)
{
    if (buf_ok(&client->out, STAGE_BROKER, err) != 0)
        return -1;
    return client->out.len == 0 ? 0 : send_frames(client, &client->out, err);
}

int client_flush(struct client *client, struct err *err)
{
    int result = answer(client, err);

    buf_clear(&client->out);
    return result;
}

int client_flush_with(struct client *client, const void *body, size_t len,
                      struct err *err)
{
    int result = buf_ok(&client->out, STAGE_BROKER, err);

    if (result == 0)
        result = send_with(client, &client->out, body, len, err);
    buf_clear(&client->out);
    return result;
}

/*
 * Without a wait, closing with unread bytes would turn the client's next
 * write into ECONNRESET before it reads its ERROR.
 */
static void linger(const struct client *client)
{
    struct pollfd gone = { .fd = client->fd, .events = POLLRDHUP };

    shutdown(client->fd, SHUT_WR);
    if (poll(&gone, 1, LIMIT_LINGER_MS) < 0)
        return; /* interrupted: a shorter wait */
}

static void refuse(struct client *client, const struct err *err)
{
    struct err ignored = ERR_INIT;

    if (err->cause == ERR_INTERRUPTED || err->cause == ERR_BROKER_DOWN
        || client->cut_short)
        return; /* the client is gone; nobody reads an answer */
    buf_clear(&client->out);
    wire_put_error(&client->out, err);
    if (buf_ok(&client->out, STAGE_BROKER, &ignored) == 0
        && send_frames(client, &client->out, &ignored) == 0)
        linger(client);
}

void client_serve(struct client *client)
{
    struct err err = ERR_INIT;
    enum arrival arrival;

    while ((arrival = await_request(client)) == ARRIVED) {
        int result = serve_one(client, &err);

        if (result == 0)
            result = answer(client, &err);
        buf_clear(&client->in); /* LOGIN's password, SOAP bodies */
        buf_clear(&client->out);
        if (result != 0) {
            refuse(client, &err);
            client_leave(client, false);
            return;
        }
    }
    client_leave(client, arrival == GONE);
}

void client_farewell(struct client *client, const struct err *err)
{
    struct buf out = BUF_INIT(LIMIT_SMALL_FRAME);
    struct err ignored = ERR_INIT;

    if (pthread_mutex_trylock(&client->sending) != 0)
        return;
    wire_put_error(&out, err);
    if (buf_ok(&out, STAGE_BROKER, &ignored) == 0 && !client->cut_short
        && send(client->fd, out.data, out.len, MSG_DONTWAIT | MSG_NOSIGNAL)
               < 0)
        shutdown(client->fd, SHUT_RDWR);
    pthread_mutex_unlock(&client->sending);
    buf_free(&out);
}
