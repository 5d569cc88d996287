/*
 * stack.c - a PAM module that stands for the rest of the stack: it asks for
 * the password and calls it right, changes it, and at the end of
 * open_session looks for what must not be left in pam_data.
 */
#include <security/pam_ext.h>
#include <security/pam_modules.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

static int has_option(int argc, const char **argv, const char *name)
{
    int i;

    for (i = 0; i < argc; i++)
        if (strcmp(argv[i], name) == 0)
            return 1;
    return 0;
}

static int ask(pam_handle_t *pamh, const char *prompt)
{
    char *answer = NULL;
    int r = pam_prompt(pamh, PAM_PROMPT_ECHO_OFF, &answer, "%s", prompt);

    if (r == PAM_SUCCESS)
        r = pam_set_item(pamh, PAM_AUTHTOK, answer);
    free(answer);
    return r;
}

int pam_sm_authenticate(pam_handle_t *pamh, int flags, int argc,
                        const char **argv)
{
    (void)flags;
    if (has_option(argc, argv, "pubkey"))
        return PAM_SUCCESS;
    return ask(pamh, "Password: ");
}

int pam_sm_setcred(pam_handle_t *pamh, int flags, int argc,
                   const char **argv)
{
    (void)pamh;
    (void)flags;
    (void)argc;
    (void)argv;
    return PAM_SUCCESS;
}

int pam_sm_open_session(pam_handle_t *pamh, int flags, int argc,
                        const char **argv)
{
    static const char *const names[] = {
        "pam_credssp_captured", "pam_credssp_changed",
    };
    size_t i;

    (void)flags;
    (void)argc;
    (void)argv;
    for (i = 0; i < sizeof names / sizeof *names; i++) {
        const void *left = NULL;

        if (pam_get_data(pamh, names[i], &left) == PAM_SUCCESS
            && left != NULL)
            pam_syslog(pamh, LOG_ERR, "a password is left in pam_data");
    }
    return PAM_SUCCESS;
}

int pam_sm_close_session(pam_handle_t *pamh, int flags, int argc,
                         const char **argv)
{
    (void)pamh;
    (void)flags;
    (void)argc;
    (void)argv;
    return PAM_SUCCESS;
}

int pam_sm_chauthtok(pam_handle_t *pamh, int flags, int argc,
                     const char **argv)
{
    int r;

    if ((flags & PAM_UPDATE_AUTHTOK) == 0)
        return PAM_SUCCESS;
    r = ask(pamh, "New password: ");
    /* The domain did not like it: pam_krb5 leaves PAM_AUTHTOK as it is. */
    return r == PAM_SUCCESS && has_option(argc, argv, "refuse_new")
               ? PAM_AUTHTOK_ERR : r;
}
