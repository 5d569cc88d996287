/* acceptor_wrong.c - an acceptor's turns gone wrong, for tests only. */
#include "auth/credssp_private.h"

#include <string.h>

#define DER_MAX (2ul * TSREQUEST_MAX) /* it may be too long, too */

int credssp_send_wrong(struct credssp *c, struct tsrequest *request,
                       struct buf *out, struct err *err)
{
    const struct credssp_misbehaviour *wrong = c->misbehaviour;
    /* The step has moved on when the binding is sent. */
    enum credssp_step step = request->has_pub_key_auth ? CREDSSP_AUTHENTICATE
                                                       : c->step;
    struct buf der = BUF_INIT(DER_MAX);
    int r = 0;

    request->version = c->own_version;
    if (wrong->request != NULL)
        wrong->request(wrong->arg, step, request);
    if (wrong->renegotiate == step && step != CREDSSP_HELLO)
        r = tunnel_renegotiate(c->tunnel, err);
    if (r == 0)
        r = tsrequest_encode(request, &der, err);
    if (r == 0 && wrong->der != NULL)
        wrong->der(wrong->arg, step, &der);
    if (r == 0)
        r = tunnel_seal(c->tunnel, der.data, der.len, out, err);
    buf_free(&der);
    return r;
}

static int bind_key(struct credssp *c, struct buf *key, struct buf *plain,
                    struct err *err)
{
    const struct credssp_misbehaviour *wrong = c->misbehaviour;
    unsigned char nonce[sizeof c->nonce];
    const struct binding binding = { .version = credssp_effective(c),
                                     .key = key, .nonce = nonce,
                                     .nonce_len = sizeof nonce };

    memcpy(nonce, c->nonce, sizeof nonce);
    if (tunnel_public_key(c->tunnel, key, err) != 0)
        return -1;
    if (wrong->bound != NULL)
        wrong->bound(wrong->arg, key, nonce);
    if (binding_make(&binding, BINDING_ACCEPTOR, plain, err) != 0)
        return -1;
    if (wrong->binding != NULL)
        wrong->binding(wrong->arg, plain);
    return 0;
}

int credssp_bind_wrong(struct credssp *c, struct tsrequest *request,
                       struct err *err)
{
    struct buf key = BUF_INIT(TUNNEL_KEY_MAX), plain = BUF_INIT(BINDING_MAX);
    int r;

    r = bind_key(c, &key, &plain, err) != 0
        || spnego_wrap(c->spnego, plain.data, plain.len,
                       &request->pub_key_auth, err) != 0;
    request->has_pub_key_auth = true;
    buf_free(&key);
    buf_free(&plain);
    return r ? -1 : 0;
}
