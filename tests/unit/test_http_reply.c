/* test_http_reply.c - answers: what is kept, and what is too much. */
#include "unit.h"

#include "http_client.h"

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
    { "a chunk longer than it says", "HTTP/1.1 200 OK\r\n"
      "Transfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n", "", 0, "",
      ERR_MALFORMED },
    { "a chunk without a length", "HTTP/1.1 200 OK\r\n"
      "Transfer-Encoding: chunked\r\n\r\nxyz\r\nabc\r\n", "", 0, "",
      ERR_MALFORMED },
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_is_kept_whole),
        cmocka_unit_test(hostile_answers_by_table),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
