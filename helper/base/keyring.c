/* keyring.c - the only caller of keyutils: keyctl(2) with our errors. */
#include "keyring.h"

#include <errno.h>
#include <keyutils.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "credssp/buf.h"

#define DESCRIBED_MAX 256   /* longer descriptions are not ours */
#define LIST_MAX 65536      /* keys in one keyring that we look through */

_Static_assert(KEYRING_THREAD == KEY_SPEC_THREAD_KEYRING
                   && KEYRING_SESSION == KEY_SPEC_SESSION_KEYRING
                   && KEYRING_USER == KEY_SPEC_USER_KEYRING,
               "the kernel's numbers for special keyrings");

struct errno_row {
    int number;
    enum err_cause cause;
    const char *advice; /* NULL: the cause's own */
};

static const struct errno_row errno_rows[] = {
    { ENOKEY, ERR_NO_CREDENTIAL, NULL },
    { EKEYREVOKED, ERR_REVOKED, NULL },
    { EKEYEXPIRED, ERR_EXPIRED, NULL },
    { EACCES, ERR_NOT_YOURS, NULL },
    { EDQUOT, ERR_KEYRING,
      "the key quota is used up (see /proc/key-users): remove keys that "
      "'keyctl show' lists, or raise kernel.keys.maxkeys and maxbytes" },
    { EPERM, ERR_KEYRING,
      "the session keyring takes no more keys (restricted), or the process "
      "lacks the right" },
    { ENOSYS, ERR_KEYRING,
      "this kernel or container offers no keyrings; allow keyctl(2), "
      "add_key(2) and request_key(2) in its system call filter" },
};

static int refuse(struct err *err, const char *what, int32_t key)
{
    int number = errno;
    size_t i;

    for (i = 0; i < sizeof errno_rows / sizeof *errno_rows; i++) {
        const struct errno_row *row = &errno_rows[i];

        if (row->number != number)
            continue;
        err_set_errno(err, row->cause, STAGE_KEYS, number,
                      "cannot %s key %d", what, (int)key);
        if (row->advice != NULL)
            err_advise(err, "%s", row->advice);
        return -1;
    }
    return err_set_errno(err, ERR_KEYRING, STAGE_KEYS, number,
                         "cannot %s key %d", what, (int)key);
}

/* "user;0;999;00250300;credssp:sealed": keyctl_describe(3). */
static int parse_description(const char *s, struct keyring_key *out)
{
    int uid, gid, used = 0;
    unsigned perm;

    /* The kernel wrote these numbers: none is out of range. */
    /* NOLINTNEXTLINE(cert-err34-c) */
    if (sscanf(s, "%31[^;];%d;%d;%x;%n", out->type, &uid, &gid, &perm,
               &used) != 4 || used == 0)
        return -1;
    if (strlen(s + used) >= sizeof out->description)
        return -1;
    snprintf(out->description, sizeof out->description, "%s", s + used);
    out->uid = (uid_t)uid;
    out->gid = (gid_t)gid;
    out->perm = perm;
    return 0;
}

int keyring_describe(int32_t key, struct keyring_key *out, struct err *err)
{
    char text[DESCRIBED_MAX];
    long n = keyctl_describe(key, text, sizeof text);

    memset(out, 0, sizeof *out);
    if (n < 0)
        return refuse(err, "describe", key);
    /* Too long a text is not copied at all; n counts its NUL. */
    if (n == 0 || (size_t)n > sizeof text || text[n - 1] != '\0'
        || parse_description(text, out) != 0)
        return err_set(err, ERR_FORGED_KEY, STAGE_KEYS,
                       "key %d has a description that is not ours",
                       (int)key);
    return 0;
}

int keyring_read(int32_t key, size_t max, struct secret **out,
                 struct err *err)
{
    struct secret *payload = NULL;
    long n;

    if (secret_new(max, &payload, err) != 0)
        return -1;
    n = keyctl_read(key, (char *)payload->data, max);
    if (n < 0) {
        refuse(err, "read", key);
        secret_free(&payload);
        return -1;
    }
    if ((size_t)n > max) {
        secret_free(&payload);
        return err_set(err, ERR_FORGED_KEY, STAGE_KEYS,
                       "key %d holds %ld bytes, more than ours can",
                       (int)key, n);
    }
    secret_truncate(payload, (size_t)n);
    *out = payload;
    return 0;
}

int keyring_search(int32_t ring, const char *description, int32_t *serial,
                   struct err *err)
{
    long key = keyctl_search(ring, "user", description, 0);

    if (key < 0)
        return refuse(err, "search", ring);
    *serial = (int32_t)key;
    return 0;
}

int keyring_list(int32_t ring, int32_t **keys, size_t *n, struct err *err)
{
    void *list = NULL;
    int bytes = keyctl_read_alloc(ring, &list);

    if (bytes < 0)
        return refuse(err, "list", ring);
    *n = (size_t)bytes / sizeof **keys;
    if (*n > LIST_MAX) {
        free(list);
        return err_set(err, ERR_KEYRING, STAGE_KEYS,
                       "keyring %d holds %zu keys, too many to look through",
                       (int)ring, *n);
    }
    *keys = list;
    return 0;
}

int keyring_new(const char *description, int32_t ring, uint32_t perm,
                int32_t *serial, struct err *err)
{
    key_serial_t key = add_key("keyring", description, NULL, 0, ring);

    if (key < 0)
        return refuse(err, "add a keyring to", ring);
    if (keyring_set_perm(key, perm, err) != 0) {
        keyring_forget(key, ring);
        return -1;
    }
    *serial = key;
    return 0;
}

int keyring_set_perm(int32_t key, uint32_t perm, struct err *err)
{
    if (keyctl_setperm(key, perm) != 0)
        return refuse(err, "set the permissions of", key);
    return 0;
}

int keyring_link(int32_t key, int32_t ring, struct err *err)
{
    if (keyctl_link(key, ring) != 0)
        return refuse(err, "link", key);
    return 0;
}

int keyring_unlink(int32_t key, int32_t ring, struct err *err)
{
    if (keyctl_unlink(key, ring) != 0)
        return refuse(err, "unlink", key);
    return 0;
}

int keyring_invalidate(int32_t key, struct err *err)
{
    if (keyctl_invalidate(key) != 0)
        return refuse(err, "invalidate", key);
    return 0;
}

int keyring_set_timeout(int32_t key, unsigned timeout_s, struct err *err)
{
    /* keyctl_set_timeout(3): 0 would mean that it never expires. */
    if (timeout_s == 0)
        return err_set(err, ERR_EXPIRED, STAGE_KEYS, NULL);
    if (keyctl_set_timeout(key, timeout_s) != 0)
        return refuse(err, "set the timeout of", key);
    return 0;
}

int keyring_update(int32_t key, const void *payload, size_t len,
                   unsigned timeout_s, struct err *err)
{
    if (keyctl_update(key, payload, len) != 0)
        return refuse(err, "update", key);
    if (keyring_set_timeout(key, timeout_s, err) == 0)
        return 0;
    keyring_revoke(key);
    return -1;
}

int32_t keyring_session(void)
{
    key_serial_t ring = keyctl_get_keyring_ID(KEY_SPEC_SESSION_KEYRING, 0);

    return ring > 0 ? ring : 0;
}

void keyring_forget(int32_t key, int32_t ring)
{
    /* ENOENT and ENOKEY are the wanted end; nothing more can be done. */
    (void)keyctl_unlink(key, ring);
}

void keyring_revoke(int32_t key)
{
    (void)keyctl_revoke(key);
}

/* Still only in the thread keyring: owner, permissions, end of life. */
static int prepare(const struct keyring_install *how, int32_t key,
                   struct err *err)
{
    if (how->give && keyctl_chown(key, how->owner, how->group) != 0)
        return refuse(err, "change the owner of", key);
    if (keyring_set_perm(key, how->perm_open, err) != 0)
        return -1;
    return keyring_set_timeout(key, how->timeout_s, err);
}

/* What we asked for is what stands there now. */
static int verify(const struct keyring_install *how, int32_t key,
                  struct err *err)
{
    struct keyring_key is;

    if (keyring_describe(key, &is, err) != 0)
        return -1;
    if (strcmp(is.type, "user") != 0 || is.uid != how->owner
        || is.perm != how->perm
        || (how->give && is.gid != how->group)
        || strcmp(is.description, how->description) != 0)
        return err_set(err, ERR_FORGED_KEY, STAGE_KEYS,
                       "key %d has changed while it was made: %s;%u;%u;%08x",
                       (int)key, is.type, (unsigned)is.uid,
                       (unsigned)is.gid, is.perm);
    return 0;
}

static int move_and_tighten(const struct keyring_install *how, int32_t key,
                            struct err *err)
{
    if (prepare(how, key, err) != 0
        || keyring_link(key, how->ring, err) != 0
        || keyring_unlink(key, KEYRING_THREAD, err) != 0
        || keyring_set_perm(key, how->perm, err) != 0
        || verify(how, key, err) != 0)
        return -1;
    return 0;
}

int keyring_install(const struct keyring_install *how, const void *payload,
                    size_t len, int32_t *serial, struct err *err)
{
    key_serial_t key = add_key("user", how->description, payload, len,
                               KEYRING_THREAD);

    if (key < 0)
        return refuse(err, "add a key to", KEYRING_THREAD);
    if (move_and_tighten(how, key, err) != 0) {
        /* Revoked first: a link of it elsewhere is then worth nothing. */
        keyring_revoke(key);
        keyring_forget(key, how->ring);
        keyring_forget(key, KEYRING_THREAD);
        return -1;
    }
    *serial = key;
    return 0;
}

int keyring_install_ticket(const struct keyring_install *how,
                           const struct secret *ticket, int32_t sealed,
                           int32_t *serial, struct err *err)
{
    struct buf payload = BUF_INIT(KEY_TICKET_BYTES);
    int r;

    buf_put(&payload, ticket->data, ticket->len);
    buf_put_u32(&payload, (uint32_t)sealed);
    r = buf_ok(&payload, STAGE_KEYS, err);
    if (r == 0)
        r = keyring_install(how, payload.data, payload.len, serial, err);
    buf_free(&payload);
    return r;
}
