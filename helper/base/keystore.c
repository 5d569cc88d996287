/* keystore.c - the two keys of a session: making, proving, opening them. */
#include "credssp/keystore.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

#include "credssp/buf.h"
#include "credssp/duration.h"
#include "keyring.h"
#include "sealed.h"

_Static_assert(SEALED_KEY_BYTES == POSSESSION_TICKET_BYTES,
               "the ticket is the key");

/* While it is linked: the final rights and LINK (keyctl_link(3)). */
#define PERM_SEALED_CAPTURED_OPEN (PERM_SEALED_CAPTURED | 0x00100000u)
#define PERM_TICKET_CAPTURED_OPEN (PERM_TICKET_CAPTURED | 0x00100000u)
/* USR view|read|search|link|setattr: the link is made by serial. */
#define PERM_SEALED_DEPOSITED_OPEN 0x003b0000u

/* Kernel-made keyrings that login programs find themselves with. */
static const char *const shared_keyrings[] = { "_uid_ses.", "_uid." };

static int check_own(const struct keyring_key *ring, uid_t uid,
                     int32_t began_with, struct err *err)
{
    size_t i;

    for (i = 0; i < sizeof shared_keyrings / sizeof *shared_keyrings; i++)
        if (strncmp(ring->description, shared_keyrings[i],
                    strlen(shared_keyrings[i])) == 0)
            return err_set(err, ERR_KEYRING, STAGE_KEYS,
                           "this login has no session keyring of its own, "
                           "only %s", ring->description);
    if (ring->uid != uid)
        return err_set(err, ERR_KEYRING, STAGE_KEYS,
                       "the session keyring belongs to uid %u, not to uid "
                       "%u", (unsigned)ring->uid, (unsigned)uid);
    if (began_with != 0 && began_with == keyring_session())
        return err_set(err, ERR_KEYRING, STAGE_KEYS,
                       "this login has no session keyring of its own, only "
                       "the one that it was started in");
    return 0;
}

int keystore_check_session(uid_t uid, int32_t began_with, struct err *err)
{
    struct keyring_key ring;

    if (keyring_describe(KEYRING_SESSION, &ring, err) != 0)
        return -1;
    if (check_own(&ring, uid, began_with, err) == 0)
        return 0;
    return err_advise(err, "put 'session required pam_keyinit.so force "
                           "revoke' before pam_credssp; it fails when the "
                           "user's key quota is full");
}

/* Seconds that the credential still has; 0: none. */
static unsigned seconds_left(int64_t expires)
{
    int64_t left = expires - (int64_t)time(NULL);

    if (left <= 0)
        return 0;
    return (unsigned)(left > DURATION_MAX_S ? DURATION_MAX_S : left);
}

static int install_sealed(const struct keyring_install *how,
                          const struct cred *cred,
                          const struct secret *ticket, int32_t *serial,
                          struct err *err)
{
    struct buf payload = BUF_INIT(SEALED_MAX);
    int r = sealed_encode(cred, ticket, &payload, err);

    if (r == 0)
        r = keyring_install(how, payload.data, payload.len, serial, err);
    buf_free(&payload);
    return r;
}

/* Sealed key first: the ticket carries its serial. */
static int install_pair(const struct cred *cred, gid_t group,
                        const struct secret *ticket,
                        struct keystore_keys *keys, struct err *err)
{
    struct keyring_install how = {
        .description = KEY_SEALED,
        .ring = KEYRING_SESSION,
        .timeout_s = seconds_left(cred->expires),
        .perm_open = PERM_SEALED_CAPTURED_OPEN,
        .perm = PERM_SEALED_CAPTURED,
        .owner = 0,
        .group = group,
        .give = 1,
    };

    if (install_sealed(&how, cred, ticket, &keys->sealed, err) != 0)
        return -1;
    how.description = KEY_TICKET;
    how.perm_open = PERM_TICKET_CAPTURED_OPEN;
    how.perm = PERM_TICKET_CAPTURED;
    if (keyring_install_ticket(&how, ticket, keys->sealed, &keys->ticket,
                               err) == 0)
        return 0;
    keystore_revoke(keys);
    memset(keys, 0, sizeof *keys);
    return -1;
}

int keystore_capture(const struct cred *cred, gid_t broker_group,
                     struct keystore_keys *keys, struct err *err)
{
    struct secret *ticket = NULL;
    int r;

    memset(keys, 0, sizeof *keys);
    if (secret_new(POSSESSION_TICKET_BYTES, &ticket, err) != 0)
        return -1;
    r = sealed_random(ticket->data, ticket->len, err);
    if (r == 0)
        r = install_pair(cred, broker_group, ticket, keys, err);
    secret_free(&ticket);
    return r;
}

/* Serials are reused: only what still looks like ours is touched. */
static bool is_captured(int32_t key, const char *description, uint32_t perm)
{
    struct keyring_key is;
    struct err gone = ERR_INIT; /* the same answer */

    return key > 0 && keyring_describe(key, &is, &gone) == 0
        && is.uid == 0 && is.perm == perm && strcmp(is.type, "user") == 0
        && strcmp(is.description, description) == 0;
}

static int seal_in_place(const struct cred *cred,
                         const struct possession *old, struct err *err)
{
    struct buf payload = BUF_INIT(SEALED_MAX);
    unsigned left = seconds_left(cred->expires);
    int r = sealed_encode(cred, old->ticket, &payload, err);

    if (r == 0)
        r = keyring_update(old->sealed_serial, payload.data, payload.len,
                           left, err);
    if (r == 0)
        r = keyring_set_timeout(old->ticket_serial, left, err);
    buf_free(&payload);
    return r;
}

int keystore_replace(const struct cred *cred, struct err *err)
{
    struct possession old;
    int r;

    if (possession_find(&old, err) != 0)
        return -1;
    if (is_captured(old.ticket_serial, KEY_TICKET, PERM_TICKET_CAPTURED)
        && is_captured(old.sealed_serial, KEY_SEALED, PERM_SEALED_CAPTURED))
        r = seal_in_place(cred, &old, err);
    else
        r = err_set(err, ERR_NO_CREDENTIAL, STAGE_KEYS,
                    "the credential of this session is not from its login");
    possession_clear(&old);
    return r;
}

static void revoke_ours(int32_t key, const char *description, uint32_t perm)
{
    if (!is_captured(key, description, perm))
        return;
    keyring_revoke(key);
    keyring_forget(key, KEYRING_SESSION);
}

void keystore_revoke(const struct keystore_keys *keys)
{
    revoke_ours(keys->ticket, KEY_TICKET, PERM_TICKET_CAPTURED);
    revoke_ours(keys->sealed, KEY_SEALED, PERM_SEALED_CAPTURED);
}

/* The two kinds that keystore.h names, and no third. */
static int check_kind(int32_t key, struct keyring_key *is, struct err *err)
{
    if (key <= 0)
        return err_set(err, ERR_NO_CREDENTIAL, STAGE_KEYS, NULL);
    if (keyring_describe(key, is, err) != 0) {
        if (err->cause == ERR_NOT_YOURS)
            err_advise(err, "a key made at login is for the system's broker "
                            "alone: leave --direct out, or run 'credssp "
                            "--direct login'");
        return -1;
    }
    if (strcmp(is->type, "user") == 0
        && strcmp(is->description, KEY_SEALED) == 0) {
        if (is->uid == 0 && is->gid == getegid()
            && is->perm == PERM_SEALED_CAPTURED)
            return 0;
        if (is->uid == geteuid() && is->perm == PERM_SEALED_DEPOSITED)
            return 0;
    }
    return err_set(err, ERR_FORGED_KEY, STAGE_KEYS,
                   "key %d (%s;%u;%u;%08x;%s) is not one that pam_credssp "
                   "made", (int)key, is->type, (unsigned)is->uid,
                   (unsigned)is->gid, is->perm, is->description);
}

static int check_header(const struct sealed_header *header, uid_t uid,
                        struct err *err)
{
    if (header->uid != uid)
        return err_set(err, ERR_NOT_YOURS, STAGE_KEYS,
                       "the credential is of uid %u, not of uid %u",
                       (unsigned)header->uid, (unsigned)uid);
    /* The kernel frees the payload a while after its timeout. */
    if (seconds_left(header->expires) == 0)
        return err_set(err, ERR_EXPIRED, STAGE_KEYS, NULL);
    return 0;
}

/* keystore_probe(), with the payload for the one who wants it. */
static int probe(int32_t sealed, uid_t uid, struct keystore_header *header,
                 struct secret **payload, struct err *err)
{
    struct sealed_header h;
    struct keyring_key is;

    if (check_kind(sealed, &is, err) != 0
        || keyring_read(sealed, SEALED_MAX, payload, err) != 0)
        return -1;
    if (sealed_header(*payload, &h, err) != 0
        || check_header(&h, uid, err) != 0) {
        secret_free(payload);
        return -1;
    }
    header->uid = h.uid;
    memcpy(header->session, h.session, sizeof h.session);
    header->created = h.created;
    header->expires = h.expires;
    header->user_readable = is.perm == PERM_SEALED_DEPOSITED
        && is.uid == h.uid && is.uid != 0;
    return 0;
}

int keystore_probe(int32_t sealed, uid_t uid, struct keystore_header *header,
                   struct err *err)
{
    struct secret *payload = NULL;

    if (probe(sealed, uid, header, &payload, err) != 0)
        return -1;
    secret_free(&payload);
    return 0;
}

int keystore_open(int32_t sealed, const struct secret *ticket, uid_t uid,
                  struct cred *cred, struct err *err)
{
    struct keystore_header header;
    struct secret *payload = NULL;
    int r;

    memset(cred, 0, sizeof *cred);
    if (probe(sealed, uid, &header, &payload, err) != 0)
        return -1;
    r = sealed_decode(payload, ticket, cred, err);
    secret_free(&payload);
    return r;
}

/*
 * The serial comes from a client: it must not make the broker link into a
 * keyring of the broker's own.  Those are the only ones that it may describe.
 */
static int check_drop(const struct cred *cred, int32_t drop_keyring,
                      struct err *err)
{
    struct keyring_key ring;
    struct err cannot = ERR_INIT; /* not describable: as it should be */

    if (drop_keyring <= 0
        || (cred->uid != geteuid()
            && keyring_describe(drop_keyring, &ring, &cannot) == 0
            && ring.uid == geteuid()))
        return err_set(err, ERR_NOT_YOURS, STAGE_KEYS,
                       "key %d is not a keyring that this session opened",
                       (int)drop_keyring);
    return 0;
}

int keystore_deposit(const struct cred *cred, const struct secret *ticket,
                     int32_t drop_keyring, int32_t *sealed,
                     struct err *err)
{
    const struct keyring_install how = {
        .description = KEY_SEALED,
        .ring = drop_keyring,
        .timeout_s = seconds_left(cred->expires),
        .perm_open = PERM_SEALED_DEPOSITED_OPEN,
        .perm = PERM_SEALED_DEPOSITED,
        .owner = geteuid(),
    };

    if (check_drop(cred, drop_keyring, err) != 0)
        return -1;
    return install_sealed(&how, cred, ticket, sealed, err);
}
