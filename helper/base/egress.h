/*
 * egress.h - whether this machine itself forbids packets to an address, as
 * IPAddressDeny= of a unit does (systemd.resource-control(5)).
 */
#ifndef CREDSSP_BASE_EGRESS_H
#define CREDSSP_BASE_EGRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

#define EGRESS_ADVICE "name its network in IPAddressAllow= of the broker's " \
                      "unit (credssp-broker(8)), or look at this machine's " \
                      "own firewall"

/* Sends to's UDP port an empty datagram to find out. */
bool egress_is_forbidden(const struct sockaddr *to, socklen_t size);

/* One of resolv.conf(5) to which packets are forbidden; false: there is
 * none. */
bool egress_name_server(char address[INET6_ADDRSTRLEN]);

#endif
