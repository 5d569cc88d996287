/*
 * farm.h - many hosts in one process: one for each local address, from a first
 * one on.  They share logs, shells and accounts, but no name.
 */
#ifndef WINHOST_FARM_H
#define WINHOST_FARM_H

#include <sys/socket.h>

#include "credssp/err.h"
#include "host.h"

struct farm;

/*
 * count hosts like this one, the first of them at the numeric IPv4 address:
 * N000, n000.DOMAIN, N001 and so on when host is N, n.DOMAIN.
 */
int farm_new(const struct host *like, const char *first, unsigned count,
             struct farm **farm, struct err *err) MUST_USE;
void farm_free(struct farm **farm);

/* The host at the address that a connection came to; NULL: none. */
const struct host *farm_find(const struct farm *farm,
                             const struct sockaddr *local);

#endif
