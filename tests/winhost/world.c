/* world.c - a CredSSP client by hand, for the tests of the service. */
#include "world.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>

#include "../unit/gss_leaks.h"
#include "../unit/ntlm_users.h"
#include "certificate.h"
#include "shells.h"

#define BODY_MAX 4194304

const struct twist world_right = { "right", 0, 0, END, SEALED, 200 };

int world_set_up(void **state)
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

int world_tear_down(void **state)
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

unsigned world_ask(struct world *w, const struct question *question)
{
    answer_free(&w->answer);
    service_answer(w->connection, question, &w->answer);
    return w->answer.status;
}

unsigned world_post(struct world *w, const char *authorization,
                     const char *content_type, const void *body, size_t len)
{
    struct question question = {
        .method = "POST", .path = "/wsman", .authorization = authorization,
        .content_type = content_type, .body = body, .len = len,
    };

    return world_ask(w, &question);
}

static int release(void *arg, struct ts_delegated *who, struct err *err)
{
    struct world *w = arg;

    snprintf(who->domain, sizeof who->domain, "%s", NTLM_DOMAIN);
    snprintf(who->user, sizeof who->user, "%s", NTLM_USER);
    return secret_copy(w->delegated, strlen(w->delegated), &who->password,
                       err);
}

void world_begin(struct world *w)
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

int world_advance(struct world *w, bool *done, struct err *err)
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

unsigned world_log_on(struct world *w)
{
    unsigned legs = 0;
    bool done = false;
    struct err err;

    world_begin(w);
    while (!done) {
        assert_ok(world_advance(w, &done, &err), &err);
        assert_true(legs == 0 || w->answer.status == 401);
        world_post(w, w->token, NULL, NULL, 0);
        legs++;
    }
    return legs;
}

void world_seal(struct world *w, const char *xml, const struct twist *twist,
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

unsigned world_call(struct world *w, const char *xml)
{
    struct buf body = BUF_INIT(BODY_MAX);

    world_seal(w, xml, &world_right, &body);
    world_post(w, NULL, SEALED, body.data, body.len);
    buf_free(&body);
    open_answer(w);
    return w->answer.status;
}
