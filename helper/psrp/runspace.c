/* runspace.c - a runspace pool as a shell of WS-Management. */
#include "psrp/runspace.h"

#include <stdio.h>
#include <string.h>

#include "psrp/host_reply.h"
#include "wsman/envelope.h"
#include "wsman/uri.h"

/* Two replies open a pool, three were seen; a host that sends more without
 * opening it never will. */
#define OPENING_RECEIVES 16

/* One brings the key; a host that is busy lets one or two time out. */
#define KEY_RECEIVES 3

/* How long a pool is listened to while a pipeline says nothing. */
#define ATTEND_S 1

#define CREATION_MAX 32768
#define REFUSAL_MAX 8192

/*
 * A profile may ask before any pipeline runs.  The terminal belongs to the
 * pipeline; without an answer the pool would never open.
 */
static int refuse_host_call(struct runspace *r, const struct clixml *value,
                            struct err *err)
{
    struct host_call call;
    const struct host_reply reply = { .pool = &r->pool, .call = &call,
                                      .out = &r->refusal };

    if (host_call_parse(value, &call, err) != 0)
        return -1;
    if (!host_call_waits(&call))
        return 0;
    buf_clear(&r->refusal);
    return host_reply_error(&reply, "A profile cannot ask the user.", err);
}

static int deliver(void *arg, const struct incoming_message *message,
                   struct err *err)
{
    struct runspace *r = arg;
    bool taken;

    if (pool_take(&r->pool, message, &taken, err) != 0)
        return -1;
    if (taken)
        return 0;
    if (message->header.type == MESSAGE_RUNSPACEPOOL_HOST_CALL)
        return refuse_host_call(r, message->value, err);
    return err_set(err, ERR_MALFORMED, STAGE_SHELL,
                   "the host's PowerShell sent a %s to a pool",
                   message_type_name(message->header.type));
}

/* Name: no path, no other resource. */
static int set_resource(struct runspace *r, const char *configuration,
                        struct err *err)
{
    size_t n = strlen(configuration);

    if (n == 0 || n > CONFIGURATION_MAX ||
        strspn(configuration,
               "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
               "0123456789._-") != n)
        return err_set(err, ERR_USAGE, STAGE_SHELL,
                       "'%s' is no name of a session configuration",
                       configuration);
    snprintf(r->resource, sizeof r->resource, "%s/%s", NS_POWERSHELL,
             configuration);
    r->shell.resource = r->resource;
    return 0;
}

static xmlNodePtr add_base64(struct body *body, const char *name,
                             const unsigned char *p, size_t n)
{
    xmlNodePtr node = body_add(body, NULL, name, NULL);

    body_base64(body, node, p, n);
    return node;
}

/* MS-PSRP 3.1.5.3.1: the shell's id is the pool's. */
static int shell_body(const struct runspace *r,
                      const struct runspace_options *options,
                      const struct buf *creation, xmlNodePtr *node,
                      struct err *err)
{
    struct body body;
    char id[GUID_TEXT], idle[16];

    guid_format(&r->pool.id, id);
    snprintf(idle, sizeof idle, "PT%uS", options->idle_timeout_s);
    body_init(&body, "Shell");
    body_attribute(&body, body.root, "ShellId", id);
    body_add(&body, NULL, "InputStreams", "stdin pr");
    body_add(&body, NULL, "OutputStreams", "stdout");
    if (options->idle_timeout_s != 0)
        body_add(&body, NULL, "IdleTimeOut", idle);
    body_set_namespace(&body, add_base64(&body, "creationXml", creation->data,
                                         creation->len), NS_POWERSHELL);
    return body_take(&body, STAGE_SHELL, node, err);
}

/* Whoever is told of the shell is told its name, as Delete has it. */
static int tell_created(struct runspace *r,
                        const struct runspace_options *options,
                        struct err *err)
{
    r->shell.id = r->id;
    if (options->creating == NULL)
        return 0;
    return options->creating(options->creating_arg, &r->shell, err);
}

/*
 * The name is ours to choose: so it can be told before the host knows it.  A
 * host that gives the shell another one is believed.
 */
static int create(struct runspace *r, const struct runspace_options *options,
                  struct err *err)
{
    const struct wsman_pair pairs[] = {
        { "protocolversion", "2.3", true },
        { "WINRS_NOPROFILE", "TRUE", true },
    };
    struct buf creation = BUF_INIT(CREATION_MAX);
    struct shell nameless = r->shell;
    char chosen[GUID_TEXT];
    xmlNodePtr body;
    int rc = -1;

    guid_format(&r->pool.id, chosen);
    memcpy(r->id, chosen, sizeof chosen);
    if (tell_created(r, options, err) == 0 &&
        pool_open(&r->pool, &options->host, &creation, err) == 0 &&
        shell_body(r, options, &creation, &body, err) == 0)
        rc = shell_create(&nameless, pairs, options->no_profile ? 2 : 1,
                          body, r->id, err);
    else
        r->id[0] = '\0';
    buf_free(&creation);
    if (rc == 0 && strcmp(r->id, chosen) != 0)
        rc = tell_created(r, options, err);
    return rc;
}

static int take_stream(void *arg, const char *stream, const void *p,
                       size_t n, struct err *err)
{
    (void)stream;
    return incoming_feed(arg, p, n, err);
}

/* One message of the pool's own. */
static int send(struct runspace *r, const char *stream,
                const struct buf *message, struct err *err)
{
    struct buf out = BUF_INIT(shell_send_max(&r->shell));
    struct fragmenter f;
    int rc;

    fragmenter_begin(&f, r->pool.next_object++, message->data, message->len);
    fragmenter_next(&f, out.max, &out);
    rc = buf_ok(&out, STAGE_SHELL, err);
    if (rc == 0)
        rc = shell_send(&r->shell, NULL, stream, out.data, out.len, false,
                        err);
    buf_free(&out);
    return rc;
}

static int receive(struct runspace *r, struct err *err)
{
    struct shell_state state = { .done = false };

    if (shell_receive(&r->shell, NULL, "stdout", take_stream, &r->incoming,
                      &state, err) != 0)
        return -1;
    if (r->refusal.len == 0)
        return 0;
    if (send(r, "pr", &r->refusal, err) != 0)
        return -1;
    buf_clear(&r->refusal);
    return 0;
}

static int wait_open(struct runspace *r, struct err *err)
{
    int i;

    for (i = 0; i < OPENING_RECEIVES; i++) {
        if (receive(r, err) != 0)
            return -1;
        if (r->pool.state == POOL_OPENED)
            return 0;
    }
    return err_set(err, ERR_TIMEOUT, STAGE_SHELL,
                   "the host's PowerShell did not open after %d replies",
                   OPENING_RECEIVES);
}

static void init(struct runspace *r, struct wsman *wsman)
{
    memset(r, 0, sizeof *r);
    r->shell.wsman = wsman;
    incoming_init(&r->incoming, deliver, NULL, r);
    buf_init(&r->refusal, REFUSAL_MAX);
}

bool runspace_leave(const struct runspace *r, struct runspace_left *left)
{
    memcpy(left->session, r->shell.wsman->session, sizeof left->session);
    memcpy(left->id, r->id, sizeof left->id);
    return pool_leave(&r->pool, &left->pool) && r->id[0] != '\0' &&
           r->refusal.len == 0;
}

int runspace_resume(struct runspace *r, struct wsman *wsman,
                    const struct runspace_options *options,
                    const struct runspace_left *left, struct err *err)
{
    init(r, wsman);
    if (set_resource(r, options->configuration, err) != 0)
        return -1;
    pool_resume(&r->pool, &left->pool);
    memcpy(r->id, left->id, sizeof r->id);
    memcpy(wsman->session, left->session, sizeof wsman->session);
    r->shell.id = r->id;
    return 0;
}

int runspace_open(struct runspace *r, struct wsman *wsman,
                  const struct runspace_options *options, struct err *err)
{
    init(r, wsman);
    if (set_resource(r, options->configuration, err) != 0 ||
        pool_init(&r->pool, err) != 0 || create(r, options, err) != 0)
        return -1;
    return wait_open(r, err);
}

int runspace_exchange_key(struct runspace *r, struct err *err)
{
    struct buf message = BUF_INIT(CREATION_MAX);
    int rc, i;

    if (session_key_is_ready(r->pool.key))
        return 0;
    rc = pool_put_public_key(&r->pool, &message, err);
    if (rc == 0)
        rc = send(r, "stdin", &message, err);
    buf_free(&message);
    for (i = 0; rc == 0 && i < KEY_RECEIVES; i++) {
        rc = receive(r, err);
        if (rc == 0 && session_key_is_ready(r->pool.key))
            return 0;
    }
    return rc != 0 ? -1 : err_set(err, ERR_TIMEOUT, STAGE_SHELL,
                                  "the host's PowerShell sent no key for "
                                  "SecureStrings");
}

int runspace_attend(struct runspace *r, struct err *err)
{
    struct wsman *patient = r->shell.wsman;
    struct wsman quick = *patient;
    int rc;

    quick.timeout_s = ATTEND_S;
    r->shell.wsman = &quick;
    rc = receive(r, err);
    r->shell.wsman = patient;
    if (rc != 0 || !r->pool.key_wanted)
        return rc;
    r->pool.key_wanted = false;
    return runspace_exchange_key(r, err);
}

int runspace_close(struct runspace *r, bool final, struct err *err)
{
    if (r->id[0] == '\0')
        return 0;
    if (shell_delete(&r->shell, final, err) != 0)
        return -1;
    r->id[0] = '\0';
    return 0;
}

void runspace_free(struct runspace *r)
{
    pool_free(&r->pool);
    buf_free(&r->refusal);
    incoming_free(&r->incoming);
}
