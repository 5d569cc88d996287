/*
 * keystore.h - the credential in the kernel keyring: storing it as root,
 * opening it as the broker, and proof that a key is ours.
 *
 * Two keys of type "user" stand in the session keyring (keyrings(7)):
 *
 *   credssp:ticket  32 random bytes and the serial of the sealed key, big
 *                   endian.  The possessor may read it: only processes of
 *                   this very session possess it.
 *   credssp:sealed  KEYSTORE header, then AES-256-GCM of cred_encode() under
 *                   the ticket's 32 bytes.  Only the broker may read it.
 *
 * Two kinds of sealed key exist: captured by the PAM module (owner root, group
 * of the broker) and deposited by the broker for "credssp login" (owner the
 * broker).  Descriptions prove nothing; type, owner, group and the exact
 * permissions do.
 *
 * This header has two includers besides its own sources: the module's store.c
 * and the broker's release.c.  What a session's own processes may do with its
 * keys is possession.h.
 */
#ifndef CREDSSP_KEYSTORE_H
#define CREDSSP_KEYSTORE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "credssp/cred.h"
#include "credssp/err.h"
#include "credssp/possession.h"
#include "credssp/secret.h"

/* Kernel serials; 0 means none. */
struct keystore_keys {
    int32_t ticket;
    int32_t sealed;
};

/*
 * -- As root, in the PAM module --
 *
 * ERR_KEYRING unless the caller's session keyring is a real one of its own
 * (not the user keyring, not sshd's, not the caller's of su) and belongs to
 * uid.  began_with is the session keyring that the login found itself in
 * (keyring_session()): still the same one means that none was made for the
 * session; 0 leaves that question out.  Call it before keystore_capture().
 */
int keystore_check_session(uid_t uid, int32_t began_with, struct err *err)
    MUST_USE;

/*
 * Seals cred under a fresh ticket and links both keys into the caller's
 * session keyring, displacing older ones: born in the thread keyring, owned,
 * timed out at cred->expires, linked, stripped of LINK, described again
 * (keyring_install() says why).  On failure nothing stays.
 * Quota is root's (keyctl_chown(3)), never the user's.
 */
int keystore_capture(const struct cred *cred, gid_t broker_group,
                     struct keystore_keys *keys, struct err *err) MUST_USE;

/*
 * Seals cred into the sealed key that keystore_capture() has left in the
 * caller's session keyring, under the same ticket and with a new timeout: the
 * serials stay, so that who opened that session still ends it.  A new
 * cred->session tells the broker that it is another credential.
 * ERR_NO_CREDENTIAL, ERR_EXPIRED, ERR_REVOKED when there is none to replace;
 * one that "credssp login" made is not the login's to replace.
 */
int keystore_replace(const struct cred *cred, struct err *err) MUST_USE;

/* Revokes both keys if they are still ours; a missing key is fine. */
void keystore_revoke(const struct keystore_keys *keys);

/*
 * -- As the broker: owner and group are the caller's effective ids --
 *
 * What the sealed key says without its ticket.
 */
struct keystore_header {
    uint32_t uid;                              /* whose credential */
    unsigned char session[CRED_SESSION_BYTES]; /* nonce of the session */
    int64_t created;
    int64_t expires;
    bool user_readable; /* direct mode: its owner is the user himself */
};

/*
 * Is the key alive, one of our two kinds, not past its expiry and of this
 * uid?  Cheap: two keyctl(2) calls.  ERR_NO_CREDENTIAL, ERR_REVOKED,
 * ERR_EXPIRED, ERR_FORGED_KEY, ERR_NOT_YOURS.
 */
int keystore_probe(int32_t sealed, uid_t uid, struct keystore_header *header,
                   struct err *err) MUST_USE;

/*
 * keystore_probe(), then opens the key with the ticket.  ERR_NOT_YOURS when
 * the ticket does not open it.  The caller clears *cred.
 */
int keystore_open(int32_t sealed, const struct secret *ticket, uid_t uid,
                  struct cred *cred, struct err *err) MUST_USE;

/*
 * Seals cred under ticket and links it into the keyring that the caller of
 * "credssp login" opened for it (possession_offer()).
 */
int keystore_deposit(const struct cred *cred, const struct secret *ticket,
                     int32_t drop_keyring, int32_t *sealed,
                     struct err *err) MUST_USE;

/*
 * That a password was refused must outlive the worker that heard it, or the
 * next one locks the account.  The broker cannot write a key that root made,
 * so it keeps a mark of its own: a key "credssp:refused:SERIAL:SESSION" in
 * the user keyring of its account, which all its processes share and nobody
 * else enters (user-keyring(7)).  It holds the cause's name, no secret, and
 * ends with the credential.
 *
 * keystore_mark_refused: host is the only one that shall not get the password
 * again; "": none shall.  Replaces an older mark.  ERR_KEYRING when the
 * account's key quota is full; the caller then has its memory alone.
 */
#define KEYSTORE_HOST_MAX 256
int keystore_mark_refused(int32_t sealed, const struct keystore_header *header,
                          enum err_cause why, const char *host,
                          struct err *err) MUST_USE;

/* *why is ERR_NONE without a mark, and ERR_REFUSED_BEFORE for a mark whose
 * cause this release does not know. */
int keystore_was_refused(int32_t sealed,
                         const unsigned char session[CRED_SESSION_BYTES],
                         enum err_cause *why, char host[KEYSTORE_HOST_MAX],
                         struct err *err) MUST_USE;

/* Removes the marks of sealed keys that are gone. */
void keystore_sweep_refused(void);

/*
 * "credssp logout --all": ends every credential of uid that the caller can
 * see.  A key of the caller's own is revoked; one that root made gets a mark
 * (keystore_mark_ended()).  *ended is their number, after a failure too.
 */
int keystore_end_all(uid_t uid, unsigned *ended, struct err *err) MUST_USE;

/* How many live keys of keystore_deposit() the caller has made for uid; 0 when
 * the kernel does not tell. */
unsigned keystore_count_deposited(uid_t uid);

/* A mark as above, "credssp:ended:SERIAL:SESSION": one of its own, which no
 * refusal that comes later can replace. */
int keystore_mark_ended(int32_t sealed, const struct keystore_header *header,
                        struct err *err) MUST_USE;
/* ERR_REVOKED for a key that has it. */
int keystore_check_ended(int32_t sealed,
                         const unsigned char session[CRED_SESSION_BYTES],
                         struct err *err) MUST_USE;

#endif
