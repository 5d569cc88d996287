/*
 * kerberos.h - a ticket-granting ticket in memory, from a password: one AS
 * exchange for a whole session of delegations.
 *
 * krb5_init_creds_get(3); MEMORY credential cache; no file, no
 * environment.  A struct kerberos may be shared by threads once it exists.
 */
#ifndef CREDSSP_AUTH_KERBEROS_H
#define CREDSSP_AUTH_KERBEROS_H

#include <gssapi/gssapi.h>
#include <stdint.h>

#include "credssp/err.h"
#include "credssp/secret.h"

struct kerberos;

/* ERR_KDC_UNREACHABLE, ERR_CLOCK_SKEW, ERR_WRONG_PASSWORD,
 * ERR_PRINCIPAL_UNKNOWN, ERR_PASSWORD_EXPIRED, ... with the krb5 code. */
int kerberos_login(const char *principal, const struct secret *password,
                   struct kerberos **kerberos, struct err *err) MUST_USE;
void kerberos_free(struct kerberos **kerberos);

int64_t kerberos_expires(const struct kerberos *kerberos);

/*
 * Fetches the ticket for "WSMAN/host.name" into the cache, where GSSAPI finds
 * it: libkrb5 says why there is none (ERR_SPN_UNKNOWN, ERR_CLOCK_SKEW, ...),
 * GSSAPI would not.  A ticket that is there already is not fetched again.
 */
int kerberos_ticket(struct kerberos *kerberos, const char *spn,
                    struct err *err) MUST_USE;

/* A GSS credential over the cache, for SPNEGO; the caller releases it. */
int kerberos_gss(struct kerberos *kerberos, gss_cred_id_t *cred,
                 struct err *err) MUST_USE;

/* Maps a krb5 error to cause, sentence and advice; what is the operation. */
int kerberos_error(struct err *err, int32_t code, const char *what);

/* The same with the KDC's NTSTATUS, which wins where it tells more; 0: the
 * KDC gave none. */
int kerberos_refusal(struct err *err, int32_t code, uint32_t status,
                     const char *what);

/* The code whose message this is, of those that kerberos_error() knows; 0
 * for others. GSSAPI renumbers what passes through SPNEGO, its words stay. */
int32_t kerberos_code_of(const char *message);

#endif
