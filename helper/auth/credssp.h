/*
 * credssp.h - the CredSSP state machine (MS-CSSP 3.1.5), both roles on one
 * step table: bytes in, bytes out, no descriptor, no policy, no keyring.
 *
 *   step          initiator sends            acceptor sends
 *   HELLO         ClientHello                ServerHello ... Done
 *   FINISH        key exchange, Finished     Finished
 *   NEGOTIATE     negoToken 1                negoToken 1
 *   AUTHENTICATE  last token, pubKeyAuth     pubKeyAuth (and final token)
 *   DELEGATE      authInfo                   nothing
 *   DONE
 */
#ifndef CREDSSP_AUTH_CREDSSP_H
#define CREDSSP_AUTH_CREDSSP_H

#include <stdbool.h>

#include "auth/spnego.h"
#include "auth/tsrequest.h"
#include "auth/tunnel.h"
#include "credssp/buf.h"
#include "credssp/err.h"

#define CREDSSP_VERSION 6
#define CREDSSP_VERSION_OLDEST 2
#define CREDSSP_VERSION_FLOOR 5 /* CVE-2018-0886 */
#define CREDSSP_TOKEN_MAX 262144 /* bytes of one leg on the wire */

enum credssp_step {
    CREDSSP_HELLO,
    CREDSSP_FINISH,
    CREDSSP_NEGOTIATE,
    CREDSSP_AUTHENTICATE,
    CREDSSP_DELEGATE,
    CREDSSP_DONE,
    CREDSSP_STEP_COUNT
};
const char *credssp_step_name(enum credssp_step step);

struct credssp;

/*
 * Called once, after the server proved itself and the binding was verified,
 * immediately before the credential leaves: fills identity with what the
 * initiator seals and wipes at once.  Failing aborts the exchange.
 */
typedef int credssp_release_fn(void *arg, struct ts_delegated *identity,
                               struct err *err);

/*
 * Called once, when the host has sent its challenge and before the answer
 * leaves: with NTLM that is the first token by which it can tell, and count, a
 * wrong password.  May wait; failing aborts the exchange.
 */
typedef int credssp_prove_fn(void *arg, struct err *err);

struct credssp_initiator {
    struct tunnel_profile tls;
    int minimum_version;            /* CREDSSP_VERSION_FLOOR by default */
    struct spnego *spnego;          /* taken over, freed with the machine */
    credssp_release_fn *release;
    void *release_arg;
    credssp_prove_fn *prove;        /* NULL: nobody asks */
    void *prove_arg;
    bool hold;                      /* stops at DELEGATE, see credssp_step() */
};

/*
 * Computes the first SPNEGO token at once, so that a Kerberos failure is
 * known before anything is sent.  Takes params->spnego over even on failure.
 */
int credssp_new_initiator(const struct credssp_initiator *params,
                          struct credssp **credssp, struct err *err)
    MUST_USE;

/*
 * What an acceptor does wrong, for tests of the initiator: each hook changes
 * what is about to leave and may be NULL.
 */
struct credssp_misbehaviour {
    void *arg;
    int tls_version;                /* instead of TLS 1.2; 0: none */
    enum credssp_step renegotiate;  /* asks for it then; 0: never */
    void (*request)(void *arg, enum credssp_step step,
                    struct tsrequest *request);
    void (*der)(void *arg, enum credssp_step step, struct buf *der);
    /* What the binding is made from, and what came out, not yet sealed. */
    void (*bound)(void *arg, struct buf *key,
                  unsigned char nonce[TSREQUEST_NONCE_BYTES]);
    void (*binding)(void *arg, struct buf *plain);
};

/* Acceptor, in acceptor.c, which no shipped program links. */
struct credssp_acceptor {
    X509 *certificate;              /* borrowed */
    EVP_PKEY *key;                  /* borrowed */
    const char *cipher_list;        /* NULL: OpenSSL's defaults */
    int version;                    /* 2 to 6 */
    struct spnego *spnego;          /* taken over */
    /* Decides on the delegated credential; a non-zero NTSTATUS is sent as
     * errorCode where the version has one. */
    uint32_t (*logon)(void *arg, const struct ts_delegated *delegated);
    void *logon_arg;
    /* Borrowed as long as the machine; NULL: it behaves. */
    const struct credssp_misbehaviour *misbehaviour;
};
int credssp_new_acceptor(const struct credssp_acceptor *params,
                         struct credssp **credssp, struct err *err) MUST_USE;

void credssp_free(struct credssp **credssp);

/*
 * Feeds one whole token of the peer (len 0 for an initiator's first) and
 * replaces out with the token to send; empty when there is none.
 * *done is set when the last token has been produced (initiator) or
 * consumed (acceptor).  After a failure the machine only fails.
 * An initiator that holds leaves out empty, and is not done, once the server
 * is verified; a further call with len 0 then releases the credential.
 * An acceptor that fails may leave a token with errorCode in out: send it.
 */
int credssp_step(struct credssp *credssp, const void *in, size_t len,
                 struct buf *out, bool *done, struct err *err) MUST_USE;

/* Where it stands, and what was negotiated so far. */
struct credssp_facts {
    enum credssp_step step;
    int version;                    /* effective; 0 before it is known */
    enum spnego_mechanism mechanism;
    const char *tls;                /* tunnel_describe() */
};
void credssp_facts(const struct credssp *credssp,
                   struct credssp_facts *facts);

/* The tunnel for message encryption, valid as long as the machine. */
struct tunnel *credssp_tunnel(struct credssp *credssp);

#endif
