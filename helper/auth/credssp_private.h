/*
 * credssp_private.h - the inside of the machine, shared by both roles, and
 * the step table that both walk.
 */
#ifndef CREDSSP_AUTH_CREDSSP_PRIVATE_H
#define CREDSSP_AUTH_CREDSSP_PRIVATE_H

#include "auth/binding.h"
#include "auth/credssp.h"

/* SPNEGO tokens of one exchange; Kerberos and NTLM need two. */
#define CREDSSP_ROUNDS_MAX 8

/* The fields of a TSRequest, as a set. */
enum {
    FIELD_NEGO = 1,
    FIELD_AUTH_INFO = 2,
    FIELD_PUB_KEY_AUTH = 4,
    FIELD_ERROR_CODE = 8,
    FIELD_NONCE = 16
};

/* What a message must and may hold; anything else is out of order. */
struct credssp_fields {
    unsigned must, may;
};

/* A row says what each role sends in a step; neither sends a TSRequest in
 * the steps that belong to TLS. */
struct credssp_row {
    const char *name;
    struct credssp_fields initiator, acceptor;
};

/*
 * One turn of a role: takes the peer's token and makes its own.  A step whose
 * cell is NULL is out of order for this role.
 */
typedef int credssp_turn(struct credssp *c, const void *in, size_t len,
                         struct buf *out, struct err *err);

struct credssp {
    credssp_turn *const *turns;   /* of this role, by step */
    enum credssp_step step;
    bool failed;
    struct tunnel *tunnel;
    struct spnego *spnego;
    bool can_wrap;                /* SPNEGO has keys */
    bool negotiated;              /* SPNEGO awaits nothing more */
    unsigned rounds;              /* SPNEGO tokens taken */
    struct buf token;             /* ours that is to be sent next */
    int own_version;              /* what every message of ours says */
    int peer_version;             /* of its first message; 0 before */
    unsigned char nonce[TSREQUEST_NONCE_BYTES]; /* the initiator's */
    /* Initiator. */
    bool started;
    int minimum_version;
    credssp_release_fn *release;
    void *release_arg;
    credssp_prove_fn *prove;      /* NULL when it has been called */
    void *prove_arg;
    bool hold;
    /* Acceptor. */
    uint32_t (*logon)(void *arg, const struct ts_delegated *delegated);
    void *logon_arg;
    const struct credssp_misbehaviour *misbehaviour; /* NULL: none */
};

/* A machine at its first step; takes spnego over, even on failure. */
int credssp_new(credssp_turn *const *turns, struct spnego *spnego,
                struct credssp **credssp, struct err *err) MUST_USE;

/* The lower of the two versions; 0 before the peer's is known. */
int credssp_effective(const struct credssp *c);

/* Feeds the peer's SPNEGO token; our answer lands in c->token. */
int credssp_negotiate(struct credssp *c, const void *in, size_t len,
                      struct err *err) MUST_USE;

/* Opens a token as a TSRequest, to be freed by the caller. */
int credssp_receive(struct credssp *c, const void *in, size_t len,
                    struct tsrequest *request, struct err *err) MUST_USE;

/* ERR_MALFORMED unless the request holds what its step says. */
int credssp_expect(const struct tsrequest *request,
                   const struct credssp_fields *fields,
                   enum credssp_step step, struct err *err) MUST_USE;

/* Notes the peer's version; ERR_VERSION_CHANGED when it is another one. */
int credssp_note_version(struct credssp *c, int version, struct err *err)
    MUST_USE;

/* Seals a TSRequest into out as one token. */
int credssp_send(struct credssp *c, struct tsrequest *request,
                 struct buf *out, struct err *err) MUST_USE;

/* Moves c->token, if there is one, into the request. */
void credssp_take_token(struct credssp *c, struct tsrequest *request);

/* Makes our half of the binding, or checks the peer's, sealed. */
int credssp_bind(struct credssp *c, enum binding_sender self,
                 struct tsrequest *request, struct err *err) MUST_USE;
int credssp_verify(struct credssp *c, enum binding_sender peer,
                   const struct tsrequest *request, struct err *err)
    MUST_USE;

/* acceptor_wrong.c: credssp_send() and credssp_bind(), with c->misbehaviour. */
int credssp_send_wrong(struct credssp *c, struct tsrequest *request,
                       struct buf *out, struct err *err) MUST_USE;
int credssp_bind_wrong(struct credssp *c, struct tsrequest *request,
                       struct err *err) MUST_USE;

extern const struct credssp_row credssp_rows[CREDSSP_STEP_COUNT];

#endif
