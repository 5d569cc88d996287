/* capture.c - the password that PAM has just seen, kept in pam_data until the
 * session opens. */
#include "module.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAM_DATA_CAPTURED "pam_credssp_captured"

static void captured_free(struct captured *captured)
{
    secret_free(&captured->password);
    explicit_bzero(captured, sizeof *captured);
    free(captured);
}

/*
 * PAM_DATA_SILENT (pam_set_data(3)) asks a forked child's pam_end() for no
 * effect outside: wiping this process' own copy is none, and leaving it
 * would be a leak into the user's program.
 */
static void cleanup(pam_handle_t *pamh, void *stored, int status)
{
    (void)pamh;
    (void)status;
    if (stored != NULL)
        captured_free(stored);
}

const struct captured *capture_get(const struct call *call)
{
    const void *stored = NULL;

    if (pam_get_data(call->pamh, PAM_DATA_CAPTURED, &stored) != PAM_SUCCESS)
        return NULL;
    return stored;
}

void capture_forget(const struct call *call)
{
    if (capture_get(call) != NULL)
        (void)pam_set_data(call->pamh, PAM_DATA_CAPTURED, NULL, NULL);
}

static void keep(const struct call *call, const char *user,
                 const char *password)
{
    struct captured *captured = calloc(1, sizeof *captured);
    struct err err = ERR_INIT;

    if (captured == NULL) {
        (void)err_set(&err, ERR_MEMORY, STAGE_KEYS, NULL);
        log_error(call, &err);
        return;
    }
    snprintf(captured->user, sizeof captured->user, "%s", user);
    if (secret_copy(password, strlen(password), &captured->password,
                    &err) != 0) {
        captured_free(captured);
        log_error(call, &err);
        return;
    }
    if (pam_set_data(call->pamh, PAM_DATA_CAPTURED, captured, cleanup)
        != PAM_SUCCESS)
        captured_free(captured);
}

void capture_take(const struct call *call)
{
    struct err err = ERR_INIT;
    const void *item = NULL;
    const char *user;
    uid_t uid;

    /* An earlier try of this conversation was not the right one. */
    capture_forget(call);
    if (pam_get_item(call->pamh, PAM_AUTHTOK, &item) != PAM_SUCCESS
        || item == NULL) {
        log_debug(call, "no password in this stack");
        return;
    }
    if (!account_is_served(call, &user, &uid))
        return;
    /* sshd feeds "\b\n\r\177INCORRECT" for users that may not log in. */
    if (cred_check_password(item, strlen(item), &err) != 0) {
        log_debug(call, "not kept: %s", err.text);
        return;
    }
    keep(call, user, item);
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
