/*
 * logon.h - what LogonUser does with a delegated credential: asks the realm's
 * KDC, or the file of local accounts.
 */
#ifndef WINHOST_LOGON_H
#define WINHOST_LOGON_H

#include <stdint.h>

#include "auth/tsrequest.h"
#include "host.h"
#include "identity.h"

#define STATUS_SUCCESS 0u
#define STATUS_LOGON_FAILURE 0xc000006du

/* An NTSTATUS; on success *identity keeps a copy of the password. */
uint32_t logon_user(const struct host *host,
                    const struct ts_delegated *delegated,
                    struct identity **identity);

/*
 * The identity of a logon without delegation: name as GSSAPI displays it,
 * "alice@CORP.EXAMPLE.COM" or "CORP\alice".
 */
int logon_network(const struct host *host, const char *name,
                  struct identity **identity, struct err *err) MUST_USE;

#endif
