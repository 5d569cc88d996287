/* identity.c - a uid's login name and the names of its groups. */
#include "broker/identity.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ENTRY_BYTES 65536 /* of one passwd or group line; large groups grow */
#define ENTRY_BYTES_MAX (16ul * 1048576)

static int look_up_user(uid_t uid, char *lines, struct passwd *entry,
                        struct err *err)
{
    struct passwd *found;
    int failed = getpwuid_r(uid, entry, lines, ENTRY_BYTES, &found);

    if (failed != 0)
        return err_set_errno(err, ERR_SYSTEM, STAGE_POLICY, failed,
                             "the account of uid %u cannot be looked up",
                             (unsigned)uid);
    if (found == NULL || strlen(entry->pw_name) >= CRED_NAME_MAX)
        return err_set(err, ERR_POLICY_DENIED, STAGE_POLICY,
                       "uid %u has no account on this machine",
                       (unsigned)uid);
    return 0;
}

/* The gids, owned; getgrouplist(3) says how many when there is no room. */
static gid_t *list_gids(const char *user, gid_t primary, int *count)
{
    int room = 64;
    gid_t *gids = NULL;

    for (;;) {
        gid_t *larger = reallocarray(gids, (size_t)room, sizeof *gids);
        int got = room;

        if (larger == NULL)
            break;
        gids = larger;
        if (getgrouplist(user, primary, gids, &got) >= 0) {
            *count = got;
            return gids;
        }
        if (got <= room || got > IDENTITY_GROUPS_MAX)
            break;
        room = got;
    }
    free(gids);
    return NULL;
}

/*
 * *name is NULL for a gid without a name.  An error is an error: a Deny line
 * may stand in a Match block for that very group.
 */
static int group_name(gid_t gid, char **lines, size_t *size, char **name,
                      struct err *err)
{
    struct group entry, *found;
    int failed;

    *name = NULL;
    while ((failed = getgrgid_r(gid, &entry, *lines, *size, &found)) == ERANGE
           && *size < ENTRY_BYTES_MAX) {
        char *larger = reallocarray(*lines, *size, 2);

        if (larger == NULL)
            return err_set(err, ERR_MEMORY, STAGE_POLICY, NULL);
        *lines = larger;
        *size *= 2;
    }
    if (failed != 0)
        return err_set_errno(err, ERR_SYSTEM, STAGE_POLICY, failed,
                             "gid %u cannot be looked up", (unsigned)gid);
    if (found == NULL)
        return 0;
    *name = strdup(entry.gr_name);
    if (*name == NULL)
        return err_set(err, ERR_MEMORY, STAGE_POLICY, NULL);
    return 0;
}

static int name_each(const gid_t *gids, int count, struct identity *identity,
                     struct err *err)
{
    size_t size = ENTRY_BYTES;
    char *lines = malloc(size), *name;
    int i, result = 0;

    identity->groups = calloc((size_t)count + 1, sizeof *identity->groups);
    if (lines == NULL || identity->groups == NULL)
        result = err_set(err, ERR_MEMORY, STAGE_POLICY, NULL);
    for (i = 0; i < count && result == 0; i++) {
        result = group_name(gids[i], &lines, &size, &name, err);
        if (result == 0 && name != NULL)
            identity->groups[identity->group_count++] = name;
    }
    free(lines);
    return result;
}

static int name_groups(gid_t primary, struct identity *identity,
                       struct err *err)
{
    int count = 0, result;
    gid_t *gids = list_gids(identity->user, primary, &count);

    if (gids == NULL)
        return err_set(err, ERR_SYSTEM, STAGE_POLICY,
                       "the groups of %s cannot be listed", identity->user);
    result = name_each(gids, count, identity, err);
    free(gids);
    return result;
}

int identity_of(uid_t uid, struct identity *identity, struct err *err)
{
    char *lines = malloc(ENTRY_BYTES);
    struct passwd entry;
    int result;

    memset(identity, 0, sizeof *identity);
    if (lines == NULL)
        return err_set(err, ERR_MEMORY, STAGE_POLICY, NULL);
    result = look_up_user(uid, lines, &entry, err);
    if (result == 0) {
        snprintf(identity->user, sizeof identity->user, "%s", entry.pw_name);
        result = name_groups(entry.pw_gid, identity, err);
    }
    explicit_bzero(lines, ENTRY_BYTES); /* pw_passwd of old systems */
    free(lines);
    return result;
}

void identity_clear(struct identity *identity)
{
    size_t i;

    for (i = 0; i < identity->group_count; i++)
        free(identity->groups[i]);
    free(identity->groups);
    memset(identity, 0, sizeof *identity);
}
