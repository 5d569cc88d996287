/* client.c - the command's end of the broker's protocol. */
#include "cli/client.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cli/account.h"
#include "cli/direct.h"
#include "credssp/possession.h"

#define FRAME_HEAD 5            /* wire.h: in holds the length and type too */
#define CONNECT_MS 5000         /* until the broker has room for us */
#define CONNECT_PAUSE_MS 20     /* between two tries */
#define SEND_MS 30000           /* until the broker takes our frames */
#define FRAME_MS 30000          /* from a frame's first byte to its last */
#define LAST_WORD_MS 1000       /* for the ERROR of a broker that hung up */
#define REPLACED_TRIES 20       /* the broker looks at each key every 400 ms */
#define REPLACED_PAUSE_MS 100
#define ANSWER_SLACK_MS 10000   /* the broker's own timeout comes first */

static int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int client_wait(void *arg, int fd, int timeout_ms, struct err *err)
{
    int64_t until = now_ms() + timeout_ms;
    struct pollfd p = { .fd = fd, .events = POLLIN };

    (void)arg;
    for (;;) {
        int64_t left = timeout_ms < 0 ? -1 : until - now_ms();
        int n;

        if (timeout_ms >= 0 && left < 0)
            left = 0;
        n = poll(&p, 1, (int)left);
        if (n > 0)
            return 0;
        if (n == 0)
            return err_set(err, ERR_TIMEOUT, STAGE_BROKER,
                           "no answer came within %d s", timeout_ms / 1000);
        if (errno != EINTR)
            return err_set_errno(err, ERR_SYSTEM, STAGE_BROKER, errno,
                                 "cannot wait for the broker");
    }
}

int client_open_ms(unsigned seconds)
{
    if (seconds == 0)
        return CLIENT_OPEN_MS;
    return seconds > INT32_MAX / 1000 ? INT32_MAX : (int)seconds * 1000;
}

void client_init(struct client *client)
{
    memset(client, 0, sizeof *client);
    client->fd = -1;
    client->wait = client_wait;
    buf_init(&client->out, WIRE_FRAME_MAX);
    buf_init(&client->in, WIRE_FRAME_MAX + FRAME_HEAD);
}

/*
 * unix(7), SO_PEERCRED: who called listen(2).  systemd does for a socket unit,
 * as root; a broker started by hand does under its own account.  Anybody else
 * would be after the ticket.
 */
static int check_peer(int fd, struct err *err)
{
    struct ucred peer;
    socklen_t len = sizeof peer;
    uid_t account;

    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0)
        return err_set_errno(err, ERR_BROKER_UNTRUSTED, STAGE_BROKER, errno,
                             "cannot see who listens on the broker's socket");
    if (peer.uid == 0)
        return 0;
    if (account_uid(BROKER_USER, &account) && account == peer.uid)
        return 0;
    return err_set(err, ERR_BROKER_UNTRUSTED, STAGE_BROKER,
                   "the broker's socket belongs to uid %u, not to the "
                   "account %s", (unsigned)peer.uid, BROKER_USER);
}

/*
 * unix(7) knows no waiting for a place in a full backlog but connect(2)'s own,
 * which has no end: so it is asked not to wait, and asked again.
 */
static int connect_within(int fd, const struct sockaddr_un *address)
{
    int64_t until = now_ms() + CONNECT_MS;

    while (connect(fd, (const struct sockaddr *)address, sizeof *address)
           != 0) {
        if ((errno != EAGAIN && errno != EINTR) || now_ms() >= until)
            return -1;
        poll(NULL, 0, CONNECT_PAUSE_MS);
    }
    return 0;
}

static int not_connected(const char *path, int number, struct err *err)
{
    if (number == EAGAIN) {
        err_set(err, ERR_BROKER_BUSY, STAGE_BROKER,
                "the broker took no connection at %s within %d s", path,
                CONNECT_MS / 1000);
        return err_advise(err, "somebody may be filling its queue: the "
                          "administrator looks with 'ss -xp'");
    }
    err_set_errno(err, ERR_BROKER_DOWN, STAGE_BROKER, number,
                  "the broker does not answer at %s", path);
    if (number == EACCES)
        err_advise(err, "the administrator must let everybody write to "
                        "it (SocketMode=0666); the broker itself tells "
                        "who may do what");
    return -1;
}

static int connect_socket(const char *path, int *out, struct err *err)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd;

    if (strlen(path) >= sizeof address.sun_path)
        return err_set(err, ERR_USAGE, STAGE_BROKER,
                       "the socket's path is longer than %zu bytes: %s",
                       sizeof address.sun_path - 1, path);
    memcpy(address.sun_path, path, strlen(path));
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return err_set_errno(err, ERR_SYSTEM, STAGE_BROKER, errno,
                             "cannot make a socket");
    if (connect_within(fd, &address) != 0) {
        int saved = errno;

        close(fd);
        return not_connected(path, saved, err);
    }
    *out = fd;
    return 0;
}

int client_connect(struct client *client, const struct cli *cli,
                   struct err *err)
{
    if (cli->direct)
        return direct_start(cli->policy_file, &client->fd, &client->broker,
                            err);
    if (connect_socket(cli->socket != NULL ? cli->socket : BROKER_SOCKET,
                       &client->fd, err) != 0)
        return -1;
    return check_peer(client->fd, err);
}

void client_close(struct client *client, bool hurry)
{
    if (client->fd >= 0)
        close(client->fd);
    client->fd = -1;
    buf_free(&client->in);
    buf_free(&client->out);
    if (client->broker > 0 && !hurry)
        while (waitpid(client->broker, NULL, 0) < 0 && errno == EINTR)
            ;
    client->broker = 0;
}

void client_begin(struct client *client, int32_t sealed,
                  const struct secret *ticket)
{
    const struct wire_hello hello = { .version = WIRE_VERSION,
                                      .sealed = sealed };

    buf_clear(&client->out);
    wire_put_hello(&client->out, &hello);
    if (ticket != NULL)
        wire_put_ticket(&client->out, ticket);
}

int client_begin_session(struct client *client, struct err *err)
{
    struct possession own = { .ticket = NULL };

    if (possession_find(&own, err) != 0)
        return -1;
    client_begin(client, own.sealed_serial, own.ticket);
    possession_clear(&own);
    return 0;
}

/* A broker that refuses says why and hangs up, perhaps while we send. */
static int send_with(struct client *client, const void *body, size_t len,
                     struct err *err)
{
    struct err last_word = ERR_INIT;
    struct reader fields;
    unsigned type;

    if (wire_send_with(client->fd, &client->out, body, len, SEND_MS, err)
        == 0)
        return 0;
    if (err->cause == ERR_BROKER_DOWN
        && wire_receive(client->fd, WIRE_FRAME_MAX, LAST_WORD_MS, &client->in,
                        &type, &fields, &last_word) == 0
        && type == WIRE_ERROR)
        return wire_get_error(&fields, err);
    return -1;
}

static int send_frames(struct client *client, struct err *err)
{
    return send_with(client, NULL, 0, err);
}

int client_next(struct client *client, int timeout_ms, unsigned *type,
                struct reader *fields, struct err *err)
{
    if (client->wait(client->wait_arg, client->fd, timeout_ms, err) != 0
        || wire_receive(client->fd, WIRE_FRAME_MAX, FRAME_MS, &client->in,
                        type, fields, err) != 0)
        return -1;
    return *type == WIRE_ERROR ? wire_get_error(fields, err) : 0;
}

static int receive_frame(struct client *client, enum wire_type wanted,
                         int timeout_ms, struct reader *fields,
                         struct err *err)
{
    unsigned type;

    if (client_next(client, timeout_ms, &type, fields, err) != 0)
        return -1;
    if (type != (unsigned)wanted)
        return err_set(err, ERR_BROKER_PROTOCOL, STAGE_BROKER,
                       "the broker sent %s (%u) where %s was due",
                       wire_type_name(type), type, wire_type_name(wanted));
    return 0;
}

int client_send(struct client *client, struct err *err)
{
    int r = send_frames(client, err);

    buf_free(&client->out);
    return r;
}

int client_ask(struct client *client, enum wire_type wanted, int timeout_ms,
               struct reader *fields, struct err *err)
{
    if (client_send(client, err) != 0)
        return -1;
    return receive_frame(client, wanted, timeout_ms, fields, err);
}

bool client_try_again(struct client *client, unsigned *tries,
                      struct err *err)
{
    if (err->cause != ERR_KEY_REPLACED || *tries == REPLACED_TRIES)
        return false;
    client_close(client, true);
    poll(NULL, 0, REPLACED_PAUSE_MS);
    ++*tries;
    err_clear(err);
    return true;
}

static int ask_session_once(struct client *client, const struct cli *cli,
                            const struct buf *request, enum wire_type wanted,
                            int timeout_ms, struct reader *fields,
                            struct err *err)
{
    if (client_begin_session(client, err) != 0)
        return -1;
    buf_put(&client->out, request->data, request->len);
    if (client_connect(client, cli, err) != 0)
        return -1;
    return client_ask(client, wanted, timeout_ms, fields, err);
}

int client_ask_session(struct client *client, const struct cli *cli,
                       struct buf *request, enum wire_type wanted,
                       int timeout_ms, struct reader *fields,
                       struct err *err)
{
    unsigned tries = 0;
    int r;

    do {
        r = ask_session_once(client, cli, request, wanted, timeout_ms, fields,
                             err);
    } while (r != 0 && client_try_again(client, &tries, err));
    buf_free(request);
    return r;
}

static void put_will(struct buf *out, const char *label, const char *value,
                     const unsigned char *body, size_t len)
{
    struct wire_will will = { .body = body, .len = len };

    snprintf(will.label, sizeof will.label, "%s", label);
    snprintf(will.value, sizeof will.value, "%s", value);
    wire_put_will(out, &will);
}

int client_will(void *arg, const char *label, const char *value,
                const unsigned char *body, size_t len, struct err *err)
{
    struct client *client = arg;

    if (strlen(label) >= WIRE_LABEL_MAX || strlen(value) >= WIRE_VALUE_MAX
        || len > WIRE_WILL_MAX)
        return err_set(err, ERR_INTERNAL, STAGE_BROKER,
                       "a will of %zu bytes is too long", len);
    buf_clear(&client->out);
    put_will(&client->out, label, value, body, len);
    return send_frames(client, err);
}

/* The broker did not come to an end in our time, so only it knows where. */
static int took_too_long(const char *host, int timeout_ms, struct err *err)
{
    if (err->cause != ERR_TIMEOUT || err->stage != STAGE_BROKER)
        return -1;
    (void)err_set(err, ERR_TIMEOUT, STAGE_TCP,
                  "connecting to %s took longer than %d s", host,
                  timeout_ms / 1000);
    return err_advise(err, "'credssp test %s' tells which step it waits for",
                      host);
}

int client_open(struct client *client, const struct cli *cli,
                const char *host, const char *label, int timeout_ms,
                struct wire_opened *opened, struct err *err)
{
    struct buf frames = BUF_INIT(WIRE_FRAME_MAX);
    struct wire_open request = { .port = 0 };
    struct reader fields;

    if (strlen(host) >= sizeof request.host)
        return err_set(err, ERR_HOSTNAME, STAGE_START,
                       "the host name is longer than %zu bytes",
                       sizeof request.host - 1);
    memcpy(request.host, host, strlen(host));
    if (client->with_body)
        request.flags |= WIRE_OPEN_WITH_BODY;
    if (label != NULL)
        put_will(&frames, label, "", NULL, 0);
    wire_put_open(&frames, &request);
    if (client_ask_session(client, cli, &frames, WIRE_OPENED, timeout_ms,
                           &fields, err) != 0)
        return took_too_long(host, timeout_ms, err);
    return wire_get_opened(&fields, opened, err);
}

int client_endpoint(struct client *client, const char *host, uint16_t port,
                    bool https, struct wsman *wsman, struct err *err)
{
    char url[sizeof wsman->url];
    int n = snprintf(url, sizeof url, "%s://%s:%u/wsman",
                     https ? "https" : "http", host, port);

    if (n < 0 || (size_t)n >= sizeof url)
        return err_set(err, ERR_HOSTNAME, STAGE_START,
                       "the host name is too long for an address");
    return wsman_init(wsman, url, client_post, client, err);
}

/* All but the body itself. */
static int put_post(struct client *client, const unsigned char *body,
                    size_t len, bool final, long timeout_ms, struct err *err)
{
    const struct wire_post post = {
        .flags = final ? WIRE_POST_FINAL : 0,
        .timeout_ms = (uint32_t)timeout_ms,
        .body = body,
        .len = len,
    };

    if (len > WIRE_BODY_MAX || timeout_ms < 0
        || timeout_ms > INT32_MAX - ANSWER_SLACK_MS)
        return err_set(err, ERR_INTERNAL, STAGE_BROKER,
                       "a request of %zu bytes with %ld ms to answer cannot "
                       "be posted", len, timeout_ms);
    buf_clear(&client->out);
    wire_put_post_head(&client->out, &post);
    return 0;
}

/* What came last is still being read, and stands where an ERROR would. */
int client_send_post(void *arg, const unsigned char *body, size_t len,
                     long timeout_ms, struct err *err)
{
    struct client *client = arg;

    if (put_post(client, body, len, false, timeout_ms, err) != 0)
        return -1;
    if (wire_send_with(client->fd, &client->out, body, len, SEND_MS, err)
        == 0)
        return 0;
    shutdown(client->fd, SHUT_WR); /* perhaps half of it went */
    return -1;
}

int client_post(void *arg, const unsigned char *body, size_t len, bool final,
                long timeout_ms, struct wsman_answer *answer, struct err *err)
{
    struct client *client = arg;
    struct reader fields;

    if (body != NULL
        && (put_post(client, body, len, final, timeout_ms, err) != 0
            || send_with(client, body, len, err) != 0))
        return -1;
    if (final)
        return 0;
    if (receive_frame(client, WIRE_REPLY, (int)timeout_ms + ANSWER_SLACK_MS,
                      &fields, err) != 0
        || wire_get_reply(&fields, &client->reply, err) != 0)
        return -1;
    *answer = (struct wsman_answer){
        .status = client->reply.status,
        .content_type = client->reply.content_type,
        .body = client->reply.body,
        .len = client->reply.len,
    };
    return 0;
}
