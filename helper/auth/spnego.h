/*
 * spnego.h - one GSSAPI security context inside SPNEGO with exactly one
 * mechanism offered: Kerberos or NTLM, never "whichever works".
 */
#ifndef CREDSSP_AUTH_SPNEGO_H
#define CREDSSP_AUTH_SPNEGO_H

#include <stdbool.h>

#include "auth/kerberos.h"
#include "credssp/buf.h"
#include "credssp/err.h"
#include "credssp/secret.h"

#define SPNEGO_TOKEN_MAX 98304

enum spnego_mechanism { SPNEGO_KERBEROS, SPNEGO_NTLM };
const char *spnego_mechanism_name(enum spnego_mechanism mechanism);

struct spnego;

/*
 * Initiators. spn is "WSMAN/host.name": no canonicalisation, no DNS.
 * Kerberos fetches the service's ticket: ERR_SPN_UNKNOWN, ERR_CLOCK_SKEW, ...
 * kerberos is borrowed and must outlive the context. The NTLM password is
 * copied, and wiped when the host has answered once.
 */
int spnego_initiate_kerberos(struct kerberos *kerberos, const char *spn,
                             struct spnego **spnego, struct err *err)
    MUST_USE;
int spnego_initiate_ntlm(const char *domain, const char *user,
                         const struct secret *password, const char *spn,
                         struct spnego **spnego, struct err *err) MUST_USE;

/*
 * NTLM without SPNEGO around it, as FreeRDP's server and Windows' own RDP
 * client speak it: MS-CSSP 3.1.5 leaves the choice to the initiator.  There
 * is no mechListMIC, so the first sealed message has sequence number 0.
 */
int spnego_initiate_raw_ntlm(const char *domain, const char *user,
                             const struct secret *password, const char *spn,
                             struct spnego **spnego, struct err *err)
    MUST_USE;

/* Acceptor, for tests: from the process's keytab or NTLM_USER_FILE. */
int spnego_accept(enum spnego_mechanism mechanism, struct spnego **spnego,
                  struct err *err) MUST_USE;
int spnego_accept_raw_ntlm(struct spnego **spnego, struct err *err) MUST_USE;
void spnego_free(struct spnego **spnego);

/*
 * Takes the peer's token (len 0 for the first) and appends ours, which may be
 * empty. A raw NTLM answer to NTLM offered in SPNEGO is continued raw.
 * *can_wrap: keys exist (NTLM: before the context is complete, as a
 * mechListMIC is still to come). *complete: nothing more is awaited.
 * ERR_MECHANISM, ERR_MALFORMED, ERR_KERBEROS, ... from the GSS minor.
 */
int spnego_step(struct spnego *spnego, const void *in, size_t len,
                struct buf *out, bool *can_wrap, bool *complete,
                struct err *err) MUST_USE;

/* gss_wrap(3) with confidentiality, as one token. */
int spnego_wrap(struct spnego *spnego, const void *in, size_t len,
                struct buf *out, struct err *err) MUST_USE;
int spnego_unwrap(struct spnego *spnego, const void *in, size_t len,
                  struct buf *out, struct err *err) MUST_USE;

/* After can_wrap: did the peer prove itself, by which mechanism? */
bool spnego_is_mutual(const struct spnego *spnego);
enum spnego_mechanism spnego_mechanism(const struct spnego *spnego);
/* Acceptor: the initiator's display name, "" before it is known. */
const char *spnego_peer_name(const struct spnego *spnego);

#endif
