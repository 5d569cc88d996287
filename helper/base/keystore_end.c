/* keystore_end.c - every credential of a user, in all of his sessions: ended,
 * or counted. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "credssp/keystore.h"
#include "keyring.h"

#define KEYS_FILE "/proc/keys" /* keyrings(7): what we may view, and no more */
#define LINE_BYTES 512

/* The serial of a line about a sealed key, or 0.  The words prove nothing:
 * keystore_probe() does. */
static int32_t sealed_key(const char *line)
{
    char *end;
    unsigned long serial = strtoul(line, &end, 16);

    if (*end != ' ' || serial > INT32_MAX
        || strstr(end, " " KEY_SEALED ": ") == NULL)
        return 0;
    return (int32_t)serial;
}

static bool is_deposited(int32_t sealed)
{
    struct keyring_key is;
    struct err gone = ERR_INIT; /* the same answer */

    return keyring_describe(sealed, &is, &gone) == 0 && is.uid == geteuid()
           && is.perm == PERM_SEALED_DEPOSITED;
}

/*
 * The broker's own key is revoked.  One that root made is root's to revoke:
 * the broker keeps a mark instead and opens the key no more.
 */
static int end_key(int32_t sealed, const struct keystore_header *header,
                   struct err *err)
{
    if (!is_deposited(sealed))
        return keystore_mark_ended(sealed, header, err);
    keyring_revoke(sealed);
    return 0;
}

/* A key that is another user's, or gone, or ended before, is no failure. */
static int end_if_of(int32_t sealed, uid_t uid, unsigned *ended,
                     struct err *err)
{
    struct keystore_header header;
    struct err ignored = ERR_INIT;

    if (keystore_probe(sealed, uid, &header, &ignored) != 0
        || keystore_check_ended(sealed, header.session, &ignored) != 0)
        return 0;
    if (end_key(sealed, &header, err) != 0)
        return -1;
    (*ended)++;
    return 0;
}

/* Calls one with each line of the file; -1 when it cannot be read. */
static int each_line(void (*one)(void *arg, const char *line), void *arg,
                     struct err *err)
{
    FILE *keys = fopen(KEYS_FILE, "re");
    char line[LINE_BYTES];
    int result = 0;

    if (keys == NULL)
        return err_set_errno(err, ERR_KEYRING, STAGE_KEYS, errno,
                             "cannot read " KEYS_FILE);
    while (fgets(line, sizeof line, keys) != NULL)
        one(arg, line);
    if (ferror(keys) != 0)
        result = err_set(err, ERR_KEYRING, STAGE_KEYS,
                         "cannot read " KEYS_FILE " to its end");
    fclose(keys);
    return result;
}

struct tally {
    uid_t uid;
    unsigned count;
    int result;
    struct err *err;
};

/* One that cannot be ended does not save the others. */
static void end_one(void *arg, const char *line)
{
    struct tally *tally = arg;

    if (end_if_of(sealed_key(line), tally->uid, &tally->count, tally->err)
        != 0)
        tally->result = -1;
}

static void count_one(void *arg, const char *line)
{
    struct tally *tally = arg;
    struct keystore_header header;
    struct err ignored = ERR_INIT; /* it does not count */
    int32_t sealed = sealed_key(line);

    if (sealed != 0 && is_deposited(sealed)
        && keystore_probe(sealed, tally->uid, &header, &ignored) == 0)
        tally->count++;
}

int keystore_end_all(uid_t uid, unsigned *ended, struct err *err)
{
    struct tally tally = { .uid = uid, .err = err };

    if (each_line(end_one, &tally, err) != 0)
        tally.result = -1;
    *ended = tally.count;
    return tally.result;
}

unsigned keystore_count_deposited(uid_t uid)
{
    struct tally tally = { .uid = uid };
    struct err untold = ERR_INIT;

    return each_line(count_one, &tally, &untold) == 0 ? tally.count : 0;
}
