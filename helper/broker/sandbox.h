/*
 * sandbox.h - what each role gives up before it reads a byte from anyone.
 * One function for each role; they hold with and without systemd.
 */
#ifndef CREDSSP_BROKER_SANDBOX_H
#define CREDSSP_BROKER_SANDBOX_H

#include "broker/syscalls.h"
#include "credssp/err.h"

/*
 * All roles, first of all: no environment, no core dumps, no ptrace(2) from
 * processes of the same uid, no new privileges, umask 077, directory "/",
 * descriptors 0 to 2 open, all others closed but keep_count ones at keep.
 */
int sandbox_begin(const int *keep, size_t keep_count, struct err *err)
    MUST_USE;

/* The listener refuses to be root; before it makes anything. */
int sandbox_refuse_root(struct err *err) MUST_USE;

/*
 * The listener, when its socket stands and libraries are loaded: system calls
 * and files, for itself and its workers.  own_socket may still be removed at
 * the end; NULL when it is systemd's.
 */
int sandbox_listener(const char *policy_file, const char *own_socket,
                     struct err *err) MUST_USE;

/*
 * A worker, right after fork(2): moves its only descriptor beyond stderr to a
 * number of its own, closes what the listener had, restores signals, and gives
 * up what a listener needs and a worker does not.  *control becomes the new
 * number; calls is ROLE_WORKER's list.
 */
int sandbox_worker(int *control, const char *policy_file,
                   const struct syscalls *calls, struct err *err) MUST_USE;

/* Direct mode: the user's own process; he may be root. */
int sandbox_direct(const char *policy_file, struct err *err) MUST_USE;

#endif
