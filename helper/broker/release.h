/*
 * release.h - the one place where a credential leaves the keyring, and the
 * one where "credssp login" puts one in.
 *
 * Every function here that needs the password opens the sealed key itself, at
 * the last moment, hands the password to the one call that wants it, and wipes
 * it before it returns.  What callers get is never a password, but for
 * release_delegated(), which CredSSP calls to fill authInfo.
 */
#ifndef CREDSSP_BROKER_RELEASE_H
#define CREDSSP_BROKER_RELEASE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "auth/credssp.h"
#include "auth/kerberos.h"
#include "auth/spnego.h"
#include "credssp/cred.h"
#include "credssp/err.h"
#include "credssp/secret.h"
#include "policy/hostname.h"

/* What opens a key, and what must be found inside. All borrowed. */
struct release_source {
    int32_t sealed;
    uid_t uid;
    const struct secret *ticket;
    const unsigned char *session; /* the nonce; NULL: not known yet */
    const char *domain;           /* the policy's, for a bare login name */
    const char *realm;
};

/* What may be told about a credential. */
struct release_facts {
    unsigned char session[CRED_SESSION_BYTES];
    char service[CRED_SERVICE_MAX];
    int64_t created;
    int64_t expires;
    bool user_readable;
};

/* Alive, ours, of this uid and session (else ERR_KEY_REPLACED)?  Two keyctl(2)
 * calls, no ticket. */
int release_probe(const struct release_source *source, struct err *err)
    MUST_USE;

/* Why a credential is not tried again. */
struct release_refusal {
    enum err_cause why;      /* ERR_NONE: it is */
    char host[HOSTNAME_MAX]; /* at this host alone; "": at none */
};

/*
 * That this very credential was refused, kept where every worker finds it
 * (keystore.h).  source->session must be known.
 */
int release_mark_refused(const struct release_source *source,
                         const struct release_refusal *refusal,
                         struct err *err) MUST_USE;
int release_was_refused(const struct release_source *source,
                        struct release_refusal *refusal, struct err *err)
    MUST_USE;
void release_sweep_refused(void); /* of credentials that are gone */

/* "credssp logout --all" (keystore.h). */
int release_end_all(uid_t uid, unsigned *ended, struct err *err) MUST_USE;

/* Opens the key to prove that the ticket does. */
int release_inspect(const struct release_source *source,
                    struct release_facts *facts, struct err *err) MUST_USE;
int release_names(const struct release_source *source,
                  struct cred_names *names, struct err *err) MUST_USE;

/* A ticket-granting ticket; ERR_KERBEROS when no realm is known. */
int release_kerberos(const struct release_source *source,
                     struct kerberos **kerberos, struct err *err) MUST_USE;

/* An NTLM context for spn that knows the password. */
int release_ntlm(const struct release_source *source, const char *spn,
                 struct spnego **spnego, struct err *err) MUST_USE;

/* credssp_release_fn; arg is the struct release_source. */
int release_delegated(void *arg, struct ts_delegated *identity,
                      struct err *err) MUST_USE;

/* "credssp login": password is taken over, and wiped in every case. */
struct release_deposit {
    uid_t uid;
    const struct secret *ticket;
    int32_t drop_keyring;
    const char *login;
    struct secret *password;
    const char *domain; /* the policy's, to see whether the name is usable */
    const char *realm;
    unsigned lifetime_s;
    bool check;         /* the domain must take the password first */
};
struct release_deposited {
    int32_t sealed;
    unsigned char session[CRED_SESSION_BYTES];
};
int release_deposit(struct release_deposit *deposit,
                    struct release_deposited *deposited, struct err *err)
    MUST_USE;

#endif
