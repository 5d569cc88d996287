/* winrm_host.c - CredSSP's acceptor behind HTTP, obedient or not. */
#include "winrm_host.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "unit.h"

#include "server_key.h"
#include "transport/challenge.h"
#include "transport/seal.h"

static struct server_key rsa;
static SSL_CTX *https;
static char https_pin[65];
static struct wire_request request;

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

static bool has_soap_type(void)
{
    return strcasestr(request.head, "\r\nContent-Type: application/soap+xml"
                                    ";charset=UTF-8") != NULL;
}

/* The request's body once more, as HTTPS protects it. */
static void answer_plain(struct wire *wire, bool fault)
{
    answer(wire, fault ? "500 Fault" : "200 OK",
           "Content-Type: application/soap+xml;charset=UTF-8\r\n",
           request.body, request.len);
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
    r = credssp_step(acceptor, token->data, token->len, &ours, &done, &err);
    if ((request.len > 0) != (done && host->ride != RIDE_NEVER)
        || (request.len > 0) != has_soap_type())
        host->headers_fine = false;
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
    if (done && (host->ride == RIDE_ANSWERED || host->ride == RIDE_FAULT))
        answer_plain(wire, host->ride == RIDE_FAULT);
    else
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
    snprintf(headers, sizeof headers, "Content-Type: %s\r\n%s", content_type,
             host->requests == host->at && host->extra != NULL ? host->extra
                                                               : "");
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
    if (!has_soap_type())
        host->headers_fine = false;
    answer_plain(wire, true);
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
        if (host->requests == host->leave_after && host->unasked == NULL)
            break;
        if (host->requests == host->leave_after)
            wire_say(wire, host->unasked);
    }
    buf_free(&token);
    credssp_free(&acceptor);
}

struct wire_server *host_start(struct host *host)
{
    return wire_start(serve_host, host, NULL);
}

struct wire_server *host_start_https(struct host *host)
{
    return wire_start(serve_host, host, https);
}

static unsigned released;

unsigned host_released(void)
{
    return released;
}

static int release(void *arg, struct ts_delegated *identity, struct err *err)
{
    (void)arg;
    released++;
    snprintf(identity->domain, sizeof identity->domain, "%s", NTLM_DOMAIN);
    snprintf(identity->user, sizeof identity->user, "%s", NTLM_USER);
    return secret_copy(NTLM_PASSWORD, sizeof NTLM_PASSWORD - 1,
                       &identity->password, err);
}

static struct credssp *new_initiator(const char *password, bool hold)
{
    struct credssp_initiator params = {
        .minimum_version = CREDSSP_VERSION_FLOOR, .release = release,
        .hold = hold
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

static char steps[64];
static int steps_version;

static void note_step(void *arg, enum credssp_step step, int64_t duration_us,
                      const struct credssp_facts *facts)
{
    size_t used = strlen(steps);

    (void)arg;
    assert_true(duration_us > 0);
    snprintf(steps + used, sizeof steps - used, "%s%d", used > 0 ? " " : "",
             (int)step);
    steps_version = facts->version;
}

const char *host_steps(void)
{
    return steps;
}

int host_steps_version(void)
{
    return steps_version;
}

static int open_channel(const struct wire_server *server, bool tls,
                        const char *password, bool hold,
                        struct channel **channel, struct err *err)
{
    struct http_params params = { .host = "127.0.0.1",
                                  .port = wire_port(server),
                                  .https = tls,
                                  .pinned_sha256 = tls ? https_pin : "",
                                  .connect_ms = 2000,
                                  .cancel_fd = -1 };

    released = 0;
    steps[0] = '\0';
    return channel_open_watched(&params, new_initiator(password, hold),
                                note_step, NULL, channel, err);
}

int host_open(const struct wire_server *server, bool tls,
              const char *password, struct channel **channel,
              struct err *err)
{
    return open_channel(server, tls, password, false, channel, err);
}

int host_open_held(const struct wire_server *server, bool tls,
                   struct channel **channel, struct err *err)
{
    return open_channel(server, tls, NTLM_PASSWORD, true, channel, err);
}

void assert_echo(struct channel *channel, const void *body, size_t len,
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

int host_world_make(void **state)
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

int host_world_end(void **state)
{
    (void)state;
    ntlm_users_remove();
    server_key_free(&rsa);
    SSL_CTX_free(https);
    return 0;
}
