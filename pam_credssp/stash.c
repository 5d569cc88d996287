/* stash.c - the captured password in a key of root's, for programs that open
 * the session in another process than the one that authenticated. */
#include "module.h"

#include <security/pam_appl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/keyring.h"
#include "base/sealed.h"
#include "credssp/buf.h"

/* Which key: in the PAM environment, where sshd's child can leave it. */
#define STASH_ENV "PAM_CREDSSP_STASH"
#define STASH_TIMEOUT_S 120 /* sshd's LoginGraceTime, and no longer */
#define STASH_NAME_BYTES 8u
#define STASH_MAX 2560      /* three numbers and cred_encode() */

/* While it is linked: USR view|read|search|link|setattr. */
#define PERM_STASH_OPEN 0x003b0000u

/* "credssp:stash:" and a random name: one stash does not displace another. */
static int describe(char *dst, size_t size, struct err *err)
{
    unsigned char name[STASH_NAME_BYTES];
    size_t i, n = (size_t)snprintf(dst, size, KEY_STASH ":");

    if (sealed_random(name, sizeof name, err) != 0)
        return -1;
    for (i = 0; i < sizeof name; i++, n += 2)
        snprintf(dst + n, size - n, "%02x", name[i]);
    return 0;
}

/* Who made it stands before the credential's own encoding. */
static int encode(const struct captured *captured, uid_t uid, struct buf *out,
                  struct err *err)
{
    struct cred cred = { .uid = uid, .password = captured->password };
    struct secret *encoded = NULL;

    snprintf(cred.login, sizeof cred.login, "%s", captured->user);
    if (cred_encode(&cred, &encoded, err) != 0)
        return -1;
    buf_put_u32(out, (uint32_t)getpid());
    buf_put_u32(out, (uint32_t)getppid());
    buf_put_u32(out, (uint32_t)captured->keyring);
    buf_put(out, encoded->data, encoded->len);
    secret_free(&encoded);
    return buf_ok(out, STAGE_KEYS, err);
}

static int install(const struct captured *captured, uid_t uid,
                   int32_t *serial, struct err *err)
{
    char description[sizeof KEY_STASH + 1 + 2 * (size_t)STASH_NAME_BYTES];
    const struct keyring_install how = {
        .description = description,
        .ring = KEYRING_USER, /* root's */
        .timeout_s = STASH_TIMEOUT_S,
        .perm_open = PERM_STASH_OPEN,
        .perm = PERM_STASH,
        .owner = 0,
    };
    struct buf payload = BUF_INIT(STASH_MAX);
    int r = -1;

    if (describe(description, sizeof description, err) == 0
        && encode(captured, uid, &payload, err) == 0)
        r = keyring_install(&how, payload.data, payload.len, serial, err);
    buf_free(&payload);
    return r;
}

void stash_put(const struct call *call, struct captured *captured, uid_t uid)
{
    char setting[sizeof STASH_ENV + 16];
    struct err err = ERR_INIT;
    int32_t serial;

    if (install(captured, uid, &serial, &err) != 0) {
        log_debug(call, "no stash for another process: %s", err.text);
        return;
    }
    snprintf(setting, sizeof setting, STASH_ENV "=%d", (int)serial);
    if (pam_putenv(call->pamh, setting) != PAM_SUCCESS) {
        stash_drop(serial);
        return;
    }
    captured->stash = serial;
}

/* A description alone proves nothing; owner 0 cannot be forged. */
static bool is_stash(int32_t serial)
{
    static const char prefix[] = KEY_STASH ":";
    struct keyring_key is;
    struct err gone = ERR_INIT; /* the same answer */

    return serial > 0 && keyring_describe(serial, &is, &gone) == 0
        && is.uid == 0 && is.perm == PERM_STASH
        && strcmp(is.type, "user") == 0
        && strncmp(is.description, prefix, sizeof prefix - 1) == 0;
}

void stash_drop(int32_t serial)
{
    struct err ignored = ERR_INIT; /* the timeout ends it then */

    if (!is_stash(serial))
        return;
    if (keyring_invalidate(serial, &ignored) == 0)
        keyring_forget(serial, KEYRING_USER);
}

int32_t stash_announced(const struct call *call)
{
    const char *text = pam_getenv(call->pamh, STASH_ENV);
    long serial;
    char *end;

    if (text == NULL)
        return 0;
    serial = strtol(text, &end, 10);
    if (*text == '\0' || *end != '\0' || serial <= 0 || serial > INT32_MAX)
        serial = 0;
    /* Before the program copies it into the user's environment. */
    (void)pam_putenv(call->pamh, STASH_ENV);
    return (int32_t)serial;
}

/*
 * sshd's child made it for its parent, xrdp's parent for its child.  The
 * variable alone could name the stash of another login.
 */
static bool is_of_this_login(pid_t pid, pid_t parent)
{
    return parent == getpid() || pid == getpid() || pid == getppid();
}

static int decode(const struct secret *payload, int32_t *keyring,
                  struct cred *cred, struct err *err)
{
    struct reader r = READER_INIT(payload->data, payload->len);
    pid_t pid = (pid_t)reader_u32(&r);
    pid_t parent = (pid_t)reader_u32(&r);
    struct secret *encoded = NULL;
    int result;

    *keyring = (int32_t)reader_u32(&r);
    if (r.failed || !is_of_this_login(pid, parent))
        return err_set(err, ERR_NOT_YOURS, STAGE_KEYS,
                       "the stash is of another login");
    if (secret_copy(r.p, r.left, &encoded, err) != 0)
        return -1;
    result = cred_decode(encoded, cred, err);
    secret_free(&encoded);
    return result;
}

int stash_take(const struct call *call, int32_t serial,
               struct captured *captured)
{
    struct secret *payload = NULL;
    struct err err = ERR_INIT;
    struct cred cred;
    int32_t keyring;

    if (!is_stash(serial)
        || keyring_read(serial, STASH_MAX, &payload, &err) != 0
        || decode(payload, &keyring, &cred, &err) != 0) {
        log_debug(call, "the stash in the environment is not of this login");
        secret_free(&payload);
        return -1;
    }
    secret_free(&payload);
    stash_drop(serial);
    snprintf(captured->user, sizeof captured->user, "%s", cred.login);
    captured->keyring = keyring;
    captured->password = cred.password;
    cred.password = NULL;
    cred_clear(&cred);
    return 0;
}
