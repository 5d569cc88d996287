/* identity.h - what the account database says of a uid: name and groups. */
#ifndef CREDSSP_BROKER_IDENTITY_H
#define CREDSSP_BROKER_IDENTITY_H

#include <stddef.h>
#include <sys/types.h>

#include "credssp/cred.h"
#include "credssp/err.h"

#define IDENTITY_GROUPS_MAX 4096

/* groups[i] are owned; a gid without a name is left out. */
struct identity {
    char user[CRED_NAME_MAX];
    char **groups;
    size_t group_count;
};

/* getpwuid_r(3), getgrouplist(3). The caller clears *identity, also
 * after a failure. */
int identity_of(uid_t uid, struct identity *identity, struct err *err)
    MUST_USE;
void identity_clear(struct identity *identity);

#endif
