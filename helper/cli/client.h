/*
 * client.h - one connection to the broker, from the command's side: a channel
 * to one host, or one question.
 */
#ifndef CREDSSP_CLI_CLIENT_H
#define CREDSSP_CLI_CLIENT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "broker/wire.h"
#include "cli/command.h"
#include "cli/line.h"
#include "credssp/err.h"
#include "credssp/secret.h"
#include "wsman/wsman.h"

#define CLIENT_ANSWER_MS 30000      /* for a question to the broker itself */
#define CLIENT_OPEN_MS 60000        /* when it asks a host or a KDC first */

/* --connect-timeout in milliseconds; 0 seconds: it was not given. */
int client_open_ms(unsigned seconds);

line_wait_fn client_wait; /* nothing but the wait; arg is not used */

struct client {
    int fd;                    /* -1: closed */
    pid_t broker;              /* the direct broker; 0: the system's */
    bool with_body;            /* OPEN's: the first post follows at once, and
                                  may be sent twice */
    line_wait_fn *wait;        /* while an answer is awaited */
    void *wait_arg;
    struct buf out, in;        /* the frames last sent and received */
    struct wire_reply reply;   /* points into in */
};

/* Not connected yet.  client_close() in any case. */
void client_init(struct client *client);

/*
 * Connects to the broker's socket and makes sure who listens there, or starts
 * a broker of our own (cli->direct).  Nothing is sent yet.
 */
int client_connect(struct client *client, const struct cli *cli,
                   struct err *err) MUST_USE;

/*
 * Closes; a direct broker is waited for, so that what was posted as final
 * has reached the host, unless hurry.
 */
void client_close(struct client *client, bool hurry);

/*
 * Puts HELLO and, if there is one, TICKET at the start of client->out; what
 * is asked for is put behind them, and only then client_connect() is called.
 */
void client_begin(struct client *client, int32_t sealed,
                  const struct secret *ticket);

/*
 * Sends client->out and receives the one answer that is wanted; *fields is
 * its contents.  The broker's ERROR becomes *err; any other frame is
 * ERR_BROKER_PROTOCOL.  client->out is wiped in any case.
 */
int client_ask(struct client *client, enum wire_type wanted, int timeout_ms,
               struct reader *fields, struct err *err) MUST_USE;

/* The same in two halves, for a request with many answers: next takes the
 * one that comes, whatever its type but ERROR. */
int client_send(struct client *client, struct err *err) MUST_USE;
int client_next(struct client *client, int timeout_ms, unsigned *type,
                struct reader *fields, struct err *err) MUST_USE;

/* HELLO and TICKET of this session's credential, read from its keyring. */
int client_begin_session(struct client *client, struct err *err) MUST_USE;

/*
 * After ERR_KEY_REPLACED: a new password has replaced the key, and the broker
 * has not looked at it yet.  Closes, waits, and is true if the question may be
 * asked anew; *tries is 0 before the first time.
 */
bool client_try_again(struct client *client, unsigned *tries,
                      struct err *err);

/*
 * A question about this session's credential: connects, sends HELLO, TICKET
 * and request, and takes the one answer, as client_ask() does.  Asks again
 * where client_try_again() lets it.  request is freed in any case.
 */
int client_ask_session(struct client *client, const struct cli *cli,
                       struct buf *request, enum wire_type wanted,
                       int timeout_ms, struct reader *fields,
                       struct err *err) MUST_USE;

/*
 * A channel to the host, by client_ask_session().  label: what would be
 * inherited (PROTOCOL 9), whose value is then in *opened; or NULL.
 */
int client_open(struct client *client, const struct cli *cli,
                const char *host, const char *label, int timeout_ms,
                struct wire_opened *opened, struct err *err) MUST_USE;

/* WILL: a line_will_fn whose arg is the client. */
line_will_fn client_will;

/* WS-Management to an opened host.  The broker knows where the connection
 * really goes; this is what the messages say. */
int client_endpoint(struct client *client, const char *host, uint16_t port,
                    bool https, struct wsman *wsman, struct err *err)
    MUST_USE;

/* POST: a wsman_post_fn whose arg is the client, and its first half. */
wsman_post_fn client_post;
wsman_send_fn client_send_post;

#endif
