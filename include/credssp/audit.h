/*
 * audit.h - one sink for what an administrator must be able to read later.
 *
 * An event is a fixed record; no field can hold a secret, because no field is
 * of a type that does.
 */
#ifndef CREDSSP_AUDIT_H
#define CREDSSP_AUDIT_H

#include <stdint.h>

#include "credssp/err.h"

#define AUDIT_EVENTS(X)                                                       \
    X(CAPTURED, "captured")                                                   \
    X(REPLACED, "replaced")                                                   \
    X(DEPOSITED, "deposited")                                                 \
    X(DELEGATED, "delegated")                                                 \
    X(REFUSED, "refused")                                                     \
    X(ENDED, "ended")

enum audit_event {
#define X(id, name) AUDIT_##id,
    AUDIT_EVENTS(X)
#undef X
    AUDIT_EVENT_COUNT
};

/* Borrowed strings; NULL or 0 when a field does not apply. */
struct audit_record {
    enum audit_event event;
    const char *user;        /* principal or login name */
    uint32_t uid;
    const char *session;     /* hex of the session nonce's first 8 bytes */
    const char *service;     /* PAM service, or "credssp login" */
    const char *host;        /* canonical */
    const char *spn;
    const char *mechanism;
    int credssp_version;
    const char *rule;        /* FILE:LINE that decided */
    const struct err *err;   /* why it was refused */
    unsigned duration_ms;
};

/* One line "event=delegated user=... ", in this order, to syslog(3) (authpriv)
 * through the open log of the process.  Strings stand in double quotes, with
 * a backslash before '"' and '\', and '?' for control characters; a field that
 * does not apply, or does not fit, is left out whole. */
void audit_write(const struct audit_record *record);

/* The line itself, for tests and for foreground logging. */
void audit_format(char *dst, size_t size, const struct audit_record *record);

/* Copies of every line go to this stream too (stderr of --foreground). */
void audit_mirror(FILE *stream);

#endif
