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
    bool at_end; /* from pam_end(3), which names no module in the log */
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
    int32_t keyring;          /* the session keyring at that time, or 0 */
    int32_t stash;            /* the same for another process, or 0 */
    pid_t pid;                /* who can read the password: not its children */
    struct secret *password;
};

void captured_free(struct captured **captured);
/* PAM_AUTHTOK of PAM_USER, the caller's; NULL, with a debug line that says
 * why, when there is nothing to keep. */
struct captured *capture_read(const struct call *call, uid_t *uid);

void capture_take(const struct call *call);
/* After a password change: only a password that was kept is replaced. */
void capture_replace(const struct call *call);
/* What is stashed, by this process or another, becomes this one's; nothing of
 * it stays in the PAM environment. */
void capture_adopt(const struct call *call);
/* Borrowed; NULL when there is none that this process can read. */
const struct captured *capture_get(const struct call *call);
void capture_forget(const struct call *call);

/* -- stash.c: the same in a key of root's, for another process -- */

/* Sets captured->stash and a variable in the PAM environment. */
void stash_put(const struct call *call, struct captured *captured, uid_t uid);
/* The serial in the PAM environment, or 0; takes the variable away. */
int32_t stash_announced(const struct call *call);
/* Fills *captured and drops the stash; -1 leaves a foreign key alone. */
int stash_take(const struct call *call, int32_t serial,
               struct captured *captured) MUST_USE;
/* Does nothing to a key that is no stash. */
void stash_drop(int32_t serial);

/* -- store.c: from pam_data into the session keyring, and out again -- */

/* PAM_SUCCESS when a credential was stored, else PAM_IGNORE. */
int store_open(const struct call *call);
int store_close(const struct call *call);
/* The credential of a captured password, without a session; the caller
 * clears *cred. */
int store_prepare(const struct call *call, const struct captured *from,
                  uid_t uid, struct cred *cred, struct err *err) MUST_USE;
/* Puts *cred in the place of the running session's.  false, logged, when it
 * has none, or its keyring is not of cred->uid. */
bool store_replace(const struct call *call, const struct cred *cred);

/* -- renew.c: a new password for a session that is open already -- */

/* A screen that was unlocked: setcred with PAM_REINITIALIZE_CRED. */
void renew_now(const struct call *call);
/* A password that is being changed: when pam_end() says that it was. */
void renew_at_end(const struct call *call);
void renew_forget(const struct call *call);

#endif
