/* workers.h - the listener's table of worker processes. */
#ifndef CREDSSP_BROKER_WORKERS_H
#define CREDSSP_BROKER_WORKERS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "broker/bounds.h"
#include "broker/logs.h"
#include "broker/rate.h"
#include "credssp/err.h"

/* In the child: never returns. control is where its clients come from. */
typedef void workers_run_fn(void *arg, uid_t uid, int32_t sealed,
                            int control);

struct worker_process {
    pid_t pid;
    uid_t uid;
    int32_t sealed;
    int control; /* -1: takes no more clients */
};

struct workers {
    workers_run_fn *run;
    void *run_arg;
    struct worker_process processes[LIMIT_WORKERS];
    size_t count;
    struct logs logs; /* of sessions, for their next worker */
    struct rates starts;
};

/*
 * Gives client (which stays the caller's) to the worker of (uid, sealed), or
 * to a new one.  ERR_BROKER_BUSY at a limit, ERR_SYSTEM.
 */
int workers_hand_over(struct workers *workers, uid_t uid, int32_t sealed,
                      int client, struct err *err) MUST_USE;

/* After SIGCHLD: forgets those that ended; says so when one crashed. */
void workers_reap(struct workers *workers);

/* SIGTERM to all. */
void workers_end(struct workers *workers);

#endif
