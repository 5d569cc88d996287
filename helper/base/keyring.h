/*
 * keyring.h - the kernel's keys (keyrings(7)) with our errors; its source is
 * the one file that calls keyutils.
 *
 * Errors: ERR_NO_CREDENTIAL (no such key), ERR_REVOKED, ERR_EXPIRED,
 * ERR_NOT_YOURS (the key's permissions forbid it), ERR_KEYRING otherwise;
 * err->code is the errno.
 */
#ifndef CREDSSP_BASE_KEYRING_H
#define CREDSSP_BASE_KEYRING_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "credssp/err.h"
#include "credssp/secret.h"

#define KEYRING_THREAD (-1)  /* only the calling thread possesses it */
#define KEYRING_SESSION (-3)
#define KEYRING_USER (-4)    /* every process of the uid does */

/* What our keys are called.  A name proves nothing. */
#define KEY_TICKET "credssp:ticket"
#define KEY_SEALED "credssp:sealed"
#define KEY_DROP "credssp:drop"  /* keyring that holds a deposited sealed key */
#define KEY_REFUSED "credssp:refused" /* and what it is about */
#define KEY_ENDED "credssp:ended"     /* the same */
#define KEY_STASH "credssp:stash" /* between authentication and session */
#define KEY_TICKET_BYTES 36      /* POSSESSION_TICKET_BYTES and a serial */

/*
 * Permissions, keyctl_setperm(3): possessor, user, group, other.  The owner's
 * bits exclude the group's, even for root; no SEARCH for the possessor means
 * that possessing the key gives nothing at all.
 */
#define PERM_SEALED_CAPTURED 0x00250300u  /* USR view|write|setattr,
                                             GRP view|read */
#define PERM_SEALED_DEPOSITED 0x00270000u /* USR view|read|write|setattr */
#define PERM_TICKET_CAPTURED 0x0b250000u  /* POS view|read|search,
                                             USR view|write|setattr */
#define PERM_TICKET_DEPOSITED 0x0b000000u /* POS view|read|search */
#define PERM_REFUSED 0x000b0000u          /* USR view|read|search */
#define PERM_STASH 0x000b0000u            /* USR view|read|search */
#define PERM_DROP_OPEN 0x3f050004u        /* POS all, USR view|write,
                                             OTH write */
#define PERM_DROP_CLOSED 0x3f010000u      /* POS all, USR view */

struct keyring_key {
    char type[32];
    char description[64];
    uid_t uid;
    gid_t gid;
    uint32_t perm;
};

int keyring_describe(int32_t key, struct keyring_key *out, struct err *err)
    MUST_USE;
/* The payload, at most max bytes; the caller owns *out. */
int keyring_read(int32_t key, size_t max, struct secret **out,
                 struct err *err) MUST_USE;
/* The key of type "user" and that description in a keyring or below it. */
int keyring_search(int32_t ring, const char *description, int32_t *serial,
                   struct err *err) MUST_USE;
/* The serials in a keyring; the caller frees *keys (free(3)). */
int keyring_list(int32_t ring, int32_t **keys, size_t *n, struct err *err)
    MUST_USE;
int keyring_new(const char *description, int32_t ring, uint32_t perm,
                int32_t *serial, struct err *err) MUST_USE;
int keyring_set_perm(int32_t key, uint32_t perm, struct err *err) MUST_USE;
int keyring_link(int32_t key, int32_t ring, struct err *err) MUST_USE;
int keyring_unlink(int32_t key, int32_t ring, struct err *err) MUST_USE;
int keyring_invalidate(int32_t key, struct err *err) MUST_USE;

int keyring_set_timeout(int32_t key, unsigned timeout_s, struct err *err)
    MUST_USE;
/*
 * A new payload, which takes the key's timeout away, and a new timeout.  When
 * that cannot be set, the key is revoked.
 */
int keyring_update(int32_t key, const void *payload, size_t len,
                   unsigned timeout_s, struct err *err) MUST_USE;

/* The serial of the calling thread's session keyring; 0: it has none that
 * can be told. */
int32_t keyring_session(void);

/* For paths that clean up: a key that is gone already is fine. */
void keyring_forget(int32_t key, int32_t ring); /* unlinks */
void keyring_revoke(int32_t key);

/*
 * A key of type "user" made where only this thread sees it, and moved to its
 * keyring when it is safe there.  add_key(2) straight into a keyring that
 * others possess gives them a moment to read the payload, and updates a key
 * of the same name that they put there; KEYCTL_LINK displaces such a key.
 */
struct keyring_install {
    const char *description;
    int32_t ring;
    unsigned timeout_s; /* not 0 */
    uint32_t perm_open; /* while it is linked: LINK and SETATTR for us */
    uint32_t perm;
    uid_t owner;        /* what the key must be found with at the end */
    gid_t group;
    int give;           /* chown it to owner and group (root only) */
};

/* On failure nothing stays. */
int keyring_install(const struct keyring_install *how, const void *payload,
                    size_t len, int32_t *serial, struct err *err) MUST_USE;
/* The ticket, and the serial of the sealed key that it opens. */
int keyring_install_ticket(const struct keyring_install *how,
                           const struct secret *ticket, int32_t sealed,
                           int32_t *serial, struct err *err) MUST_USE;

#endif
