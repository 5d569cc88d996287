/*
 * engine.h - the WS-Management service without any transport: an envelope in,
 * an envelope out.
 */
#ifndef WINHOST_ENGINE_H
#define WINHOST_ENGINE_H

#include "credssp/buf.h"
#include "host.h"
#include "identity.h"
#include "shells.h"
#include "soap_in.h"

/* Who asks, and from where. */
struct caller {
    struct identity *identity;  /* NULL: only Identify is answered */
    char address[64];           /* rsp:ClientIP */
};

/*
 * Answers one request; may block for its OperationTimeout.  Returns the HTTP
 * status and what was asked for the log: "Create", "Receive", "?".
 */
int engine_answer(const struct host *host, const struct caller *caller,
                  const unsigned char *xml, size_t len, struct buf *out,
                  const char **what);

/* The rows behind it: 0, or -1 with a fault. shell_ops.c, ... */
typedef int engine_fn(const struct host *host, const struct caller *caller,
                      const struct request *request, struct buf *out,
                      struct fault *fault);
engine_fn op_create, op_delete, op_command, op_send, op_receive, op_signal,
    op_get, op_identify, op_enumerate, op_pull, op_release;

#endif
