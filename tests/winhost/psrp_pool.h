/*
 * psrp_pool.h - a runspace pool: a shell of .../powershell/NAME and its own
 * stream, as recorded hosts open it.
 */
#ifndef WINHOST_PSRP_POOL_H
#define WINHOST_PSRP_POOL_H

#include <stdbool.h>
#include <stdint.h>

#include "engine.h"
#include "psrp_wire.h"

struct pool;

/* Takes the reference away, and frees the pool. */
void pool_free(struct pool **pool);

/* Create, Receive and Send without a CommandId. */
engine_fn pool_create;
int pool_receive(struct shell *shell, const struct request *request,
                 struct buf *out, struct fault *fault);
int pool_send(struct shell *shell, const xmlNode *stream,
              struct fault *fault);

/* JEA: commands, and no script. */
bool pool_no_language(const struct pool *pool);
const unsigned char *pool_id(const struct pool *pool);
uint64_t pool_next_object(struct pool *pool);

/* A SecureString's plain text; -1 without a key, or for another one's. */
int pool_decrypt(const struct pool *pool, const char *base64,
                 char *text, size_t size);

/* The value of an object's member by its N; NULL. */
xmlNodePtr psrp_member(xmlNodePtr object, const char *name);

#endif
