/* egress.c - asks the kernel whether packets to an address may leave. */
#include "base/egress.h"

#include <arpa/inet.h>
#include <errno.h>
#include <resolv.h>
#include <string.h>
#include <unistd.h>

/*
 * A filter that drops what a connect(2) sends lets it wait until it is too
 * late; of a datagram the sender hears at once (EPERM).
 */
bool egress_is_forbidden(const struct sockaddr *to, socklen_t size)
{
    int fd = socket(to->sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool forbidden;

    if (fd < 0)
        return false;
    forbidden = sendto(fd, "", 0, MSG_DONTWAIT, to, size) < 0
                && errno == EPERM;
    close(fd);
    return forbidden;
}

/* glibc keeps the address of an IPv6 server elsewhere. */
static const struct sockaddr *server_at(const struct __res_state *state, int i,
                                        socklen_t *size)
{
    if (state->nsaddr_list[i].sin_family == AF_INET) {
        *size = sizeof state->nsaddr_list[i];
        return (const struct sockaddr *)&state->nsaddr_list[i];
    }
    *size = sizeof *state->_u._ext.nsaddrs[i];
    return (const struct sockaddr *)state->_u._ext.nsaddrs[i];
}

static void print_address(const struct sockaddr *from,
                          char address[INET6_ADDRSTRLEN])
{
    const void *bytes = &((const struct sockaddr_in *)from)->sin_addr;

    if (from->sa_family == AF_INET6)
        bytes = &((const struct sockaddr_in6 *)from)->sin6_addr;
    if (inet_ntop(from->sa_family, bytes, address, INET6_ADDRSTRLEN) == NULL)
        address[0] = '\0';
}

bool egress_name_server(char address[INET6_ADDRSTRLEN])
{
    struct __res_state state;
    const struct sockaddr *server;
    bool forbidden = false;
    socklen_t size;
    int i;

    memset(&state, 0, sizeof state);
    if (res_ninit(&state) != 0)
        return false;
    for (i = 0; i < state.nscount && !forbidden; i++) {
        server = server_at(&state, i, &size);
        forbidden = server != NULL && egress_is_forbidden(server, size);
        if (forbidden)
            print_address(server, address);
    }
    res_nclose(&state);
    return forbidden;
}
