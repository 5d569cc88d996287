/* acceptor.c - the server's turns (MS-CSSP 3.1.5), for tests only. */
#include "auth/credssp_private.h"

#include <string.h>

#define STATUS_LOGON_FAILURE 0xc000006du
#define SEC_E_MESSAGE_ALTERED 0x8009030fu

/* Windows of versions 2 and 5 closes without a word. */
static bool has_error_code(int version)
{
    return version == 3 || version == 4 || version >= 6;
}

static int send_request(struct credssp *c, struct tsrequest *request,
                        struct buf *out, struct err *err)
{
    return c->misbehaviour == NULL ? credssp_send(c, request, out, err)
                                   : credssp_send_wrong(c, request, out, err);
}

/* Leaves a token with errorCode in out; fails with what made us refuse. */
static int refuse(struct credssp *c, uint32_t status, struct buf *out)
{
    struct err unsent = ERR_INIT;
    struct tsrequest request;

    if (!has_error_code(credssp_effective(c)))
        return -1;
    tsrequest_init(&request);
    request.has_error_code = true;
    request.error_code = status;
    buf_clear(out);
    if (send_request(c, &request, out, &unsent) != 0)
        buf_clear(out);
    tsrequest_free(&request);
    return -1;
}

static int tls_leg(struct credssp *c, const void *in, size_t len,
                   struct buf *out, bool last, struct err *err)
{
    bool finished = false;

    if (tunnel_handshake(c->tunnel, in, len, out, &finished, err) != 0)
        return -1;
    if (finished != last || out->len == 0)
        return err_set(err, ERR_MALFORMED, STAGE_TLS,
                       "the initiator's TLS message is not the one due");
    return 0;
}

static int hello(struct credssp *c, const void *in, size_t len,
                 struct buf *out, struct err *err)
{
    c->step = CREDSSP_FINISH;
    return tls_leg(c, in, len, out, false, err);
}

static int finish(struct credssp *c, const void *in, size_t len,
                  struct buf *out, struct err *err)
{
    c->step = CREDSSP_NEGOTIATE;
    return tls_leg(c, in, len, out, true, err);
}

static int receive(struct credssp *c, const void *in, size_t len,
                   struct tsrequest *request, struct err *err)
{
    if (credssp_receive(c, in, len, request, err) != 0
        || credssp_note_version(c, request->version, err) != 0)
        return -1;
    /* Only the initiator knows which of its tokens is the last. */
    if (c->step == CREDSSP_NEGOTIATE && request->has_pub_key_auth)
        c->step = CREDSSP_AUTHENTICATE;
    return credssp_expect(request, &credssp_rows[c->step].initiator, c->step,
                          err);
}

static int answer_token(struct credssp *c, const struct tsrequest *in,
                        struct buf *out, struct err *err)
{
    struct tsrequest request;
    int r;

    if (credssp_negotiate(c, in->nego.data, in->nego.len, err) != 0)
        return refuse(c, STATUS_LOGON_FAILURE, out);
    tsrequest_init(&request);
    credssp_take_token(c, &request);
    r = send_request(c, &request, out, err);
    tsrequest_free(&request);
    return r;
}

/* From version 5 on the initiator's hash needs its nonce. */
static int take_nonce(struct credssp *c, const struct tsrequest *in,
                      struct err *err)
{
    if (credssp_effective(c) < 5)
        return 0;
    if (!in->has_nonce)
        return err_set(err, ERR_MALFORMED, STAGE_BINDING,
                       "the initiator sent no nonce");
    memcpy(c->nonce, in->nonce, sizeof c->nonce);
    return 0;
}

static int make_binding(struct credssp *c, struct tsrequest *request,
                        struct err *err)
{
    return c->misbehaviour == NULL
        ? credssp_bind(c, BINDING_ACCEPTOR, request, err)
        : credssp_bind_wrong(c, request, err);
}

static int send_binding(struct credssp *c, struct buf *out, struct err *err)
{
    struct tsrequest request;
    int r;

    tsrequest_init(&request);
    credssp_take_token(c, &request);
    r = make_binding(c, &request, err) != 0
        || send_request(c, &request, out, err) != 0;
    tsrequest_free(&request);
    c->step = CREDSSP_DELEGATE;
    return r ? -1 : 0;
}

static int answer_binding(struct credssp *c, const struct tsrequest *in,
                          struct buf *out, struct err *err)
{
    if (in->has_nego
        && credssp_negotiate(c, in->nego.data, in->nego.len, err) != 0)
        return refuse(c, STATUS_LOGON_FAILURE, out);
    if (!c->can_wrap)
        return err_set(err, ERR_MALFORMED, STAGE_SPNEGO,
                       "the binding came before the negotiation's end");
    if (take_nonce(c, in, err) != 0
        || credssp_verify(c, BINDING_INITIATOR, in, err) != 0)
        return refuse(c, SEC_E_MESSAGE_ALTERED, out);
    return send_binding(c, out, err);
}

static int negotiate(struct credssp *c, const void *in, size_t len,
                     struct buf *out, struct err *err)
{
    struct tsrequest request;
    int r;

    tsrequest_init(&request);
    r = receive(c, in, len, &request, err);
    if (r == 0)
        r = c->step == CREDSSP_AUTHENTICATE
            ? answer_binding(c, &request, out, err)
            : answer_token(c, &request, out, err);
    tsrequest_free(&request);
    return r;
}

static int open_credential(struct credssp *c, const struct tsrequest *in,
                           struct ts_delegated *delegated, struct err *err)
{
    struct buf der = BUF_INIT(TSREQUEST_MAX);
    int r;

    r = spnego_unwrap(c->spnego, in->auth_info.data, in->auth_info.len, &der,
                      err) != 0
        || ts_credentials_decode(der.data, der.len, delegated, err) != 0;
    buf_free(&der);
    return r ? -1 : 0;
}

static int log_on(struct credssp *c, const struct ts_delegated *delegated,
                  struct buf *out, struct err *err)
{
    uint32_t status = c->logon(c->logon_arg, delegated);

    if (status == 0)
        return 0;
    err_set(err, ERR_LOGON_FAILED, STAGE_DELEGATION,
            "the delegated credential is refused with 0x%08x",
            (unsigned)status);
    return refuse(c, status, out);
}

static int delegate(struct credssp *c, const void *in, size_t len,
                    struct buf *out, struct err *err)
{
    struct ts_delegated delegated = { .password = NULL };
    struct tsrequest request;
    int r;

    tsrequest_init(&request);
    r = receive(c, in, len, &request, err) != 0
        || open_credential(c, &request, &delegated, err) != 0
        || log_on(c, &delegated, out, err) != 0;
    ts_delegated_clear(&delegated);
    tsrequest_free(&request);
    c->step = CREDSSP_DONE;
    return r ? -1 : 0;
}

/* By the step of the initiator that is awaited. */
static credssp_turn *const turns[CREDSSP_STEP_COUNT] = {
    [CREDSSP_HELLO] = hello,
    [CREDSSP_FINISH] = finish,
    [CREDSSP_NEGOTIATE] = negotiate,
    [CREDSSP_DELEGATE] = delegate,
};

static int new_tunnel(const struct credssp_acceptor *params,
                      struct tunnel **tunnel, struct err *err)
{
    const struct credssp_misbehaviour *wrong = params->misbehaviour;

    if (wrong != NULL && wrong->tls_version != 0)
        return tunnel_new_server_of(params->certificate, params->key,
                                    params->cipher_list, wrong->tls_version,
                                    tunnel, err);
    return tunnel_new_server(params->certificate, params->key,
                             params->cipher_list, tunnel, err);
}

int credssp_new_acceptor(const struct credssp_acceptor *params,
                         struct credssp **credssp, struct err *err)
{
    struct credssp *c = NULL;

    if (credssp_new(turns, params->spnego, &c, err) != 0)
        return -1;
    c->own_version = params->version;
    c->logon = params->logon;
    c->logon_arg = params->logon_arg;
    c->misbehaviour = params->misbehaviour;
    if (new_tunnel(params, &c->tunnel, err) != 0) {
        credssp_free(&c);
        return -1;
    }
    *credssp = c;
    return 0;
}
