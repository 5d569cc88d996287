/*
 * cred.h - one user's credential: what the PAM module captures, the keyring
 * keeps sealed and the broker releases.
 */
#ifndef CREDSSP_CRED_H
#define CREDSSP_CRED_H

#include <stdint.h>

#include "credssp/err.h"
#include "credssp/secret.h"

#define CRED_SESSION_BYTES 16
#define CRED_NAME_MAX 256     /* bytes of a login, domain or realm name */
#define CRED_SERVICE_MAX 64   /* bytes of a PAM service name */
#define CRED_PASSWORD_MAX 1024 /* bytes of UTF-8: 256 characters and more */

/*
 * login is the name as it was typed: "alice", "CORP\alice", "CORP+alice" as
 * winbind spells it, or "alice@CORP.EXAMPLE.COM".  domain and realm are what
 * the module was configured with; empty strings when it was not.  password is
 * UTF-8 and owned.  Times are seconds since 1970, UTC.
 */
struct cred {
    uint32_t uid;
    unsigned char session[CRED_SESSION_BYTES]; /* nonce of this session */
    int64_t created;
    int64_t expires;
    char service[CRED_SERVICE_MAX];
    char login[CRED_NAME_MAX];
    char domain[CRED_NAME_MAX];
    char realm[CRED_NAME_MAX];
    struct secret *password;
};

/* Wipes the password and every field. */
void cred_clear(struct cred *cred);

/* ERR_MALFORMED for an empty or overlong password or one with control
 * characters (sshd feeds such junk for unknown users). */
int cred_check_password(const char *password, size_t len, struct err *err)
    MUST_USE;

/*
 * Bytes for sealing, padded with zeros to a multiple of 256 so that their
 * number does not give the password's length away.  The caller owns *out.
 */
int cred_encode(const struct cred *cred, struct secret **out,
                struct err *err) MUST_USE;
int cred_decode(const struct secret *in, struct cred *cred, struct err *err)
    MUST_USE;

/*
 * The names that protocols want, from login and defaults.
 *   principal  "alice@CORP.EXAMPLE.COM", for Kerberos; empty without a realm
 *   domain     TSPasswordCreds.domainName (MS-CSSP 2.2.1.2.1), empty for a UPN
 *   user       TSPasswordCreds.userName: "alice", or the whole UPN
 */
struct cred_names {
    char principal[2 * CRED_NAME_MAX];
    char domain[CRED_NAME_MAX];
    char user[2 * CRED_NAME_MAX];
};

/*
 * default_domain and default_realm come from the policy file and may be
 * empty; the credential's own win.  ERR_MALFORMED for a name with an empty
 * part, control characters, or more than one separator.
 */
int cred_map_names(const struct cred *cred, const char *default_domain,
                   const char *default_realm, struct cred_names *names,
                   struct err *err) MUST_USE;

#endif
