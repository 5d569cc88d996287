/* possession.c - what a session's own processes may do with its keys. */
#include "credssp/possession.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "credssp/buf.h"
#include "keyring.h"

/* POS view|read|search|link|setattr, nothing for anybody else. */
#define PERM_TICKET_DEPOSITED_OPEN 0x3b000000u

void possession_clear(struct possession *own)
{
    secret_free(&own->ticket);
    memset(own, 0, sizeof *own);
}

static bool is_named(const struct keyring_key *key, const char *type,
                     const char *description)
{
    return strcmp(key->type, type) == 0
        && strcmp(key->description, description) == 0;
}

/* pam_keyinit(8) revokes the keyring of a session at its logout: nothing can
 * be stored there either. */
static int session_is_over(struct err *err)
{
    err_set(err, ERR_REVOKED, STAGE_KEYS, NULL);
    return err_advise(err, "log in again; a tmux or screen of the old login "
                      "keeps its dead keyring, start it anew");
}

/*
 * The serial of the session keyring's entry of that name, or 0: not with
 * keyctl_search(3), which looks into nested keyrings and finds a ticket of
 * another session there.  *dead says why some entry could not be seen.
 */
static int find_entry(const char *type, const char *description,
                      int32_t *serial, struct err *dead, struct err *err)
{
    int32_t *keys = NULL;
    size_t n = 0, i;

    *serial = 0;
    if (keyring_list(KEYRING_SESSION, &keys, &n, err) != 0)
        return err->cause == ERR_REVOKED ? session_is_over(err) : -1;
    for (i = 0; i < n && *serial == 0; i++) {
        struct keyring_key key;
        struct err hidden = ERR_INIT;

        if (keyring_describe(keys[i], &key, &hidden) == 0) {
            if (is_named(&key, type, description))
                *serial = keys[i];
        } else if (hidden.cause == ERR_EXPIRED
                   || hidden.cause == ERR_REVOKED) {
            *dead = hidden;
        }
    }
    free(keys);
    return 0;
}

/* 32 bytes and the sealed key's serial: keystore.h. */
static int take_ticket(const struct secret *payload, struct possession *own,
                       struct err *err)
{
    struct reader r = READER_INIT(payload->data, payload->len);
    const unsigned char *ticket = reader_bytes(&r, POSSESSION_TICKET_BYTES);

    own->sealed_serial = (int32_t)reader_u32(&r);
    if (reader_done(&r, STAGE_KEYS, "the ticket key", err) != 0
        || own->sealed_serial <= 0)
        return err_set(err, ERR_FORGED_KEY, STAGE_KEYS,
                       "key %d is called " KEY_TICKET " but holds no ticket",
                       (int)own->ticket_serial);
    return secret_copy(ticket, POSSESSION_TICKET_BYTES, &own->ticket, err);
}

static int read_ticket(struct possession *own, struct err *err)
{
    struct secret *payload = NULL;
    int r;

    if (keyring_read(own->ticket_serial, KEY_TICKET_BYTES, &payload,
                     err) != 0)
        return -1;
    r = take_ticket(payload, own, err);
    secret_free(&payload);
    return r;
}

/*
 * The kernel says whether a key is alive before it says that it is not ours
 * to look at (ERR_NOT_YOURS): that refusal is the good answer.
 */
static int check_sealed_alive(int32_t sealed, struct err *err)
{
    struct keyring_key key;
    struct err why = ERR_INIT;

    if (keyring_describe(sealed, &key, &why) == 0
        || why.cause == ERR_NOT_YOURS)
        return 0;
    *err = why;
    return -1;
}

int possession_find(struct possession *own, struct err *err)
{
    struct err dead = ERR_INIT;

    memset(own, 0, sizeof *own);
    if (find_entry("user", KEY_TICKET, &own->ticket_serial, &dead,
                   err) != 0)
        return -1;
    if (own->ticket_serial == 0)
        return err_set(err, dead.cause == ERR_NONE ? ERR_NO_CREDENTIAL
                                                   : dead.cause,
                       STAGE_KEYS, NULL);
    if (read_ticket(own, err) != 0
        || check_sealed_alive(own->sealed_serial, err) != 0) {
        possession_clear(own);
        return -1;
    }
    return 0;
}

/* Unlinks a deposited sealed key, wherever its keyring is linked as well. */
static int drop_deposited(int32_t sealed, struct err *err)
{
    struct err ignored = ERR_INIT;
    int32_t ring = 0;

    if (find_entry("keyring", KEY_DROP, &ring, &ignored, err) != 0)
        return -1;
    if (ring == 0)
        return 0;
    if (sealed > 0)
        keyring_forget(sealed, ring);
    return keyring_unlink(ring, KEYRING_SESSION, err);
}

int possession_drop(struct err *err)
{
    struct possession own;
    struct err dead = ERR_INIT;
    int r;

    memset(&own, 0, sizeof own);
    if (find_entry("user", KEY_TICKET, &own.ticket_serial, &dead, err) != 0)
        return -1;
    if (own.ticket_serial == 0) {
        if (drop_deposited(0, err) != 0)
            return -1;
        return err_set(err, ERR_NO_CREDENTIAL, STAGE_KEYS, NULL);
    }
    /* A ticket that cannot be read is dropped all the same. */
    r = read_ticket(&own, &dead);
    if (r == 0)
        keyring_forget(own.sealed_serial, KEYRING_SESSION);
    r = drop_deposited(r == 0 ? own.sealed_serial : 0, err);
    if (keyring_invalidate(own.ticket_serial, err) != 0)
        r = -1;
    possession_clear(&own);
    return r;
}

int possession_offer(struct possession_offer *offer, struct err *err)
{
    struct err dead = ERR_INIT;
    int32_t older;

    memset(offer, 0, sizeof *offer);
    if (find_entry("user", KEY_TICKET, &older, &dead, err) != 0)
        return -1;
    if (secret_new(POSSESSION_TICKET_BYTES, &offer->ticket, err) != 0)
        return -1;
    /* A user at a terminal may wait for entropy; 32 bytes come whole. */
    if (getrandom(offer->ticket->data, offer->ticket->len, 0)
        != POSSESSION_TICKET_BYTES) {
        err_set_errno(err, ERR_SYSTEM, STAGE_KEYS, errno,
                      "the kernel gave no random bytes");
        secret_free(&offer->ticket);
        return -1;
    }
    /*
     * In the thread keyring until the broker has answered: a login that
     * fails leaves the session's older credential as it is.
     */
    if (keyring_new(KEY_DROP, KEYRING_THREAD, PERM_DROP_OPEN,
                    &offer->drop_keyring, err) != 0) {
        secret_free(&offer->ticket);
        return -1;
    }
    return 0;
}

void possession_withdraw(struct possession_offer *offer)
{
    if (offer->drop_keyring > 0) {
        keyring_revoke(offer->drop_keyring);
        keyring_forget(offer->drop_keyring, KEYRING_THREAD);
    }
    secret_free(&offer->ticket);
    offer->drop_keyring = 0;
}

/* Anybody could link into it for a moment: only the broker's key stays. */
static int close_drop(int32_t ring, int32_t sealed, struct err *err)
{
    int32_t *keys = NULL;
    size_t n = 0, i;
    bool found = false;

    if (keyring_set_perm(ring, PERM_DROP_CLOSED, err) != 0
        || keyring_list(ring, &keys, &n, err) != 0)
        return -1;
    for (i = 0; i < n; i++) {
        if (keys[i] == sealed)
            found = true;
        else
            keyring_forget(keys[i], ring);
    }
    free(keys);
    if (!found)
        return err_set(err, ERR_BROKER_PROTOCOL, STAGE_KEYS,
                       "the broker did not leave key %d in this session",
                       (int)sealed);
    return 0;
}

/* The session's older sealed key; the link of a newer ticket hides it. */
static int32_t older_sealed(void)
{
    struct possession older;
    struct err none = ERR_INIT;
    int32_t sealed;

    if (possession_find(&older, &none) != 0)
        return 0;
    sealed = older.sealed_serial;
    possession_clear(&older);
    return sealed;
}

static int store_ticket(const struct secret *ticket, int32_t sealed,
                        unsigned lifetime_s, int32_t *serial,
                        struct err *err)
{
    const struct keyring_install how = {
        .description = KEY_TICKET,
        .ring = KEYRING_SESSION,
        .timeout_s = lifetime_s,
        .perm_open = PERM_TICKET_DEPOSITED_OPEN,
        .perm = PERM_TICKET_DEPOSITED,
        .owner = geteuid(),
    };

    return keyring_install_ticket(&how, ticket, sealed, serial, err);
}

/* The ticket first: until its link stands, the older pair works. */
static int replace_keys(struct possession_offer *offer, int32_t sealed,
                        unsigned lifetime_s, struct err *err)
{
    int32_t older = older_sealed(), ticket = 0;

    if (store_ticket(offer->ticket, sealed, lifetime_s, &ticket, err) != 0)
        return -1;
    if (keyring_link(offer->drop_keyring, KEYRING_SESSION, err) != 0) {
        keyring_forget(ticket, KEYRING_SESSION);
        return -1;
    }
    keyring_forget(offer->drop_keyring, KEYRING_THREAD);
    if (older > 0 && older != sealed)
        keyring_forget(older, KEYRING_SESSION);
    return 0;
}

int possession_accept(struct possession_offer *offer, int32_t sealed,
                      unsigned lifetime_s, struct err *err)
{
    if (close_drop(offer->drop_keyring, sealed, err) != 0
        || replace_keys(offer, sealed, lifetime_s, err) != 0) {
        possession_withdraw(offer);
        return -1;
    }
    secret_free(&offer->ticket);
    offer->drop_keyring = 0;
    return 0;
}
