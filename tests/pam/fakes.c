/*
 * fakes.c - what the module finds instead of this machine: log, accounts and
 * groups.  The runner exports these symbols, so that they come before
 * libpam's; everything else is the real libpam.
 */
#include "pamtest.h"

#include <grp.h>
#include <pwd.h>
#include <security/pam_ext.h>
#include <security/pam_modutil.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#define SESSION_FIELD "session=\""
#define SESSION_DIGITS 16

static struct fakes_log *logged;

void fakes_begin(struct fakes_log *memory)
{
    logged = memory;
}

static const char *priority_name(int priority)
{
    switch (priority) {
    case LOG_ERR:
        return "ERR";
    case LOG_INFO:
        return "INFO";
    case LOG_DEBUG:
        return "DEBUG";
    default:
        return "?";
    }
}

/* The session's nonce is another one each time. */
static void mask_session(char *line)
{
    char *at = strstr(line, SESSION_FIELD);

    if (at == NULL)
        return;
    at += strlen(SESSION_FIELD);
    if (strspn(at, "0123456789abcdef") == SESSION_DIGITS)
        memset(at, '*', SESSION_DIGITS);
}

void pam_syslog(const pam_handle_t *pamh, int priority, const char *fmt, ...)
{
    char text[TEXT_MAX - 8];
    va_list ap;

    (void)pamh;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    mask_session(text);
    if (logged->n < LINES_MAX)
        snprintf(logged->lines[logged->n++], TEXT_MAX, "%s %s",
                 priority_name(priority), text);
}

size_t fakes_log_count(void)
{
    return logged->n;
}

const char *fakes_log_line(size_t i)
{
    return logged->lines[i];
}

static char name_alice[] = "alice", name_bob[] = "bob", name_root[] = "root",
            name_daemon[] = "daemon", name_group[] = BROKER_USER,
            nothing[] = "";

static struct passwd accounts[] = {
    { .pw_name = name_alice, .pw_uid = ALICE, .pw_gid = ALICE },
    { .pw_name = name_bob, .pw_uid = BOB, .pw_gid = BOB },
    { .pw_name = name_root, .pw_uid = 0, .pw_gid = 0 },
    { .pw_name = name_daemon, .pw_uid = 1, .pw_gid = 1 },
};

struct passwd *pam_modutil_getpwnam(pam_handle_t *pamh, const char *user)
{
    size_t i;

    (void)pamh;
    for (i = 0; i < sizeof accounts / sizeof *accounts; i++)
        if (strcmp(accounts[i].pw_name, user) == 0)
            return &accounts[i];
    return NULL;
}

static struct group broker_group = {
    .gr_name = name_group, .gr_passwd = nothing, .gr_gid = BROKER,
};

bool fakes_no_group;

struct group *pam_modutil_getgrnam(pam_handle_t *pamh, const char *group)
{
    (void)pamh;
    return !fakes_no_group && strcmp(group, BROKER_USER) == 0
               ? &broker_group : NULL;
}

int pam_modutil_user_in_group_nam_nam(pam_handle_t *pamh, const char *user,
                                      const char *group)
{
    (void)pamh;
    return strcmp(user, "alice") == 0 && strcmp(group, "admins") == 0;
}
