/*
 * fuzz_psrp_message.c - all that a host's PowerShell says to a pool and a
 * pipeline, from fragments to states, records and host calls.
 *
 * Input: '1' when the pool is open already; then the stream.  The ids of pool
 * and pipeline in it are taken for ours.
 */
#include "fuzz.h"

#include <libxml/xmlerror.h>
#include <string.h>

#include "psrp/host_call.h"
#include "psrp/pipeline.h"

struct client {
    struct pool pool;
    struct pipeline pipeline;
    struct incoming incoming;
    size_t output;
};

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    fuzz_own_libxml2();
    return 0;
}

static int take_output(void *arg, const struct incoming_message *message,
                       struct err *err)
{
    struct client *client = arg;

    (void)err;
    fuzz_require(!message->streamed || message->value != NULL);
    client->output++;
    return 0;
}

static int take_record(void *arg, enum message_type type,
                       const struct clixml *value, struct err *err)
{
    (void)arg;
    (void)err;
    fuzz_require(message_type_name(type) != NULL);
    clixml_text(clixml_get(clixml_get(value, "Exception"), "Message"));
    return 0;
}

static int take_call(void *arg, enum message_type type,
                     const struct clixml *value, struct err *err)
{
    const struct clixml *at = NULL;
    struct host_field field;
    struct host_choice choice;
    struct host_call call;

    (void)arg;
    (void)type;
    if (host_call_parse(value, &call, err) != 0)
        return -1;
    if (call.method == HOST_PROMPT)
        while (host_call_field(&call, 2, &at, &field))
            fuzz_require(field.name != NULL && field.type != NULL);
    if (call.method == HOST_PROMPT_FOR_CHOICE)
        while (host_call_choice(&call, 2, &at, &choice))
            fuzz_require(choice.label != NULL && choice.help != NULL);
    return 0;
}

static int take_text(void *arg, const char *text, size_t n, struct err *err)
{
    struct client *client = arg;

    (void)text;
    (void)err;
    client->output += n;
    return 0;
}

static int deliver(void *arg, const struct incoming_message *message,
                   struct err *err)
{
    struct client *client = arg;
    struct incoming_message ours = *message;
    bool taken;

    ours.header.pool = client->pool.id;
    ours.header.pipeline = client->pipeline.id;
    if (pool_take(&client->pool, &ours, &taken, err) != 0)
        return -1;
    fuzz_require(taken || client->pool.state != POOL_BROKEN);
    return taken ? 0 : pipeline_take(&client->pipeline, &ours, err);
}

static int play(const uint8_t *data, size_t size, struct err *err)
{
    static const struct pipeline_sink calls = { take_output, take_record,
                                                take_call, NULL };
    bool is_open = fuzz_u8(&data, &size) == '1';
    struct pipeline_sink sink = calls;
    struct client client;
    int rc;

    memset(&client, 0, sizeof client);
    sink.arg = &client;
    incoming_init(&client.incoming, deliver, take_text, &client);
    rc = pool_init(&client.pool, err);
    client.pool.state = is_open ? POOL_OPENED : POOL_NEGOTIATION_SENT;
    if (rc == 0)
        rc = pipeline_init(&client.pipeline, &client.pool, &sink, err);
    client.pipeline.state = PIPELINE_RUNNING;
    if (rc == 0)
        rc = incoming_feed(&client.incoming, data, size, err);
    if (rc == 0)
        rc = incoming_done(&client.incoming, err);
    incoming_free(&client.incoming);
    pool_free(&client.pool);
    xmlResetLastError();
    return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unsigned seed = fuzz_seed(&data, &size);

    fuzz_twice(play, seed, data, size);
    return 0;
}
