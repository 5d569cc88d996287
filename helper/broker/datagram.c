/* datagram.c - unix datagrams to a log that may be full, gone or new. */
#include "broker/datagram.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static void disconnect(struct datagram *to)
{
    if (to->fd >= 0)
        close(to->fd);
    to->fd = -1;
}

static bool connected(struct datagram *to)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int n;

    if (to->fd >= 0)
        return true;
    n = snprintf(address.sun_path, sizeof address.sun_path, "%s", to->path);
    if (n < 0 || (size_t)n >= sizeof address.sun_path)
        return false;
    to->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (to->fd < 0)
        return false;
    if (connect(to->fd, (const struct sockaddr *)&address, sizeof address)
        == 0)
        return true;
    disconnect(to);
    return false;
}

static enum datagram_sent send_once(struct datagram *to, const void *data,
                                    size_t len)
{
    if (!connected(to))
        return DATAGRAM_NOBODY;
    if (send(to->fd, data, len, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0)
        return DATAGRAM_TAKEN;
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS)
        return DATAGRAM_FULL;
    disconnect(to);
    return DATAGRAM_NOBODY;
}

enum datagram_sent datagram_send(struct datagram *to, const void *data,
                                 size_t len)
{
    enum datagram_sent sent;
    bool was_connected;

    pthread_mutex_lock(&to->lock);
    was_connected = to->fd >= 0;
    sent = send_once(to, data, len);
    if (sent == DATAGRAM_NOBODY && was_connected)
        sent = send_once(to, data, len); /* the log was started anew */
    pthread_mutex_unlock(&to->lock);
    return sent;
}

void datagram_close(struct datagram *to)
{
    pthread_mutex_lock(&to->lock);
    disconnect(to);
    pthread_mutex_unlock(&to->lock);
}
