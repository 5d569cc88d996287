/*
 * landlock.h - what files each role may still see: Landlock, where the kernel
 * has it (https://docs.kernel.org/userspace-api/landlock.html).
 */
#ifndef CREDSSP_BROKER_LANDLOCK_H
#define CREDSSP_BROKER_LANDLOCK_H

#include <stdbool.h>

#include "credssp/err.h"

/*
 * From here on: the system's files, the folder of policy_file and where its
 * like really lie, for reading; nothing can be written, made or run.  Where the
 * kernel can, no TCP port can be taken, and no signal or abstract unix socket
 * reaches a process that is not our own.  removable: a name that may still be
 * removed; NULL for none.  *held is false, and nothing has changed, on a kernel
 * without Landlock.
 */
int landlock_restrict(const char *policy_file, const char *removable,
                      bool *held, struct err *err) MUST_USE;

/* The version of the kernel's interface; 0: none. */
int landlock_version(void);

#endif
