/* keys.c - the session keyring of a script: as root, as user, as broker. */
#include "pamtest.h"

#include <errno.h>
#include <grp.h>
#include <keyutils.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "credssp/buf.h"
#include "credssp/keystore.h"

bool keys_new_session(uid_t uid)
{
    uid_t real = getuid();
    bool root = geteuid() == 0;

    if (root && setresuid(uid, 0, 0) != 0)
        return false;
    if (keyctl_join_session_keyring(NULL) < 0)
        return false;
    return !root || setresuid(real, 0, 0) == 0;
}

bool keys_revoke_session(void)
{
    return keyctl_revoke(KEY_SPEC_SESSION_KEYRING) == 0;
}

const char *keys_in_session(void)
{
    static char names[TEXT_MAX];
    void *list = NULL;
    char text[256];
    int n = keyctl_read_alloc(KEY_SPEC_SESSION_KEYRING, &list), i;
    size_t used = 0;

    if (n < 0)
        return strerror(errno);
    snprintf(names, sizeof names, "none");
    for (i = 0; i < n / (int)sizeof(int32_t); i++)
        if (keyctl_describe(((int32_t *)list)[i], text, sizeof text) > 0)
            used += (size_t)snprintf(names + used, sizeof names - used,
                                     "%s%s", used > 0 ? " " : "",
                                     strrchr(text, ';') + 1);
    free(list);
    return names;
}

static void describe_cred(const struct cred *cred, char *answer)
{
    snprintf(answer, TEXT_MAX, "%.99s %.99s %.99s %d %s", cred->login,
             *cred->domain != '\0' ? cred->domain : "-",
             *cred->realm != '\0' ? cred->realm : "-",
             (int)(cred->expires - cred->created), cred->service);
}

/* In a child that is the broker; a struct secret does not survive fork(2). */
static void open_as_broker(const unsigned char *ticket, int32_t sealed,
                           bool password, char *answer)
{
    struct err err = ERR_INIT;
    struct secret *key = NULL;
    struct cred cred;

    if (setgroups(0, NULL) == 0 && setresgid(BROKER, BROKER, BROKER) == 0
        && setresuid(BROKER, BROKER, BROKER) == 0
        && secret_copy(ticket, POSSESSION_TICKET_BYTES, &key, &err) == 0
        && keystore_open(sealed, key, ALICE, &cred, &err) == 0) {
        if (password)
            snprintf(answer, TEXT_MAX, "%s", (char *)cred.password->data);
        else
            describe_cred(&cred, answer);
        cred_clear(&cred);
    } else {
        snprintf(answer, TEXT_MAX, "%s", err_cause_name(err.cause));
    }
    secret_free(&key);
}

static const char *broker_finds(bool password)
{
    unsigned char ticket[POSSESSION_TICKET_BYTES];
    struct possession own;
    struct err err = ERR_INIT;
    char *answer = mmap(NULL, TEXT_MAX, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int32_t sealed;
    pid_t child;

    if (answer == MAP_FAILED)
        return strerror(errno);
    if (possession_find(&own, &err) != 0)
        return err_cause_name(err.cause);
    sealed = own.sealed_serial;
    memcpy(ticket, own.ticket->data, sizeof ticket);
    possession_clear(&own);
    child = fork();
    if (child == 0) {
        open_as_broker(ticket, sealed, password, answer);
        _exit(0);
    }
    explicit_bzero(ticket, sizeof ticket);
    waitpid(child, NULL, 0);
    return answer;
}

const char *keys_password(void)
{
    return broker_finds(true);
}

const char *keys_credential(void)
{
    return broker_finds(false);
}

/* The column of /proc/keys that says when the key expires: proc(5). */
static bool expires_soon(int32_t serial)
{
    FILE *keys = fopen("/proc/keys", "r");
    char line[TEXT_MAX], expires[16];
    bool soon = false;
    unsigned id;

    while (keys != NULL && fgets(line, sizeof line, keys) != NULL)
        if (sscanf(line, "%x %*s %*s %15s", &id, expires) == 2
            && (int32_t)id == serial)
            soon = strchr(expires, 's') != NULL
                   || strcmp(expires, "1m") == 0
                   || strcmp(expires, "2m") == 0;
    if (keys != NULL)
        fclose(keys);
    return soon;
}

const char *keys_stash(int32_t serial)
{
    static const char right[] = "user;0;0;000b0000;credssp:stash:";
    static char text[256];

    if (keyctl_describe(serial, text, sizeof text) < 0)
        return "gone";
    if (strncmp(text, right, sizeof right - 1) != 0)
        return text;
    return expires_soon(serial) ? "alive" : "never expires";
}

/* Everything that she can know of the next login of hers is right. */
static bool encode_forged(struct buf *out)
{
    struct cred cred = { .uid = ALICE, .login = "alice" };
    struct secret *encoded = NULL;
    struct err err = ERR_INIT;

    if (secret_copy("forged", 6, &cred.password, &err) != 0
        || cred_encode(&cred, &encoded, &err) != 0)
        return false;
    buf_put_u32(out, (uint32_t)getpid());
    buf_put_u32(out, (uint32_t)getppid());
    buf_put_u32(out, 0);
    buf_put(out, encoded->data, encoded->len);
    secret_free(&encoded);
    cred_clear(&cred);
    return true;
}

int32_t keys_forge_stash(void)
{
    struct buf payload = BUF_INIT(4096);
    key_serial_t key;

    if (!encode_forged(&payload) || setresuid(ALICE, ALICE, 0) != 0)
        return 0;
    key = add_key("user", "credssp:stash:0123456789abcdef", payload.data,
                  payload.len, KEY_SPEC_SESSION_KEYRING);
    (void)keyctl_setperm(key, 0x3f3f3f3f);
    buf_free(&payload);
    if (setresuid(0, 0, 0) != 0)
        return 0;
    return key;
}
