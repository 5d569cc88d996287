/* listen.h - HTTP with libmicrohttpd: one thread for each connection. */
#ifndef WINHOST_LISTEN_H
#define WINHOST_LISTEN_H

#include <stdint.h>

#include "credssp/err.h"
#include "farm.h"
#include "host.h"

struct listener;

struct listener_params {
    const char *address;      /* numeric, IPv4 or IPv6 */
    uint16_t port;            /* 0: the kernel chooses */
    const char *certificate;  /* PEM text: HTTPS; NULL: HTTP */
    const char *key;
    const struct farm *farm;  /* which host, by the local address; or NULL */
};

int listener_start(const struct host *host,
                   const struct listener_params *params,
                   struct listener **listener, struct err *err) MUST_USE;
uint16_t listener_port(const struct listener *listener);
void listener_stop(struct listener **listener);

#endif
