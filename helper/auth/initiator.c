/* initiator.c - the client's turns (MS-CSSP 3.1.5). */
#include "auth/credssp_private.h"

#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <string.h>

#include "auth/ntstatus.h"

/* A leg of TLS: it must bring us to its end, or leave something to send. */
static int tls_leg(struct credssp *c, const void *in, size_t len,
                   struct buf *out, bool last, struct err *err)
{
    bool finished = false;

    if (tunnel_handshake(c->tunnel, in, len, out, &finished, err) != 0) {
        buf_clear(out); /* an alert that nobody waits for */
        return -1;
    }
    if (finished != last || (out->len > 0) == last)
        return err_set(err, ERR_MALFORMED, STAGE_TLS,
                       "the host's TLS message is not the one that is due");
    return 0;
}

/* Leg 1: ClientHello; then leg 2: key exchange and Finished. */
static int hello(struct credssp *c, const void *in, size_t len,
                 struct buf *out, struct err *err)
{
    if (!c->started && len > 0)
        return err_set(err, ERR_INTERNAL, STAGE_TLS,
                       "the host spoke before the initiator");
    if (tls_leg(c, in, len, out, false, err) != 0)
        return -1;
    if (c->started)
        c->step = CREDSSP_FINISH;
    c->started = true;
    return 0;
}

/* Leg 3, and every further one that only carries a token. */
static int send_token(struct credssp *c, struct buf *out, struct err *err)
{
    struct tsrequest request;
    int r;

    c->step = CREDSSP_NEGOTIATE;
    if (c->token.len == 0)
        return err_set(err, ERR_MALFORMED, STAGE_SPNEGO,
                       "the negotiation stands still");
    tsrequest_init(&request);
    credssp_take_token(c, &request);
    r = credssp_send(c, &request, out, err);
    tsrequest_free(&request);
    return r;
}

static int finish(struct credssp *c, const void *in, size_t len,
                  struct buf *out, struct err *err)
{
    if (tls_leg(c, in, len, out, true, err) != 0)
        return -1;
    return send_token(c, out, err);
}

/* Leg 4: the last token, if any, and our half of the binding. */
static int send_binding(struct credssp *c, struct buf *out, struct err *err)
{
    struct tsrequest request;
    int r;

    c->step = CREDSSP_AUTHENTICATE;
    tsrequest_init(&request);
    credssp_take_token(c, &request);
    request.has_nonce = true;
    memcpy(request.nonce, c->nonce, sizeof request.nonce);
    r = credssp_bind(c, BINDING_INITIATOR, &request, err) != 0
        || credssp_send(c, &request, out, err) != 0;
    tsrequest_free(&request);
    return r ? -1 : 0;
}

static int check_minimum(const struct credssp *c, struct err *err)
{
    int version = credssp_effective(c);

    if (version >= c->minimum_version)
        return 0;
    return err_set(err, ERR_VERSION, STAGE_SPNEGO,
                   "the host speaks CredSSP version %d, the policy allows %d "
                   "and later", version, c->minimum_version);
}

/*
 * FreeRDP's acceptor answers a wrong password with a mere close_notify, as
 * Windows of versions 2 and 5 has no errorCode for it either: what ended is
 * the logon, not TLS.
 */
static int opening_error(const struct credssp *c, struct err *err)
{
    if (c->step != CREDSSP_AUTHENTICATE || err->domain != CODE_TLS_ALERT
        || err->code != SSL_AD_CLOSE_NOTIFY)
        return -1;
    err_set(err, ERR_AUTH_DROPPED, STAGE_SPNEGO,
            "the host ended the exchange without a reason when it had seen "
            "the logon");
    err_advise(err, "a wrong password or user name looks so to some hosts; "
               "its event log says why");
    return err_code(err, CODE_TLS_ALERT, SSL_AD_CLOSE_NOTIFY);
}

/*
 * Opens an answer.  errorCode is read whenever it is there: MS-CSSP 2.2.1 and
 * 3.1.5 disagree about the versions that have it.
 */
static int receive(struct credssp *c, const void *in, size_t len,
                   struct tsrequest *request, struct err *err)
{
    const struct credssp_row *row = &credssp_rows[c->step];
    enum err_stage stage = c->step == CREDSSP_DONE ? STAGE_DELEGATION
                                                   : STAGE_SPNEGO;

    if (credssp_receive(c, in, len, request, err) != 0)
        return opening_error(c, err);
    if (request->has_error_code && request->error_code != 0)
        return ntstatus_error(err, stage, request->error_code);
    request->has_error_code = false;
    if (credssp_note_version(c, request->version, err) != 0
        || check_minimum(c, err) != 0)
        return -1;
    return credssp_expect(request, &row->acceptor, c->step, err);
}

static int ask_prove(struct credssp *c, struct err *err)
{
    credssp_prove_fn *prove = c->prove;

    c->prove = NULL;
    return prove == NULL ? 0 : prove(c->prove_arg, err);
}

static int on_token(struct credssp *c, const struct tsrequest *request,
                    struct buf *out, struct err *err)
{
    if (ask_prove(c, err) != 0
        || credssp_negotiate(c, request->nego.data, request->nego.len, err)
               != 0)
        return -1;
    return c->can_wrap ? send_binding(c, out, err) : send_token(c, out, err);
}

static int negotiate(struct credssp *c, const void *in, size_t len,
                     struct buf *out, struct err *err)
{
    struct tsrequest request;
    int r;

    tsrequest_init(&request);
    r = receive(c, in, len, &request, err) != 0
        || on_token(c, &request, out, err) != 0;
    tsrequest_free(&request);
    return r ? -1 : 0;
}

/*
 * The final token, with NTLM a mechListMIC, takes a sequence number: it must
 * be fed before the binding is unsealed (RFC 4178 section 5).
 */
static int on_binding(struct credssp *c, const struct tsrequest *request,
                      struct err *err)
{
    if (request->has_nego
        && credssp_negotiate(c, request->nego.data, request->nego.len, err)
            != 0)
        return -1;
    if (c->token.len > 0)
        return err_set(err, ERR_MALFORMED, STAGE_SPNEGO,
                       "the host wants to negotiate further after its last "
                       "message");
    return credssp_verify(c, BINDING_ACCEPTOR, request, err);
}

static int seal_identity(struct credssp *c, const struct ts_delegated *who,
                         struct tsrequest *request, struct err *err)
{
    struct ts_identity identity = { who->domain, who->user, who->password };
    struct secret *der = NULL;
    int r;

    if (who->password == NULL)
        return err_set(err, ERR_INTERNAL, STAGE_DELEGATION,
                       "no credential was released");
    if (ts_credentials_encode(&identity, &der, err) != 0)
        return -1;
    r = spnego_wrap(c->spnego, der->data, der->len, &request->auth_info, err);
    secret_free(&der);
    request->has_auth_info = true;
    return r;
}

/* Leg 5: the credential, released only now that the host is verified. */
static int send_credential(struct credssp *c, struct buf *out,
                           struct err *err)
{
    struct ts_delegated who = { .password = NULL };
    struct tsrequest request;
    int r;

    tsrequest_init(&request);
    r = c->release(c->release_arg, &who, err) != 0
        || seal_identity(c, &who, &request, err) != 0;
    ts_delegated_clear(&who);
    if (r == 0)
        r = credssp_send(c, &request, out, err);
    tsrequest_free(&request);
    c->step = CREDSSP_DONE;
    return r ? -1 : 0;
}

static int authenticate(struct credssp *c, const void *in, size_t len,
                        struct buf *out, struct err *err)
{
    struct tsrequest request;
    int r;

    tsrequest_init(&request);
    r = receive(c, in, len, &request, err) != 0
        || on_binding(c, &request, err) != 0;
    tsrequest_free(&request);
    if (r != 0)
        return -1;
    c->step = CREDSSP_DELEGATE;
    return c->hold ? 0 : send_credential(c, out, err);
}

/* The server is verified, and who holds the credential back lets it go. */
static int delegate(struct credssp *c, const void *in, size_t len,
                    struct buf *out, struct err *err)
{
    (void)in;
    if (len > 0)
        return err_set(err, ERR_INTERNAL, STAGE_DELEGATION,
                       "the host spoke although nothing was asked");
    return send_credential(c, out, err);
}

/* A host that refuses the logon answers the last leg with an errorCode. */
static int afterwards(struct credssp *c, const void *in, size_t len,
                      struct buf *out, struct err *err)
{
    struct tsrequest request;
    int r;

    (void)out;
    tsrequest_init(&request);
    r = receive(c, in, len, &request, err);
    tsrequest_free(&request);
    if (r != 0)
        return -1;
    return err_set(err, ERR_MALFORMED, STAGE_DELEGATION,
                   "the host answered the last CredSSP message");
}

/* By the step whose answer is awaited. */
static credssp_turn *const turns[CREDSSP_STEP_COUNT] = {
    [CREDSSP_HELLO] = hello,
    [CREDSSP_FINISH] = finish,
    [CREDSSP_NEGOTIATE] = negotiate,
    [CREDSSP_AUTHENTICATE] = authenticate,
    [CREDSSP_DELEGATE] = delegate,
    [CREDSSP_DONE] = afterwards,
};

static int prepare(struct credssp *c, const struct credssp_initiator *params,
                   struct err *err)
{
    c->own_version = CREDSSP_VERSION;
    c->minimum_version = params->minimum_version;
    c->release = params->release;
    c->release_arg = params->release_arg;
    c->prove = params->prove;
    c->prove_arg = params->prove_arg;
    c->hold = params->hold;
    if (RAND_bytes(c->nonce, sizeof c->nonce) != 1)
        return err_set(err, ERR_SYSTEM, STAGE_TLS,
                       "the random number generator failed");
    if (tunnel_new_client(&params->tls, &c->tunnel, err) != 0)
        return -1;
    return credssp_negotiate(c, NULL, 0, err);
}

int credssp_new_initiator(const struct credssp_initiator *params,
                          struct credssp **credssp, struct err *err)
{
    struct credssp *c = NULL;

    if (credssp_new(turns, params->spnego, &c, err) != 0)
        return -1;
    if (prepare(c, params, err) != 0) {
        credssp_free(&c);
        return -1;
    }
    *credssp = c;
    return 0;
}
