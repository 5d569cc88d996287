/* listen.c - HTTP requests in, answers out. */
#include "listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "commands.h"
#include "connection.h"
#include "service.h"
#include "wsman/base64.h"

#define HTTP_CHUNK_BYTES 1000
#define LATE_MS 3000
#define POOL_BYTES 262144 /* headers with the largest token, and read buffer */

struct listener {
    const struct host *host;
    const struct farm *farm;
    bool https;
    struct MHD_Daemon *daemon;
};

/* One request while it comes in. */
struct incoming {
    struct buf body;
    bool oversized;
};

static void peer_address(struct MHD_Connection *mhd, char *dst, size_t size)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    socklen_t len;

    snprintf(dst, size, "unknown");
    if (info == NULL)
        return;
    len = info->client_addr->sa_family == AF_INET6
        ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
    getnameinfo(info->client_addr, len, dst, (socklen_t)size, NULL, 0,
                NI_NUMERICHOST);
}

/* Of a farm the one that was called; NULL: the address is nobody's. */
static const struct host *host_of(const struct listener *listener,
                                  struct MHD_Connection *mhd)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct sockaddr_storage local;
    socklen_t len = sizeof local;

    if (listener->farm == NULL)
        return listener->host;
    if (info == NULL || getsockname(info->connect_fd,
                                    (struct sockaddr *)&local, &len) != 0)
        return NULL;
    return farm_find(listener->farm, (const struct sockaddr *)&local);
}

/* MHD_NotifyConnectionCallback: the state lives as long as the socket. */
static void notify_connection(void *arg, struct MHD_Connection *mhd,
                              void **context,
                              enum MHD_ConnectionNotificationCode what)
{
    const struct listener *listener = arg;
    struct connection *connection = *context;
    struct err err = ERR_INIT;
    char address[64];

    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        const struct host *host = host_of(listener, mhd);

        peer_address(mhd, address, sizeof address);
        if (host != NULL
            && connection_new(host, address, listener->https, &connection,
                              &err) == 0)
            *context = connection;
    } else {
        connection_free(&connection);
        *context = NULL;
    }
}

/* While a Receive waits the connection is not idle. */
static void set_idle(struct MHD_Connection *mhd, unsigned ms)
{
    MHD_set_connection_option(mhd, MHD_CONNECTION_OPTION_TIMEOUT,
                              (ms + 999) / 1000);
}

static void completed(void *arg, struct MHD_Connection *mhd, void **context,
                      enum MHD_RequestTerminationCode how)
{
    const struct listener *listener = arg;
    struct incoming *incoming = *context;

    if (how == MHD_REQUEST_TERMINATED_COMPLETED_OK)
        set_idle(mhd, listener->host->idle_ms);
    if (incoming == NULL)
        return;
    buf_free(&incoming->body);
    free(incoming);
    *context = NULL;
}

static void add_headers(struct MHD_Response *response,
                        const struct answer *answer)
{
    size_t i;

    MHD_add_response_header(response, "Server", "Microsoft-HTTPAPI/2.0");
    for (i = 0; i < answer->challenge_count; i++)
        MHD_add_response_header(response, "WWW-Authenticate",
                                answer->challenges[i]);
    if (answer->token.len > 0)
        MHD_add_response_header(response, "WWW-Authenticate",
                                (const char *)answer->token.data);
    if (answer->content_type != NULL)
        MHD_add_response_header(response, "Content-Type",
                                answer->content_type);
}

/* A body of unknown length goes out in chunks (RFC 9112 7.1). */
static ssize_t read_body(void *arg, uint64_t at, char *dst, size_t size)
{
    const struct buf *body = arg;
    size_t n = body->len - at < size ? body->len - at : size;

    if (n == 0)
        return MHD_CONTENT_READER_END_OF_STREAM;
    memcpy(dst, body->data + at, n);
    return (ssize_t)n;
}

static void free_body(void *arg)
{
    buf_free(arg);
    free(arg);
}

static struct MHD_Response *chunked_response(struct answer *answer)
{
    struct buf *body = malloc(sizeof *body);
    struct MHD_Response *response;

    if (body == NULL)
        return NULL;
    *body = answer->body;
    memset(&answer->body, 0, sizeof answer->body);
    response = MHD_create_response_from_callback(
        MHD_SIZE_UNKNOWN, HTTP_CHUNK_BYTES, read_body, body, free_body);
    if (response == NULL)
        free_body(body);
    return response;
}

static struct MHD_Response *whole_response(struct answer *answer)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(
        answer->body.len, answer->body.data, MHD_RESPMEM_MUST_FREE);

    if (response != NULL)
        memset(&answer->body, 0, sizeof answer->body);
    return response;
}

/* The body goes over to the daemon, which frees it. */
static enum MHD_Result queue(struct MHD_Connection *mhd,
                             struct answer *answer)
{
    struct MHD_Response *response = answer->chunked
        ? chunked_response(answer) : whole_response(answer);
    enum MHD_Result result;

    if (response == NULL)
        return MHD_NO;
    add_headers(response, answer);
    if (answer->close)
        MHD_add_response_header(response, "Connection", "close");
    result = MHD_queue_response(mhd, answer->status, response);
    MHD_destroy_response(response);
    return result;
}

/* A misbehaviour, or a trouble, that has the socket for itself; then we hang
 * up. */
static bool speaks_itself(struct MHD_Connection *mhd,
                          const struct connection *connection,
                          const struct question *question,
                          const struct answer *answer)
{
    const struct misbehaviour *m = &connection->misbehaviour;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);

    if (info == NULL)
        return false;
    switch (answer->loss) {
    case LOSS_NONE:
        break;
    case LOSS_NOT_YET:
        (void)poll(NULL, 0, LATE_MS);
        break;
    case LOSS_HANG:
        wire_hang(m, info->connect_fd);
        return true;
    case LOSS_DROP:
        return true;
    }
    if (!misbehave_now(m, service_leg(connection, question))
        || m->row->wire == NULL)
        return false;
    m->row->wire(m, info->connect_fd);
    return true;
}

static enum MHD_Result respond(struct MHD_Connection *mhd,
                               struct connection *connection,
                               const char *method, const char *url,
                               struct incoming *incoming)
{
    struct question question = {
        .method = method, .path = url, .oversized = incoming->oversized,
        .authorization = MHD_lookup_connection_value(
            mhd, MHD_HEADER_KIND, "Authorization"),
        .content_type = MHD_lookup_connection_value(
            mhd, MHD_HEADER_KIND, "Content-Type"),
        .body = incoming->body.data, .len = incoming->body.len,
    };
    struct answer answer;
    enum MHD_Result result;

    set_idle(mhd, 0);
    service_answer(connection, &question, &answer);
    result = speaks_itself(mhd, connection, &question, &answer)
        ? MHD_NO : queue(mhd, &answer);
    answer_free(&answer);
    return result;
}

/*
 * GET /lab-bytes/N: N characters of the base64 that a Receive has of what the
 * command lab-bytes prints, without a logon or a shell, so that a benchmark
 * can say what the wire and this server cost.
 */
static const char plain_path[] = "/lab-bytes/";

/* Three words are 24 bytes and 32 characters. */
#define PLAIN_WORDS 6144
#define PLAIN_TEXT (PLAIN_WORDS / 3 * 32)

struct plain {
    uint64_t state;
    uint64_t words[PLAIN_WORDS];
};

static ssize_t plain_text(void *arg, uint64_t at, char *dst, size_t size)
{
    struct plain *plain = arg;
    size_t n = (size < PLAIN_TEXT ? size : PLAIN_TEXT) / 32 * 3;

    (void)at;
    if (n == 0) { /* the last characters */
        memset(dst, 'A', size);
        return (ssize_t)size;
    }
    lab_fill(&plain->state, plain->words, n);
    base64_encode(plain->words, n * sizeof *plain->words, dst);
    return (ssize_t)(n / 3 * 32);
}

static bool is_plain(const char *method, const char *url)
{
    return strcmp(method, "GET") == 0
        && strncmp(url, plain_path, sizeof plain_path - 1) == 0;
}

static enum MHD_Result send_plain(struct MHD_Connection *mhd, const char *url)
{
    struct plain *plain = malloc(sizeof *plain);
    struct MHD_Response *response;
    enum MHD_Result result;

    if (plain == NULL)
        return MHD_NO;
    plain->state = LAB_SEED;
    response = MHD_create_response_from_callback(
        strtoull(url + sizeof plain_path - 1, NULL, 10), PLAIN_TEXT,
        plain_text, plain, free);
    if (response == NULL) {
        free(plain);
        return MHD_NO;
    }
    result = MHD_queue_response(mhd, MHD_HTTP_OK, response);
    MHD_destroy_response(response);
    return result;
}

/* NULL: no memory. */
static struct incoming *incoming_new(const struct listener *listener,
                                     struct MHD_Connection *mhd)
{
    const char *length = MHD_lookup_connection_value(
        mhd, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);
    struct incoming *incoming = calloc(1, sizeof *incoming);

    if (incoming == NULL)
        return NULL;
    buf_init(&incoming->body, service_body_max(listener->host));
    if (length != NULL)
        buf_expect(&incoming->body, strtoul(length, NULL, 10));
    return incoming;
}

static enum MHD_Result access_handler(void *arg, struct MHD_Connection *mhd,
                                      const char *url, const char *method,
                                      const char *version,
                                      const char *upload, size_t *upload_size,
                                      void **context)
{
    const struct listener *listener = arg;
    struct incoming *incoming = *context;
    const union MHD_ConnectionInfo *info;

    (void)version;
    if (is_plain(method, url))
        return send_plain(mhd, url);
    if (incoming == NULL) {
        *context = incoming_new(listener, mhd);
        return *context != NULL ? MHD_YES : MHD_NO;
    }
    if (*upload_size > 0) {
        buf_put(&incoming->body, upload, *upload_size);
        incoming->oversized = incoming->oversized
            || incoming->body.failed != ERR_NONE;
        *upload_size = 0;
        return MHD_YES;
    }
    info = MHD_get_connection_info(mhd,
                                   MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    if (info == NULL || info->socket_context == NULL)
        return MHD_NO;
    return respond(mhd, info->socket_context, method, url, incoming);
}

static int resolve(const struct listener_params *params,
                   struct addrinfo **address, struct err *err)
{
    struct addrinfo hints = { .ai_family = AF_UNSPEC,
                              .ai_socktype = SOCK_STREAM,
                              .ai_flags = AI_NUMERICHOST | AI_PASSIVE };
    char port[8];

    snprintf(port, sizeof port, "%u", params->port);
    if (getaddrinfo(params->address, port, &hints, address) != 0)
        return err_set(err, ERR_USAGE, STAGE_START,
                       "%s is not a numeric address", params->address);
    return 0;
}

int listener_start(const struct host *host,
                   const struct listener_params *params,
                   struct listener **listener, struct err *err)
{
    struct listener *l = calloc(1, sizeof *l);
    struct addrinfo *address;
    unsigned flags = MHD_USE_THREAD_PER_CONNECTION
        | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL;

    if (l == NULL)
        return err_set(err, ERR_MEMORY, STAGE_START, NULL);
    if (resolve(params, &address, err) != 0) {
        free(l);
        return -1;
    }
    l->host = host;
    l->farm = params->farm;
    l->https = params->certificate != NULL;
    if (l->https)
        flags |= MHD_USE_TLS;
    if (address->ai_family == AF_INET6)
        flags |= MHD_USE_IPv6;
    l->daemon = MHD_start_daemon(
        flags, params->port, NULL, NULL, access_handler, l,
        MHD_OPTION_SOCK_ADDR, address->ai_addr,
        MHD_OPTION_NOTIFY_CONNECTION, notify_connection, l,
        MHD_OPTION_NOTIFY_COMPLETED, completed, l,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)POOL_BYTES,
        MHD_OPTION_CONNECTION_TIMEOUT, (host->idle_ms + 999) / 1000,
        l->https ? MHD_OPTION_HTTPS_MEM_CERT : MHD_OPTION_END,
        params->certificate, MHD_OPTION_HTTPS_MEM_KEY, params->key,
        MHD_OPTION_END);
    freeaddrinfo(address);
    if (l->daemon == NULL) {
        free(l);
        return err_set_errno(err, ERR_SYSTEM, STAGE_START, errno,
                             "cannot listen on %s port %u", params->address,
                             params->port);
    }
    *listener = l;
    return 0;
}

uint16_t listener_port(const struct listener *listener)
{
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(listener->daemon, MHD_DAEMON_INFO_BIND_PORT);

    return info != NULL ? info->port : 0;
}

void listener_stop(struct listener **listener)
{
    if (*listener == NULL)
        return;
    MHD_stop_daemon((*listener)->daemon);
    free(*listener);
    *listener = NULL;
}
