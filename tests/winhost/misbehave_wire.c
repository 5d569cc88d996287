/* misbehave_wire.c - wrong HTTP, written to the socket byte by byte. */
#include "misbehave.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "service.h"

#define ENDLESS_BYTES (256u << 20) /* for a client that takes everything */
#define DRIP_S 90                  /* for a client that waits for all */
#define HANG_MS 120000
#define SEND_MS 10000

/* false: the client has hung up. */
static bool say_bytes(int fd, const void *p, size_t n)
{
    const char *at = p;
    struct pollfd ready = { .fd = fd, .events = POLLOUT };

    while (n > 0) {
        ssize_t sent;

        if (poll(&ready, 1, SEND_MS) <= 0)
            return false;
        sent = send(fd, at, n, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent <= 0)
            return false;
        at += sent;
        n -= (size_t)sent;
    }
    return true;
}

static bool say(int fd, const char *text)
{
    return say_bytes(fd, text, strlen(text));
}

/* The same text until the client has enough of it. */
static void say_forever(int fd, const char *text)
{
    size_t n = strlen(text), said;

    for (said = 0; said < ENDLESS_BYTES && say_bytes(fd, text, n); said += n)
        ;
}

#define PAGE "<html><body>It works!</body></html>\r\n"
#define SCHEMES "WWW-Authenticate: Negotiate\r\nWWW-Authenticate: Kerberos\r\n"
#define EMPTY "Content-Length: 0\r\n\r\n"

void wire_drop(const struct misbehaviour *m, int fd)
{
    (void)m;
    (void)fd;
}

void wire_half(const struct misbehaviour *m, int fd)
{
    (void)m;
    say(fd, "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: CredSSP AAAA");
}

void wire_redirect(const struct misbehaviour *m, int fd)
{
    (void)m;
    say(fd, "HTTP/1.1 302 Found\r\nLocation: http://win2.corp.example.com:"
            "5985/wsman\r\n" EMPTY);
}

void wire_no_token(const struct misbehaviour *m, int fd)
{
    (void)m;
    say(fd, "HTTP/1.1 401 Unauthorized\r\n" SCHEMES
            "WWW-Authenticate: CredSSP\r\n" EMPTY);
}

void wire_negotiate_only(const struct misbehaviour *m, int fd)
{
    (void)m;
    say(fd, "HTTP/1.1 401 Unauthorized\r\n" SCHEMES EMPTY);
}

void wire_empty_500(const struct misbehaviour *m, int fd)
{
    (void)m;
    say(fd, "HTTP/1.1 500 Internal Server Error\r\n" EMPTY);
}

void wire_html(const struct misbehaviour *m, int fd)
{
    (void)m;
    say(fd, "HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Type: text/html\r\n"
            "Content-Length: 37\r\n\r\n" PAGE);
}

void wire_proxy(const struct misbehaviour *m, int fd)
{
    (void)m;
    say(fd, "HTTP/1.1 407 Proxy Authentication Required\r\nServer: squid\r\n"
            "Proxy-Authenticate: Basic realm=\"corp\"\r\n"
            "Content-Type: text/html\r\nContent-Length: 37\r\n\r\n" PAGE);
}

void wire_early_200(const struct misbehaviour *m, int fd)
{
    (void)m;
    say(fd, "HTTP/1.1 200 OK\r\n" EMPTY);
}

void wire_two_tokens(const struct misbehaviour *m, int fd)
{
    (void)m;
    say(fd, "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: CredSSP AAAA\r\n"
            "WWW-Authenticate: CredSSP BBBB\r\n" EMPTY);
}

void wire_not_http(const struct misbehaviour *m, int fd)
{
    (void)m;
    say(fd, "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n");
}

void wire_endless_headers(const struct misbehaviour *m, int fd)
{
    (void)m;
    if (say(fd, "HTTP/1.1 401 Unauthorized\r\n"))
        say_forever(fd, "X-Again: and again\r\n");
}

void wire_endless_line(const struct misbehaviour *m, int fd)
{
    (void)m;
    if (say(fd, "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: CredSSP "))
        say_forever(fd, "AAAABBBBCCCCDDDDEEEEFFFFGGGGHHHH");
}

void wire_endless_body(const struct misbehaviour *m, int fd)
{
    static const char head[] =
        "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: CredSSP\r\n"
        "Transfer-Encoding: chunked\r\n\r\n";
    static const char sealed[] =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: "
        "multipart/encrypted;protocol=\"application/HTTP-CredSSP-session-"
        "encrypted\";boundary=\"Encrypted Boundary\"\r\n\r\n";

    if (say(fd, m->leg == MISBEHAVE_LEG_MESSAGE ? sealed : head))
        say_forever(fd, "21\r\n--Encrypted Boundary--Encrypted B\r\n");
}

void wire_bad_chunk(const struct misbehaviour *m, int fd)
{
    (void)m;
    say(fd, "HTTP/1.1 401 Unauthorized\r\nTransfer-Encoding: chunked\r\n"
            "\r\n2\r\nthree\r\n0\r\n\r\n");
}

/* ESC [ and its C1 form: what would drive a terminal. */
void wire_escape(const struct misbehaviour *m, int fd)
{
    (void)m;
    say(fd, "HTTP/1.1 302 Found\r\nServer: \x1b[31mred\r\n"
            "Location: http://\x1b]0;title\x07/\xc2\x9b" "2J\r\n" EMPTY);
}

void wire_interim(const struct misbehaviour *m, int fd)
{
    (void)m;
    say_forever(fd, "HTTP/1.1 100 Continue\r\n\r\n");
}

void wire_drip(const struct misbehaviour *m, int fd)
{
    struct pollfd gone = { .fd = fd, .events = POLLRDHUP };
    unsigned s;

    (void)m;
    if (!say(fd, "HTTP/1.1 401 Unauthorized\r\nX-Slow: "))
        return;
    for (s = 0; s < DRIP_S && say(fd, "a"); s++)
        if (poll(&gone, 1, 1000) != 0)
            return;
}

/* Until the client has had enough. */
void wire_hang(const struct misbehaviour *m, int fd)
{
    struct pollfd gone = { .fd = fd, .events = POLLRDHUP };

    (void)m;
    (void)poll(&gone, 1, HANG_MS);
}

void answer_close(const struct misbehaviour *m, struct answer *answer)
{
    (void)m;
    answer->close = true;
}

void answer_chunked(const struct misbehaviour *m, struct answer *answer)
{
    (void)m;
    answer->chunked = true;
}
