/*
 * psrp_pool.h - a runspace pool: what its client sends to it and what it
 * tells, without a transport.
 */
#ifndef WINHOST_PSRP_POOL_H
#define WINHOST_PSRP_POOL_H

#include <libxml/tree.h>
#include <stdbool.h>
#include <stdint.h>

#include "host.h"
#include "psrp_console.h"
#include "psrp_key.h"
#include "psrp_wire.h"

struct pool;

/* Of a session configuration; NULL: it is not registered here. */
struct pool *pool_new(const struct host *host, const char *configuration,
                      bool no_profile);
/* Takes the reference away, and frees the pool. */
void pool_free(struct pool **pool);

/* SESSION_CAPABILITY and INIT_RUNSPACEPOOL, as creationXml has them. */
int pool_open(struct pool *pool, const unsigned char id[PSRP_GUID],
              const void *p, size_t n) MUST_USE;
/*
 * Is the first fragment of a new pipeline of a new message?  Its ObjectId is
 * greater than that of any pipeline, and of the opening, before: a client
 * that goes on in somebody's pool counts on (MS-PSRP 2.2.4).
 */
bool pool_counts_on(struct pool *pool, const unsigned char *p, size_t n);
/* Fragments that the client sends to the pool itself later on. */
int pool_take(struct pool *pool, const void *p, size_t n) MUST_USE;

/* What the pool has to tell next, in fragments; false: nothing in time. */
bool pool_next(struct pool *pool, unsigned timeout_ms, struct buf *bytes);
/* Adds fragments to that. */
void pool_tell(struct pool *pool, const void *p, size_t n);
/* Whether RUNSPACEPOOL_STATE was told: Opened. */
bool pool_is_open(struct pool *pool);

/* JEA: commands, and no script. */
bool pool_no_language(const struct pool *pool);
const char *pool_configuration(const struct pool *pool);
const unsigned char *pool_id(const struct pool *pool);
uint64_t pool_next_object(struct pool *pool);
/* The terminal that INIT_RUNSPACEPOOL described. */
const struct console *pool_console(const struct pool *pool);
/* The process that runs its pipelines; NULL: the interpreter does. */
struct pwsh *pool_pwsh(const struct pool *pool);

/*
 * The key for SecureStrings.  Where there is none yet PUBLIC_KEY_REQUEST goes
 * out; false: stopped(arg) became true before it was answered.
 */
const struct psrp_key *pool_key(const struct pool *pool);
bool pool_ask_key(struct pool *pool, bool (*stopped)(void *arg), void *arg);

/* The value of an object's member by its N; NULL. */
xmlNodePtr psrp_member(xmlNodePtr object, const char *name);

#endif
