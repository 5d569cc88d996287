/*
 * attacks.h - what code inside of a worker would try, and what the kernel
 * answers: for test_sandbox, and for tests/lab/intruder in a real worker.
 */
#ifndef CREDSSP_TESTS_ATTACKS_H
#define CREDSSP_TESTS_ATTACKS_H

#include <stddef.h>
#include <sys/types.h>

/* The answer of an attack that the process does not survive. */
#define DIES (-1)

struct attack {
    const char *name;
    int (*attempt)(void); /* 0 when it worked, else errno */
    int by_seccomp;       /* what the system call filter answers */
    int by_landlock;      /* what Landlock alone answers; 0: not its concern */
    int landlock_version; /* the first that does */
};

extern const struct attack attacks[];
extern const size_t attack_count;

/* A file that the caller owns and the sandbox does not know of. */
extern char attack_file[64];
/* A process of the same uid, outside of the sandbox. */
extern pid_t attack_victim;

/* "EACCES", "ok"; as the lab's tests read it. */
const char *attack_answer(int number);

#endif
