/*
 * misbehave.h - what the stand-in does wrong when a test asks for it: one row
 * for each way, with a function for each place where it acts.
 *
 * A choice is written NAME, NAME@LEG or NAME@LEG=HEX.  Legs 1 to 5 are
 * CredSSP's, leg 6 is any message after it.
 */
#ifndef WINHOST_MISBEHAVE_H
#define WINHOST_MISBEHAVE_H

#include <openssl/types.h>
#include <stdbool.h>
#include <stdio.h>

#include "auth/credssp.h"
#include "credssp/buf.h"
#include "credssp/err.h"

#define MISBEHAVE_LEG_MESSAGE 6
#define MISBEHAVE_TEXT_MAX 64 /* of a choice */

struct answer;
struct misbehaviour;

typedef void misbehave_bytes_fn(const struct misbehaviour *m,
                                struct buf *bytes);

/* Where it acts; NULL for all the places where it does not. */
struct misbehave_row {
    const char *name;
    const char *what;
    unsigned from, to;           /* legs; 0: it wants none */
    bool wants_value;
    /* Speaks on the socket instead of us, and then hangs up. */
    void (*wire)(const struct misbehaviour *m, int fd);
    /* Changes the HTTP answer. */
    void (*answer)(const struct misbehaviour *m, struct answer *answer);
    /* A leg's token: TLS records. */
    misbehave_bytes_fn *token;
    /* Within TLS: the TSRequest, its DER, and the binding in it. */
    void (*request)(const struct misbehaviour *m, struct tsrequest *request);
    misbehave_bytes_fn *der;
    void (*bound)(const struct misbehaviour *m, struct buf *key,
                  unsigned char *nonce);
    misbehave_bytes_fn *binding;
    /* Changes how the acceptor is made. */
    void (*acceptor)(const struct misbehaviour *m,
                     struct credssp_acceptor *params,
                     struct credssp_misbehaviour *hooks);
    /* The envelope before it is sealed, and the sealed body. */
    misbehave_bytes_fn *soap;
    misbehave_bytes_fn *frame;
    bool plain;                  /* the envelope is not sealed at all */
    bool leg_alone;              /* a body on a leg is not looked at */
};

struct misbehaviour {
    const struct misbehave_row *row; /* NULL: it behaves */
    unsigned leg;
    uint32_t value;
    char text[MISBEHAVE_TEXT_MAX];   /* as it was written, for the log */
};

/* "drop@3"; an empty text is none. ERR_USAGE. */
int misbehave_parse(const char *text, struct misbehaviour *m,
                    struct err *err) MUST_USE;
/* The same, from the first line of a file. */
int misbehave_read(const char *path, struct misbehaviour *m, struct err *err)
    MUST_USE;
void misbehave_help(FILE *out);

/* Is there a row, and is it for this leg? */
bool misbehave_now(const struct misbehaviour *m, unsigned leg);

/* Hooks for an acceptor; arg is m, which must outlive it. */
void misbehave_hooks(const struct misbehaviour *m,
                     struct credssp_acceptor *params,
                     struct credssp_misbehaviour *hooks);

/* Notes a binding, for "replay". */
void misbehave_remember(const struct tsrequest *request);

/* The rows' functions. misbehave_wire.c, _token.c, _soap.c */
void wire_drop(const struct misbehaviour *m, int fd),
    wire_half(const struct misbehaviour *m, int fd),
    wire_redirect(const struct misbehaviour *m, int fd),
    wire_no_token(const struct misbehaviour *m, int fd),
    wire_negotiate_only(const struct misbehaviour *m, int fd),
    wire_empty_500(const struct misbehaviour *m, int fd),
    wire_html(const struct misbehaviour *m, int fd),
    wire_proxy(const struct misbehaviour *m, int fd),
    wire_early_200(const struct misbehaviour *m, int fd),
    wire_two_tokens(const struct misbehaviour *m, int fd),
    wire_not_http(const struct misbehaviour *m, int fd),
    wire_endless_headers(const struct misbehaviour *m, int fd),
    wire_endless_line(const struct misbehaviour *m, int fd),
    wire_endless_body(const struct misbehaviour *m, int fd),
    wire_bad_chunk(const struct misbehaviour *m, int fd),
    wire_escape(const struct misbehaviour *m, int fd),
    wire_interim(const struct misbehaviour *m, int fd),
    wire_drip(const struct misbehaviour *m, int fd),
    wire_hang(const struct misbehaviour *m, int fd);
void answer_close(const struct misbehaviour *m, struct answer *answer),
    answer_chunked(const struct misbehaviour *m, struct answer *answer);
misbehave_bytes_fn bytes_garbage, bytes_truncated, bytes_trailing,
    bytes_oversized, bytes_empty, binding_flipped;
void request_error_code(const struct misbehaviour *m,
                        struct tsrequest *request),
    request_version(const struct misbehaviour *m, struct tsrequest *request),
    request_ntlm(const struct misbehaviour *m, struct tsrequest *request),
    request_raw_ntlm(const struct misbehaviour *m,
                     struct tsrequest *request),
    request_reject(const struct misbehaviour *m, struct tsrequest *request),
    request_no_proof(const struct misbehaviour *m,
                     struct tsrequest *request),
    request_again(const struct misbehaviour *m, struct tsrequest *request),
    request_nothing(const struct misbehaviour *m, struct tsrequest *request),
    request_auth_info(const struct misbehaviour *m,
                      struct tsrequest *request),
    request_replayed(const struct misbehaviour *m,
                     struct tsrequest *request),
    request_own_nonce(const struct misbehaviour *m,
                      struct tsrequest *request);
void bound_other_key(const struct misbehaviour *m, struct buf *key,
                     unsigned char *nonce),
    bound_old_nonce(const struct misbehaviour *m, struct buf *key,
                    unsigned char *nonce),
    bound_own_nonce(const struct misbehaviour *m, struct buf *key,
                    unsigned char *nonce);
void acceptor_version(const struct misbehaviour *m,
                      struct credssp_acceptor *params,
                      struct credssp_misbehaviour *hooks),
    acceptor_tls11(const struct misbehaviour *m,
                   struct credssp_acceptor *params,
                   struct credssp_misbehaviour *hooks),
    acceptor_tls13(const struct misbehaviour *m,
                   struct credssp_acceptor *params,
                   struct credssp_misbehaviour *hooks),
    acceptor_weak(const struct misbehaviour *m,
                  struct credssp_acceptor *params,
                  struct credssp_misbehaviour *hooks),
    acceptor_short_key(const struct misbehaviour *m,
                       struct credssp_acceptor *params,
                       struct credssp_misbehaviour *hooks),
    acceptor_renegotiates(const struct misbehaviour *m,
                          struct credssp_acceptor *params,
                          struct credssp_misbehaviour *hooks);
misbehave_bytes_fn soap_bomb, soap_doctype, soap_entity, soap_other_reply,
    soap_nonsense, frame_boundary, frame_length, frame_trailer,
    frame_tampered, frame_short, frame_trailing;

#endif
