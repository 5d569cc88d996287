/* keystore_refused.c - the marks of credentials: refused, or ended. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "credssp/duration.h"
#include "credssp/keystore.h"
#include "keyring.h"

/* "credssp:refused:2147483647:" and the nonce in hex. */
#define DESCRIPTION_BYTES                                                     \
    (sizeof KEY_REFUSED + 12 + 2ul * CRED_SESSION_BYTES)
/* "CAUSE" or "CAUSE HOST", without a NUL. */
#define MARK_MAX (64 + KEYSTORE_HOST_MAX)

/* While it is linked: USR view|read|search|link|setattr. */
#define PERM_REFUSED_OPEN 0x003b0000u

_Static_assert(DESCRIPTION_BYTES
                   <= sizeof ((struct keyring_key *)NULL)->description,
               "keyring_describe() tells a mark's whole name");

/* kind: KEY_REFUSED or KEY_ENDED. */
static void describe(char dst[DESCRIPTION_BYTES], const char *kind,
                     int32_t sealed,
                     const unsigned char session[CRED_SESSION_BYTES])
{
    size_t i, n = (size_t)snprintf(dst, DESCRIPTION_BYTES, "%s:%d:", kind,
                                   (int)sealed);

    for (i = 0; i < CRED_SESSION_BYTES; i++, n += 2)
        snprintf(dst + n, DESCRIPTION_BYTES - n, "%02x", session[i]);
}

/* Of the mark's description; 0: this is no mark. */
static int32_t marked_key(const char *description)
{
    static const char *const kinds[] = { KEY_REFUSED ":", KEY_ENDED ":" };
    const char *number = NULL;
    char *end;
    long serial;
    size_t i;

    for (i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strncmp(description, kinds[i], strlen(kinds[i])) == 0)
            number = description + strlen(kinds[i]);
    if (number == NULL)
        return 0;
    serial = strtol(number, &end, 10);
    return *end == ':' && serial > 0 && serial <= INT32_MAX ? (int32_t)serial
                                                            : 0;
}

/* What the kernel gave the serial to since is not called so, or not ours to
 * describe. */
static bool is_gone(int32_t sealed)
{
    struct keyring_key is;
    struct err gone = ERR_INIT;

    return keyring_describe(sealed, &is, &gone) != 0
           || strcmp(is.description, KEY_SEALED) != 0;
}

void keystore_sweep_refused(void)
{
    struct err none = ERR_INIT; /* no keyring yet: no mark */
    struct keyring_key is;
    int32_t *marks, sealed;
    size_t i, n;

    if (keyring_list(KEYRING_USER, &marks, &n, &none) != 0)
        return;
    for (i = 0; i < n; i++) {
        if (keyring_describe(marks[i], &is, &none) != 0)
            continue;
        sealed = marked_key(is.description);
        if (sealed != 0 && is_gone(sealed))
            keyring_forget(marks[i], KEYRING_USER);
    }
    free(marks);
}

static int make_mark(const char *kind, int32_t sealed,
                     const struct keystore_header *header, const char *text,
                     struct err *err)
{
    int64_t left = header->expires - (int64_t)time(NULL);
    char description[DESCRIPTION_BYTES];
    const struct keyring_install how = {
        .description = description,
        .ring = KEYRING_USER,
        .timeout_s = left <= 0 ? 0
                     : left > DURATION_MAX_S ? DURATION_MAX_S : (unsigned)left,
        .perm_open = PERM_REFUSED_OPEN,
        .perm = PERM_REFUSED,
        .owner = geteuid(),
    };
    int32_t serial;

    describe(description, kind, sealed, header->session);
    keystore_sweep_refused(); /* the account's quota is small: keyrings(7) */
    return keyring_install(&how, text, strlen(text), &serial, err);
}

int keystore_mark_refused(int32_t sealed, const struct keystore_header *header,
                          enum err_cause why, const char *host,
                          struct err *err)
{
    char mark[MARK_MAX + 1];

    snprintf(mark, sizeof mark, "%s%s%.*s", err_cause_name(why),
             host[0] != '\0' ? " " : "", KEYSTORE_HOST_MAX - 1, host);
    return make_mark(KEY_REFUSED, sealed, header, mark, err);
}

int keystore_mark_ended(int32_t sealed, const struct keystore_header *header,
                        struct err *err)
{
    return make_mark(KEY_ENDED, sealed, header, err_cause_name(ERR_REVOKED),
                     err);
}

static enum err_cause cause_of(const char *name, size_t len)
{
    int cause;

    for (cause = ERR_NONE + 1; cause < ERR_CAUSE_COUNT; cause++) {
        const char *known = err_cause_name((enum err_cause)cause);

        if (strlen(known) == len && memcmp(known, name, len) == 0)
            return (enum err_cause)cause;
    }
    return ERR_REFUSED_BEFORE;
}

static enum err_cause read_mark(const struct secret *mark,
                                char host[KEYSTORE_HOST_MAX])
{
    const char *text = (const char *)mark->data;
    const char *blank = memchr(text, ' ', mark->len);
    size_t name = blank != NULL ? (size_t)(blank - text) : mark->len;

    if (blank != NULL)
        snprintf(host, KEYSTORE_HOST_MAX, "%.*s",
                 (int)(mark->len - name - 1), blank + 1);
    return cause_of(text, name);
}

/* No mark, or one that ends in this moment, as its credential does. */
static bool is_none(const struct err *err)
{
    return err->cause == ERR_NO_CREDENTIAL || err->cause == ERR_EXPIRED
           || err->cause == ERR_REVOKED;
}

int keystore_check_ended(int32_t sealed,
                         const unsigned char session[CRED_SESSION_BYTES],
                         struct err *err)
{
    char description[DESCRIPTION_BYTES];
    int32_t mark;

    describe(description, KEY_ENDED, sealed, session);
    if (keyring_search(KEYRING_USER, description, &mark, err) == 0)
        return err_set(err, ERR_REVOKED, STAGE_KEYS,
                       "the credential was forgotten: 'credssp logout --all'");
    if (!is_none(err))
        return -1;
    err_clear(err);
    return 0;
}

int keystore_was_refused(int32_t sealed,
                         const unsigned char session[CRED_SESSION_BYTES],
                         enum err_cause *why, char host[KEYSTORE_HOST_MAX],
                         struct err *err)
{
    char description[DESCRIPTION_BYTES];
    struct secret *text = NULL;
    int32_t mark;

    *why = ERR_NONE;
    host[0] = '\0';
    describe(description, KEY_REFUSED, sealed, session);
    if (keyring_search(KEYRING_USER, description, &mark, err) == 0
        && keyring_read(mark, MARK_MAX, &text, err) == 0) {
        *why = read_mark(text, host);
        secret_free(&text);
        return 0;
    }
    if (!is_none(err))
        return -1;
    err_clear(err);
    return 0;
}
