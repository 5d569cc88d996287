/* invocation.c - a pipeline as a command of WS-Management. */
#include <string.h>

#include "psrp/runspace.h"
#include "wsman/envelope.h"
#include "wsman/uri.h"

static int deliver(void *arg, const struct incoming_message *message,
                   struct err *err)
{
    struct invocation *v = arg;
    bool taken;

    if (pool_take(&v->runspace->pool, message, &taken, err) != 0)
        return -1;
    return taken ? 0 : pipeline_take(&v->pipeline, message, err);
}

static int on_output_text(void *arg, const char *text, size_t n,
                          struct err *err)
{
    struct invocation *v = arg;

    return v->on_text(v->pipeline.sink->arg, text, n, err);
}

/* MS-PSRP 3.1.5.3.3: the command's id is the pipeline's, and its text stays
 * empty: others could read it by Enumerate. */
static int command_body(const struct invocation *v, const struct buf *first,
                        xmlNodePtr *node, struct err *err)
{
    char id[GUID_TEXT];
    struct body body;

    guid_format(&v->pipeline.id, id);
    body_init(&body, "CommandLine");
    body_attribute(&body, body.root, "CommandId", id);
    body_add(&body, NULL, "Command", NULL);
    body_base64(&body, body_add(&body, NULL, "Arguments", NULL), first->data,
                first->len);
    return body_take(&body, STAGE_COMMAND, node, err);
}

static int send_command(struct invocation *v, struct fragmenter *fragmenter,
                        struct err *err)
{
    static const struct wsman_pair option = {
        "WINRS_SKIP_CMD_SHELL", "False", false,
    };
    const struct shell *shell = &v->runspace->shell;
    size_t room = shell_send_max(shell);
    struct buf first = BUF_INIT(room);
    xmlNodePtr body;
    int rc = -1;

    fragmenter_next(fragmenter, room, &first);
    if (buf_ok(&first, STAGE_COMMAND, err) == 0 &&
        command_body(v, &first, &body, err) == 0)
        rc = shell_start(shell, &option, 1, body, v->id, err);
    buf_free(&first);
    return rc;
}

void feed_begin(struct feed *f, struct invocation *v, const char *stream)
{
    *f = (struct feed){ .invocation = v, .stream = stream,
                        .shell = &v->runspace->shell };
}

void feed_end(struct feed *f)
{
    buf_free(&f->out);
}

int feed_flush(struct feed *f, struct err *err)
{
    unsigned attempt = 0;

    if (buf_ok(&f->out, STAGE_COMMAND, err) != 0)
        return -1;
    if (f->out.len == 0)
        return 0;
    while (shell_send(f->shell, f->invocation->id, f->stream, f->out.data,
                      f->out.len, false, err) != 0)
        if (f->again == NULL || !f->again(f->arg, &attempt, err))
            return -1;
    buf_clear(&f->out);
    return 0;
}

static int put_fragments(struct feed *f, struct fragmenter *fragmenter,
                         struct err *err)
{
    if (f->out.max == 0)
        buf_init(&f->out, shell_send_max(f->shell));
    while (!fragmenter->over) {
        size_t room = f->out.max - f->out.len;

        if (room < FRAGMENT_LEN(fragmenter->left) && f->out.len > 0) {
            if (feed_flush(f, err) != 0)
                return -1;
            continue;
        }
        fragmenter_next(fragmenter, room, &f->out);
    }
    return 0;
}

int feed_put(struct feed *f, const struct buf *message, struct err *err)
{
    struct fragmenter fragmenter;

    fragmenter_begin(&fragmenter,
                     pipeline_next_object(&f->invocation->pipeline),
                     message->data, message->len);
    return put_fragments(f, &fragmenter, err);
}

int invocation_send(struct invocation *v, const char *stream,
                    const struct buf *message, struct err *err)
{
    struct feed f;
    int rc;

    feed_begin(&f, v, stream);
    rc = feed_put(&f, message, err);
    if (rc == 0)
        rc = feed_flush(&f, err);
    feed_end(&f);
    return rc;
}

static int send_creation(struct invocation *v,
                         const struct pipeline_options *options,
                         struct err *err)
{
    struct buf message = BUF_INIT(MESSAGE_MAX);
    struct fragmenter fragmenter;
    struct feed rest;
    int rc = pipeline_create(&v->pipeline, options, &message, err);

    feed_begin(&rest, v, "stdin");
    if (rc == 0) {
        fragmenter_begin(&fragmenter, pipeline_next_object(&v->pipeline),
                         message.data, message.len);
        rc = send_command(v, &fragmenter, err);
    }
    if (rc == 0)
        rc = put_fragments(&rest, &fragmenter, err);
    if (rc == 0)
        rc = feed_flush(&rest, err);
    buf_free(&message);
    feed_end(&rest);
    return rc;
}

int invocation_start(struct invocation *v, struct runspace *runspace,
                     const struct pipeline_options *options,
                     const struct pipeline_sink *sink,
                     clixml_text_fn *on_text, struct err *err)
{
    memset(v, 0, sizeof *v);
    v->runspace = runspace;
    v->on_text = on_text;
    incoming_init(&v->incoming, deliver,
                  on_text != NULL ? on_output_text : NULL, v);
    if (pipeline_init(&v->pipeline, &runspace->pool, sink, err) != 0)
        return -1;
    return send_creation(v, options, err);
}

void invocation_free(struct invocation *v)
{
    incoming_free(&v->incoming);
}

static int take_stream(void *arg, const char *stream, const void *p,
                       size_t n, struct err *err)
{
    struct invocation *v = arg;

    (void)stream;
    v->heard = v->heard || n > 0;
    return incoming_feed(&v->incoming, p, n, err);
}

/* Text is made on the host, and has no SecureString. */
static bool may_want_key(const struct invocation *v)
{
    return v->on_text == NULL && !session_key_is_ready(v->runspace->pool.key);
}

int invocation_receive(struct invocation *v, struct err *err)
{
    struct shell_state state = { .done = false };

    v->heard = false;
    if (shell_receive(&v->runspace->shell, v->id, "stdout", take_stream, v,
                      &state, err) != 0)
        return -1;
    if (!state.done)
        return v->heard || !may_want_key(v)
                   ? 0 : runspace_attend(v->runspace, err);
    v->done = true;
    if (incoming_done(&v->incoming, err) != 0)
        return -1;
    if (pipeline_is_over(&v->pipeline))
        return 0;
    return err_set(err, ERR_MALFORMED, STAGE_OUTPUT,
                   "the host ended the command before its pipeline");
}

/* CommandState comes with the pipeline's end, or in a reply of its own. */
bool invocation_is_over(const struct invocation *v)
{
    return v->done || pipeline_is_over(&v->pipeline);
}

int invocation_stop(struct invocation *v, struct err *err)
{
    return shell_signal(&v->runspace->shell, v->id, SIGNAL_PS_STOP, false,
                        err);
}

int invocation_end(struct invocation *v, struct err *err)
{
    int rc;

    if (v->id[0] == '\0')
        return 0;
    rc = shell_signal(&v->runspace->shell, v->id, SIGNAL_PS_TERMINATE, true,
                      err);
    v->id[0] = '\0';
    return rc;
}
