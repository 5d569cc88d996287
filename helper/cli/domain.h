/* domain.h - the group policies that the domain gives this machine. */
#ifndef CREDSSP_CLI_DOMAIN_H
#define CREDSSP_CLI_DOMAIN_H

#include "credssp/err.h"

/* Called with each Registry.pol, the one that wins last. */
typedef int domain_file_fn(void *arg, const char *path, struct err *err);

/*
 * Asks a domain controller with the machine's ticket (fetch-gpo does it, with
 * Samba's programs) and prints which policies there are as comments.
 */
int domain_policies(domain_file_fn *fn, void *arg, struct err *err) MUST_USE;

#endif
