/* account.c - asks the name service for an account. */
#include "cli/account.h"

#include <pwd.h>
#include <string.h>

#define ENTRY_MAX 16384 /* bytes of one entry; directories have long ones */

bool account_uid(const char *name, uid_t *uid)
{
    struct passwd entry, *found = NULL;
    char strings[ENTRY_MAX];

    if (getpwnam_r(name, &entry, strings, sizeof strings, &found) != 0
        || found == NULL)
        return false;
    *uid = entry.pw_uid;
    return true;
}

bool account_name(uid_t uid, char *name, size_t size)
{
    struct passwd entry, *found = NULL;
    char strings[ENTRY_MAX];

    if (getpwuid_r(uid, &entry, strings, sizeof strings, &found) != 0
        || found == NULL || strlen(entry.pw_name) >= size)
        return false;
    memcpy(name, entry.pw_name, strlen(entry.pw_name) + 1);
    return true;
}
