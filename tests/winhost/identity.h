/*
 * identity.h - who is logged on: shared by the connection, its shells and
 * their commands.
 */
#ifndef WINHOST_IDENTITY_H
#define WINHOST_IDENTITY_H

#include <stdatomic.h>
#include <stdbool.h>

#include "credssp/err.h"
#include "credssp/secret.h"

#define IDENTITY_NAME_MAX 512

struct identity {
    atomic_uint refs;
    char domain[IDENTITY_NAME_MAX]; /* CORP, or the computer of an account */
    char user[IDENTITY_NAME_MAX];   /* alice */
    bool local;                     /* an account of this very computer */
    struct secret *password;        /* NULL: nothing was delegated */
};

/* One reference; names are copied, *password is taken over. */
int identity_new(const char *domain, const char *user,
                 struct secret **password, struct identity **identity,
                 struct err *err) MUST_USE;
struct identity *identity_ref(struct identity *identity);
void identity_unref(struct identity **identity);

/* Account names are compared without case, as Windows does. */
bool identity_same(const struct identity *a, const struct identity *b);

/* "CORP\alice", or "alice" for a local account: rsp:Owner as recorded. */
void identity_owner(const struct identity *identity, char *dst, size_t size);

#endif
