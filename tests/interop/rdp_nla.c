/*
 * rdp_nla.c - our initiator against somebody else's acceptor: CredSSP as RDP
 * carries it (MS-RDPBCGR 5.4.5.2), TLS records on a socket, raw NTLM.
 *
 * usage: rdp_nla ADDRESS PORT DOMAIN USER DELEGATED 3<PASSWORD-FILE
 *
 * Logs on as DOMAIN\USER with the password of descriptor 3, and delegates the
 * password DELEGATED, so that a test can tell the two apart.  Prints
 * "delegated ..." and, when the server goes on to RDP, "connected"; or one
 * line "refused CAUSE CODE TEXT".  Stays until its standard input ends.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "auth/credssp.h"

#define SECONDS 10 /* that the server may be silent */
#define FLIGHT_MAX CREDSSP_TOKEN_MAX

struct caller {
    int fd;
    const char *address, *port, *domain, *user, *delegated;
    struct credssp *credssp;
    struct buf out, in;
};

static int failed(struct err *err, const char *what)
{
    return err_set(err, ERR_CONNECT, STAGE_TCP, "%s", what);
}

static int dial(struct caller *c, struct err *err)
{
    const struct timeval patience = { .tv_sec = SECONDS };
    struct sockaddr_in to = { .sin_family = AF_INET };

    to.sin_port = htons((uint16_t)strtoul(c->port, NULL, 10));
    if (inet_pton(AF_INET, c->address, &to.sin_addr) != 1)
        return failed(err, "that is no IPv4 address");
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (c->fd < 0
        || connect(c->fd, (struct sockaddr *)&to, sizeof to) != 0
        || setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
                      sizeof patience) != 0)
        return failed(err, "no connection to the RDP server");
    return 0;
}

static int send_all(struct caller *c, const struct buf *out, struct err *err)
{
    size_t sent = 0;

    while (sent < out->len) {
        ssize_t n = send(c->fd, out->data + sent, out->len - sent,
                         MSG_NOSIGNAL);
        if (n <= 0)
            return failed(err, "the RDP server does not listen");
        sent += (size_t)n;
    }
    return 0;
}

/* Appends exactly n bytes. */
static int receive(struct caller *c, size_t n, struct buf *in,
                   struct err *err)
{
    unsigned char *p = buf_reserve(in, n);
    size_t got = 0;

    if (p == NULL)
        return failed(err, "the RDP server says too much");
    while (got < n) {
        ssize_t more = recv(c->fd, p + got, n - got, 0);

        if (more <= 0) {
            in->len -= n - got;
            return failed(err, more == 0 ? "the RDP server hung up"
                                         : "the RDP server is silent");
        }
        got += (size_t)more;
    }
    return 0;
}

/* One TLS record (RFC 5246 section 6.2.1) behind what in holds. */
static int receive_record(struct caller *c, unsigned char *type,
                          struct err *err)
{
    size_t at = c->in.len, len;

    if (receive(c, 5, &c->in, err) != 0)
        return -1;
    *type = c->in.data[at];
    len = (size_t)c->in.data[at + 3] << 8 | c->in.data[at + 4];
    return receive(c, len, &c->in, err);
}

/*
 * All that the server sends before it waits: up to ServerHelloDone, up to
 * Finished, or one record.  An alert is always the last.
 */
static int receive_flight(struct caller *c, struct err *err)
{
    static const unsigned char done[] = { 0x0e, 0, 0, 0 };
    struct credssp_facts facts;
    unsigned char type;
    bool changed = false, whole = false;

    credssp_facts(c->credssp, &facts);
    buf_clear(&c->in);
    while (!whole) {
        if (receive_record(c, &type, err) != 0)
            return -1;
        if (facts.step == CREDSSP_HELLO)
            whole = c->in.len >= sizeof done
                    && memcmp(c->in.data + c->in.len - sizeof done, done,
                              sizeof done) == 0;
        else
            whole = facts.step != CREDSSP_FINISH || (changed && type == 22);
        changed = changed || type == 20;
        whole = whole || type == 21;
    }
    return 0;
}

/* TPKT (RFC 1006) around an X.224 message, to and fro. */
static int exchange(struct caller *c, const unsigned char *message,
                    size_t len, struct err *err)
{
    struct buf out = BUF_INIT(4096);
    size_t whole;
    int r;

    buf_put_u16(&out, 0x0300);
    buf_put_u16(&out, (uint16_t)(len + 4));
    buf_put(&out, message, len);
    r = send_all(c, &out, err);
    buf_free(&out);
    buf_clear(&c->in);
    if (r != 0 || receive(c, 4, &c->in, err) != 0)
        return -1;
    whole = (size_t)c->in.data[2] << 8 | c->in.data[3];
    return whole < 4 ? failed(err, "that is no TPKT")
                     : receive(c, whole - 4, &c->in, err);
}

/* MS-RDPBCGR 2.2.1.1 and 2.2.1.2: both want PROTOCOL_HYBRID. */
static int negotiate_protocol(struct caller *c, struct err *err)
{
    static const unsigned char request[] = {
        14, 0xe0, 0, 0, 0, 0, 0,  /* Connection Request */
        1, 0, 8, 0, 2, 0, 0, 0,   /* RDP_NEG_REQ, PROTOCOL_HYBRID */
    };
    static const unsigned char agreed[] = { 2, 0, 0, 0 };

    if (exchange(c, request, sizeof request, err) != 0)
        return -1;
    /* TPKT 4, Connection Confirm 7, RDP_NEG_RSP 8. */
    if (c->in.len != 19 || c->in.data[11] != 2
        || memcmp(c->in.data + 15, agreed, sizeof agreed) != 0)
        return failed(err, "the RDP server does not want NLA");
    return 0;
}

static int release(void *arg, struct ts_delegated *who, struct err *err)
{
    const struct caller *c = arg;

    snprintf(who->domain, sizeof who->domain, "%s", c->domain);
    snprintf(who->user, sizeof who->user, "%s", c->user);
    return secret_copy(c->delegated, strlen(c->delegated), &who->password,
                       err);
}

static int read_password(struct secret **password, struct err *err)
{
    char text[256];
    ssize_t n = read(3, text, sizeof text);
    int r;

    if (n <= 0)
        return failed(err, "no password on descriptor 3");
    n -= text[n - 1] == '\n';
    r = secret_copy(text, (size_t)n, password, err);
    explicit_bzero(text, sizeof text);
    return r;
}

static int start_credssp(struct caller *c, struct err *err)
{
    struct credssp_initiator params = {
        .minimum_version = CREDSSP_VERSION_FLOOR,
        .release = release, .release_arg = c,
    };
    struct secret *password = NULL;
    int r;

    if (read_password(&password, err) != 0)
        return -1;
    r = spnego_initiate_raw_ntlm(c->domain, c->user, password,
                                 "TERMSRV/rdp.corp.example.com",
                                 &params.spnego, err);
    secret_free(&password);
    return r != 0 ? -1 : credssp_new_initiator(&params, &c->credssp, err);
}

static int log_on(struct caller *c, struct err *err)
{
    bool done = false;

    while (!done) {
        if (credssp_step(c->credssp, c->in.data, c->in.len, &c->out, &done,
                         err) != 0
            || send_all(c, &c->out, err) != 0)
            return -1;
        if (!done && receive_flight(c, err) != 0)
            return -1;
    }
    return 0;
}

/*
 * The MCS Connect Initial PDU (MS-RDPBCGR 2.2.1.3) of a client of 800x600
 * without channels.  A server answers it only to who has logged on.
 */
static void put_connect_initial(struct buf *out)
{
    static const unsigned char head[] = {
        2, 0xf0, 0x80,                   /* X.224 Data */
        0x7f, 0x65, 0x82, 0x01, 0x14,    /* Connect-Initial, 276 bytes */
        4, 1, 1, 4, 1, 1, 1, 1, 0xff,    /* selectors, upward */
        0x30, 0x1a, 2, 1, 34, 2, 1, 2, 2, 1, 0, 2, 1, 1, 2, 1, 0, 2, 1, 1,
        2, 3, 0, 0xff, 0xff, 2, 1, 2,    /* target parameters */
        0x30, 0x19, 2, 1, 1, 2, 1, 1, 2, 1, 1, 2, 1, 1, 2, 1, 0, 2, 1, 1,
        2, 2, 4, 0x20, 2, 1, 2,          /* the least */
        0x30, 0x20, 2, 3, 0, 0xff, 0xff, 2, 3, 0, 0xfc, 0x17, 2, 3, 0, 0xff,
        0xff, 2, 1, 1, 2, 1, 0, 2, 1, 1, 2, 3, 0, 0xff, 0xff, 2, 1, 2,
        4, 0x81, 0xaf,                   /* user data, 175 bytes: GCC */
        0, 5, 0, 0x14, 0x7c, 0, 1, 0x80, 0xa6,
        0, 8, 0, 0x10, 0, 1, 0xc0, 0, 'D', 'u', 'c', 'a', 0x80, 0x98,
    };
    static const unsigned char core[] = { /* TS_UD_CS_CORE */
        0x01, 0xc0, 0x8c, 0, 4, 0, 8, 0, 0x20, 3, 0x58, 2, 1, 0xca, 3, 0xaa,
        9, 4, 0, 0, 0xce, 0x0e, 0, 0,
    };
    static const unsigned char security[] = { /* TS_UD_CS_SEC */
        0x02, 0xc0, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    };
    static const unsigned char zeros[128] = { 0 };

    buf_put(out, head, sizeof head);
    buf_put(out, core, sizeof core);
    buf_put(out, zeros, 32);              /* clientName */
    buf_put(out, "\4\0\0\0\0\0\0\0\14\0\0\0", 12); /* a usual keyboard */
    buf_put(out, zeros, 64);              /* imeFileName */
    buf_put(out, "\1\xca\1\0\0\0\0\0", 8); /* 8 bpp, product, serial */
    buf_put(out, security, sizeof security);
}

/* TPKT in the tunnel from here on. */
static int connect_rdp(struct caller *c, struct err *err)
{
    struct buf pdu = BUF_INIT(1024), answer = BUF_INIT(FLIGHT_MAX);
    struct tunnel *tunnel = credssp_tunnel(c->credssp);
    struct buf tpkt = BUF_INIT(1024);
    unsigned char type;
    int r;

    put_connect_initial(&pdu);
    buf_put_u16(&tpkt, 0x0300);
    buf_put_u16(&tpkt, (uint16_t)(pdu.len + 4));
    buf_put(&tpkt, pdu.data, pdu.len);
    buf_clear(&c->out);
    buf_clear(&c->in);
    r = tunnel_seal(tunnel, tpkt.data, tpkt.len, &c->out, err) != 0
        || send_all(c, &c->out, err) != 0
        || receive_record(c, &type, err) != 0
        || tunnel_open(tunnel, c->in.data, c->in.len, &answer, err) != 0;
    /* TPKT 4, X.224 3, then Connect-Response (T.125). */
    if (!r && (answer.len < 9 || memcmp(answer.data + 7, "\x7f\x66", 2) != 0))
        r = failed(err, "the RDP server does not go on") != 0;
    buf_free(&pdu);
    buf_free(&tpkt);
    buf_free(&answer);
    return r ? -1 : 0;
}

static int run(struct caller *c, struct err *err)
{
    struct credssp_facts facts;

    if (dial(c, err) != 0 || negotiate_protocol(c, err) != 0
        || start_credssp(c, err) != 0)
        return -1;
    buf_clear(&c->in);
    if (log_on(c, err) != 0)
        return -1;
    credssp_facts(c->credssp, &facts);
    printf("delegated, CredSSP version %d, %s, %s\n", facts.version,
           spnego_mechanism_name(facts.mechanism), facts.tls);
    if (connect_rdp(c, err) != 0)
        return -1;
    printf("connected\n");
    return 0;
}

int main(int argc, char **argv)
{
    struct caller c = { .fd = -1 };
    struct err err = ERR_INIT;
    char byte;
    int r;

    if (argc != 6) {
        fprintf(stderr, "usage: rdp_nla ADDRESS PORT DOMAIN USER DELEGATED "
                        "3<PASSWORD-FILE\n");
        return 2;
    }
    c.address = argv[1];
    c.port = argv[2];
    c.domain = argv[3];
    c.user = argv[4];
    c.delegated = argv[5];
    buf_init(&c.out, FLIGHT_MAX);
    buf_init(&c.in, FLIGHT_MAX);
    r = run(&c, &err);
    if (r != 0)
        printf("refused %s 0x%08x %s\n", err_cause_name(err.cause),
               (unsigned)err.code, err.text);
    fflush(stdout);
    while (r == 0 && read(STDIN_FILENO, &byte, 1) > 0)
        continue;
    credssp_free(&c.credssp);
    buf_free(&c.out);
    buf_free(&c.in);
    if (c.fd >= 0)
        close(c.fd);
    return r == 0 ? 0 : 1;
}
