/*
 * source.h - the policy in force: loaded, taken anew when its files change,
 * and kept when the newer ones are broken.
 */
#ifndef CREDSSP_POLICY_SOURCE_H
#define CREDSSP_POLICY_SOURCE_H

#include <pthread.h>
#include <stdint.h>

#include "policy/policy.h"

/* Shared by the threads of a process; a child of fork(2) goes on with it. */
struct policy_source {
    const char *path;        /* borrowed */
    enum policy_owner owner;
    pthread_mutex_t lock;    /* of what follows */
    struct policy *policy;   /* in force; NULL: none */
    int64_t loaded;          /* when, in seconds since 1970 */
    struct err why;          /* what is wrong with the newest files; NONE:
                                they are in force */
    uint64_t stamp;          /* of the newest files that were looked at */
    bool looked;
};

/* What a look at the files came to. */
enum policy_change {
    POLICY_SAME,
    POLICY_TAKEN,  /* newer ones are in force now */
    POLICY_KEPT,   /* newer ones are broken; the older policy stays */
    POLICY_NONE,   /* nothing is in force, and why has become clear */
};

/* Nothing is read yet. */
void policy_source_init(struct policy_source *source, const char *path,
                        enum policy_owner owner);
void policy_source_clear(struct policy_source *source);

/*
 * Looks whether the files have changed (a few stat(2)) and loads them if so.
 * complain may be NULL; else it is told each error of newer files, once.
 */
enum policy_change policy_source_look(struct policy_source *source,
                                      policy_complaint_fn *complain,
                                      void *arg);

/* The same, and the policy in force: the caller's own reference. */
int policy_source_get(struct policy_source *source, struct policy **policy,
                      struct err *err) MUST_USE;

/* What there is to tell of it: when it was loaded, and what is wrong with
 * newer files (ERR_NONE: nothing). */
void policy_source_facts(struct policy_source *source, int64_t *loaded,
                         struct err *why);

#endif
