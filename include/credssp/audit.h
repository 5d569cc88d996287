/*
 * audit.h - what an administrator must be able to read later: events.
 *
 * An event is a fixed record; no field can hold a secret, because no field is
 * of a type that does.  Who writes it where is the program's own matter: the
 * module through pam_syslog(3), the broker in broker/sinks.h.
 */
#ifndef CREDSSP_AUDIT_H
#define CREDSSP_AUDIT_H

#include <stdbool.h>
#include <stdint.h>

#include "credssp/err.h"

/*
 * X(ID, "name", priority, "message id"): the priority is syslog(3)'s, the id
 * sd-id128(3)'s; credssp-broker(8) says when each of them happens.
 */
#define AUDIT_EVENTS(X)                                                       \
    X(CAPTURED, "captured", LOG_INFO, "645746ed14584e5ebe59f71b65fdea1b")     \
    X(REPLACED, "replaced", LOG_INFO, "b0d1c9f04c7c4b0c8e5c2e3f0a6d7b92")     \
    X(DEPOSITED, "deposited", LOG_INFO, "1669be4725b1464b944aceaeb9fed132")   \
    X(DELEGATED, "delegated", LOG_INFO, "4aaf304c270e4e669c843cc5c245e2dc")   \
    X(REFUSED, "refused", LOG_NOTICE, "7311219cec2b429b9fe8c1dcf3531e2b")     \
    X(EXPIRED, "expired", LOG_INFO, "70c85c48c32a4a889144ddaedd6f0ccc")       \
    X(REVOKED, "revoked", LOG_INFO, "f5e5826bc0b246a5837ae455c5f11b2e")       \
    X(ENDED, "ended", LOG_INFO, "05231d5fffc34729a1ed0f83b5629ab5")           \
    X(CRASHED, "crashed", LOG_ERR, "ab80dcbd1a4c41ef9aa0176d9fb7b404")        \
    X(RELOADED, "reloaded", LOG_NOTICE, "2bb9ab5c39f74dd7a36d481754b00f9e")

enum audit_event {
#define X(id, name, priority, message) AUDIT_##id,
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
    const char *tls;         /* version and cipher suite */
    const char *rule;        /* FILE:LINE that decided */
    const struct err *err;   /* why it was refused */
    unsigned duration_ms;    /* of what was tried, to its end */
};

const char *audit_event_name(enum audit_event event);
int audit_event_priority(enum audit_event event);
const char *audit_event_message_id(enum audit_event event);

/*
 * Calls back for each field that applies, in the order that all sinks share:
 * event first, then user, uid and so on.  No value holds a control character,
 * those of C1 (C2 80..9F in UTF-8) included: '?' stands for them.  is_text:
 * the value came from outside or is free text, a line has to quote it.
 */
#define AUDIT_VALUE_MAX 300 /* bytes of one value, the NUL included */
typedef void audit_field_fn(void *arg, const char *name, const char *value,
                            bool is_text);
void audit_each_field(const struct audit_record *record,
                      audit_field_fn *field, void *arg);

/* One line "event=delegated user=... "; text stands in double quotes, with a
 * backslash before '"' and '\'; a field that does not fit is left out whole. */
#define AUDIT_LINE_MAX 2048
void audit_format(char *dst, size_t size, const struct audit_record *record);

#endif
