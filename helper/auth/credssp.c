/* credssp.c - the step table of CredSSP and what both roles do alike. */
#include "auth/credssp_private.h"

#include <stdlib.h>

/*
 * MS-CSSP 3.1.5.  Some implementations repeat the nonce in every message and
 * some acceptors send one back: tolerated, and an acceptor's is ignored.
 */
const struct credssp_row credssp_rows[CREDSSP_STEP_COUNT] = {
    [CREDSSP_HELLO] = { .name = "hello" },
    [CREDSSP_FINISH] = { .name = "finish" },
    [CREDSSP_NEGOTIATE] = {
        .name = "negotiate",
        .initiator = { .must = FIELD_NEGO, .may = FIELD_NONCE },
        .acceptor = { .must = FIELD_NEGO, .may = FIELD_NONCE },
    },
    [CREDSSP_AUTHENTICATE] = {
        .name = "authenticate",
        .initiator = { .must = FIELD_PUB_KEY_AUTH,
                       .may = FIELD_NEGO | FIELD_NONCE },
        .acceptor = { .must = FIELD_PUB_KEY_AUTH,
                      .may = FIELD_NEGO | FIELD_NONCE },
    },
    [CREDSSP_DELEGATE] = {
        .name = "delegate",
        .initiator = { .must = FIELD_AUTH_INFO, .may = FIELD_NONCE },
    },
    [CREDSSP_DONE] = { .name = "done" },
};

const char *credssp_step_name(enum credssp_step step)
{
    return (unsigned)step < CREDSSP_STEP_COUNT ? credssp_rows[step].name
                                               : "?";
}

int credssp_new(credssp_turn *const *turns, struct spnego *spnego,
                struct credssp **credssp, struct err *err)
{
    struct credssp *c = calloc(1, sizeof *c);

    if (c == NULL) {
        spnego_free(&spnego);
        return err_set(err, ERR_MEMORY, STAGE_START, NULL);
    }
    c->turns = turns;
    c->spnego = spnego;
    buf_init(&c->token, SPNEGO_TOKEN_MAX);
    *credssp = c;
    return 0;
}

void credssp_free(struct credssp **credssp)
{
    struct credssp *c = *credssp;

    if (c == NULL)
        return;
    spnego_free(&c->spnego);
    tunnel_free(&c->tunnel);
    buf_free(&c->token);
    free(c);
    *credssp = NULL;
}

int credssp_effective(const struct credssp *c)
{
    /* "If the version received is greater, treat the peer as compatible
     * with one's own" (MS-CSSP 2.2.1). */
    return c->peer_version < c->own_version ? c->peer_version
                                            : c->own_version;
}

int credssp_negotiate(struct credssp *c, const void *in, size_t len,
                      struct err *err)
{
    if (++c->rounds > CREDSSP_ROUNDS_MAX)
        return err_set(err, ERR_MALFORMED, STAGE_SPNEGO,
                       "the negotiation needs more than %d tokens",
                       CREDSSP_ROUNDS_MAX);
    buf_clear(&c->token);
    return spnego_step(c->spnego, in, len, &c->token, &c->can_wrap,
                       &c->negotiated, err);
}

int credssp_receive(struct credssp *c, const void *in, size_t len,
                    struct tsrequest *request, struct err *err)
{
    struct buf plain = BUF_INIT(TSREQUEST_MAX);
    int r;

    r = tunnel_open(c->tunnel, in, len, &plain, err) != 0
        || tsrequest_decode(plain.data, plain.len, request, err) != 0;
    buf_free(&plain);
    return r ? -1 : 0;
}

static unsigned fields_of(const struct tsrequest *request)
{
    return (request->has_nego ? FIELD_NEGO : 0u)
        | (request->has_auth_info ? FIELD_AUTH_INFO : 0u)
        | (request->has_pub_key_auth ? FIELD_PUB_KEY_AUTH : 0u)
        | (request->has_error_code ? FIELD_ERROR_CODE : 0u)
        | (request->has_nonce ? FIELD_NONCE : 0u);
}

int credssp_expect(const struct tsrequest *request,
                   const struct credssp_fields *fields,
                   enum credssp_step step, struct err *err)
{
    unsigned present = fields_of(request);

    if ((present & fields->must) != fields->must)
        return err_set(err, ERR_MALFORMED, STAGE_SPNEGO,
                       "the peer's CredSSP message lacks what the step '%s' "
                       "needs", credssp_step_name(step));
    if ((present & ~(fields->must | fields->may)) != 0)
        return err_set(err, ERR_MALFORMED, STAGE_SPNEGO,
                       "the peer's CredSSP message holds what does not "
                       "belong to the step '%s'", credssp_step_name(step));
    return 0;
}

int credssp_note_version(struct credssp *c, int version, struct err *err)
{
    if (version < CREDSSP_VERSION_OLDEST)
        return err_set(err, ERR_VERSION, STAGE_SPNEGO,
                       "CredSSP version %d does not exist", version);
    if (c->peer_version == 0)
        c->peer_version = version;
    if (c->peer_version != version)
        return err_set(err, ERR_VERSION_CHANGED, STAGE_SPNEGO,
                       "the host changed its CredSSP version from %d to %d "
                       "during the exchange", c->peer_version, version);
    return 0;
}

int credssp_send(struct credssp *c, struct tsrequest *request,
                 struct buf *out, struct err *err)
{
    struct buf der = BUF_INIT(TSREQUEST_MAX);
    int r;

    request->version = c->own_version;
    /* One TSRequest is one TLS write: Windows does not join two. */
    r = tsrequest_encode(request, &der, err) != 0
        || tunnel_seal(c->tunnel, der.data, der.len, out, err) != 0;
    buf_free(&der);
    return r ? -1 : 0;
}

void credssp_take_token(struct credssp *c, struct tsrequest *request)
{
    request->has_nego = c->token.len > 0;
    buf_put(&request->nego, c->token.data, c->token.len);
    buf_clear(&c->token);
}

static struct binding binding_of(const struct credssp *c,
                                 const struct buf *key)
{
    return (struct binding){ .version = credssp_effective(c), .key = key,
                             .nonce = c->nonce,
                             .nonce_len = sizeof c->nonce };
}

int credssp_bind(struct credssp *c, enum binding_sender self,
                 struct tsrequest *request, struct err *err)
{
    struct buf key = BUF_INIT(TUNNEL_KEY_MAX), plain = BUF_INIT(BINDING_MAX);
    struct binding binding = binding_of(c, &key);
    int r;

    r = tunnel_public_key(c->tunnel, &key, err) != 0
        || binding_make(&binding, self, &plain, err) != 0
        || spnego_wrap(c->spnego, plain.data, plain.len,
                       &request->pub_key_auth, err) != 0;
    request->has_pub_key_auth = true;
    buf_free(&key);
    buf_free(&plain);
    return r ? -1 : 0;
}

int credssp_verify(struct credssp *c, enum binding_sender peer,
                   const struct tsrequest *request, struct err *err)
{
    struct buf key = BUF_INIT(TUNNEL_KEY_MAX), sent = BUF_INIT(BINDING_MAX);
    struct binding binding = binding_of(c, &key);
    int r;

    r = tunnel_public_key(c->tunnel, &key, err) != 0
        || spnego_unwrap(c->spnego, request->pub_key_auth.data,
                         request->pub_key_auth.len, &sent, err) != 0
        || binding_check(&binding, peer, &sent, err) != 0;
    buf_free(&key);
    buf_free(&sent);
    return r ? -1 : 0;
}

int credssp_step(struct credssp *credssp, const void *in, size_t len,
                 struct buf *out, bool *done, struct err *err)
{
    credssp_turn *turn = credssp->turns[credssp->step];

    *done = false;
    buf_clear(out);
    if (credssp->failed || turn == NULL)
        return err_set(err, ERR_INTERNAL, STAGE_SPNEGO,
                       "a CredSSP exchange that had ended was used again");
    credssp->failed = true; /* until the turn is over */
    if (len > CREDSSP_TOKEN_MAX)
        return err_set(err, ERR_OVERSIZED, STAGE_SPNEGO,
                       "a CredSSP token of %zu bytes is longer than %d", len,
                       CREDSSP_TOKEN_MAX);
    if (turn(credssp, in, len, out, err) != 0)
        return -1;
    if (buf_ok(out, STAGE_SPNEGO, err) != 0)
        return -1;
    credssp->failed = false;
    *done = credssp->step == CREDSSP_DONE;
    return 0;
}

void credssp_facts(const struct credssp *credssp, struct credssp_facts *facts)
{
    facts->step = credssp->step;
    facts->version = credssp_effective(credssp);
    facts->mechanism = spnego_mechanism(credssp->spnego);
    facts->tls = tunnel_describe(credssp->tunnel);
}

struct tunnel *credssp_tunnel(struct credssp *credssp)
{
    return credssp->tunnel;
}
