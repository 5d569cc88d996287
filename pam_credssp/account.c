/* account.c - whose password is kept at all: cheap questions first. */
#include "module.h"

#include <pwd.h>
#include <security/pam_modutil.h>
#include <string.h>

/* Not pam_get_user(3): it would prompt. */
static const char *pam_user(const struct call *call)
{
    const void *item = NULL;
    const char *user;

    if (pam_get_item(call->pamh, PAM_USER, &item) != PAM_SUCCESS
        || item == NULL)
        return NULL;
    user = item;
    return *user != '\0' && strlen(user) < CRED_NAME_MAX ? user : NULL;
}

bool account_is_served(const struct call *call, const char **user,
                       uid_t *uid)
{
    const struct options *options = &call->options;
    const struct passwd *account;

    *user = pam_user(call);
    if (*user == NULL) {
        log_debug(call, "no user name, or one that is too long");
        return false;
    }
    account = pam_modutil_getpwnam(call->pamh, *user);
    if (account == NULL) {
        log_debug(call, "no such account");
        return false;
    }
    *uid = account->pw_uid;
    if (*uid == 0 && options->ignore_root) {
        log_debug(call, "root is ignored");
        return false;
    }
    if (*uid < options->minimum_uid) {
        log_debug(call, "uid %u is below minimum_uid %u", (unsigned)*uid,
                  (unsigned)options->minimum_uid);
        return false;
    }
    if (options->group != NULL
        && !pam_modutil_user_in_group_nam_nam(call->pamh, *user,
                                              options->group)) {
        log_debug(call, "uid %u is not in group %s", (unsigned)*uid,
                  options->group);
        return false;
    }
    return true;
}
