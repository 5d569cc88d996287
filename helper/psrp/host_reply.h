/*
 * host_reply.h - answers to host calls (MS-PSRP 2.2.2.16, 2.2.2.28): whole
 * messages, to be sent on the stream "pr".
 */
#ifndef CREDSSP_PSRP_HOST_REPLY_H
#define CREDSSP_PSRP_HOST_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "credssp/buf.h"
#include "credssp/err.h"
#include "credssp/secret.h"
#include "psrp/host_call.h"
#include "psrp/message.h"
#include "psrp/pool.h"
#include "psrp/session_key.h"

/* What an answer belongs to; the type of the call that it answers is that of
 * the message that brought it.  All borrowed. */
struct host_reply {
    const struct pool *pool;
    const struct guid *pipeline;  /* NULL: the pool itself asked */
    const struct host_call *call;
    struct buf *out;              /* empty, with a maximum */
};

/* A value is refused as ERR_INTERNAL when the method returns another kind. */
int host_reply_string(const struct host_reply *reply, const char *text,
                      size_t n, struct err *err) MUST_USE;
int host_reply_int(const struct host_reply *reply, int32_t number,
                   struct err *err) MUST_USE;
int host_reply_ints(const struct host_reply *reply, const int32_t *numbers,
                    size_t count, struct err *err) MUST_USE;
int host_reply_bool(const struct host_reply *reply, bool value,
                    struct err *err) MUST_USE;
/* Coordinates x, y, or a size of width, height. */
int host_reply_pair(const struct host_reply *reply, int32_t first,
                    int32_t second, struct err *err) MUST_USE;

/* MS-PSRP 2.2.3.26: ControlKeyStates is a set of bits. */
struct host_key {
    int32_t virtual_key;
    uint16_t character;           /* UTF-16 */
    int32_t control_state;
    bool is_down;
};
int host_reply_key(const struct host_reply *reply,
                   const struct host_key *key, struct err *err) MUST_USE;

/* Of pool->key, which must be ready (runspace_exchange_key()). */
int host_reply_secure(const struct host_reply *reply,
                      const struct secret *utf8, struct err *err) MUST_USE;
int host_reply_credential(const struct host_reply *reply, const char *user,
                          const struct secret *password, struct err *err)
    MUST_USE;

/* What was typed into a Prompt's field: a text, a secret, or a user name and
 * a secret. */
struct host_field_value {
    const char *name;
    const char *text;             /* NULL: secret is all there is */
    const struct secret *secret;  /* NULL: text is all there is */
};
int host_reply_fields(const struct host_reply *reply,
                      const struct host_field_value *fields, size_t count,
                      struct err *err) MUST_USE;

/* No value, as a user gives who goes without: $null. */
int host_reply_nothing(const struct host_reply *reply, struct err *err)
    MUST_USE;

/* The method failed: the script sees an exception with this message. */
int host_reply_error(const struct host_reply *reply, const char *message,
                     struct err *err) MUST_USE;

#endif
