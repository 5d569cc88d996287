/* test_probe.c - what a host tells a stranger, and how long each part took. */
#include "unit.h"

#include <stdlib.h>

#include "http_client.h"
#include "transport/probe.h"

#define OFFERS "HTTP/1.1 401 Unauthorized\r\nServer: Microsoft-HTTPAPI/2.0\r\n"\
               "WWW-Authenticate: Negotiate\r\n"                              \
               "WWW-Authenticate: Kerberos\r\n"                               \
               "WWW-Authenticate: CredSSP\r\nContent-Length: 0\r\n"

static int ask(const char *text, struct probe_answer *answer, struct err *err)
{
    struct buf copy = BUF_INIT(65536);
    struct wire_server *server;
    struct http_params params;
    int r;

    buf_printf(&copy, "%s", text);
    buf_put_u8(&copy, '\0');
    server = wire_start(serve_text, copy.data, NULL);
    params = to_server(server);
    r = probe_offers(&params, answer, err);
    wire_stop(&server);
    buf_free(&copy);
    return r;
}

static void schemes_and_server_are_told(void **state)
{
    struct probe_answer answer;
    struct err err = ERR_INIT;

    (void)state;
    assert_ok(ask(OFFERS "\r\n", &answer, &err), &err);
    assert_int_equal(strncmp(request.head, "POST /wsman HTTP/1.1\r\n", 22),
                     0);
    assert_null(strcasestr(request.head, "\r\nAuthorization"));
    assert_int_equal(request.len, 0);
    assert_true(answer.credssp);
    assert_string_equal(answer.schemes, "Negotiate, Kerberos, CredSSP");
    assert_string_equal(answer.server, "Microsoft-HTTPAPI/2.0");
    assert_false(answer.has_clock);
    assert_true(answer.times.connect_us > 0);
    assert_true(answer.times.answer_us > 0);
    assert_true(answer.times.tls_us == 0);
    assert_false(answer.times.ipv6);
}

/* RFC 9110 6.6.1: the host's clock, to the second. */
static void a_date_tells_the_hosts_clock(void **state)
{
    static const long offsets[] = { 0, 600, -423 };
    struct probe_answer answer;
    struct err err = ERR_INIT;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof offsets / sizeof *offsets; i++) {
        time_t theirs = time(NULL) + offsets[i];
        struct tm parts;
        char date[64], text[1024];

        gmtime_r(&theirs, &parts);
        strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", &parts);
        snprintf(text, sizeof text, OFFERS "Date: %s\r\n\r\n", date);
        assert_ok(ask(text, &answer, &err), &err);
        assert_true(answer.has_clock);
        assert_in_range(answer.clock_ahead_s - offsets[i] + 2, 0, 3);
    }
    assert_ok(ask(OFFERS "Date: tomorrow\r\n\r\n", &answer, &err), &err);
    assert_false(answer.has_clock);
}

static void a_host_without_credssp_is_no_error_here(void **state)
{
    struct probe_answer answer;
    struct err err = ERR_INIT;

    (void)state;
    assert_ok(ask("HTTP/1.1 401 No\r\nWWW-Authenticate: Negotiate\r\n"
                  "Content-Length: 0\r\n\r\n", &answer, &err), &err);
    assert_false(answer.credssp);
    assert_string_equal(answer.schemes, "Negotiate");
}

static void other_servers_are_told_apart(void **state)
{
    static const struct {
        const char *answer;
        enum err_cause cause;
        const char *says;
    } rows[] = {
        { "HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Type: text/html\r\n"
          "Content-Length: 2\r\n\r\nhi", ERR_HTTP,
          "HTTP 200 and (Server: nginx, a web page) where WinRM does not" },
        { "HTTP/1.1 407 Proxy\r\nContent-Length: 0\r\n\r\n", ERR_HTTP,
          "is a proxy" },
        { "HTTP/1.1 302 Away\r\nLocation: http://evil.test/\r\n"
          "Content-Length: 0\r\n\r\n", ERR_HTTP, "http://evil.test/" },
        { "SSH-2.0-OpenSSH_9.2\r\n", ERR_HTTP, "does not speak HTTP" },
    };
    struct probe_answer answer;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct err err = ERR_INIT;

        assert_cause(ask(rows[i].answer, &answer, &err), &err,
                     rows[i].cause);
        if (strstr(err.text, rows[i].says) == NULL)
            fail_msg("'%s' does not say '%s'", err.text, rows[i].says);
        assert_int_equal(err.stage, STAGE_HTTP);
    }
}

static void a_closed_port_is_the_connections_stage(void **state)
{
    static char ok[] = EMPTY_OK;
    struct wire_server *server = wire_start(serve_text, ok, NULL);
    struct http_params params = to_server(server);
    struct probe_answer answer;
    struct err err = ERR_INIT;

    (void)state;
    wire_stop(&server);
    assert_cause(probe_offers(&params, &answer, &err), &err, ERR_CONNECT);
    assert_int_equal(err.stage, STAGE_TCP);
    assert_true(answer.times.answer_us == 0);
}

static void identify_asks_without_a_logon(void **state)
{
    static char says[] = "HTTP/1.1 200 OK\r\n"
                         "Content-Type: application/soap+xml;charset=UTF-8\r\n"
                         "Content-Length: 4\r\n\r\n<i/>";
    static char page[] = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
                         "Content-Length: 4\r\n\r\n<p/>";
    struct wire_server *server = wire_start(serve_text, says, NULL);
    struct http_params params = to_server(server);
    struct buf identity = BUF_INIT(PROBE_IDENTITY_MAX);
    struct http_times times;
    struct err err = ERR_INIT;

    (void)state;
    assert_ok(probe_identify(&params, &identity, &times, &err), &err);
    assert_int_equal(strncmp(request.head, "POST /wsman-anon/identify ", 26),
                     0);
    assert_header("WSMANIDENTIFY: unauthenticated");
    assert_non_null(memmem(request.body, request.len, "<wsmid:Identify/>",
                           17));
    assert_int_equal(identity.len, 4);
    assert_memory_equal(identity.data, "<i/>", 4);
    wire_stop(&server);

    server = wire_start(serve_text, page, NULL);
    params = to_server(server);
    assert_cause(probe_identify(&params, &identity, &times, &err), &err,
                 ERR_MALFORMED);
    wire_stop(&server);
    buf_free(&identity);
}

/* An endless identity does not fit into what the client is told. */
static void an_identity_is_bounded(void **state)
{
    static char text[8192];
    struct buf identity = BUF_INIT(PROBE_IDENTITY_MAX);
    struct wire_server *server;
    struct http_params params;
    struct http_times times;
    struct err err = ERR_INIT;
    int head = snprintf(text, sizeof text,
                        "HTTP/1.1 200 OK\r\nContent-Type: "
                        "application/soap+xml\r\nContent-Length: %d\r\n\r\n",
                        PROBE_IDENTITY_MAX + 1);

    (void)state;
    memset(text + head, 'x', PROBE_IDENTITY_MAX + 1);
    server = wire_start(serve_text, text, NULL);
    params = to_server(server);
    assert_cause(probe_identify(&params, &identity, &times, &err), &err,
                 ERR_OVERSIZED);
    wire_stop(&server);
    buf_free(&identity);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(schemes_and_server_are_told),
        cmocka_unit_test(a_date_tells_the_hosts_clock),
        cmocka_unit_test(a_host_without_credssp_is_no_error_here),
        cmocka_unit_test(other_servers_are_told_apart),
        cmocka_unit_test(a_closed_port_is_the_connections_stage),
        cmocka_unit_test(identify_asks_without_a_logon),
        cmocka_unit_test(an_identity_is_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
