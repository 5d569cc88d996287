/*
 * pool.h - a runspace pool as its client sees it (MS-PSRP 3.1): what is sent
 * to open it, and its state as messages come in.  Bytes in, bytes out.
 */
#ifndef CREDSSP_PSRP_POOL_H
#define CREDSSP_PSRP_POOL_H

#include <stdbool.h>
#include <stdint.h>

#include "credssp/buf.h"
#include "credssp/err.h"
#include "psrp/host_info.h"
#include "psrp/incoming.h"
#include "psrp/message.h"
#include "psrp/session_key.h"

/* MS-PSRP 2.2.3.4: RunspaceState's numbers. */
#define POOL_STATES(X)                                                        \
    X(BEFORE_OPEN, 0) X(OPENING, 1) X(OPENED, 2) X(CLOSED, 3) X(CLOSING, 4)   \
    X(BROKEN, 5) X(NEGOTIATION_SENT, 6) X(NEGOTIATION_SUCCEEDED, 7)           \
    X(CONNECTING, 8) X(DISCONNECTED, 9)

enum pool_state {
#define X(id, number) POOL_##id = number,
    POOL_STATES(X)
#undef X
};

struct pool {
    struct guid id;           /* also the shell's ShellId, in upper case */
    enum pool_state state;
    /* ObjectId of the next message that we send: the one sequence that all
     * threads draw from, each with ++. */
    _Atomic uint64_t next_object;
    unsigned protocol_minor;  /* of 2.x, as negotiated */
    char ps_version[32];      /* PSVersion of the host; "": not told */
    bool key_wanted;          /* the host asked for our public key */
    unsigned min_runspaces, max_runspaces;
    struct session_key *key;  /* of SecureStrings; NULL: never asked for */
};

/* pool_free() in any case. */
int pool_init(struct pool *pool, struct err *err) MUST_USE;

/* A pool that another process opened goes on: what it knew of it. */
struct pool_left {
    struct guid id;
    uint64_t next_object;
    unsigned protocol_minor;
};

/*
 * false: nobody else may go on with it, for it is not open, or has to do with
 * a key, which is a secret of the process that agreed upon it.
 */
bool pool_leave(const struct pool *pool, struct pool_left *left);
void pool_resume(struct pool *pool, const struct pool_left *left);

/* What creationXml carries: SESSION_CAPABILITY and INIT_RUNSPACEPOOL. */
int pool_open(struct pool *pool, const struct host_info *host,
              struct buf *creation, struct err *err) MUST_USE;

void pool_free(struct pool *pool);

/* PUBLIC_KEY, of a key that is made for it; the answer makes pool->key
 * ready. */
int pool_put_public_key(struct pool *pool, struct buf *message,
                        struct err *err) MUST_USE;

/*
 * A message of the pool that came in; *taken false: none of its own (of a
 * pipeline, or a host call).  ERR_MALFORMED for what the state does not
 * allow; what broke the pool is told by the host's own words.
 */
int pool_take(struct pool *pool, const struct incoming_message *message,
              bool *taken, struct err *err) MUST_USE;

/* Heads a message to the host; its data follows in out. */
void pool_put_header(const struct pool *pool, const struct guid *pipeline,
                     enum message_type type, struct buf *out);

#endif
