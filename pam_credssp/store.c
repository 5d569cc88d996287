/* store.c - the credential's way into the session keyring, and its end. */
#include "module.h"

#include <grp.h>
#include <security/pam_modutil.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/sealed.h"
#include "credssp/keystore.h"

#define PAM_DATA_STORED "pam_credssp_stored"
#define SESSION_HEX_BYTES 8 /* of the nonce, for the log */

/* What closing needs: nothing of it is secret. */
struct stored {
    struct keystore_keys keys;
    uint32_t uid;
    char user[CRED_NAME_MAX];
    char service[CRED_SERVICE_MAX];
    char session[2 * SESSION_HEX_BYTES + 1];
};

/* A program that ends without close_session leaves it to the timeout. */
static void cleanup(pam_handle_t *pamh, void *stored, int status)
{
    (void)pamh;
    (void)status;
    free(stored);
}

static void log_stored(const struct call *call, enum audit_event event,
                       const struct stored *stored)
{
    const struct audit_record record = {
        .event = event,
        .user = stored->user,
        .uid = stored->uid,
        .session = stored->session,
        .service = stored->service,
    };

    log_event(call, &record);
}

static int broker_group(const struct call *call, gid_t *group,
                        struct err *err)
{
    const struct group *entry = pam_modutil_getgrnam(call->pamh,
                                                     BROKER_USER);

    if (entry == NULL)
        return err_set(err, ERR_SYSTEM, STAGE_KEYS,
                       "the broker's group '%s' does not exist, no "
                       "credential is kept", BROKER_USER);
    *group = entry->gr_gid;
    return 0;
}

/* The password is copied: the capture is wiped on its own. */
int store_prepare(const struct call *call, const struct captured *from,
                  uid_t uid, struct cred *cred, struct err *err)
{
    const struct options *options = &call->options;
    const void *service = NULL;

    memset(cred, 0, sizeof *cred);
    cred->uid = uid;
    if (sealed_random(cred->session, sizeof cred->session, err) != 0)
        return -1;
    cred->created = (int64_t)time(NULL);
    cred->expires = cred->created + options->lifetime_s;
    if (pam_get_item(call->pamh, PAM_SERVICE, &service) != PAM_SUCCESS
        || service == NULL)
        service = "?";
    snprintf(cred->service, sizeof cred->service, "%s",
             (const char *)service);
    snprintf(cred->login, sizeof cred->login, "%s", from->user);
    snprintf(cred->domain, sizeof cred->domain, "%s",
             options->domain != NULL ? options->domain : "");
    snprintf(cred->realm, sizeof cred->realm, "%s",
             options->realm != NULL ? options->realm : "");
    return secret_copy(from->password->data, from->password->len,
                       &cred->password, err);
}

static void fill_stored(const struct cred *cred, struct stored *stored)
{
    size_t i;

    stored->uid = cred->uid;
    snprintf(stored->user, sizeof stored->user, "%s", cred->login);
    snprintf(stored->service, sizeof stored->service, "%s", cred->service);
    for (i = 0; i < SESSION_HEX_BYTES; i++)
        snprintf(stored->session + 2 * i, 3, "%02x", cred->session[i]);
}

/* Seals *from into the session keyring; *stored remembers what was made. */
static int capture_into_keyring(const struct call *call,
                                const struct captured *from, uid_t uid,
                                struct stored *stored, struct err *err)
{
    struct cred cred;
    gid_t group;
    int r;

    if (keystore_check_session(uid, from->keyring, err) != 0
        || broker_group(call, &group, err) != 0)
        return -1;
    r = store_prepare(call, from, uid, &cred, err);
    if (r == 0)
        r = keystore_capture(&cred, group, &stored->keys, err);
    if (r == 0)
        fill_stored(&cred, stored);
    cred_clear(&cred);
    return r;
}

/* sudo authenticates the caller and then names the target as PAM_USER. */
static bool is_same_user(const struct call *call, const char *user,
                         const struct captured *captured)
{
    if (strcmp(user, captured->user) == 0)
        return true;
    log_debug(call, "the session is not of the user who gave the password");
    return false;
}

int store_open(const struct call *call)
{
    const struct captured *captured = capture_get(call);
    struct err err = ERR_INIT;
    struct stored *stored;
    const char *user;
    uid_t uid;

    if (captured == NULL) {
        log_debug(call, "no password was kept in this login");
        return PAM_IGNORE;
    }
    if (!account_is_served(call, &user, &uid)
        || !is_same_user(call, user, captured))
        return PAM_IGNORE;
    stored = calloc(1, sizeof *stored);
    if (stored == NULL)
        return PAM_IGNORE;
    if (capture_into_keyring(call, captured, uid, stored, &err) != 0) {
        free(stored);
        log_error(call, &err);
        return PAM_IGNORE;
    }
    log_stored(call, AUDIT_CAPTURED, stored);
    if (pam_set_data(call->pamh, PAM_DATA_STORED, stored, cleanup)
        != PAM_SUCCESS) {
        /* Nobody could revoke it at the end of the session. */
        keystore_revoke(&stored->keys);
        free(stored);
        return PAM_IGNORE;
    }
    return PAM_SUCCESS;
}

/*
 * By our own serials: pam_keyinit stands earlier in the stack and has revoked
 * the session keyring by now, which alone would not end keys that the user
 * has linked elsewhere.
 */
int store_close(const struct call *call)
{
    const void *item = NULL;
    const struct stored *stored;

    if (pam_get_data(call->pamh, PAM_DATA_STORED, &item) != PAM_SUCCESS
        || item == NULL)
        return PAM_IGNORE;
    stored = item;
    keystore_revoke(&stored->keys);
    log_stored(call, AUDIT_ENDED, stored);
    (void)pam_set_data(call->pamh, PAM_DATA_STORED, NULL, NULL);
    return PAM_SUCCESS;
}

/* No credential to replace, or another's session: what most callers meet. */
static void log_not_replaced(const struct call *call, const struct err *err)
{
    if (err->cause == ERR_KEYRING)
        log_error(call, err);
    else
        log_debug(call, "nothing to replace: %s", err->text);
}

bool store_replace(const struct call *call, const struct cred *cred)
{
    struct err err = ERR_INIT;
    struct stored stored;

    if (keystore_check_session(cred->uid, 0, &err) != 0) {
        log_debug(call, "nothing to replace: %s", err.text);
        return false;
    }
    if (keystore_replace(cred, &err) != 0) {
        log_not_replaced(call, &err);
        return false;
    }
    memset(&stored, 0, sizeof stored);
    fill_stored(cred, &stored);
    log_stored(call, AUDIT_REPLACED, &stored);
    return true;
}
