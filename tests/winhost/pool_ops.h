/*
 * pool_ops.h - a runspace pool as a shell of .../powershell/NAME with its own
 * stream.
 */
#ifndef WINHOST_POOL_OPS_H
#define WINHOST_POOL_OPS_H

#include "engine.h"

engine_fn pool_create;
int pool_receive(struct shell *shell, const struct request *request,
                 struct buf *out, struct fault *fault);
int pool_send(struct shell *shell, const xmlNode *stream,
              struct fault *fault);

#endif
