/* capture.c - the password that PAM has just seen, kept in pam_data until the
 * session opens. */
#include "module.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/keyring.h"

#define PAM_DATA_CAPTURED "pam_credssp_captured"

void captured_free(struct captured **captured)
{
    struct captured *c = *captured;

    if (c == NULL)
        return;
    secret_free(&c->password);
    explicit_bzero(c, sizeof *c);
    free(c);
    *captured = NULL;
}

/*
 * PAM_DATA_SILENT (pam_set_data(3)) asks a forked child's pam_end() for no
 * effect outside: wiping this process' own copy is none, and leaving it
 * would be a leak into the user's program.  The stash is the parent's.
 */
static void cleanup(pam_handle_t *pamh, void *stored, int status)
{
    struct captured *captured = stored;

    (void)pamh;
    if (captured != NULL && (status & PAM_DATA_SILENT) == 0)
        stash_drop(captured->stash);
    captured_free(&captured);
}

const struct captured *capture_get(const struct call *call)
{
    const void *stored = NULL;
    const struct captured *captured;

    if (pam_get_data(call->pamh, PAM_DATA_CAPTURED, &stored) != PAM_SUCCESS
        || stored == NULL)
        return NULL;
    captured = stored;
    /* What a parent kept is wiped here: struct secret, MADV_WIPEONFORK. */
    return captured->pid == getpid() ? captured : NULL;
}

void capture_forget(const struct call *call)
{
    const void *stored = NULL;

    if (pam_get_data(call->pamh, PAM_DATA_CAPTURED, &stored) == PAM_SUCCESS
        && stored != NULL)
        (void)pam_set_data(call->pamh, PAM_DATA_CAPTURED, NULL, NULL);
}

/* Takes *captured over. */
static void keep(const struct call *call, struct captured *captured)
{
    if (pam_set_data(call->pamh, PAM_DATA_CAPTURED, captured, cleanup)
        != PAM_SUCCESS) {
        stash_drop(captured->stash);
        captured_free(&captured);
    }
}

static struct captured *new_captured(const struct call *call)
{
    struct captured *captured = calloc(1, sizeof *captured);
    struct err err = ERR_INIT;

    if (captured == NULL) {
        (void)err_set(&err, ERR_MEMORY, STAGE_KEYS, NULL);
        log_error(call, &err);
        return NULL;
    }
    captured->pid = getpid();
    return captured;
}

struct captured *capture_read(const struct call *call, uid_t *uid)
{
    struct captured *captured;
    struct err err = ERR_INIT;
    const void *item = NULL;
    const char *user;

    if (pam_get_item(call->pamh, PAM_AUTHTOK, &item) != PAM_SUCCESS
        || item == NULL) {
        log_debug(call, "no password in this stack");
        return NULL;
    }
    if (!account_is_served(call, &user, uid))
        return NULL;
    /* sshd feeds "\b\n\r\177INCORRECT" for users that may not log in. */
    if (cred_check_password(item, strlen(item), &err) != 0) {
        log_debug(call, "not kept: %s", err.text);
        return NULL;
    }
    captured = new_captured(call);
    if (captured == NULL)
        return NULL;
    snprintf(captured->user, sizeof captured->user, "%s", user);
    if (secret_copy(item, strlen(item), &captured->password, &err) != 0) {
        captured_free(&captured);
        log_error(call, &err);
    }
    return captured;
}

void capture_take(const struct call *call)
{
    struct captured *captured;
    uid_t uid;

    /* An earlier try of this conversation was not the right one. */
    capture_forget(call);
    (void)stash_announced(call); /* another process', for its timeout */
    captured = capture_read(call, &uid);
    if (captured == NULL)
        return;
    captured->keyring = keyring_session();
    /* Which programs need it cannot be told from here: pam_data is lost in
     * sshd's keyboard-interactive and kept in its password method. */
    stash_put(call, captured, uid);
    keep(call, captured);
}

void capture_replace(const struct call *call)
{
    const struct captured *captured = capture_get(call);
    const void *user = NULL;

    if (captured == NULL
        || pam_get_item(call->pamh, PAM_USER, &user) != PAM_SUCCESS
        || user == NULL || strcmp(user, captured->user) != 0) {
        log_debug(call, "no login's password to replace");
        return;
    }
    capture_take(call);
}

void capture_adopt(const struct call *call)
{
    int32_t serial = stash_announced(call);
    struct captured *captured;

    if (serial == 0)
        return;
    /* What is kept here is the same, or older, or a parent's. */
    captured = new_captured(call);
    if (captured == NULL)
        return;
    if (stash_take(call, serial, captured) == 0)
        keep(call, captured);
    else
        captured_free(&captured);
}
