/*
 * session.h - tests that play a login: a fresh session keyring, and processes
 * of other users in it and outside it.
 */
#ifndef CREDSSP_TESTS_UNIT_SESSION_H
#define CREDSSP_TESTS_UNIT_SESSION_H

#include "unit.h"

#include <errno.h>
#include <grp.h>
#include <keyutils.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* Numbers are enough for the kernel: no account stands behind them. */
/* The kernel counts keys by uid, and other tests run at the same time: each
 * program has uids of its own. */
static uid_t first_uid;

__attribute__((constructor)) static void choose_uids(void)
{
    first_uid = 400000 + 4 * (uid_t)getpid();
}

#define ALICE first_uid
#define BOB (first_uid + 1)
#define BROKER (first_uid + 2)

/* A container may forbid keyctl(2): nothing can be shown there. */
static inline void need_keyrings(void)
{
    if (keyctl_join_session_keyring(NULL) < 0) {
        print_message("no keyrings here: %s\n", strerror(errno));
        skip();
    }
}

/* Stays in the session that the test's setup has made. */
static inline bool is_root_with_keyrings(void)
{
    return geteuid() == 0
        && keyctl_get_keyring_ID(KEY_SPEC_PROCESS_KEYRING, 1) > 0;
}

static inline void need_root(void)
{
    if (!is_root_with_keyrings()) {
        print_message("needs root and keyrings\n");
        skip();
    }
}

/* As pam_keyinit(8) does it: the new keyring belongs to the real uid. */
static inline void fresh_session(uid_t uid)
{
    assert_int_equal(setresuid(uid, 0, 0), 0);
    assert_true(keyctl_join_session_keyring(NULL) > 0);
    assert_int_equal(setresuid(0, 0, 0), 0);
}

/* This process as uid, able to come back: for the kernel it is he. */
static inline void become(uid_t uid)
{
    assert_int_equal(setresuid(0, 0, 0), 0);
    assert_int_equal(setresgid(uid, uid, uid), 0);
    assert_int_equal(setgroups(0, NULL), 0);
    assert_int_equal(setresuid(uid, uid, 0), 0);
}

static inline void become_root(void)
{
    assert_int_equal(setresuid(0, 0, 0), 0);
    assert_int_equal(setresgid(0, 0, 0), 0);
}

/* An actor returns 0, or 1 after CHECK has said what went wrong. */
typedef int actor(void *arg);

#define CHECK(expr)                                                           \
    do {                                                                      \
        if (!(expr)) {                                                        \
            fprintf(stderr, "%s:%d: %s (%s)\n", __FILE__, __LINE__, #expr,    \
                    strerror(errno));                                         \
            return 1;                                                         \
        }                                                                     \
    } while (0)

enum where { IN_SESSION, IN_ANOTHER_SESSION };

/* Plays the actor in a child that is uid for good. */
static inline int play(uid_t uid, enum where where, actor *act, void *arg)
{
    int status = -1;
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        if (setresgid(uid, uid, uid) != 0 || setgroups(0, NULL) != 0
            || setresuid(uid, uid, uid) != 0)
            _exit(2);
        if (where == IN_ANOTHER_SESSION
            && keyctl_join_session_keyring(NULL) < 0)
            _exit(3);
        _exit(act(arg));
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Memory that actors and the test share; for the rest of the program. */
static inline void *shared(size_t n)
{
    void *p = mmap(NULL, n, PROT_READ | PROT_WRITE,
                   MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    assert_true(p != MAP_FAILED);
    return p;
}

/* The serial of that entry of the session keyring, or 0. Root may look. */
static inline int32_t entry(const char *description)
{
    int32_t found = 0, *keys = NULL;
    void *list = NULL;
    char text[256];
    int n = keyctl_read_alloc(KEY_SPEC_SESSION_KEYRING, &list), i;

    assert_true(n >= 0);
    keys = list;
    for (i = 0; i < n / (int)sizeof *keys; i++)
        if (keyctl_describe(keys[i], text, sizeof text) > 0
            && strcmp(strrchr(text, ';') + 1, description) == 0)
            found = keys[i];
    free(list);
    return found;
}

#endif
