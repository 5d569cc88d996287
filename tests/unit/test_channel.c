/* test_channel.c - CredSSP over HTTP against an acceptor, and against hosts
 * that break off, lie or forget at every leg. */
#include "unit.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "ntlm_users.h"
#include "server_key.h"
#include "transport/challenge.h"
#include "transport/channel.h"
#include "transport/seal.h"
#include "wire_server.h"

#define BODY_MAX 4194304
#define LEGS 5
#define SEALED_TYPE                                                           \
    "multipart/encrypted;protocol=\"application/HTTP-CredSSP-session-"        \
    "encrypted\";boundary=\"Encrypted Boundary\""

static struct server_key rsa;
static SSL_CTX *https;
static char https_pin[65];

/* gss-ntlmssp 1.2.0 does not free OpenSSL's library contexts; the stacks of
 * its leaks need the slow unwinder to be told from ours. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "fast_unwind_on_malloc=0:malloc_context_size=18";
}
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:gssntlmssp.so\n";
}

/* What the host does, and what it saw. */
struct host {
    unsigned at;               /* the request that it answers wrongly; 0 */
    const char *answer;        /* with this, instead of the right one */
    const char *extra;         /* header lines of that answer */
    bool replay;               /* each post gets the first post's answer */
    uint32_t logon_status;     /* its verdict on the credential */
    unsigned requests, legs;
    bool headers_fine;         /* legs and posts look as they should */
    bool delegated;            /* the right password came */
    struct buf first;          /* of the answers to posts */
    struct tunnel *tunnel;     /* NULL: HTTPS protects the bodies */
};

static struct wire_request request;

static uint32_t judge_logon(void *arg, const struct ts_delegated *delegated)
{
    struct host *host = arg;

    host->delegated = strcmp(delegated->user, NTLM_USER) == 0
                      && delegated->password->len == sizeof NTLM_PASSWORD - 1
                      && memcmp(delegated->password->data, NTLM_PASSWORD,
                                sizeof NTLM_PASSWORD - 1) == 0;
    return host->logon_status;
}

static void answer(struct wire *wire, const char *status, const char *extra,
                   const void *body, size_t len)
{
    struct buf text = BUF_INIT(BODY_MAX);

    buf_printf(&text, "HTTP/1.1 %s\r\nServer: Microsoft-HTTPAPI/2.0\r\n"
               "%sContent-Length: %zu\r\n\r\n", status, extra, len);
    buf_put(&text, body, len);
    wire_write(wire, text.data, text.len);
    buf_free(&text);
}

/* The token behind "Authorization: CredSSP "; false if there is none. */
static bool take_token(struct buf *token)
{
    static const char field[] = "\r\nAuthorization: ";
    const char *value = strcasestr(request.head, field), *end;
    struct challenges seen;
    struct err err = ERR_INIT;

    if (value == NULL)
        return false;
    value += sizeof field - 1;
    end = strstr(value, "\r\n");
    return challenges_parse("CredSSP", value, (size_t)(end - value), &seen,
                            token, &err) == 0 && seen.has_token;
}

static void serve_leg(struct host *host, struct wire *wire,
                      struct credssp *acceptor, const struct buf *token)
{
    struct buf ours = BUF_INIT(CREDSSP_TOKEN_MAX);
    struct buf headers = BUF_INIT(CREDSSP_TOKEN_MAX * 2);
    struct err err = ERR_INIT;
    bool done = false;
    int r;

    host->legs++;
    if (request.len != 0 || strcasestr(request.head, "\r\nContent-Type:"))
        host->headers_fine = false;
    r = credssp_step(acceptor, token->data, token->len, &ours, &done, &err);
    if (host->requests == host->at && host->extra != NULL)
        buf_printf(&headers, "%s", host->extra);
    if (ours.len > 0) {
        struct buf value = BUF_INIT(CREDSSP_TOKEN_MAX * 2);

        assert_int_equal(challenge_answer("CredSSP", ours.data, ours.len,
                                          &value, &err), 0);
        buf_printf(&headers, "WWW-Authenticate: %s\r\n",
                   (const char *)value.data);
        buf_free(&value);
    } else if (r != 0) {
        buf_printf(&headers, "WWW-Authenticate: Negotiate, CredSSP\r\n");
    }
    buf_put_u8(&headers, '\0');
    answer(wire, r == 0 && done ? "200 OK" : "401 Unauthorized",
           (const char *)headers.data, "", 0);
    buf_free(&headers);
    buf_free(&ours);
}

/* Sends the request's body back, sealed anew. */
static void serve_sealed(struct host *host, struct wire *wire)
{
    struct buf plain = BUF_INIT(BODY_MAX), sealed = BUF_INIT(BODY_MAX);
    const char *content_type = "";
    char original[128], headers[256], type[256];
    struct err err = ERR_INIT;
    int r;

    snprintf(type, sizeof type, "%s", strcasestr(request.head,
                                                 "\r\nContent-Type: ") + 16);
    *strstr(type, "\r\n") = '\0';
    r = seal_open(host->tunnel, type, request.body, request.len, &plain,
                  original, sizeof original, &err);
    if (r == 0)
        r = seal_body(host->tunnel, plain.data, plain.len, &sealed,
                      &content_type, &err);
    if (r != 0)
        host->headers_fine = false;
    if (host->replay && host->first.len > 0) {
        buf_clear(&sealed);
        buf_put(&sealed, host->first.data, host->first.len);
    } else if (host->replay) {
        buf_put(&host->first, sealed.data, sealed.len);
    }
    snprintf(headers, sizeof headers, "Content-Type: %s\r\n", content_type);
    answer(wire, "200 OK", headers, sealed.data, sealed.len);
    buf_free(&plain);
    buf_free(&sealed);
}

static void serve_post(struct host *host, struct wire *wire)
{
    if (strcasestr(request.head, "\r\nAuthorization:") != NULL)
        host->headers_fine = false;
    if (wire->ssl == NULL) {
        serve_sealed(host, wire);
        return;
    }
    if (!strcasestr(request.head,
                    "\r\nContent-Type: application/soap+xml;charset=UTF-8"))
        host->headers_fine = false;
    answer(wire, "500 Fault",
           "Content-Type: application/soap+xml;charset=UTF-8\r\n",
           request.body, request.len);
}

static struct credssp *new_acceptor(struct host *host)
{
    struct credssp_acceptor params = { .certificate = rsa.certificate,
                                       .key = rsa.key,
                                       .version = CREDSSP_VERSION,
                                       .logon = judge_logon,
                                       .logon_arg = host };
    struct credssp *acceptor = NULL;
    struct err err = ERR_INIT;

    assert_ok(spnego_accept(SPNEGO_NTLM, &params.spnego, &err), &err);
    assert_ok(credssp_new_acceptor(&params, &acceptor, &err), &err);
    return acceptor;
}

static void serve_host(struct wire *wire, void *arg)
{
    struct host *host = arg;
    struct credssp *acceptor = new_acceptor(host);
    struct buf token = BUF_INIT(CREDSSP_TOKEN_MAX);

    host->tunnel = credssp_tunnel(acceptor);
    while (wire_read(wire, &request)) {
        host->requests++;
        if (host->requests == host->at && host->answer != NULL) {
            if (host->answer[0] == '\0')
                break;
            wire_say(wire, host->answer);
        } else if (take_token(&token)) {
            serve_leg(host, wire, acceptor, &token);
        } else {
            serve_post(host, wire);
        }
    }
    buf_free(&token);
    credssp_free(&acceptor);
}

/* How often the credential was taken for sending. */
static unsigned released;

static int release(void *arg, struct ts_delegated *identity, struct err *err)
{
    (void)arg;
    released++;
    snprintf(identity->domain, sizeof identity->domain, NTLM_DOMAIN);
    snprintf(identity->user, sizeof identity->user, NTLM_USER);
    return secret_copy(NTLM_PASSWORD, sizeof NTLM_PASSWORD - 1,
                       &identity->password, err);
}

static struct credssp *new_initiator(const char *password)
{
    struct credssp_initiator params = {
        .minimum_version = CREDSSP_VERSION_FLOOR, .release = release
    };
    struct credssp *initiator = NULL;
    struct secret *secret = NULL;
    struct err err = ERR_INIT;

    assert_ok(secret_copy(password, strlen(password), &secret, &err), &err);
    assert_ok(spnego_initiate_ntlm(NTLM_DOMAIN, NTLM_USER, secret,
                                   "WSMAN/win1.corp.example.com",
                                   &params.spnego, &err), &err);
    secret_free(&secret);
    assert_ok(credssp_new_initiator(&params, &initiator, &err), &err);
    return initiator;
}

static int open_channel(const struct wire_server *server, bool tls,
                        const char *password, struct channel **channel,
                        struct err *err)
{
    struct http_params params = { .host = "127.0.0.1",
                                  .port = wire_port(server),
                                  .https = tls,
                                  .pinned_sha256 = tls ? https_pin : "",
                                  .connect_ms = 2000,
                                  .cancel_fd = -1 };

    released = 0;
    return channel_open(&params, new_initiator(password), channel, err);
}

static void assert_echo(struct channel *channel, const void *body, size_t len,
                        long status)
{
    struct channel_reply reply;
    struct err err = ERR_INIT;

    channel_reply_init(&reply);
    assert_ok(channel_post(channel, body, len, 5000, &reply, &err), &err);
    assert_int_equal(reply.status, status);
    assert_string_equal(reply.content_type,
                        "application/soap+xml;charset=UTF-8");
    assert_int_equal(reply.body.len, len);
    assert_memory_equal(reply.body.data, body, len);
    channel_reply_free(&reply);
}

static void five_legs_then_sealed_bodies(void **state)
{
    struct host host = { .headers_fine = true };
    struct wire_server *server = wire_start(serve_host, &host, NULL);
    unsigned char *large = malloc(CHANNEL_BODY_MAX);
    struct channel *channel = NULL;
    struct credssp_facts facts;
    struct err err = ERR_INIT;

    (void)state;
    assert_non_null(large);
    memset(large, 'x', CHANNEL_BODY_MAX);
    assert_ok(open_channel(server, false, NTLM_PASSWORD, &channel, &err), &err);
    assert_int_equal(host.legs, LEGS);
    assert_int_equal(host.requests, LEGS);
    assert_int_equal(channel_requests(channel), LEGS);
    assert_true(host.delegated);
    assert_int_equal(released, 1);
    channel_facts(channel, &facts);
    assert_int_equal(facts.version, CREDSSP_VERSION);
    assert_int_equal(facts.mechanism, SPNEGO_NTLM);
    assert_non_null(strstr(facts.tls, "TLSv1.2"));
    assert_echo(channel, "<s:Envelope/>", 13, 200);
    assert_echo(channel, large, CHANNEL_BODY_MAX, 200);
    assert_echo(channel, "<again/>", 8, 200);
    assert_int_equal(channel_requests(channel), LEGS + 3);
    assert_int_equal(host.legs, LEGS);
    assert_int_equal(wire_connections(server), 1);
    assert_true(host.headers_fine);
    channel_free(&channel);
    wire_stop(&server);
    free(large);
}

static void https_carries_plain_bodies(void **state)
{
    struct host host = { .headers_fine = true };
    struct wire_server *server = wire_start(serve_host, &host, https);
    struct channel *channel = NULL;
    struct err err = ERR_INIT;

    (void)state;
    assert_ok(open_channel(server, true, NTLM_PASSWORD, &channel, &err), &err);
    assert_int_equal(host.legs, LEGS);
    assert_echo(channel, "<s:Envelope/>", 13, 500);
    assert_true(host.headers_fine);
    assert_true(host.delegated);
    channel_free(&channel);
    wire_stop(&server);
}

static void a_wrong_password_is_called_that(void **state)
{
    struct host host = { 0 };
    struct wire_server *server = wire_start(serve_host, &host, NULL);
    struct channel *channel = NULL;
    struct err err = ERR_INIT;

    (void)state;
    assert_cause(open_channel(server, false, "wrong", &channel, &err), &err,
                 ERR_WRONG_PASSWORD);
    assert_null(channel);
    assert_int_equal(released, 0);
    assert_int_equal(host.legs, 4);
    wire_stop(&server);
}

/* The host takes the credential and then refuses it, with a reason. */
static void a_verdict_on_the_credential_is_read(void **state)
{
    struct host host = { .logon_status = 0xc0000071 };
    struct wire_server *server = wire_start(serve_host, &host, NULL);
    struct channel *channel = NULL;
    struct err err = ERR_INIT;

    (void)state;
    assert_cause(open_channel(server, false, NTLM_PASSWORD, &channel, &err),
                 &err, ERR_PASSWORD_EXPIRED);
    assert_int_equal(err.code, 0xc0000071);
    assert_null(channel);
    wire_stop(&server);
}

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
        struct wire_server *server = wire_start(serve_host, &host, NULL);
        struct channel *channel = NULL;
        struct err err = ERR_INIT;
        int r = open_channel(server, false, NTLM_PASSWORD, &channel, &err);

        assert_refusal(row, r, &err);
        assert_null(channel);
        /* Nothing follows, and the credential stays here until leg 5. */
        assert_int_equal(host.requests, row->at);
        assert_int_equal(wire_connections(server), 1);
        assert_int_equal(released, row->at == LEGS ? 1 : 0);
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
        struct wire_server *server = wire_start(serve_host, &host, NULL);
        struct channel *channel = NULL;
        struct err err = ERR_INIT;
        char leg[16];

        assert_cause(open_channel(server, false, NTLM_PASSWORD, &channel,
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
    { 6, "HTTP/1.1 200 OK\r\n" HTML, ERR_MALFORMED, STAGE_SEALING,
      "text/html" },
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
        struct wire_server *server = wire_start(serve_host, &host, NULL);
        struct channel *channel = NULL;
        struct channel_reply reply;
        struct err err = ERR_INIT;
        unsigned n;
        int r;

        channel_reply_init(&reply);
        assert_ok(open_channel(server, false, NTLM_PASSWORD, &channel, &err),
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

static void a_replayed_answer_is_refused(void **state)
{
    struct host host = { .replay = true, .first = BUF_INIT(BODY_MAX) };
    struct wire_server *server = wire_start(serve_host, &host, NULL);
    struct channel *channel = NULL;
    struct channel_reply reply;
    struct err err = ERR_INIT;

    (void)state;
    channel_reply_init(&reply);
    assert_ok(open_channel(server, false, NTLM_PASSWORD, &channel, &err), &err);
    assert_echo(channel, "<x/>", 4, 200);
    assert_int_equal(channel_post(channel, "<x/>", 4, 2000, &reply, &err),
                     -1);
    assert_int_equal(err.stage, STAGE_SEALING);
    assert_int_equal(reply.body.len, 0);
    channel_reply_free(&reply);
    channel_free(&channel);
    wire_stop(&server);
    buf_free(&host.first);
}

static void a_request_is_bounded(void **state)
{
    struct host host = { .headers_fine = true };
    struct wire_server *server = wire_start(serve_host, &host, NULL);
    char *large = calloc(1, CHANNEL_BODY_MAX + 1);
    struct channel *channel = NULL;
    struct channel_reply reply;
    struct err err = ERR_INIT;

    (void)state;
    assert_non_null(large);
    channel_reply_init(&reply);
    assert_ok(open_channel(server, false, NTLM_PASSWORD, &channel, &err), &err);
    assert_cause(channel_post(channel, large, CHANNEL_BODY_MAX + 1, 2000,
                              &reply, &err), &err, ERR_OVERSIZED);
    assert_cause(channel_post(channel, large, 0, 2000, &reply, &err), &err,
                 ERR_OVERSIZED);
    /* Nothing was sent, so nothing is lost. */
    assert_int_equal(channel_requests(channel), LEGS);
    assert_echo(channel, "<x/>", 4, 200);
    channel_reply_free(&reply);
    channel_free(&channel);
    wire_stop(&server);
    free(large);
}

static int make_world(void **state)
{
    struct server_key key = server_key_ec("P-256");
    unsigned char digest[32];

    (void)state;
    assert_int_equal(ntlm_users_make(), 0);
    setenv("KRB5_CONFIG", "/dev/null", 1); /* no realm, so no KDC is asked */
    signal(SIGPIPE, SIG_IGN);
    rsa = server_key_rsa(2048);
    https = SSL_CTX_new(TLS_server_method());
    assert_int_equal(SSL_CTX_use_certificate(https, key.certificate), 1);
    assert_int_equal(SSL_CTX_use_PrivateKey(https, key.key), 1);
    assert_int_equal(X509_digest(key.certificate, EVP_sha256(), digest, NULL),
                     1);
    assert_int_equal(OPENSSL_buf2hexstr_ex(https_pin, sizeof https_pin, NULL,
                                           digest, sizeof digest, '\0'), 1);
    server_key_free(&key);
    return 0;
}

static int end_world(void **state)
{
    (void)state;
    ntlm_users_remove();
    server_key_free(&rsa);
    SSL_CTX_free(https);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(five_legs_then_sealed_bodies),
        cmocka_unit_test(https_carries_plain_bodies),
        cmocka_unit_test(a_wrong_password_is_called_that),
        cmocka_unit_test(a_verdict_on_the_credential_is_read),
        cmocka_unit_test(every_broken_leg_has_its_cause),
        cmocka_unit_test(an_end_between_legs_is_a_lost_connection),
        cmocka_unit_test(every_broken_post_has_its_cause),
        cmocka_unit_test(a_replayed_answer_is_refused),
        cmocka_unit_test(a_request_is_bounded),
    };

    return cmocka_run_group_tests(tests, make_world, end_world);
}
