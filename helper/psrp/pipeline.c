/* pipeline.c - what a pipeline sends, and its states. */
#include "psrp/pipeline.h"

#include <string.h>

#include "psrp/errors.h"
#include "wsman/wsman.h"

/* MS-PSRP 3.1.1.3: states that the host may tell, and in which of ours. */
static const struct {
    enum pipeline_state ours, told;
} steps[] = {
    { PIPELINE_RUNNING, PIPELINE_RUNNING },
    { PIPELINE_RUNNING, PIPELINE_STOPPING },
    { PIPELINE_RUNNING, PIPELINE_STOPPED },
    { PIPELINE_RUNNING, PIPELINE_COMPLETED },
    { PIPELINE_RUNNING, PIPELINE_FAILED },
    { PIPELINE_RUNNING, PIPELINE_DISCONNECTED },
    { PIPELINE_STOPPING, PIPELINE_STOPPED },
    { PIPELINE_STOPPING, PIPELINE_COMPLETED },
    { PIPELINE_STOPPING, PIPELINE_FAILED },
};

int pipeline_init(struct pipeline *pipeline, struct pool *pool,
                  const struct pipeline_sink *sink, struct err *err)
{
    char text[WSMAN_UUID_BYTES];

    *pipeline = (struct pipeline){ .pool = pool, .sink = sink };
    if (wsman_uuid(text, err) != 0)
        return -1;
    if (guid_parse(text, &pipeline->id) != 0)
        return err_set(err, ERR_INTERNAL, STAGE_COMMAND, "%s is no UUID",
                       text);
    return 0;
}

uint64_t pipeline_next_object(struct pipeline *pipeline)
{
    return pipeline->pool->next_object++;
}

int pipeline_put_input(struct pipeline *pipeline, const char *text, size_t n,
                       struct buf *message, struct err *err)
{
    struct clixml_writer w;

    pool_put_header(pipeline->pool, &pipeline->id, MESSAGE_PIPELINE_INPUT,
                    message);
    clixml_writer_init(&w, message);
    clixml_put_string(&w, NULL, text, n);
    return buf_ok(message, STAGE_COMMAND, err);
}

int pipeline_put_end(struct pipeline *pipeline, struct buf *message,
                     struct err *err)
{
    pool_put_header(pipeline->pool, &pipeline->id,
                    MESSAGE_END_OF_PIPELINE_INPUT, message);
    return buf_ok(message, STAGE_COMMAND, err);
}

static int malformed(struct err *err, const char *what)
{
    return err_set(err, ERR_MALFORMED, STAGE_OUTPUT,
                   "the host's PowerShell sent %s", what);
}

static bool may_become(enum pipeline_state ours, int64_t told)
{
    size_t i;

    for (i = 0; i < sizeof steps / sizeof *steps; i++)
        if (steps[i].ours == ours && (int64_t)steps[i].told == told)
            return true;
    return false;
}

static int tell(struct pipeline *pipeline, enum message_type type,
                const struct clixml *value, struct err *err)
{
    const struct pipeline_sink *sink = pipeline->sink;

    if (type == MESSAGE_ERROR_RECORD)
        pipeline->had_errors = true;
    return sink->record != NULL ? sink->record(sink->arg, type, value, err)
                                : 0;
}

/* MS-PSRP 2.2.2.21 */
static int take_state(struct pipeline *pipeline, const struct clixml *value,
                      struct err *err)
{
    const struct clixml *record = clixml_get(value, "ExceptionAsErrorRecord");
    int64_t told;

    if (!clixml_int(clixml_get(value, "PipelineState"), &told))
        return malformed(err, "a pipeline's state that is no number");
    if (!may_become(pipeline->state, told))
        return malformed(err, "a pipeline's state out of order");
    pipeline->state = (enum pipeline_state)told;
    if (pipeline->state == PIPELINE_DISCONNECTED)
        return psrp_disconnected(err);
    /* That it was stopped is no news to whoever stopped it. */
    if (pipeline->state != PIPELINE_FAILED || record == NULL)
        return 0;
    return tell(pipeline, MESSAGE_ERROR_RECORD, record, err);
}

static bool is_of(const struct pipeline *pipeline,
                  const struct message_header *header)
{
    return memcmp(&header->pipeline, &pipeline->id, sizeof pipeline->id) == 0;
}

int pipeline_take(struct pipeline *pipeline,
                  const struct incoming_message *message, struct err *err)
{
    const struct pipeline_sink *sink = pipeline->sink;

    if (message->header.type == MESSAGE_RUNSPACEPOOL_HOST_CALL)
        return sink->host_call != NULL
                   ? sink->host_call(sink->arg, message->header.type,
                                     message->value, err) : 0;
    if (!is_of(pipeline, &message->header))
        return malformed(err, "a message of another pipeline");
    if (pipeline_is_over(pipeline))
        return malformed(err, "more behind a pipeline's end");
    switch (message->header.type) {
    case MESSAGE_PIPELINE_OUTPUT:
        return sink->output(sink->arg, message, err);
    case MESSAGE_PIPELINE_STATE:
        return take_state(pipeline, message->value, err);
    case MESSAGE_ERROR_RECORD:
    case MESSAGE_DEBUG_RECORD:
    case MESSAGE_VERBOSE_RECORD:
    case MESSAGE_WARNING_RECORD:
    case MESSAGE_PROGRESS_RECORD:
    case MESSAGE_INFORMATION_RECORD:
        return tell(pipeline, (enum message_type)message->header.type,
                    message->value, err);
    case MESSAGE_PIPELINE_HOST_CALL:
        return sink->host_call != NULL
                   ? sink->host_call(sink->arg, message->header.type,
                                     message->value, err) : 0;
    }
    return malformed(err, "a message that only clients send");
}

bool pipeline_is_over(const struct pipeline *pipeline)
{
    return pipeline->state == PIPELINE_STOPPED ||
           pipeline->state == PIPELINE_COMPLETED ||
           pipeline->state == PIPELINE_FAILED;
}
