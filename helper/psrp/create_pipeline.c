/* create_pipeline.c - the message that starts a pipeline (MS-PSRP 2.2.2.10,
 * 2.2.3.11 to 2.2.3.13). */
#include <string.h>

#include "psrp/clixml_writer.h"
#include "psrp/pipeline.h"
#include "psrp/types.h"

enum {
    APARTMENT_UNKNOWN = 2,
    NO_INVOCATION_INFO = 0,   /* RemoteStreamOptions: kilobytes a record */
    /* PipelineResultTypes (MS-PSRP 2.2.3.31) */
    RESULT_NONE = 0, RESULT_OUTPUT = 1, RESULT_ERROR = 2
};

/*
 * Streams that a command may merge into its output, and the protocol that a
 * host must speak to know of it.  Where a host knows MergeError, it counts
 * instead of MergeMyResult.
 */
static const struct {
    const char *name;
    unsigned minor;
    bool of_errors;
} merges[] = {
    { "MergeError", 2, true }, { "MergeWarning", 2, false },
    { "MergeVerbose", 2, false }, { "MergeDebug", 2, false },
    { "MergeInformation", 3, false },
};

static void put_merge(struct clixml_writer *w, const char *name,
                      const char *constant, int32_t number)
{
    clixml_put_enum(w, name, type_result_types, constant, number);
}

static void put_merges(struct clixml_writer *w,
                       const struct psrp_command *command, unsigned minor)
{
    bool merge = command->merge_errors;
    size_t i;

    put_merge(w, "MergeMyResult", merge ? "Error" : "None",
              merge ? RESULT_ERROR : RESULT_NONE);
    put_merge(w, "MergeToResult", merge ? "Output" : "None",
              merge ? RESULT_OUTPUT : RESULT_NONE);
    put_merge(w, "MergePreviousResults", "None", RESULT_NONE);
    for (i = 0; i < sizeof merges / sizeof *merges; i++) {
        bool merged = merge && merges[i].of_errors;

        if (minor >= merges[i].minor)
            put_merge(w, merges[i].name, merged ? "Output" : "None",
                      merged ? RESULT_OUTPUT : RESULT_NONE);
    }
}

static void put_argument(struct clixml_writer *w,
                         const struct psrp_argument *argument)
{
    clixml_begin_object(w, NULL);
    clixml_begin(w, "MS");
    if (argument->name != NULL)
        clixml_put_string(w, "N", argument->name, strlen(argument->name));
    else
        clixml_put_nil(w, "N");
    if (argument->kind == CLIXML_NIL)
        clixml_put_nil(w, "V");
    else
        clixml_put_plain(w, argument->kind, "V", argument->text);
    clixml_end(w, "MS");
    clixml_end_object(w);
}

static void put_command(struct clixml_writer *w,
                        const struct psrp_command *command, unsigned minor)
{
    size_t i;

    clixml_begin_object(w, NULL);
    clixml_begin(w, "MS");
    clixml_put_string(w, "Cmd", command->text, strlen(command->text));
    clixml_put_bool(w, "IsScript", command->is_script);
    clixml_put_nil(w, "UseLocalScope");
    put_merges(w, command, minor);
    clixml_begin_object(w, "Args");
    clixml_put_types(w, type_list);
    clixml_begin(w, "LST");
    for (i = 0; i < command->argument_count; i++)
        put_argument(w, &command->arguments[i]);
    clixml_end(w, "LST");
    clixml_end_object(w);
    clixml_end(w, "MS");
    clixml_end_object(w);
}

static void put_commands(struct clixml_writer *w,
                         const struct psrp_command *commands, size_t count,
                         unsigned minor)
{
    size_t i;

    clixml_begin_object(w, "Cmds");
    clixml_put_types(w, type_list);
    clixml_begin(w, "LST");
    for (i = 0; i < count; i++)
        put_command(w, &commands[i], minor);
    clixml_end(w, "LST");
    clixml_end_object(w);
}

static void put_statement(struct clixml_writer *w,
                          const struct psrp_command *commands, size_t count,
                          unsigned minor)
{
    clixml_begin_object(w, NULL);
    clixml_begin(w, "MS");
    put_commands(w, commands, count, minor);
    clixml_end(w, "MS");
    clixml_end_object(w);
}

/* ExtraCmds: when there is more than one statement, all of them, the first
 * one too (recorded clients); 2.1 hosts know one statement only. */
static void put_statements(struct clixml_writer *w,
                           const struct pipeline_options *options,
                           unsigned minor)
{
    const struct psrp_command last = { .text = options->afterwards,
                                       .is_script = true };

    if (options->afterwards == NULL || minor < 2) {
        clixml_put_nil(w, "ExtraCmds");
        return;
    }
    clixml_begin_object(w, "ExtraCmds");
    clixml_put_types(w, type_list);
    clixml_begin(w, "LST");
    put_statement(w, options->commands, options->command_count, minor);
    put_statement(w, &last, 1, minor);
    clixml_end(w, "LST");
    clixml_end_object(w);
}

static void put_powershell(struct clixml_writer *w,
                           const struct pipeline_options *options,
                           unsigned minor)
{
    clixml_begin_object(w, "PowerShell");
    clixml_begin(w, "MS");
    clixml_put_bool(w, "IsNested", false);
    put_statements(w, options, minor);
    put_commands(w, options->commands, options->command_count, minor);
    clixml_put_nil(w, "History");
    clixml_put_bool(w, "RedirectShellErrorOutputPipe", false);
    clixml_end(w, "MS");
    clixml_end_object(w);
}

int pipeline_create(struct pipeline *pipeline,
                    const struct pipeline_options *options,
                    struct buf *message, struct err *err)
{
    static const struct host_info pools = { .present = false };
    struct clixml_writer w;

    if (pipeline->pool->state != POOL_OPENED)
        return err_set(err, ERR_INTERNAL, STAGE_COMMAND,
                       "a pipeline in a pool that is not open");
    pool_put_header(pipeline->pool, &pipeline->id, MESSAGE_CREATE_PIPELINE,
                    message);
    clixml_writer_init(&w, message);
    clixml_begin_object(&w, NULL);
    clixml_begin(&w, "MS");
    clixml_put_bool(&w, "NoInput", options->no_input);
    clixml_put_enum(&w, "ApartmentState", type_apartment_state, "UNKNOWN",
                    APARTMENT_UNKNOWN);
    clixml_put_enum(&w, "RemoteStreamOptions", type_stream_options, "0",
                    NO_INVOCATION_INFO);
    clixml_put_bool(&w, "AddToHistory", options->add_to_history);
    host_info_put(&w, &pools);
    put_powershell(&w, options, pipeline->pool->protocol_minor);
    clixml_put_bool(&w, "IsNested", false);
    clixml_end(&w, "MS");
    clixml_end_object(&w);
    pipeline->state = PIPELINE_RUNNING;
    return buf_ok(message, STAGE_COMMAND, err);
}
