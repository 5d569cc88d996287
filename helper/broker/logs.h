/*
 * logs.h - the listener's shelf: the files of history.h of sessions whose
 * worker may come again.  It holds descriptors and never looks inside.
 */
#ifndef CREDSSP_BROKER_LOGS_H
#define CREDSSP_BROKER_LOGS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "broker/bounds.h"

struct log_file {
    uid_t uid;
    int32_t sealed;
    int fd;
    uint64_t used; /* when it was last asked for, in steps */
};

/* All zero is an empty one. */
struct logs {
    struct log_file files[LIMIT_LOGS];
    size_t count;
    uint64_t step;
};

/* The file of (uid, sealed), made at the first need; the shelf's own.  At a
 * limit the one that was asked for longest ago goes.  -1: none can be had. */
int logs_find(struct logs *logs, uid_t uid, int32_t sealed);

#endif
