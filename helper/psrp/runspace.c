/* runspace.c - a runspace pool as a shell of WS-Management. */
#include "psrp/runspace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wsman/base64.h"
#include "wsman/envelope.h"
#include "wsman/uri.h"

/* Two replies open a pool, three were seen; a host that sends more without
 * opening it never will. */
#define OPENING_RECEIVES 16

#define CREATION_MAX 32768

static int deliver(void *arg, const struct incoming_message *message,
                   struct err *err)
{
    struct runspace *r = arg;
    bool taken;

    if (pool_take(&r->pool, message, &taken, err) != 0)
        return -1;
    /* A host that calls before any pipeline runs gets no answer: none of
     * these calls expects one (MS-PSRP 2.2.2.15, ci of -100). */
    return 0;
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
    size_t len = BASE64_LEN(n);
    char *text = malloc(len + 1);

    if (text == NULL) {
        body->failed = ERR_MEMORY;
        return node;
    }
    base64_encode(p, n, text);
    body_ascii(body, node, text, len);
    free(text);
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
    if (options->idle_timeout_s != 0)
        body_add(&body, NULL, "IdleTimeOut", idle);
    body_add(&body, NULL, "InputStreams", "stdin pr");
    body_add(&body, NULL, "OutputStreams", "stdout");
    body_namespace(&body, add_base64(&body, "creationXml", creation->data,
                                     creation->len), NS_POWERSHELL);
    return body_take(&body, STAGE_SHELL, node, err);
}

static int create(struct runspace *r, const struct runspace_options *options,
                  struct err *err)
{
    const struct wsman_pair pairs[] = {
        { "protocolversion", "2.3", true },
        { "WINRS_NOPROFILE", "TRUE", false },
    };
    struct buf creation = BUF_INIT(CREATION_MAX);
    xmlNodePtr body;
    int rc = -1;

    if (pool_open(&r->pool, &options->host, &creation, err) == 0 &&
        shell_body(r, options, &creation, &body, err) == 0)
        rc = shell_create(&r->shell, pairs, options->no_profile ? 2 : 1,
                          body, r->id, err);
    buf_free(&creation);
    r->shell.id = r->id;
    return rc;
}

static int take_stream(void *arg, const char *stream, const void *p,
                       size_t n, struct err *err)
{
    (void)stream;
    return incoming_feed(arg, p, n, err);
}

static int wait_open(struct runspace *r, struct err *err)
{
    struct shell_state state;
    int i;

    for (i = 0; i < OPENING_RECEIVES; i++) {
        if (shell_receive(&r->shell, NULL, "stdout", take_stream,
                          &r->incoming, &state, err) != 0)
            return -1;
        if (r->pool.state == POOL_OPENED)
            return 0;
    }
    return err_set(err, ERR_TIMEOUT, STAGE_SHELL,
                   "the host's PowerShell did not open after %d replies",
                   OPENING_RECEIVES);
}

int runspace_open(struct runspace *r, struct wsman *wsman,
                  const struct runspace_options *options, struct err *err)
{
    memset(r, 0, sizeof *r);
    r->shell.wsman = wsman;
    incoming_init(&r->incoming, deliver, NULL, r);
    if (set_resource(r, options->configuration, err) != 0 ||
        pool_init(&r->pool, err) != 0 || create(r, options, err) != 0)
        return -1;
    if (options->created != NULL &&
        options->created(options->created_arg, &r->shell, err) != 0)
        return -1;
    return wait_open(r, err);
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
    incoming_free(&r->incoming);
}
