/* test_http.c - one pinned connection: requests, its end, its deadlines. */
#include "unit.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http_client.h"

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

/* The same once, then the end of the connection. */
static void serve_once(struct wire *wire, void *text)
{
    if (wire_read(wire, &request))
        wire_say(wire, text);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_leg_is_an_empty_post_with_a_token),
        cmocka_unit_test(bodies_share_one_connection),
        cmocka_unit_test(a_dropped_connection_is_not_replaced),
        cmocka_unit_test(an_announced_end_is_believed),
        cmocka_unit_test(a_redirect_is_told_and_not_followed),
        cmocka_unit_test(a_slow_answer_meets_the_deadline),
        cmocka_unit_test(a_stalled_answer_is_given_up_early),
        cmocka_unit_test(a_client_that_hangs_up_ends_the_request),
        cmocka_unit_test(silence_is_told_by_phase),
        cmocka_unit_test(a_host_cannot_change_the_url),
        cmocka_unit_test(an_endless_token_is_not_sent),
    };

    /* Neither may matter: nothing listens on port 1. */
    setenv("http_proxy", "http://127.0.0.1:1", 1);
    setenv("all_proxy", "http://127.0.0.1:1", 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
