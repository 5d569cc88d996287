/*
 * test_service.c - a connection's story as WinRM tells it: schemes, five
 * legs of CredSSP, sealed messages, and all that is refused.
 *
 * The client's framing is written out here once more, from MS-WSMV 2.2.9.1,
 * so that it can be written wrongly too.
 */
#include "../unit/unit.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>

#include "../unit/ntlm_users.h"
#include "certificate.h"
#include "service.h"
#include "shells.h"

#define PROTOCOL "application/HTTP-CredSSP-session-encrypted"
#define SEALED "multipart/encrypted;protocol=\"" PROTOCOL \
    "\";boundary=\"Encrypted Boundary\""
#define SEALED_MANY "multipart/x-multi-encrypted;protocol=\"" PROTOCOL \
    "\";boundary=\"Encrypted Boundary\""
#define SOAP "application/soap+xml;charset=UTF-8"
#define IDENTIFY "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/" \
    "soap-envelope\" xmlns:i=\"http://schemas.dmtf.org/wbem/wsman/identity/" \
    "1/wsmanidentity.xsd\"><s:Header/><s:Body><i:Identify/></s:Body>" \
    "</s:Envelope>"
#define REQUEST_MAX 8192
#define BODY_MAX 4194304

struct world {
    struct host host;
    struct connection *connection;
    struct credssp *initiator;
    const char *delegated;    /* the password that the client gives away */
    char token[65536];        /* Authorization of the next leg */
    struct answer answer;
    struct buf plain;         /* the last sealed answer, opened */
};

static int set_up(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    struct err err;

    if (w == NULL || ntlm_users_make() != 0)
        return -1;
    snprintf(w->host.name, sizeof w->host.name, "KIOSK7");
    snprintf(w->host.fqdn, sizeof w->host.fqdn, "kiosk7.example.com");
    snprintf(w->host.domain, sizeof w->host.domain, "CORP");
    w->host.offer_credssp = w->host.offer_negotiate = w->host.ntlm = true;
    w->host.credssp_version = 6;
    w->host.sam = ntlm_users_path;
    w->host.max_envelope = 512000;
    w->host.max_timeout_ms = 60000;
    w->host.max_shells = 2;
    w->host.max_commands = 25;
    w->delegated = NTLM_PASSWORD;
    buf_init(&w->plain, BODY_MAX);
    *state = w;
    return registry_new(&w->host.shells, &err) == 0
        && certificate_new("KIOSK7", &w->host.certificate, &w->host.key,
                           &err) == 0
        && connection_new(&w->host, "192.0.2.1", false, &w->connection,
                          &err) == 0 ? 0 : -1;
}

static int tear_down(void **state)
{
    struct world *w = *state;

    answer_free(&w->answer);
    buf_free(&w->plain);
    credssp_free(&w->initiator);
    connection_free(&w->connection);
    registry_free(&w->host.shells);
    X509_free(w->host.certificate);
    EVP_PKEY_free(w->host.key);
    free(w);
    return ntlm_users_remove();
}

static unsigned ask(struct world *w, const struct question *question)
{
    answer_free(&w->answer);
    service_answer(w->connection, question, &w->answer);
    return w->answer.status;
}

static unsigned post(struct world *w, const char *authorization,
                     const char *content_type, const void *body, size_t len)
{
    struct question question = {
        .method = "POST", .path = "/wsman", .authorization = authorization,
        .content_type = content_type, .body = body, .len = len,
    };

    return ask(w, &question);
}

static int release(void *arg, struct ts_delegated *who, struct err *err)
{
    struct world *w = arg;

    snprintf(who->domain, sizeof who->domain, "%s", NTLM_DOMAIN);
    snprintf(who->user, sizeof who->user, "%s", NTLM_USER);
    return secret_copy(w->delegated, strlen(w->delegated), &who->password,
                       err);
}

static void begin(struct world *w)
{
    struct credssp_initiator params = { .minimum_version = 5,
                                        .release = release,
                                        .release_arg = w };
    struct secret *password = NULL;
    struct err err;

    credssp_free(&w->initiator);
    assert_ok(secret_copy(NTLM_PASSWORD, strlen(NTLM_PASSWORD), &password,
                          &err), &err);
    assert_ok(spnego_initiate_ntlm(NTLM_DOMAIN, NTLM_USER, password,
                                   "WSMAN/kiosk7.example.com",
                                   &params.spnego, &err), &err);
    secret_free(&password);
    assert_ok(credssp_new_initiator(&params, &w->initiator, &err), &err);
}

/* What the host sent, to the initiator; its next token into w->token. */
static int advance(struct world *w, bool *done, struct err *err)
{
    struct buf out = BUF_INIT(CREDSSP_TOKEN_MAX);
    unsigned char in[65536];
    const char *text = w->answer.token.len == 0 ? ""
        : (const char *)w->answer.token.data + strlen("CredSSP ");
    size_t n = strlen(text), pad = 0;
    int got = EVP_DecodeBlock(in, (const unsigned char *)text, (int)n), rc;

    while (n > 0 && text[--n] == '=')
        pad++;
    assert_true(got >= 0);
    rc = credssp_step(w->initiator, in, (size_t)got - pad, &out, done, err);
    n = (size_t)snprintf(w->token, sizeof w->token, "CredSSP ");
    EVP_EncodeBlock((unsigned char *)w->token + n, out.data, (int)out.len);
    buf_free(&out);
    return rc;
}

/* All legs; returns their number. */
static unsigned log_on(struct world *w)
{
    unsigned legs = 0;
    bool done = false;
    struct err err;

    begin(w);
    while (!done) {
        assert_ok(advance(w, &done, &err), &err);
        assert_true(legs == 0 || w->answer.status == 401);
        post(w, w->token, NULL, NULL, 0);
        legs++;
    }
    return legs;
}

static void nobody_gets_only_the_schemes(void **state)
{
    struct world *w = *state;

    assert_int_equal(post(w, NULL, SOAP, IDENTIFY, sizeof IDENTIFY - 1),
                     401);
    assert_int_equal(w->answer.challenge_count, 3);
    assert_string_equal(w->answer.challenges[0], "Negotiate");
    assert_string_equal(w->answer.challenges[2], "CredSSP");
    assert_int_equal(w->answer.body.len, 0);
}

static void credssp_takes_five_legs(void **state)
{
    struct world *w = *state;

    assert_int_equal(log_on(w), 5);
    assert_int_equal(w->answer.status, 200);
    assert_int_equal(w->answer.token.len, 0);
    assert_int_equal(w->answer.body.len, 0);
    assert_string_equal(w->connection->identity->user, NTLM_USER);
    assert_int_equal(w->connection->identity->password->len,
                     strlen(NTLM_PASSWORD));
}

static void wrong_password_is_told(void **state)
{
    struct world *w = *state;
    struct err err;
    bool done;

    w->delegated = "not-this-one";
    log_on(w);
    assert_int_equal(w->answer.status, 401);
    assert_int_equal(w->answer.challenge_count, 0);
    assert_null(w->connection->identity);
    assert_cause(advance(w, &done, &err), &err, ERR_WRONG_PASSWORD);
}

static void credssp_can_be_off(void **state)
{
    struct world *w = *state;
    struct err err;
    bool done;

    w->host.offer_credssp = false;
    begin(w);
    assert_ok(advance(w, &done, &err), &err);
    assert_int_equal(post(w, w->token, NULL, NULL, 0), 401);
    assert_int_equal(w->answer.challenge_count, 2);
    assert_int_equal(w->answer.token.len, 0);
}

/* How a sealed body may be wrong. */
struct twist {
    const char *what;
    size_t trailer, length; /* added to what is right */
    const char *end;
    const char *type;
    unsigned status;
};

static void seal(struct world *w, const char *xml, const struct twist *twist,
                 struct buf *body)
{
    struct tunnel *tunnel = credssp_tunnel(w->initiator);
    size_t n = strlen(xml), trailer = tunnel_trailer(tunnel, n), i;
    struct err err;

    buf_printf(body, "--Encrypted Boundary\r\n\tContent-Type: " PROTOCOL
               "\r\n\tOriginalContent: type=application/soap+xml;"
               "charset=UTF-8;Length=%zu\r\n--Encrypted Boundary\r\n"
               "\tContent-Type: application/octet-stream\r\n",
               n + twist->length);
    trailer += twist->trailer;
    for (i = 0; i < 4; i++)
        buf_put_u8(body, (uint8_t)(trailer >> (8 * i) & 0xff));
    assert_ok(tunnel_seal(tunnel, xml, n, body, &err), &err);
    buf_printf(body, "%s", twist->end);
}

#define END "--Encrypted Boundary--\r\n"
static const struct twist right = { "right", 0, 0, END, SEALED, 200 };

static void twisted_bodies_are_refused(void **state)
{
    static const struct twist twists[] = {
        { "trailer length", 1, 0, END, SEALED, 400 },
        { "plaintext length", 0, 1, END, SEALED, 400 },
        { "no end", 0, 0, "", SEALED, 400 },
        { "junk behind the end", 0, 0, END "x", SEALED, 400 },
        { "not CredSSP's protocol", 0, 0, END,
          "multipart/encrypted;protocol=\"application/HTTP-SPNEGO-session-"
          "encrypted\";boundary=\"Encrypted Boundary\"", 415 },
        { "no SOAP", 0, 0, END, "text/html", 415 },
    };
    struct world *w = *state;
    size_t i;

    for (i = 0; i < sizeof twists / sizeof *twists; i++) {
        struct buf body = BUF_INIT(BODY_MAX);

        log_on(w);
        seal(w, IDENTIFY, &twists[i], &body);
        if (post(w, NULL, twists[i].type, body.data, body.len)
            != twists[i].status)
            print_message("%s\n", twists[i].what);
        assert_int_equal(w->answer.status, twists[i].status);
        assert_int_equal(w->answer.body.len, 0);
        buf_free(&body);
    }
}

/* Every part of the answer, in the initiator's tunnel. */
static void open_answer(struct world *w)
{
    static const char data[] = "application/octet-stream\r\n";
    const unsigned char *p = w->answer.body.data;
    const unsigned char *end = p + w->answer.body.len;
    struct err err;

    buf_clear(&w->plain);
    while ((p = memmem(p, (size_t)(end - p), data, sizeof data - 1))
           != NULL) {
        size_t n;

        p += sizeof data - 1 + 4;
        n = 5 + ((size_t)p[3] << 8 | p[4]); /* one record */
        assert_true(p + n < end);
        assert_ok(tunnel_open(credssp_tunnel(w->initiator), p, n, &w->plain,
                              &err), &err);
        p += n;
    }
    buf_put_u8(&w->plain, 0);
}

static unsigned call(struct world *w, const char *xml)
{
    struct buf body = BUF_INIT(BODY_MAX);

    seal(w, xml, &right, &body);
    post(w, NULL, SEALED, body.data, body.len);
    buf_free(&body);
    open_answer(w);
    return w->answer.status;
}

static void sealed_message_is_answered_sealed(void **state)
{
    struct world *w = *state;

    log_on(w);
    assert_int_equal(call(w, IDENTIFY), 200);
    assert_string_equal(w->answer.content_type, SEALED);
    assert_non_null(strstr((char *)w->plain.data, "IdentifyResponse"));
    assert_non_null(strstr((char *)w->plain.data, "OS: 10.0"));
}

static void unencrypted_is_refused_on_http_only(void **state)
{
    struct world *w = *state;

    log_on(w);
    assert_int_equal(post(w, NULL, SOAP, IDENTIFY, sizeof IDENTIFY - 1),
                     500);
    assert_int_equal(w->answer.body.len, 0);
    w->connection->https = true;
    assert_int_equal(post(w, NULL, SOAP, IDENTIFY, sizeof IDENTIFY - 1),
                     200);
    assert_true(w->answer.body.len > 0);
}

static void a_new_token_ends_the_logon(void **state)
{
    struct world *w = *state;
    struct err err;
    bool done;

    log_on(w);
    begin(w);
    answer_free(&w->answer);
    assert_ok(advance(w, &done, &err), &err);
    assert_int_equal(post(w, w->token, NULL, NULL, 0), 401);
    assert_int_equal(post(w, NULL, SOAP, IDENTIFY, sizeof IDENTIFY - 1),
                     401);
}

static void http_is_kept_to(void **state)
{
    static const struct { struct question question; unsigned status; }
    rows[] = {
        { { .method = "GET", .path = "/wsman" }, 405 },
        { { .method = "POST", .path = "/" }, 404 },
        { { .method = "POST", .path = "/wsman",
            .authorization = "Basic YTpi" }, 401 },
        { { .method = "POST", .path = "/wsman",
            .authorization = "CredSSP !!!!" }, 401 },
        { { .method = "POST", .path = "/wsman-anon/identify",
            .body = (const unsigned char *)IDENTIFY,
            .len = sizeof IDENTIFY - 1 }, 200 },
    };
    struct question large = { .method = "POST", .path = "/wsman",
                              .oversized = true };
    struct world *w = *state;
    size_t i;

    for (i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(ask(w, &rows[i].question), rows[i].status);
    log_on(w);
    assert_int_equal(ask(w, &large), 413);
}

/* -- one command, sealed -- */

#define SHELL "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"
#define TRANSFER "http://schemas.xmlsoap.org/ws/2004/09/transfer"

static void compose(char xml[REQUEST_MAX], const char *action,
                    const char *shell, const char *body)
{
    snprintf(xml, REQUEST_MAX, "<s:Envelope xmlns:s=\"http://www.w3.org/2003/"
             "05/soap-envelope\" xmlns:a=\"http://schemas.xmlsoap.org/ws/2004"
             "/08/addressing\" xmlns:w=\"http://schemas.dmtf.org/wbem/wsman/1"
             "/wsman.xsd\" xmlns:rsp=\"" SHELL "\"><s:Header><a:Action "
             "s:mustUnderstand=\"true\">%s</a:Action><a:To>http://kiosk7:5985"
             "/wsman</a:To><w:ResourceURI s:mustUnderstand=\"true\">" SHELL
             "/cmd</w:ResourceURI><a:ReplyTo><a:Address>http://schemas."
             "xmlsoap.org/ws/2004/08/addressing/role/anonymous</a:Address>"
             "</a:ReplyTo><a:MessageID>uuid:1</a:MessageID>"
             "<w:MaxEnvelopeSize s:mustUnderstand=\"true\">153600"
             "</w:MaxEnvelopeSize><w:OperationTimeout>PT5S"
             "</w:OperationTimeout><w:SelectorSet><w:Selector "
             "Name=\"ShellId\">%s</w:Selector></w:SelectorSet></s:Header>"
             "<s:Body>%s</s:Body></s:Envelope>", action, shell, body);
}

/* The text behind a tag of the last answer. */
static void find(const struct world *w, const char *tag, char id[64])
{
    const char *at = strstr((const char *)w->plain.data, tag);

    assert_non_null(at);
    at += strlen(tag);
    snprintf(id, 64, "%.*s", (int)strcspn(at, "<\""), at);
}

static void create(struct world *w, char shell[64])
{
    char xml[REQUEST_MAX];

    compose(xml, TRANSFER "/Create", "", "<rsp:Shell><rsp:InputStreams>stdin"
            "</rsp:InputStreams><rsp:OutputStreams>stdout stderr"
            "</rsp:OutputStreams></rsp:Shell>");
    assert_int_equal(call(w, xml), 200);
    find(w, "<rsp:ShellId>", shell);
}

static void large_output_keeps_to_the_envelope(void **state)
{
    struct world *w = *state;
    char xml[REQUEST_MAX], body[512], shell[64], command[64];
    unsigned replies = 0;

    log_on(w);
    create(w, shell);
    compose(xml, SHELL "/Command", shell, "<rsp:CommandLine><rsp:Command>"
            "lab-bytes 1000000</rsp:Command></rsp:CommandLine>");
    assert_int_equal(call(w, xml), 200);
    find(w, "<rsp:CommandId>", command);
    snprintf(body, sizeof body, "<rsp:Receive><rsp:DesiredStream "
             "CommandId=\"%s\">stdout stderr</rsp:DesiredStream>"
             "</rsp:Receive>", command);
    compose(xml, SHELL "/Receive", shell, body);
    do {
        assert_int_equal(call(w, xml), 200);
        assert_true(w->plain.len - 1 <= 153600);
        replies++;
    } while (strstr((char *)w->plain.data, "CommandState/Done") == NULL);
    assert_int_equal(replies, 9); /* 1,333,336 bytes of base64 */
    /* Its end was told: the command is not known any more. */
    assert_int_equal(call(w, xml), 500);
    assert_non_null(strstr((char *)w->plain.data, "2150858843"));
}

static void shells_have_a_quota(void **state)
{
    struct world *w = *state;
    char shell[64], xml[REQUEST_MAX];

    log_on(w);
    create(w, shell);
    create(w, shell);
    compose(xml, TRANSFER "/Create", "", "<rsp:Shell><rsp:OutputStreams>"
            "stdout</rsp:OutputStreams></rsp:Shell>");
    assert_int_equal(call(w, xml), 500);
    assert_non_null(strstr((char *)w->plain.data, "2150859173"));
    compose(xml, TRANSFER "/Delete", shell, "");
    assert_int_equal(call(w, xml), 200);
    create(w, shell);
}

int main(void)
{
#define STORY(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        STORY(nobody_gets_only_the_schemes),
        STORY(credssp_takes_five_legs),
        STORY(wrong_password_is_told),
        STORY(credssp_can_be_off),
        STORY(twisted_bodies_are_refused),
        STORY(sealed_message_is_answered_sealed),
        STORY(unencrypted_is_refused_on_http_only),
        STORY(a_new_token_ends_the_logon),
        STORY(http_is_kept_to),
        STORY(large_output_keeps_to_the_envelope),
        STORY(shells_have_a_quota),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
