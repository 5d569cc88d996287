/* test_http_tls.c - HTTPS: whom it trusts, and that it keeps its keys. */
#include "unit.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "http_client.h"
#include "server_key.h"

static char key_log[] = "/tmp/test_http_tls.XXXXXX";

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

#define PATIENT_MS 30000 /* a slow machine, or valgrind */
#define IMPATIENT_MS 400

/* One post over HTTPS with this pin. */
static int post_https(const struct wire_server *server, const char *pin,
                      long connect_ms, struct err *err)
{
    struct http_params params = to_server(server);
    struct http_request leg = { .authorization = "CredSSP AAAA",
                                .total_ms = PATIENT_MS };
    struct http *http = NULL;
    struct http_reply reply;
    int r;

    params.https = true;
    params.pinned_sha256 = pin;
    params.connect_ms = connect_ms;
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
    assert_ok(post_https(server, right, PATIENT_MS, &err), &err);
    assert_header("Authorization: CredSSP AAAA");
    request.head[0] = '\0';
    assert_cause(post_https(server, wrong, PATIENT_MS, &err), &err,
                 ERR_CERTIFICATE);
    assert_int_equal(err.stage, STAGE_HTTPS);
    assert_non_null(strcasestr(err.text, right));
    /* Self-signed: no CA of the system vouches for it. */
    assert_cause(post_https(server, NULL, PATIENT_MS, &err), &err,
                 ERR_CERTIFICATE);
    assert_non_null(strstr(err.text, "self-signed"));
    assert_string_equal(request.head, "");
    assert_cause(post_https(server, "abcd", PATIENT_MS, &err), &err,
                 ERR_CERTIFICATE);
    assert_cause(post_https(server, "no hex", PATIENT_MS, &err), &err,
                 ERR_CERTIFICATE);
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
    assert_cause(post_https(server, NULL, IMPATIENT_MS, &err), &err,
                 ERR_TIMEOUT);
    assert_int_equal(err.stage, STAGE_HTTPS);
    wire_stop(&server);
    server = wire_start(serve_banner, ok, NULL);
    assert_cause(post_https(server, NULL, PATIENT_MS, &err), &err, ERR_TLS);
    assert_int_equal(err.stage, STAGE_HTTPS);
    assert_non_null(strstr(err.text, "does not speak HTTPS"));
    assert_non_null(strstr(err.advice, "5986"));
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
        cmocka_unit_test(https_trusts_the_pin_and_nothing_else),
        cmocka_unit_test(https_meets_what_is_no_https),
        cmocka_unit_test(no_key_is_logged),
    };
    int failed, fd = mkstemp(key_log);

    setenv("https_proxy", "http://127.0.0.1:1", 1);
    setenv("SSLKEYLOGFILE", key_log, 1);
    signal(SIGPIPE, SIG_IGN);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    close(fd);
    unlink(key_log);
    return failed;
}
