/* renew.c - a new password for the credential of a session that is open. */
#include "module.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PAM_DATA_CHANGED "pam_credssp_changed"

/* All that is needed when the handle ends: libpam's own helpers
 * (pam_modutil_*) keep pam_data and must not be called then. */
struct changed {
    struct options options;
    struct cred cred;
};

void renew_now(const struct call *call)
{
    const struct captured *captured = capture_get(call);
    struct err err = ERR_INIT;
    struct cred cred;
    const char *user;
    bool replaced;
    uid_t uid;

    /* sudo authenticates the caller and then names the target as PAM_USER. */
    if (captured == NULL || !account_is_served(call, &user, &uid)
        || strcmp(user, captured->user) != 0) {
        log_debug(call, "no new password for this session");
        return;
    }
    if (store_prepare(call, captured, uid, &cred, &err) != 0) {
        log_error(call, &err);
        return;
    }
    replaced = store_replace(call, &cred);
    cred_clear(&cred);
    if (replaced)
        capture_forget(call);
}

/*
 * The module is called while a password is changed even if the change has
 * just failed: libpam walks the stack of pam_chauthtok(3) as it went in the
 * round that only checked.  Programs tell pam_end(3) how it went.
 */
static void cleanup(pam_handle_t *pamh, void *stored, int status)
{
    struct changed *changed = stored;
    struct call call = { .pamh = pamh, .at_end = true };

    if (changed == NULL)
        return;
    call.options = changed->options;
    /* PAM_DATA_SILENT and PAM_DATA_REPLACE are bits of it: not equal. */
    if (status == PAM_SUCCESS)
        (void)store_replace(&call, &changed->cred);
    cred_clear(&changed->cred);
    free(changed);
}

/* passwd(1) is set-user-ID: its user may change the password of his own
 * session, root that of his own. */
static bool is_own_session(const struct call *call, uid_t uid)
{
    if (geteuid() == 0 && (getuid() == 0 || getuid() == uid))
        return true;
    log_debug(call, "uid %u changes the password of uid %u",
              (unsigned)getuid(), (unsigned)uid);
    return false;
}

void renew_at_end(const struct call *call)
{
    struct captured *captured;
    struct changed *changed;
    struct err err = ERR_INIT;
    uid_t uid;

    renew_forget(call);
    captured = capture_read(call, &uid);
    if (captured == NULL)
        return;
    changed = is_own_session(call, uid) ? calloc(1, sizeof *changed) : NULL;
    if (changed != NULL) {
        changed->options = call->options;
        if (store_prepare(call, captured, uid, &changed->cred, &err) != 0) {
            log_error(call, &err);
            cleanup(call->pamh, changed, PAM_ABORT);
        } else if (pam_set_data(call->pamh, PAM_DATA_CHANGED, changed,
                                cleanup) != PAM_SUCCESS) {
            cleanup(call->pamh, changed, PAM_ABORT);
        }
    }
    captured_free(&captured);
}

void renew_forget(const struct call *call)
{
    const void *stored = NULL;

    if (pam_get_data(call->pamh, PAM_DATA_CHANGED, &stored) == PAM_SUCCESS
        && stored != NULL)
        (void)pam_set_data(call->pamh, PAM_DATA_CHANGED, NULL, NULL);
}
