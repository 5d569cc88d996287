/* wire_server.c - one connection after the other on a loopback port. */
#include "wire_server.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "unit.h"

struct wire_server {
    int listener;
    int stop[2];
    uint16_t port;
    atomic_uint connections;
    wire_serve_fn *serve;
    void *arg;
    SSL_CTX *tls;
    pthread_t thread;
};

static void serve(struct wire_server *server, int fd)
{
    struct wire wire = { .fd = fd };

    if (server->tls == NULL) {
        server->serve(&wire, server->arg);
        return;
    }
    wire.ssl = SSL_new(server->tls);
    if (wire.ssl != NULL && SSL_set_fd(wire.ssl, fd) == 1
        && SSL_accept(wire.ssl) == 1)
        server->serve(&wire, server->arg);
    SSL_free(wire.ssl);
}

static void *run(void *arg)
{
    struct wire_server *server = arg;

    for (;;) {
        struct pollfd fds[2] = {
            { .fd = server->listener, .events = POLLIN },
            { .fd = server->stop[0], .events = POLLIN },
        };
        int fd;

        if (poll(fds, 2, -1) < 0 || fds[1].revents != 0)
            return NULL;
        fd = accept(server->listener, NULL, NULL);
        if (fd < 0)
            return NULL;
        server->connections++;
        serve(server, fd);
        close(fd);
    }
}

struct wire_server *wire_start(wire_serve_fn *serve_fn, void *arg,
                               SSL_CTX *tls)
{
    struct wire_server *server = calloc(1, sizeof *server);
    struct sockaddr_in address = { .sin_family = AF_INET };
    socklen_t len = sizeof address;

    assert_non_null(server);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    server->serve = serve_fn;
    server->arg = arg;
    server->tls = tls;
    server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(server->listener >= 0);
    assert_int_equal(bind(server->listener, (struct sockaddr *)&address, len),
                     0);
    assert_int_equal(listen(server->listener, 8), 0);
    assert_int_equal(getsockname(server->listener,
                                 (struct sockaddr *)&address, &len), 0);
    server->port = ntohs(address.sin_port);
    assert_int_equal(pipe(server->stop), 0);
    assert_int_equal(pthread_create(&server->thread, NULL, run, server), 0);
    return server;
}

uint16_t wire_port(const struct wire_server *server)
{
    return server->port;
}

unsigned wire_connections(const struct wire_server *server)
{
    return server->connections;
}

void wire_stop(struct wire_server **server)
{
    struct wire_server *s = *server;

    close(s->stop[1]);
    pthread_join(s->thread, NULL);
    close(s->stop[0]);
    close(s->listener);
    free(s);
    *server = NULL;
}

static bool read_all(struct wire *wire, void *bytes, size_t len)
{
    unsigned char *dst = bytes;

    while (len > 0) {
        ssize_t n = wire->ssl != NULL ? SSL_read(wire->ssl, dst, (int)len)
                                      : read(wire->fd, dst, len);

        if (n <= 0)
            return false;
        dst += n;
        len -= (size_t)n;
    }
    return true;
}

bool wire_read(struct wire *wire, struct wire_request *request)
{
    static const char field[] = "\r\nContent-Length:";
    size_t used = 0;
    const char *length;

    /* Byte by byte, so that nothing of the body is taken. */
    do {
        if (used + 1 == sizeof request->head
            || !read_all(wire, request->head + used, 1))
            return false;
        request->head[++used] = '\0';
    } while (used < 4 || strcmp(request->head + used - 4, "\r\n\r\n") != 0);
    length = strcasestr(request->head, field);
    request->len = length == NULL
                       ? 0 : strtoul(length + sizeof field - 1, NULL, 10);
    return request->len <= sizeof request->body
           && read_all(wire, request->body, request->len);
}

bool wire_write(struct wire *wire, const void *bytes, size_t len)
{
    const char *p = bytes;

    while (len > 0) {
        ssize_t n = wire->ssl != NULL
                        ? SSL_write(wire->ssl, p, (int)len)
                        : send(wire->fd, p, len, MSG_NOSIGNAL);

        if (n <= 0)
            return false;
        p += n;
        len -= (size_t)n;
    }
    return true;
}

bool wire_say(struct wire *wire, const char *text)
{
    return wire_write(wire, text, strlen(text));
}
