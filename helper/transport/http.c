/* http.c - POSTs to /wsman on one pinned connection. */
#include "transport/http.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "transport/http_parts.h"

#define WAKE_MS 1000           /* the longest sleep between two looks */
#define KEEPALIVE_IDLE_S 30L
#define KEEPALIVE_EVERY_S 10L
/* libcurl forgets connections that were idle for 118 s; ours is kept until
 * the host ends it. */
#define IDLE_MAX_S 2000000L
#define RECEIVE_BYTES 65536L
#define SLOW_BYTES 512         /* fewer in stall_ms stand still */

static pthread_once_t once = PTHREAD_ONCE_INIT;
static CURLcode once_code;

static void start_curl(void)
{
    once_code = curl_global_init(CURL_GLOBAL_DEFAULT);
}

/*
 * CURLOPT_OPENSOCKETFUNCTION.  Before the connection stands libcurl may try
 * several addresses; afterwards a new socket would be a connection that knows
 * nothing of our authentication.
 */
static curl_socket_t open_socket(void *arg, curlsocktype purpose,
                                 struct curl_sockaddr *address)
{
    struct http *http = arg;

    if (purpose != CURLSOCKTYPE_IPCXN)
        return CURL_SOCKET_BAD;
    if (http->connected) {
        http->second_refused = true;
        return CURL_SOCKET_BAD;
    }
    http->resolved = true;
    http->tried_size = address->addrlen < sizeof http->tried
                           ? address->addrlen : sizeof http->tried;
    memcpy(&http->tried, &address->addr, http->tried_size);
    return socket(address->family, address->socktype | SOCK_CLOEXEC,
                  address->protocol);
}

/* CURLOPT_PREREQFUNCTION: connected, TLS done, nothing sent yet. */
static int before_request(void *arg, char *peer, char *local, int peer_port,
                          int local_port)
{
    struct http *http = arg;

    (void)peer;
    (void)local;
    (void)peer_port;
    (void)local_port;
    http->connected = true;
    return CURL_PREREQFUNC_OK;
}

struct long_option {
    CURLoption option;
    long value;
};

static const struct long_option long_options[] = {
    { CURLOPT_NOSIGNAL, 1 },
    { CURLOPT_QUICK_EXIT, 1 },        /* a slow resolver holds nobody up */
    { CURLOPT_FOLLOWLOCATION, 0 },
    { CURLOPT_NETRC, CURL_NETRC_IGNORED },
    { CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1 },
    { CURLOPT_HTTP09_ALLOWED, 0 },
    { CURLOPT_HTTP_CONTENT_DECODING, 0 },
    { CURLOPT_TCP_NODELAY, 1 },
    { CURLOPT_TCP_KEEPALIVE, 1 },
    { CURLOPT_TCP_KEEPIDLE, KEEPALIVE_IDLE_S },
    { CURLOPT_TCP_KEEPINTVL, KEEPALIVE_EVERY_S },
    { CURLOPT_MAXAGE_CONN, IDLE_MAX_S },
    { CURLOPT_BUFFERSIZE, RECEIVE_BYTES },
    { CURLOPT_POST, 1 },
};

struct text_option {
    CURLoption option;
    const char *value;
};

static const struct text_option text_options[] = {
    { CURLOPT_PROTOCOLS_STR, "http,https" },
    { CURLOPT_PROXY, "" },            /* whatever the environment says */
    { CURLOPT_NOPROXY, "*" },
    { CURLOPT_USERAGENT, "pam_credssp/" PACKAGE_VERSION },
};

static CURLcode set_callbacks(struct http *http)
{
    CURL *easy = http->easy;
    CURLcode code;

    if ((code = curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION,
                                 open_socket)) != 0
        || (code = curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, http)) != 0
        || (code = curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION,
                                    before_request)) != 0
        || (code = curl_easy_setopt(easy, CURLOPT_PREREQDATA, http)) != 0
        || (code = curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION,
                                    intake_header)) != 0
        || (code = curl_easy_setopt(easy, CURLOPT_HEADERDATA, &http->intake))
               != 0
        || (code = curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, intake_body))
               != 0
        || (code = curl_easy_setopt(easy, CURLOPT_WRITEDATA, &http->intake))
               != 0)
        return code;
    return curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, http->problem);
}

static CURLcode set_options(struct http *http,
                            const struct http_params *params)
{
    char url[HTTP_HOST_MAX + 64];
    CURLcode code = CURLE_OK;
    size_t i;

    for (i = 0; i < sizeof long_options / sizeof *long_options; i++)
        if ((code = curl_easy_setopt(http->easy, long_options[i].option,
                                     long_options[i].value)) != 0)
            return code;
    for (i = 0; i < sizeof text_options / sizeof *text_options; i++)
        if ((code = curl_easy_setopt(http->easy, text_options[i].option,
                                     text_options[i].value)) != 0)
            return code;
    snprintf(url, sizeof url, "%s://%s:%u%s",
             params->https ? "https" : "http", http->host, http->port,
             params->path != NULL ? params->path : "/wsman");
    if ((code = curl_easy_setopt(http->easy, CURLOPT_URL, url)) != 0
        || (code = curl_easy_setopt(http->easy, CURLOPT_CONNECTTIMEOUT_MS,
                                    params->connect_ms)) != 0
        || (code = set_callbacks(http)) != 0)
        return code;
    return params->https ? http_tls_options(http->easy, &http->pin)
                         : CURLE_OK;
}

/* Policy has checked the name; here nothing may change the URL's meaning. */
static int take_host(struct http *http, const char *host, struct err *err)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-";
    size_t len = strlen(host);

    if (len == 0 || len >= sizeof http->host || strspn(host, allowed) != len)
        return err_set(err, ERR_HOSTNAME, STAGE_START,
                       "'%.80s' is no host name", host);
    memcpy(http->host, host, len + 1);
    return 0;
}

int http_new(const struct http_params *params, struct http **out,
             struct err *err)
{
    struct http *http;
    CURLcode code;

    pthread_once(&once, start_curl);
    if (once_code != CURLE_OK)
        return err_set(err, ERR_SYSTEM, STAGE_START, "libcurl: %s",
                       curl_easy_strerror(once_code));
    http = calloc(1, sizeof *http);
    if (http == NULL)
        return err_set(err, ERR_MEMORY, STAGE_START, NULL);
    http->port = params->port;
    http->https = params->https;
    http->cancel_fd = params->cancel_fd;
    http->socket = CURL_SOCKET_BAD;
    http->stall_ms = params->stall_ms > 0 ? params->stall_ms : HTTP_STALL_MS;
    if (take_host(http, params->host, err) != 0
        || pin_parse(params->pinned_sha256, &http->pin, err) != 0)
        goto fail;
    http->easy = curl_easy_init();
    http->multi = curl_multi_init();
    if (http->easy == NULL || http->multi == NULL) {
        err_set(err, ERR_MEMORY, STAGE_START, NULL);
        goto fail;
    }
    code = set_options(http, params);
    if (code != CURLE_OK) {
        err_set(err, ERR_SYSTEM, STAGE_START,
                "libcurl lacks an option that safety needs: %s",
                curl_easy_strerror(code));
        goto fail;
    }
    *out = http;
    return 0;
fail:
    http_free(&http);
    return -1;
}

void http_free(struct http **out)
{
    struct http *http = *out;

    if (http == NULL)
        return;
    curl_easy_cleanup(http->easy);
    curl_multi_cleanup(http->multi);
    free(http);
    *out = NULL;
}

void http_watch(struct http *http, int cancel_fd)
{
    http->cancel_fd = cancel_fd;
}

bool http_is_alive(const struct http *http)
{
    struct pollfd watched = { .fd = http->socket,
                              .events = POLLIN | POLLRDHUP };

    /* Between two requests the host has nothing to say: whatever there is,
     * is the end or the beginning of it. */
    return !http->ended && http->socket != CURL_SOCKET_BAD
           && poll(&watched, 1, 0) == 0;
}

/* Appends "name: value"; without a value libcurl leaves the header out. */
static bool add_header(struct curl_slist **list, const char *name,
                       const char *value)
{
    struct buf line = BUF_INIT(HTTP_TOKEN_MAX + 64);
    struct curl_slist *longer = NULL;

    if (value != NULL)
        buf_printf(&line, "%s: %s", name, value);
    else
        buf_printf(&line, "%s:", name);
    buf_put_u8(&line, '\0');
    if (line.failed == ERR_NONE)
        longer = curl_slist_append(*list, (const char *)line.data);
    buf_free(&line);
    if (longer == NULL)
        return false;
    *list = longer;
    return true;
}

static int make_headers(const struct http *http,
                        const struct http_request *request,
                        struct curl_slist **list, struct err *err)
{
    char host[HTTP_HOST_MAX + 8];

    if (request->authorization != NULL
        && strlen(request->authorization) > HTTP_TOKEN_MAX)
        return err_set(err, ERR_OVERSIZED, STAGE_HTTP,
                       "an Authorization header of %zu bytes is too long",
                       strlen(request->authorization));
    snprintf(host, sizeof host, "%s:%u", http->host, http->port);
    if (!add_header(list, "Host", host)
        || !add_header(list, "Connection", "Keep-Alive")
        || !add_header(list, "Accept-Encoding", "identity")
        || !add_header(list, "Expect", NULL)
        || !add_header(list, "Content-Type", request->content_type)
        || !add_header(list, "Authorization", request->authorization)
        || (request->unauthenticated
            && !add_header(list, "WSMANIDENTIFY", "unauthenticated")))
        return err_set(err, ERR_MEMORY, STAGE_HTTP, NULL);
    return 0;
}

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool is_cancelled(int fd)
{
    struct pollfd watched = { .fd = fd, .events = POLLIN | POLLRDHUP };

    return fd >= 0 && poll(&watched, 1, 0) > 0;
}

/* When to give up, and whether the answer still moves. */
struct watchdog {
    int64_t deadline;
    int64_t window_end;
    uint64_t window_bytes;     /* received when the window began */
};

/*
 * A slow host may think for as long as the deadline allows; once it has
 * begun to answer it must go on.  (CURLOPT_LOW_SPEED_TIME would count the
 * thinking too, and a Receive waits long.)
 */
static bool is_stalled(const struct http *http, struct watchdog *dog,
                       int64_t now)
{
    uint64_t received = http->intake.received;

    if (received == 0 || dog->window_end == 0) {
        dog->window_end = now + http->stall_ms;
        dog->window_bytes = received;
        return false;
    }
    if (now < dog->window_end)
        return false;
    if (received - dog->window_bytes < SLOW_BYTES)
        return true;
    dog->window_end = now + http->stall_ms;
    dog->window_bytes = received;
    return false;
}

static int wait_ms(const struct watchdog *dog, int64_t now)
{
    int64_t wait = WAKE_MS;

    if (dog->deadline - now < wait)
        wait = dog->deadline - now;
    if (dog->window_end > now && dog->window_end - now < wait)
        wait = dog->window_end - now;
    return wait > 0 ? (int)wait : 0;
}

/* The only transfer's result, once it has one. */
static bool is_finished(struct http *http, CURLcode *code)
{
    int left;
    CURLMsg *message;

    while ((message = curl_multi_info_read(http->multi, &left)) != NULL)
        if (message->msg == CURLMSG_DONE) {
            *code = message->data.result;
            return true;
        }
    return false;
}

static int transfer(struct http *http, struct err *err)
{
    struct watchdog dog = { .deadline = now_ms() + http->total_ms };
    struct curl_waitfd client = { .fd = http->cancel_fd,
                                  .events = CURL_WAIT_POLLIN };
    CURLcode code = CURLE_OK;
    int running;

    for (;;) {
        CURLMcode failed = curl_multi_perform(http->multi, &running);
        int64_t now = now_ms();

        if (failed != CURLM_OK)
            return err_set(err, ERR_INTERNAL, STAGE_HTTP, "libcurl: %s",
                           curl_multi_strerror(failed));
        if (is_finished(http, &code)) {
            /* libcurl takes an end in the middle of the headers for fine. */
            if (code == CURLE_OK && !http->intake.headers_done)
                code = CURLE_PARTIAL_FILE;
            return code == CURLE_OK ? 0 : http_error(http, code, err);
        }
        if (is_cancelled(http->cancel_fd))
            return err_set(err, ERR_INTERRUPTED, STAGE_HTTP, NULL);
        if (now >= dog.deadline)
            return http_error_late(http, err);
        if (is_stalled(http, &dog, now))
            return http_error_stalled(http, err);
        failed = curl_multi_poll(http->multi, &client,
                                 http->cancel_fd >= 0 ? 1 : 0,
                                 wait_ms(&dog, now), NULL);
        if (failed != CURLM_OK)
            return err_set(err, ERR_INTERNAL, STAGE_HTTP, "libcurl: %s",
                           curl_multi_strerror(failed));
    }
}

static int perform(struct http *http, const struct http_request *request,
                   struct curl_slist *headers, struct err *err)
{
    CURL *easy = http->easy;
    int r;

    http->problem[0] = '\0';
    http->total_ms = request->total_ms;
    if (curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers) != CURLE_OK
        || curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                            (curl_off_t)request->len) != CURLE_OK
        || curl_easy_setopt(easy, CURLOPT_POSTFIELDS,
                            request->len > 0 ? request->body : "")
               != CURLE_OK
        || curl_multi_add_handle(http->multi, easy) != CURLM_OK)
        return err_set(err, ERR_INTERNAL, STAGE_HTTP,
                       "libcurl does not take a request");
    r = transfer(http, err);
    /* libcurl forgets it with the next line. */
    if (curl_easy_getinfo(easy, CURLINFO_ACTIVESOCKET, &http->socket) != 0)
        http->socket = CURL_SOCKET_BAD;
    /* A transfer in flight takes its connection with it. */
    if (curl_multi_remove_handle(http->multi, easy) != CURLM_OK && r == 0)
        r = err_set(err, ERR_INTERNAL, STAGE_HTTP,
                    "libcurl does not let a request go");
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, NULL);
    return r;
}

int http_post(struct http *http, const struct http_request *request,
              struct http_reply *reply, struct err *err)
{
    struct curl_slist *headers = NULL;
    int r;

    /* Bytes that came unasked would be taken for this request's answer. */
    http->ended = http->ended || (http->connected && !http_is_alive(http));
    if (http->ended)
        return http_error_ended(http, err);
    intake_begin(&http->intake, reply);
    r = make_headers(http, request, &headers, err);
    if (r == 0)
        r = perform(http, request, headers, err);
    curl_slist_free_all(headers);
    if (r == 0)
        curl_easy_getinfo(http->easy, CURLINFO_RESPONSE_CODE, &reply->status);
    /* A connection whose last answer is unknown is worth nothing. */
    http->ended = r != 0 ? http->connected : reply->closing;
    return r;
}
