/*
 * account.h - names and numbers of this machine's accounts, from any thread.
 */
#ifndef CREDSSP_CLI_ACCOUNT_H
#define CREDSSP_CLI_ACCOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* false: there is no such account, or the name service does not say. */
bool account_uid(const char *name, uid_t *uid);

/* The same, or a name that does not fit into size bytes. */
bool account_name(uid_t uid, char *name, size_t size);

#endif
