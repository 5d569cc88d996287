/* test_refusal.c - every way a host can end the conversation, by leg. */
#include "unit.h"

#include "winrm_host.h"

#define SEALED_TYPE                                                           \
    "multipart/encrypted;protocol=\"application/HTTP-CredSSP-session-"        \
    "encrypted\";boundary=\"Encrypted Boundary\""
#define EMPTY "Content-Length: 0\r\n\r\n"
#define HTML "Content-Type: text/html\r\nContent-Length: 5\r\n\r\n<htm>"
#define SOAP                                                                  \
    "Content-Type: application/soap+xml;charset=UTF-8\r\n"                    \
    "Content-Length: 4\r\n\r\n<x/>"
/* An answer to the request number at, and what it must be called. */
struct refusal_row {
    unsigned at;
    const char *answer;        /* "": the connection ends instead */
    enum err_cause cause;
    enum err_stage stage;
    const char *word;          /* in the sentence */
};

static const struct refusal_row leg_rows[] = {
    { 1, "HTTP/1.1 401 No\r\nWWW-Authenticate: Negotiate\r\n"
         "WWW-Authenticate: Basic realm=\"WSMAN\"\r\n" EMPTY,
      ERR_NO_CREDSSP, STAGE_HTTP, "it offers Negotiate, Basic" },
    { 1, "HTTP/1.1 401 No\r\n" EMPTY, ERR_NO_CREDSSP, STAGE_HTTP,
      "nothing at all" },
    { 1, "HTTP/1.1 401 No\r\nWWW-Authenticate: CredSSP\r\n" EMPTY,
      ERR_AUTH_DROPPED, STAGE_TLS, "leg 1" },
    { 2, "HTTP/1.1 401 No\r\nWWW-Authenticate: Negotiate, CredSSP\r\n" EMPTY,
      ERR_AUTH_DROPPED, STAGE_TLS, "leg 2" },
    { 3, "HTTP/1.1 401 No\r\nWWW-Authenticate: CredSSP\r\n" EMPTY,
      ERR_AUTH_DROPPED, STAGE_SPNEGO, "leg 3" },
    { 4, "HTTP/1.1 401 No\r\nWWW-Authenticate: CredSSP\r\n" EMPTY,
      ERR_AUTH_DROPPED, STAGE_SPNEGO, "leg 4" },
    { 5, "HTTP/1.1 401 No\r\nWWW-Authenticate: CredSSP\r\n" EMPTY,
      ERR_AUTH_DROPPED, STAGE_DELEGATION, "leg 5" },
    { 3, "HTTP/1.1 401 No\r\nWWW-Authenticate: Negotiate\r\n" EMPTY,
      ERR_NO_CREDSSP, STAGE_HTTP, "ceased to offer CredSSP at leg 3" },
    { 2, "HTTP/1.1 401 No\r\nWWW-Authenticate: CredSSP $$$$\r\n" EMPTY,
      ERR_MALFORMED, STAGE_HTTP, "base64" },
    { 2, "HTTP/1.1 401 No\r\nWWW-Authenticate: CredSSP AAAA\r\n" EMPTY,
      ERR_MALFORMED, STAGE_TLS, "" },
    { 1, "HTTP/1.1 200 OK\r\n" EMPTY, ERR_MALFORMED, STAGE_HTTP, "leg 1" },
    { 2, "HTTP/1.1 200 OK\r\n" SOAP, ERR_MALFORMED, STAGE_HTTP, "leg 2" },
    { 4, "HTTP/1.1 200 OK\r\n" EMPTY, ERR_MALFORMED, STAGE_HTTP, "leg 4" },
    { 5, "HTTP/1.1 200 OK\r\nWWW-Authenticate: CredSSP AAAA\r\n" EMPTY,
      ERR_MALFORMED, STAGE_HTTP, "leg 5" },
    { 1, "HTTP/1.1 302 Found\r\nLocation: https://elsewhere/\r\n" EMPTY,
      ERR_HTTP, STAGE_HTTP, "'https://elsewhere/'" },
    { 4, "HTTP/1.1 307 Go\r\nLocation: http://x/wsman\r\n" EMPTY,
      ERR_HTTP, STAGE_HTTP, "http://x/wsman" },
    { 1, "HTTP/1.1 404 No\r\nServer: nginx\r\n" HTML, ERR_HTTP, STAGE_HTTP,
      "404: it has no WinRM service at /wsman (Server: nginx, a web page)" },
    { 1, "HTTP/1.1 405 No\r\n" EMPTY, ERR_HTTP, STAGE_HTTP, "no POST" },
    { 1, "HTTP/1.1 407 No\r\nProxy-Authenticate: Basic\r\n" EMPTY, ERR_HTTP,
      STAGE_HTTP, "a proxy" },
    { 3, "HTTP/1.1 503 No\r\n" EMPTY, ERR_HTTP, STAGE_HTTP, "503" },
    { 5, "HTTP/1.1 500 No\r\n" SOAP, ERR_HTTP, STAGE_HTTP, "500" },
    { 5, "HTTP/1.1 413 No\r\n" EMPTY, ERR_HTTP, STAGE_HTTP, "too large" },
    { 2, "HTTP/1.1 299 Odd\r\n" HTML, ERR_HTTP, STAGE_HTTP,
      "299 and (a web page)" },
    { 1, "", ERR_CONNECTION_LOST, STAGE_HTTP, "" },
    { 3, "", ERR_CONNECTION_LOST, STAGE_HTTP, "" },
    { 5, "", ERR_CONNECTION_LOST, STAGE_HTTP, "" },
    { 2, "HTTP/1.1 401 No\r\nConnection: close\r\n"
         "WWW-Authenticate: CredSSP\r\n" EMPTY,
      ERR_AUTH_DROPPED, STAGE_TLS, "leg 2" },
};

static void assert_refusal(const struct refusal_row *row, int r,
                           const struct err *err)
{
    if (r == -1 && err->cause == row->cause && err->stage == row->stage
        && strstr(err->text, row->word) != NULL && err->advice[0] != '\0')
        return;
    err_print(stderr, row->answer, err);
    fail_msg("request %u: not %s with '%s'", row->at,
             err_cause_name(row->cause), row->word);
}

static void every_broken_leg_has_its_cause(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < sizeof leg_rows / sizeof *leg_rows; i++) {
        const struct refusal_row *row = &leg_rows[i];
        struct host host = { .at = row->at, .answer = row->answer };
        struct wire_server *server = host_start(&host);
        struct channel *channel = NULL;
        struct err err = ERR_INIT;
        int r = host_open(server, false, NTLM_PASSWORD, &channel, &err);

        assert_refusal(row, r, &err);
        assert_null(channel);
        /* Nothing follows, and the credential stays here until leg 5. */
        assert_int_equal(host.requests, row->at);
        assert_int_equal(wire_connections(server), 1);
        assert_int_equal(host_released(), row->at == LEGS ? 1 : 0);
        wire_stop(&server);
    }
}

/* Right tokens, but the connection ends with them. */
static void an_end_between_legs_is_a_lost_connection(void **state)
{
    unsigned at;

    (void)state;
    for (at = 1; at <= LEGS; at++) {
        struct host host = { .at = at, .extra = "Connection: close\r\n" };
        struct wire_server *server = host_start(&host);
        struct channel *channel = NULL;
        struct err err = ERR_INIT;
        char leg[16];

        assert_cause(host_open(server, false, NTLM_PASSWORD, &channel,
                               &err), &err, ERR_CONNECTION_LOST);
        snprintf(leg, sizeof leg, "leg %u", at);
        assert_non_null(strstr(err.text, leg));
        assert_int_equal(host.requests, at);
        wire_stop(&server);
    }
}

static const struct refusal_row post_rows[] = {
    { 6, "HTTP/1.1 200 OK\r\n" SOAP, ERR_MALFORMED, STAGE_SEALING,
      "plain text" },
    { 7, "HTTP/1.1 500 No\r\n" SOAP, ERR_MALFORMED, STAGE_SEALING,
      "plain text" },
    { 6, "HTTP/1.1 200 OK\r\n" HTML, ERR_HTTP, STAGE_HTTP, "web page" },
    { 6, "HTTP/1.1 200 OK\r\n" EMPTY, ERR_MALFORMED, STAGE_SEALING, "" },
    { 6, "HTTP/1.1 200 OK\r\nContent-Type: " SEALED_TYPE "\r\n" EMPTY,
      ERR_MALFORMED, STAGE_SEALING, "" },
    { 6, "HTTP/1.1 401 No\r\nWWW-Authenticate: CredSSP\r\n" EMPTY,
      ERR_CONNECTION_LOST, STAGE_HTTP, "no longer knows" },
    { 7, "HTTP/1.1 400 Bad\r\n" EMPTY, ERR_CONNECTION_LOST, STAGE_HTTP,
      "no longer knows" },
    { 6, "HTTP/1.1 400 Bad\r\n" HTML, ERR_HTTP, STAGE_HTTP, "web page" },
    { 6, "HTTP/1.1 413 No\r\n" EMPTY, ERR_HTTP, STAGE_HTTP, "too large" },
    { 6, "HTTP/1.1 500 No\r\n" EMPTY, ERR_HTTP, STAGE_HTTP,
      "without saying why" },
    { 6, "HTTP/1.1 503 No\r\n" HTML, ERR_HTTP, STAGE_HTTP, "503" },
    { 6, "HTTP/1.1 302 No\r\nLocation: http://x/\r\n" EMPTY, ERR_HTTP,
      STAGE_HTTP, "http://x/" },
    { 6, "", ERR_CONNECTION_LOST, STAGE_HTTP, "" },
};

static void every_broken_post_has_its_cause(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < sizeof post_rows / sizeof *post_rows; i++) {
        const struct refusal_row *row = &post_rows[i];
        struct host host = { .at = row->at, .answer = row->answer };
        struct wire_server *server = host_start(&host);
        struct channel *channel = NULL;
        struct channel_reply reply;
        struct err err = ERR_INIT;
        unsigned n;
        int r;

        channel_reply_init(&reply);
        assert_ok(host_open(server, false, NTLM_PASSWORD, &channel, &err),
                  &err);
        for (n = LEGS + 1; n < row->at; n++)
            assert_echo(channel, "<x/>", 4, 200);
        r = channel_post(channel, "<x/>", 4, 2000, &reply, &err);
        assert_refusal(row, r, &err);
        assert_int_equal(reply.body.len, 0);
        /* The records are numbered: the channel is of no use any more. */
        assert_cause(channel_post(channel, "<x/>", 4, 2000, &reply, &err),
                     &err, ERR_CONNECTION_LOST);
        assert_int_equal(host.requests, row->at);
        channel_reply_free(&reply);
        channel_free(&channel);
        wire_stop(&server);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_broken_leg_has_its_cause),
        cmocka_unit_test(an_end_between_legs_is_a_lost_connection),
        cmocka_unit_test(every_broken_post_has_its_cause),
    };

    return cmocka_run_group_tests(tests, host_world_make, host_world_end);
}
