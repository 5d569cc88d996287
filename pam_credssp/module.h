/*
 * module.h - the inside of pam_credssp.so, grouped by file.
 *
 * It runs as root in somebody else's program: no static state, no fork, no
 * thread, no socket, no signal, no descriptor, nothing in the environment,
 * and no failure of its own may fail or delay a login.
 */
#ifndef PAM_CREDSSP_MODULE_H
#define PAM_CREDSSP_MODULE_H

#include <security/pam_modules.h>
#include <stdbool.h>
#include <sys/types.h>

#include "credssp/audit.h"
#include "credssp/cred.h"
#include "credssp/err.h"
#include "credssp/secret.h"

/* -- options.c: the words behind pam_credssp.so in a PAM file -- */

#define LIFETIME_DEFAULT_S 36000u /* 10h */

/* Strings are borrowed from the arguments; NULL when not given. */
struct options {
    bool debug;
    bool silent;
    bool ignore_root;
    uid_t minimum_uid;
    unsigned lifetime_s;
    const char *domain;
    const char *realm;
    const char *group;
};

void options_init(struct options *options);
/* One word.  ERR_USAGE leaves the options as they are. */
int options_take(struct options *options, const char *word, struct err *err)
    MUST_USE;

/* One call into the module. */
struct call {
    pam_handle_t *pamh;
    struct options options;
};

/* -- log.c: the system log (authpriv) -- */

void log_debug(const struct call *call, const char *fmt, ...)
    PRINTF_LIKE(2, 3);
void log_error(const struct call *call, const struct err *err);
void log_event(const struct call *call, const struct audit_record *record);

/* -- account.c: whose password is kept at all -- */

/*
 * PAM_USER and his uid; false when there is nothing to keep for him, with a
 * debug line that says why.
 */
bool account_is_served(const struct call *call, const char **user,
                       uid_t *uid);

/* -- capture.c: the password between auth and session, in pam_data -- */

struct captured {
    char user[CRED_NAME_MAX]; /* PAM_USER at that time */
    struct secret *password;
};

void capture_take(const struct call *call);
/* After a password change: only a password that was kept is replaced. */
void capture_replace(const struct call *call);
/* Borrowed; NULL when there is none. */
const struct captured *capture_get(const struct call *call);
void capture_forget(const struct call *call);

/* -- store.c: from pam_data into the session keyring, and out again -- */

/* PAM_SUCCESS when a credential was stored, else PAM_IGNORE. */
int store_open(const struct call *call);
int store_close(const struct call *call);

#endif
