/* test_http.c - one pinned connection, and hosts that misbehave on it. */
#include "unit.h"

#include <openssl/ssl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "server_key.h"
#include "transport/http.h"
#include "wire_server.h"

#define EMPTY_OK "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

static struct wire_request request;
static char key_log[] = "/tmp/test_http.XXXXXX";

static struct http_params to_server(const struct wire_server *server)
{
    struct http_params params = { .host = "127.0.0.1",
                                  .port = wire_port(server),
                                  .connect_ms = 2000,
                                  .cancel_fd = -1 };

    return params;
}

static struct http *new_http(const struct wire_server *server)
{
    struct http_params params = to_server(server);
    struct http *http = NULL;
    struct err err = ERR_INIT;

    assert_ok(http_new(&params, &http, &err), &err);
    return http;
}

static int post(struct http *http, struct http_reply *reply, struct err *err)
{
    struct http_request sent = { .body = "<x/>", .len = 4,
                                 .content_type = "text/xml",
                                 .total_ms = 5000 };

    return http_post(http, &sent, reply, err);
}

static long elapsed_ms(const struct timespec *since)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (now.tv_sec - since->tv_sec) * 1000
           + (now.tv_nsec - since->tv_nsec) / 1000000;
}

/* Answers every request of the connection with the same text. */
static void serve_text(struct wire *wire, void *text)
{
    while (wire_read(wire, &request))
        if (!wire_say(wire, text))
            return;
}

/* The same once, then the end of the connection. */
static void serve_once(struct wire *wire, void *text)
{
    if (wire_read(wire, &request))
        wire_say(wire, text);
}

static void assert_header(const char *line)
{
    char text[256];

    snprintf(text, sizeof text, "\r\n%s\r\n", line);
    if (strstr(request.head, text) == NULL)
        fail_msg("no '%s' in:\n%s", line, request.head);
}

static void a_leg_is_an_empty_post_with_a_token(void **state)
{
    static char ok[] = EMPTY_OK;
    struct wire_server *server = wire_start(serve_text, ok, NULL);
    struct http *http = new_http(server);
    struct http_request leg = { .authorization = "CredSSP AAAA",
                                .total_ms = 5000 };
    struct http_reply reply;
    struct err err = ERR_INIT;
    char host[64];

    (void)state;
    http_reply_init(&reply);
    assert_ok(http_post(http, &leg, &reply, &err), &err);
    assert_int_equal(reply.status, 200);
    assert_int_equal(strncmp(request.head, "POST /wsman HTTP/1.1\r\n", 22),
                     0);
    snprintf(host, sizeof host, "Host: 127.0.0.1:%u", wire_port(server));
    assert_header(host);
    assert_header("Authorization: CredSSP AAAA");
    assert_header("Content-Length: 0");
    assert_header("Accept-Encoding: identity");
    assert_header("Connection: Keep-Alive");
    assert_null(strcasestr(request.head, "\r\nExpect"));
    assert_null(strcasestr(request.head, "\r\nContent-Type"));
    assert_null(strcasestr(request.head, "\r\nCookie"));
    http_reply_free(&reply);
    http_free(&http);
    wire_stop(&server);
}

static void bodies_share_one_connection(void **state)
{
    static char ok[] = EMPTY_OK;
    static unsigned char large[1048576];
    struct wire_server *server = wire_start(serve_text, ok, NULL);
    struct http *http = new_http(server);
    struct http_request sent = { .body = large, .len = sizeof large,
                                 .content_type = "application/soap+xml",
                                 .total_ms = 5000 };
    struct http_reply reply;
    struct err err = ERR_INIT;
    int i;

    (void)state;
    memset(large, 'x', sizeof large);
    http_reply_init(&reply);
    for (i = 0; i < 3; i++) {
        assert_ok(http_post(http, &sent, &reply, &err), &err);
        assert_int_equal(request.len, sizeof large);
        assert_memory_equal(request.body, large, sizeof large);
        assert_header("Content-Type: application/soap+xml");
        assert_null(strcasestr(request.head, "\r\nExpect"));
        assert_null(strcasestr(request.head, "\r\nAuthorization"));
    }
    assert_int_equal(wire_connections(server), 1);
    http_reply_free(&reply);
    http_free(&http);
    wire_stop(&server);
}

static void an_answer_is_kept_whole(void **state)
{
    static char text[] =
        "HTTP/1.1 100 Continue\r\nWWW-Authenticate: Interim\r\n\r\n"
        "HTTP/1.1 401 No\r\nServer: Microsoft-HTTPAPI/2.0\r\n"
        "www-authenticate: Negotiate\r\n"
        "WWW-Authenticate:   Basic realm=\"WSMAN\"  \r\n"
        "WWW-Authenticate: CredSSP AAAA\r\n"
        "Content-Type: application/soap+xml;charset=UTF-8\r\n"
        "Transfer-Encoding: chunked\r\n\r\n"
        "5\r\nhello\r\n6\r\n world\r\n0\r\n"
        "WWW-Authenticate: Trailer\r\n\r\n";
    static const char schemes[] =
        "Negotiate\nBasic realm=\"WSMAN\"\nCredSSP AAAA\n";
    struct wire_server *server = wire_start(serve_text, text, NULL);
    struct http *http = new_http(server);
    struct http_reply reply;
    struct err err = ERR_INIT;

    (void)state;
    http_reply_init(&reply);
    assert_ok(post(http, &reply, &err), &err);
    assert_int_equal(reply.status, 401);
    assert_string_equal(reply.content_type,
                        "application/soap+xml;charset=UTF-8");
    assert_string_equal(reply.server, "Microsoft-HTTPAPI/2.0");
    assert_int_equal(reply.authenticate.len, sizeof schemes - 1);
    assert_memory_equal(reply.authenticate.data, schemes,
                        sizeof schemes - 1);
    assert_int_equal(reply.body.len, 11);
    assert_memory_equal(reply.body.data, "hello world", 11);
    assert_false(reply.closing);
    http_reply_free(&reply);
    http_free(&http);
    wire_stop(&server);
}

/* A body sealed for a connection must never travel on another one. */
static void a_dropped_connection_is_not_replaced(void **state)
{
    static char ok[] = EMPTY_OK;
    struct wire_server *server = wire_start(serve_once, ok, NULL);
    struct http *http = new_http(server);
    struct http_reply reply;
    struct err err = ERR_INIT;

    (void)state;
    http_reply_init(&reply);
    assert_ok(post(http, &reply, &err), &err);
    assert_cause(post(http, &reply, &err), &err, ERR_CONNECTION_LOST);
    assert_cause(post(http, &reply, &err), &err, ERR_CONNECTION_LOST);
    assert_int_equal(wire_connections(server), 1);
    http_reply_free(&reply);
    http_free(&http);
    wire_stop(&server);
}

static void an_announced_end_is_believed(void **state)
{
    static char closing[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n"
                            "Connection: foo, Close\r\n\r\n";
    struct wire_server *server = wire_start(serve_text, closing, NULL);
    struct http *http = new_http(server);
    struct http_reply reply;
    struct err err = ERR_INIT;

    (void)state;
    http_reply_init(&reply);
    assert_ok(post(http, &reply, &err), &err);
    assert_true(reply.closing);
    assert_cause(post(http, &reply, &err), &err, ERR_CONNECTION_LOST);
    assert_int_equal(wire_connections(server), 1);
    http_reply_free(&reply);
    http_free(&http);
    wire_stop(&server);
}

static void a_redirect_is_told_and_not_followed(void **state)
{
    static char ok[] = EMPTY_OK, text[256];
    struct wire_server *elsewhere = wire_start(serve_text, ok, NULL), *server;
    struct http *http;
    struct http_reply reply;
    struct err err = ERR_INIT;

    (void)state;
    snprintf(text, sizeof text, "HTTP/1.1 302 Found\r\nContent-Length: 0\r\n"
             "Set-Cookie: a=b\r\nLocation: http://127.0.0.1:%u/wsman\r\n\r\n",
             wire_port(elsewhere));
    server = wire_start(serve_text, text, NULL);
    http = new_http(server);
    http_reply_init(&reply);
    assert_ok(post(http, &reply, &err), &err);
    assert_int_equal(reply.status, 302);
    assert_non_null(strstr(reply.location, "http://127.0.0.1"));
    assert_int_equal(wire_connections(elsewhere), 0);
    assert_ok(post(http, &reply, &err), &err);
    assert_null(strcasestr(request.head, "\r\nCookie"));
    http_reply_free(&reply);
    http_free(&http);
    wire_stop(&server);
    wire_stop(&elsewhere);
}

/* A start, then one piece again and again, then the end. */
struct hostile {
    const char *name;
    const char *start;
    const char *again;
    unsigned times;
    const char *end;
    enum err_cause cause;
};

#define KILO                                                                  \
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"        \
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define FOREVER 100000

static const struct hostile hostiles[] = {
    { "endless headers", "HTTP/1.1 200 OK\r\n", "X: " KILO KILO KILO KILO KILO
      KILO KILO KILO "\r\n", FOREVER, "", ERR_OVERSIZED },
    { "an endless header", "HTTP/1.1 200 OK\r\nX: ", KILO, FOREVER, "",
      ERR_OVERSIZED },
    { "too many headers", "HTTP/1.1 200 OK\r\n", "X: y\r\n", 200, "\r\n",
      ERR_OVERSIZED },
    { "endless interim answers", "", "HTTP/1.1 100 Continue\r\n\r\n", FOREVER,
      "", ERR_OVERSIZED },
    { "a long Content-Type", "HTTP/1.1 200 OK\r\nContent-Type: ", KILO, 5,
      "\r\n\r\n", ERR_OVERSIZED },
    { "an announced endless body",
      "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", KILO, FOREVER,
      "", ERR_OVERSIZED },
    { "an endless body", "HTTP/1.1 200 OK\r\n\r\n", KILO, FOREVER, "",
      ERR_OVERSIZED },
    { "an endless chunked body",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
      "80\r\n" KILO "\r\n", FOREVER, "", ERR_OVERSIZED },
    { "endless trailers", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
      "\r\n0\r\n", "X: " KILO "\r\n", FOREVER, "", ERR_OVERSIZED },
    { "two Content-Types", "HTTP/1.1 200 OK\r\n", "Content-Type: a/b\r\n", 2,
      "Content-Length: 0\r\n\r\n", ERR_MALFORMED },
    { "a folded header", "HTTP/1.1 200 OK\r\nX: y\r\n z\r\n", "", 0,
      "Content-Length: 0\r\n\r\n", ERR_MALFORMED },
    { "a header without a colon", "HTTP/1.1 200 OK\r\nX\r\n", "", 0,
      "Content-Length: 0\r\n\r\n", ERR_MALFORMED },
    { "no HTTP", "SSH-2.0-OpenSSH_9.2\r\n", "", 0, "", ERR_HTTP },
    { "a body cut short",
      "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc", "", 0, "",
      ERR_CONNECTION_LOST },
    { "a chunk cut short", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked"
      "\r\n\r\n50\r\nabc", "", 0, "", ERR_CONNECTION_LOST },
    { "headers cut short", "HTTP/1.1 200 OK\r\nServ", "", 0, "",
      ERR_CONNECTION_LOST },
    { "nothing at all", "", "", 0, "", ERR_CONNECTION_LOST },
};

static void serve_hostile(struct wire *wire, void *arg)
{
    const struct hostile *row = arg;
    unsigned i;

    if (!wire_read(wire, &request) || !wire_say(wire, row->start))
        return;
    for (i = 0; i < row->times; i++)
        if (!wire_say(wire, row->again))
            return;
    wire_say(wire, row->end);
}

static void hostile_answers_by_table(void **state)
{
    struct http_reply reply;
    size_t i;

    (void)state;
    http_reply_init(&reply);
    for (i = 0; i < sizeof hostiles / sizeof *hostiles; i++) {
        struct hostile row = hostiles[i];
        struct wire_server *server = wire_start(serve_hostile, &row, NULL);
        struct http *http = new_http(server);
        struct err err = ERR_INIT;
        int r = post(http, &reply, &err);

        if (r != -1 || err.cause != row.cause) {
            err_print(stderr, row.name, &err);
            fail_msg("%s: not %s", row.name, err_cause_name(row.cause));
        }
        /* Nothing more is sent on such a connection, or on another. */
        assert_cause(post(http, &reply, &err), &err, ERR_CONNECTION_LOST);
        assert_int_equal(wire_connections(server), 1);
        http_free(&http);
        wire_stop(&server);
    }
    http_reply_free(&reply);
}

/* One byte every 20 ms for as long as the client listens. */
static void serve_slowly(struct wire *wire, void *arg)
{
    const struct timespec nap = { .tv_nsec = 20000000 };
    bool more = wire_read(wire, &request) && wire_say(wire, arg);

    while (more) {
        nanosleep(&nap, NULL);
        more = wire_write(wire, "x", 1);
    }
}

static void a_slow_answer_meets_the_deadline(void **state)
{
    static char starts[][64] = {
        "HTTP/1.1 200 OK\r\nX: ",
        "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n",
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof starts / sizeof *starts; i++) {
        struct wire_server *server = wire_start(serve_slowly, starts[i], NULL);
        struct http *http = new_http(server);
        struct http_request sent = { .total_ms = 300 };
        struct http_reply reply;
        struct timespec begun;
        struct err err = ERR_INIT;

        http_reply_init(&reply);
        clock_gettime(CLOCK_MONOTONIC, &begun);
        assert_cause(http_post(http, &sent, &reply, &err), &err,
                     ERR_TIMEOUT);
        assert_int_equal(err.stage, STAGE_HTTP);
        assert_in_range(elapsed_ms(&begun), 290, 1500);
        http_reply_free(&reply);
        http_free(&http);
        wire_stop(&server);
    }
}

static void a_stalled_answer_is_given_up_early(void **state)
{
    static char start[] = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n";
    struct wire_server *server = wire_start(serve_slowly, start, NULL);
    struct http_params params = to_server(server);
    struct http *http = NULL;
    struct http_reply reply;
    struct timespec begun;
    struct err err = ERR_INIT;

    (void)state;
    params.stall_ms = 300;
    assert_ok(http_new(&params, &http, &err), &err);
    http_reply_init(&reply);
    clock_gettime(CLOCK_MONOTONIC, &begun);
    assert_cause(post(http, &reply, &err), &err, ERR_TIMEOUT);
    assert_non_null(strstr(err.text, "stood still"));
    assert_in_range(elapsed_ms(&begun), 290, 2500);
    http_reply_free(&reply);
    http_free(&http);
    wire_stop(&server);
}

/* Reads the request, then hangs the client up and waits for its end. */
static void serve_hang_up(struct wire *wire, void *arg)
{
    int *client = arg;
    char byte;

    if (!wire_read(wire, &request))
        return;
    close(*client);
    *client = -1;
    while (read(wire->fd, &byte, 1) > 0)
        continue;
}

static void a_client_that_hangs_up_ends_the_request(void **state)
{
    int pair[2];
    struct wire_server *server;
    struct http *http;
    struct http_reply reply;
    struct timespec begun;
    struct err err = ERR_INIT;

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    server = wire_start(serve_hang_up, &pair[1], NULL);
    http = new_http(server);
    http_watch(http, pair[0]);
    http_reply_init(&reply);
    clock_gettime(CLOCK_MONOTONIC, &begun);
    assert_cause(post(http, &reply, &err), &err, ERR_INTERRUPTED);
    assert_in_range(elapsed_ms(&begun), 0, 1000);
    assert_cause(post(http, &reply, &err), &err, ERR_CONNECTION_LOST);
    http_reply_free(&reply);
    http_free(&http);
    wire_stop(&server);
    close(pair[0]);
}

static void silence_is_told_by_phase(void **state)
{
    static char ok[] = EMPTY_OK;
    struct wire_server *server = wire_start(serve_text, ok, NULL);
    struct http_params params = to_server(server);
    char label[80];
    struct http *http = NULL;
    struct http_reply reply;
    struct err err = ERR_INIT;

    (void)state;
    http_reply_init(&reply);
    wire_stop(&server); /* nobody listens now */
    assert_ok(http_new(&params, &http, &err), &err);
    assert_cause(post(http, &reply, &err), &err, ERR_CONNECT);
    assert_int_equal(err.stage, STAGE_TCP);
    assert_non_null(strstr(err.text, "nothing listens"));
    http_free(&http);
    /* A label over 63 bytes has no address anywhere (RFC 1035 2.3.4). */
    memset(label, 'a', sizeof label);
    label[sizeof label - 1] = '\0';
    params.host = label;
    assert_ok(http_new(&params, &http, &err), &err);
    assert_cause(post(http, &reply, &err), &err, ERR_NAME_LOOKUP);
    assert_int_equal(err.stage, STAGE_DNS);
    http_free(&http);
    http_reply_free(&reply);
}

static void a_host_cannot_change_the_url(void **state)
{
    static const char *const hosts[] = { "", "a/b", "a@b", "a:80", "a b",
                                         "a\r\nX: y", "a?b", "a#b", "[::1]",
                                         "a%41", "\xc3\xa9" };
    struct http_params params = { .port = 1, .cancel_fd = -1 };
    struct http *http = NULL;
    struct err err = ERR_INIT;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof hosts / sizeof *hosts; i++) {
        params.host = hosts[i];
        assert_cause(http_new(&params, &http, &err), &err, ERR_HOSTNAME);
        assert_null(http);
    }
}

static void an_endless_token_is_not_sent(void **state)
{
    static char ok[] = EMPTY_OK;
    struct wire_server *server = wire_start(serve_text, ok, NULL);
    struct http *http = new_http(server);
    struct http_request leg = { .total_ms = 5000 };
    struct http_reply reply;
    char *token = malloc(HTTP_TOKEN_MAX + 2);
    struct err err = ERR_INIT;

    (void)state;
    assert_non_null(token);
    memset(token, 'A', HTTP_TOKEN_MAX + 1);
    token[HTTP_TOKEN_MAX + 1] = '\0';
    leg.authorization = token;
    http_reply_init(&reply);
    assert_cause(http_post(http, &leg, &reply, &err), &err, ERR_OVERSIZED);
    token[HTTP_TOKEN_MAX] = '\0';
    assert_ok(http_post(http, &leg, &reply, &err), &err);
    assert_non_null(strstr(request.head, token));
    free(token);
    http_reply_free(&reply);
    http_free(&http);
    wire_stop(&server);
}

/* A context with a certificate of its own; its SHA-256 in hex. */
static SSL_CTX *make_https(char hex[65])
{
    struct server_key key = server_key_ec("P-256");
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    unsigned char digest[32];

    assert_non_null(context);
    assert_int_equal(SSL_CTX_use_certificate(context, key.certificate), 1);
    assert_int_equal(SSL_CTX_use_PrivateKey(context, key.key), 1);
    assert_int_equal(X509_digest(key.certificate, EVP_sha256(), digest, NULL),
                     1);
    assert_int_equal(OPENSSL_buf2hexstr_ex(hex, 65, NULL, digest,
                                           sizeof digest, '\0'), 1);
    server_key_free(&key);
    return context;
}

/* One post over HTTPS with this pin. */
static int post_https(const struct wire_server *server, const char *pin,
                      struct err *err)
{
    struct http_params params = to_server(server);
    struct http_request leg = { .authorization = "CredSSP AAAA",
                                .total_ms = 5000 };
    struct http *http = NULL;
    struct http_reply reply;
    int r;

    params.https = true;
    params.pinned_sha256 = pin;
    params.connect_ms = 400;
    http_reply_init(&reply);
    r = http_new(&params, &http, err);
    if (r == 0)
        r = http_post(http, &leg, &reply, err);
    http_reply_free(&reply);
    http_free(&http);
    return r;
}

static void https_trusts_the_pin_and_nothing_else(void **state)
{
    static char ok[] = EMPTY_OK;
    char right[65], wrong[65];
    SSL_CTX *context = make_https(right);
    struct wire_server *server;
    struct err err = ERR_INIT;

    (void)state;
    memcpy(wrong, right, sizeof wrong);
    wrong[63] = wrong[63] == '0' ? '1' : '0';
    server = wire_start(serve_text, ok, context);
    assert_ok(post_https(server, right, &err), &err);
    assert_header("Authorization: CredSSP AAAA");
    request.head[0] = '\0';
    assert_cause(post_https(server, wrong, &err), &err, ERR_CERTIFICATE);
    assert_int_equal(err.stage, STAGE_HTTPS);
    assert_non_null(strcasestr(err.text, right));
    /* Self-signed: no CA of the system vouches for it. */
    assert_cause(post_https(server, NULL, &err), &err, ERR_CERTIFICATE);
    assert_non_null(strstr(err.text, "self-signed"));
    assert_string_equal(request.head, "");
    assert_cause(post_https(server, "abcd", &err), &err, ERR_CERTIFICATE);
    assert_cause(post_https(server, "no hex", &err), &err, ERR_CERTIFICATE);
    wire_stop(&server);
    SSL_CTX_free(context);
}

static void serve_banner(struct wire *wire, void *arg)
{
    (void)arg;
    wire_say(wire, "220 mail.example.com ESMTP\r\n");
}

static void https_meets_what_is_no_https(void **state)
{
    static char ok[] = EMPTY_OK;
    struct wire_server *server = wire_start(serve_text, ok, NULL);
    struct err err = ERR_INIT;

    (void)state;
    /* The ClientHello is no request: the server waits, and so do we. */
    assert_cause(post_https(server, NULL, &err), &err, ERR_TIMEOUT);
    assert_int_equal(err.stage, STAGE_HTTPS);
    wire_stop(&server);
    server = wire_start(serve_banner, ok, NULL);
    assert_cause(post_https(server, NULL, &err), &err, ERR_TLS);
    assert_int_equal(err.stage, STAGE_HTTPS);
    wire_stop(&server);
}

/* SSLKEYLOGFILE of main() below: libcurl opens it and must not fill it. */
static void no_key_is_logged(void **state)
{
    FILE *log = fopen(key_log, "r");

    (void)state;
    if (log != NULL) {
        assert_int_equal(fgetc(log), EOF);
        fclose(log);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_leg_is_an_empty_post_with_a_token),
        cmocka_unit_test(bodies_share_one_connection),
        cmocka_unit_test(an_answer_is_kept_whole),
        cmocka_unit_test(a_dropped_connection_is_not_replaced),
        cmocka_unit_test(an_announced_end_is_believed),
        cmocka_unit_test(a_redirect_is_told_and_not_followed),
        cmocka_unit_test(hostile_answers_by_table),
        cmocka_unit_test(a_slow_answer_meets_the_deadline),
        cmocka_unit_test(a_stalled_answer_is_given_up_early),
        cmocka_unit_test(a_client_that_hangs_up_ends_the_request),
        cmocka_unit_test(silence_is_told_by_phase),
        cmocka_unit_test(a_host_cannot_change_the_url),
        cmocka_unit_test(an_endless_token_is_not_sent),
        cmocka_unit_test(https_trusts_the_pin_and_nothing_else),
        cmocka_unit_test(https_meets_what_is_no_https),
        cmocka_unit_test(no_key_is_logged),
    };

    int failed, fd = mkstemp(key_log);

    /* None may matter: nothing listens on port 1. */
    setenv("http_proxy", "http://127.0.0.1:1", 1);
    setenv("https_proxy", "http://127.0.0.1:1", 1);
    setenv("all_proxy", "http://127.0.0.1:1", 1);
    setenv("SSLKEYLOGFILE", key_log, 1);
    signal(SIGPIPE, SIG_IGN);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    close(fd);
    unlink(key_log);
    return failed;
}
