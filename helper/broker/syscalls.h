/*
 * syscalls.h - the system calls that each role may still make: seccomp(2).
 * Whatever is not named in the tables of syscalls.c does not exist any more.
 */
#ifndef CREDSSP_BROKER_SYSCALLS_H
#define CREDSSP_BROKER_SYSCALLS_H

#include "credssp/err.h"

/*
 * A filter stays with the children.  A worker's is therefore the listener's
 * and its own: the listener's list has all that a worker needs, and a worker's
 * takes away what only a listener does.
 */
enum sandbox_role {
    ROLE_LISTENER = 1,
    ROLE_WORKER = 2,
    ROLE_DIRECT = 4,
};

/*
 * A role's list, made into what the kernel runs.  That takes milliseconds,
 * which the listener spends once for all of its workers.
 */
struct syscalls;

/* The caller owns *list. ERR_SYSTEM, ERR_MEMORY. */
int syscalls_compile(enum sandbox_role role, struct syscalls **list,
                     struct err *err) MUST_USE;
void syscalls_free(struct syscalls **list);

/*
 * For good, for this process and all that it forks, before any thread; with
 * PR_SET_NO_NEW_PRIVS.  But for the listener's, signals to others end too.
 */
int syscalls_restrict(const struct syscalls *list, struct err *err) MUST_USE;

#endif
