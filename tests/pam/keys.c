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

#include "credssp/keystore.h"

bool keys_new_session(uid_t uid)
{
    bool root = geteuid() == 0;

    if (root && setresuid(uid, 0, 0) != 0)
        return false;
    if (keyctl_join_session_keyring(NULL) < 0)
        return false;
    return !root || setresuid(0, 0, 0) == 0;
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

/* In a child that is the broker; a struct secret does not survive fork(2). */
static void open_as_broker(const unsigned char *ticket, int32_t sealed,
                           char *answer)
{
    struct err err = ERR_INIT;
    struct secret *key = NULL;
    struct cred cred;

    if (setgroups(0, NULL) == 0 && setresgid(BROKER, BROKER, BROKER) == 0
        && setresuid(BROKER, BROKER, BROKER) == 0
        && secret_copy(ticket, POSSESSION_TICKET_BYTES, &key, &err) == 0
        && keystore_open(sealed, key, ALICE, &cred, &err) == 0) {
        snprintf(answer, TEXT_MAX, "%s", (char *)cred.password->data);
        cred_clear(&cred);
    } else {
        snprintf(answer, TEXT_MAX, "%s", err_cause_name(err.cause));
    }
    secret_free(&key);
}

const char *keys_password(void)
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
        open_as_broker(ticket, sealed, answer);
        _exit(0);
    }
    explicit_bzero(ticket, sizeof ticket);
    waitpid(child, NULL, 0);
    return answer;
}
