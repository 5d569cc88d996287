/*
 * worker.h - one process for one (uid, sealed key): a thread for each client,
 * and a main thread that takes clients in and watches the key.
 */
#ifndef CREDSSP_BROKER_WORKER_H
#define CREDSSP_BROKER_WORKER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "policy/source.h"

/* policy is borrowed for the life of the process. */
struct worker_task {
    uid_t uid;
    int32_t sealed;          /* 0: no credential */
    bool direct;
    struct policy_source *policy;
    int control;             /* where clients come from; -1: none */
    int client;              /* the first one; -1: none */
};

/*
 * Serves until there is nobody left to serve, and returns the exit status.
 * _exit(2)s at once when the key is gone.
 */
int worker_run(const struct worker_task *task);

#endif
