/* identity.c - the logged-on user, counted and wiped. */
#include "identity.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

int identity_new(const char *domain, const char *user,
                 struct secret **password, struct identity **identity,
                 struct err *err)
{
    struct identity *id = calloc(1, sizeof *id);

    if (id == NULL)
        return err_set(err, ERR_MEMORY, STAGE_DELEGATION, NULL);
    atomic_init(&id->refs, 1);
    snprintf(id->domain, sizeof id->domain, "%s", domain);
    snprintf(id->user, sizeof id->user, "%s", user);
    if (password != NULL) {
        id->password = *password;
        *password = NULL;
    }
    *identity = id;
    return 0;
}

struct identity *identity_ref(struct identity *identity)
{
    atomic_fetch_add(&identity->refs, 1);
    return identity;
}

void identity_unref(struct identity **identity)
{
    struct identity *id = *identity;

    *identity = NULL;
    if (id == NULL || atomic_fetch_sub(&id->refs, 1) > 1)
        return;
    secret_free(&id->password);
    free(id);
}

bool identity_same(const struct identity *a, const struct identity *b)
{
    return strcasecmp(a->domain, b->domain) == 0
        && strcasecmp(a->user, b->user) == 0;
}

void identity_owner(const struct identity *identity, char *dst, size_t size)
{
    if (identity->local)
        snprintf(dst, size, "%s", identity->user);
    else
        snprintf(dst, size, "%s\\%s", identity->domain, identity->user);
}
