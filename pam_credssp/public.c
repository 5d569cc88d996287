/*
 * public.c - the functions that PAM calls: pam_sm_authenticate(3) and on.
 *
 * Results: pam_sm_authenticate is PAM_IGNORE always, for a module that
 * authenticates nobody must never be the reason that somebody gets in.  The
 * session calls are PAM_SUCCESS when a credential was stored or revoked and
 * PAM_IGNORE otherwise.  No call ever returns a failure.
 */
#include "module.h"

#include <unistd.h>

/* The rest of the module is built hidden; see pam_credssp.map as well. */
#define EXPORTED __attribute__((visibility("default")))

/*
 * The options of this line.  Wrong ones are reported where a stack begins, so
 * that one mistake is one log line.
 */
static void begin(struct call *call, pam_handle_t *pamh, int argc,
                  const char **argv, bool report)
{
    struct err err = ERR_INIT;
    int i;

    call->pamh = pamh;
    call->at_end = false;
    options_init(&call->options);
    for (i = 0; i < argc; i++)
        if (options_take(&call->options, argv[i], &err) != 0 && report)
            log_error(call, &err);
}

/*
 * A set-user-ID program that its user started (su, sudo before it settles)
 * runs in his environment and session; one without root cannot make the keys.
 */
static bool is_login_program(const struct call *call)
{
    if (geteuid() == 0 && getuid() == 0)
        return true;
    log_debug(call, "nothing to do as uid %u with effective uid %u",
              (unsigned)getuid(), (unsigned)geteuid());
    return false;
}

EXPORTED int pam_sm_authenticate(pam_handle_t *pamh, int flags, int argc,
                                 const char **argv)
{
    struct call call;

    (void)flags; /* the module says nothing to the user: PAM_SILENT */
    begin(&call, pamh, argc, argv, true);
    if (is_login_program(&call))
        capture_take(&call);
    return PAM_IGNORE;
}

/*
 * sshd and gdm call it before the session keyring exists, sshd a second time
 * in a child that becomes the user: to establish there is nothing.  cron
 * deletes before it closes.
 */
EXPORTED int pam_sm_setcred(pam_handle_t *pamh, int flags, int argc,
                            const char **argv)
{
    const unsigned what = (unsigned)flags;
    struct call call;

    begin(&call, pamh, argc, argv, false);
    if (!is_login_program(&call))
        return PAM_IGNORE;
    capture_adopt(&call);
    if ((what & (PAM_REINITIALIZE_CRED | PAM_REFRESH_CRED)) != 0)
        renew_now(&call);
    if ((what & PAM_DELETE_CRED) != 0)
        (void)store_close(&call);
    return PAM_IGNORE;
}

EXPORTED int pam_sm_open_session(pam_handle_t *pamh, int flags, int argc,
                                 const char **argv)
{
    struct call call;
    int result = PAM_IGNORE;

    (void)flags;
    begin(&call, pamh, argc, argv, true);
    if (is_login_program(&call)) {
        capture_adopt(&call);
        result = store_open(&call);
    }
    /* Children that the program forks from here on inherit nothing. */
    capture_forget(&call);
    renew_forget(&call);
    return result;
}

EXPORTED int pam_sm_close_session(pam_handle_t *pamh, int flags, int argc,
                                  const char **argv)
{
    struct call call;

    (void)flags;
    begin(&call, pamh, argc, argv, false);
    if (!is_login_program(&call))
        return PAM_IGNORE;
    return store_close(&call);
}

/*
 * An expired password is changed between authentication and session: the new
 * one goes into the session.  passwd(1) changes it while a session is open.
 * The first of the two rounds only checks.
 */
EXPORTED int pam_sm_chauthtok(pam_handle_t *pamh, int flags, int argc,
                              const char **argv)
{
    struct call call;

    if ((flags & PAM_UPDATE_AUTHTOK) == 0)
        return PAM_IGNORE;
    begin(&call, pamh, argc, argv, true);
    if (capture_get(&call) != NULL)
        capture_replace(&call);
    else
        renew_at_end(&call);
    return PAM_IGNORE;
}
