/* receive_op.c - Receive: a command's output as rsp:Stream elements. */
#include <string.h>

#include "cmdline.h"
#include "engine.h"
#include "pool_ops.h"
#include "psrp_pool.h"
#include "soap_body.h"
#include "wsman/base64.h"

/* What a ReceiveResponse costs besides its streams: headers, the two ends,
 * the state. */
#define RECEIVE_OVERHEAD 2560

static const char *stream_name(enum stream stream)
{
    return stream == STREAM_STDERR ? "stderr" : "stdout";
}

static void write_chunk(const struct chunk *chunk, const char *id,
                        struct buf *out)
{
    size_t n = chunk->len - chunk->off;
    unsigned char *text;

    buf_printf(out, "<rsp:Stream Name=\"%s\" CommandId=\"%s\">",
               stream_name(chunk->stream), id);
    text = buf_reserve(out, BASE64_LEN(n));
    if (text == NULL)
        return;
    base64_encode(chunk->data + chunk->off, n, (char *)text);
    buf_printf(out, "</rsp:Stream>");
}

/* cmd's shells tell the ends of both streams; PowerShell's do not. */
static void write_ends(const char *id, struct buf *out)
{
    buf_printf(out, "<rsp:Stream Name=\"stdout\" CommandId=\"%s\" "
               "End=\"true\"></rsp:Stream>"
               "<rsp:Stream Name=\"stderr\" CommandId=\"%s\" "
               "End=\"true\"></rsp:Stream>", id, id);
}

static void write_output(const struct output *output, const char *id,
                         bool is_cmd, struct buf *out)
{
    const struct chunk *chunk;
    size_t n = RECEIVE_OVERHEAD;

    for (chunk = output->chunks; chunk != NULL; chunk = chunk->next)
        n += STREAM_OVERHEAD + BASE64_LEN(chunk->len - chunk->off);
    buf_expect(out, n);
    buf_printf(out, "<rsp:ReceiveResponse>");
    for (chunk = output->chunks; chunk != NULL; chunk = chunk->next)
        write_chunk(chunk, id, out);
    if (output->done && is_cmd)
        write_ends(id, out);
    buf_printf(out, "<rsp:CommandState CommandId=\"%s\" State=\"" NS_SHELL
               "/CommandState/%s\">", id, output->done ? "Done" : "Running");
    if (output->done)
        buf_printf(out, "<rsp:ExitCode>%u</rsp:ExitCode>",
                   output->exit_code);
    buf_printf(out, "</rsp:CommandState></rsp:ReceiveResponse>");
}

static int receive(struct command *command, const struct request *request,
                   struct buf *out, struct fault *fault)
{
    struct output output;

    switch (command_receive(command, request->max_envelope - RECEIVE_OVERHEAD,
                            request->timeout_ms, &output)) {
    case RECEIVED_NOTHING:
        return fault_set(fault, FAULT_TIMED_OUT, NULL);
    case RECEIVED_GONE:
        return fault_set(fault, FAULT_BAD_COMMAND, NULL);
    case RECEIVED_OUTPUT:
        break;
    }
    soap_begin(out, SOAP_RECEIVE, NS_SHELL "/ReceiveResponse",
               request->message_id);
    write_output(&output, command_id(command),
                 command_shell(command)->options.pool == NULL, out);
    soap_end(out);
    output_free(&output);
    return 0;
}

/* The streams asked for must be those of the shell: all that it has. */
static int check_streams(const xmlNode *desired, const struct shell *shell,
                         struct fault *fault)
{
    char streams[SHELL_STREAMS_MAX], word[32];
    const char *p = streams;

    if (soap_content(desired, streams, sizeof streams) != 0
        || streams[0] == '\0')
        return fault_set(fault, FAULT_SCHEMA, NULL);
    while (cmdline_word(&p, word, sizeof word))
        if (strstr(shell->options.output, word) == NULL)
            return fault_set(fault, FAULT_SCHEMA, NULL);
    return 0;
}

static int run_receive(struct shell *shell, const struct request *request,
                       struct buf *out, struct fault *fault)
{
    static const char *const known[] = { "WSMAN_CMDSHELL_OPTION_KEEPALIVE",
                                         NULL };
    struct command *command;
    xmlNodePtr desired;
    int rc;

    if (body_check_options(request, known, fault) != 0
        || body_require(request, "Receive", fault) != 0)
        return -1;
    desired = soap_elements(request->content->children);
    if (!soap_is(desired, NS_SHELL, "DesiredStream"))
        return fault_set(fault, FAULT_SCHEMA, NULL);
    if (check_streams(desired, shell, fault) != 0)
        return -1;
    if (shell->options.pool != NULL && !body_names_command(desired))
        return pool_receive(shell, request, out, fault);
    if ((command = body_command(shell, desired, fault)) == NULL)
        return -1;
    rc = receive(command, request, out, fault);
    command_unref(&command);
    return rc;
}

int op_receive(const struct host *host, const struct caller *caller,
               const struct request *request, struct buf *out,
               struct fault *fault)
{
    struct shell *shell = shell_find(host, request->shell_id,
                                     caller->identity, fault);
    int rc;

    if (shell == NULL)
        return -1;
    rc = run_receive(shell, request, out, fault);
    shell_unref(&shell);
    return rc;
}
