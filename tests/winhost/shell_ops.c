/* shell_ops.c - Create and Delete (MS-WSMV 3.1.4), as recorded hosts do. */
#include <stdlib.h>
#include <string.h>

#include "cmdline.h"
#include "engine.h"
#include "journal.h"
#include "pool_ops.h"
#include "soap_body.h"

#define VARIABLE_MAX 8192

static int parse_variables(const xmlNode *environment,
                           struct shell_options *options,
                           struct fault *fault)
{
    xmlNodePtr node = soap_elements(environment->children);

    for (; node != NULL; node = soap_elements(node->next)) {
        struct variable *v = &options->variables[options->variable_count];

        if (options->variable_count == SHELL_VARIABLES_MAX
            || !soap_is(node, NS_SHELL, "Variable")
            || soap_attribute(node, "Name", v->name, sizeof v->name) != 0)
            return body_invalid(node, fault);
        v->value = malloc(VARIABLE_MAX);
        if (v->value == NULL)
            return fault_set(fault, FAULT_BUSY, NULL);
        options->variable_count++;
        if (soap_content(node, v->value, VARIABLE_MAX) != 0)
            return body_invalid(node, fault);
    }
    return 0;
}

static int parse_shell_element(const xmlNode *node,
                               struct shell_options *options,
                               struct fault *fault)
{
    char text[128];

    if (soap_is(node, NS_SHELL, "InputStreams"))
        return soap_content(node, options->input, sizeof options->input) == 0
            ? 0 : body_invalid(node, fault);
    if (soap_is(node, NS_SHELL, "OutputStreams"))
        return soap_content(node, options->output,
                            sizeof options->output) == 0
            ? 0 : body_invalid(node, fault);
    if (soap_is(node, NS_SHELL, "WorkingDirectory"))
        return soap_content(node, options->directory,
                            sizeof options->directory) == 0
            ? 0 : body_invalid(node, fault);
    if (soap_is(node, NS_SHELL, "IdleTimeOut")) /* a bare number is not */
        return soap_content(node, text, sizeof text) == 0
                && soap_duration(text, &options->idle_ms) == 0
            ? 0 : body_invalid(node, fault);
    if (soap_is(node, NS_SHELL, "Environment"))
        return parse_variables(node, options, fault);
    if (soap_is(node, NS_SHELL, "Lifetime")
        || soap_is(node, NS_SHELL, "Name"))
        return 0;
    return body_invalid(node, fault);
}

/* MS-WSMV 2.2.4.37: stdin goes in, stdout and stderr come out. */
static bool streams_are(const char *streams, const char *const known[])
{
    const char *p = streams;
    char word[32];
    size_t i;

    while (cmdline_word(&p, word, sizeof word)) {
        for (i = 0; known[i] != NULL; i++)
            if (strcmp(known[i], word) == 0)
                break;
        if (known[i] == NULL)
            return false;
    }
    return true;
}

static int parse_shell(const struct request *request,
                       struct shell_options *options, struct fault *fault)
{
    static const char *const in[] = { "stdin", NULL };
    static const char *const out[] = { "stdout", "stderr", NULL };
    xmlNodePtr node;

    options->idle_ms = SHELL_IDLE_DEFAULT_MS;
    if (body_require(request, "Shell", fault) != 0)
        return -1;
    node = soap_elements(request->content->children);
    for (; node != NULL; node = soap_elements(node->next))
        if (parse_shell_element(node, options, fault) != 0)
            return -1;
    if (!streams_are(options->input, in)
        || options->output[0] == '\0' || !streams_are(options->output, out))
        return fault_set(fault, FAULT_SCHEMA, NULL);
    return 0;
}

static void write_environment(const struct shell_options *options,
                              struct buf *out)
{
    size_t i;

    if (options->variable_count == 0)
        return;
    buf_printf(out, "<rsp:Environment>");
    for (i = 0; i < options->variable_count; i++) {
        buf_printf(out, "<rsp:Variable Name=\"");
        soap_text(out, options->variables[i].name);
        buf_printf(out, "\">");
        soap_text(out, options->variables[i].value);
        buf_printf(out, "</rsp:Variable>");
    }
    buf_printf(out, "</rsp:Environment>");
}

static void write_shell(const struct shell *shell,
                        const struct caller *caller,
                        const struct request *request, struct buf *out)
{
    char owner[2 * IDENTITY_NAME_MAX + 2];

    identity_owner(shell->identity, owner, sizeof owner);
    soap_begin(out, SOAP_SHELL, NS_TRANSFER "/CreateResponse",
               request->message_id);
    buf_printf(out, "<x:ResourceCreated>");
    soap_element(out, "a:Address", request->to);
    buf_printf(out, "<a:ReferenceParameters><w:ResourceURI>" URI_CMD
               "</w:ResourceURI><w:SelectorSet><w:Selector Name=\"ShellId\">"
               "%s</w:Selector></w:SelectorSet></a:ReferenceParameters>"
               "</x:ResourceCreated><rsp:Shell xmlns:rsp=\"" NS_SHELL "\">"
               "<rsp:ShellId>%s</rsp:ShellId><rsp:ResourceUri>" URI_CMD
               "</rsp:ResourceUri>", shell->id, shell->id);
    soap_element(out, "rsp:Owner", owner);
    soap_element(out, "rsp:ClientIP", caller->address);
    if (shell->options.directory[0] != '\0')
        soap_element(out, "rsp:WorkingDirectory", shell->options.directory);
    write_environment(&shell->options, out);
    buf_printf(out, "<rsp:IdleTimeOut>PT%u.%03uS</rsp:IdleTimeOut>",
               shell->options.idle_ms / 1000, shell->options.idle_ms % 1000);
    soap_element(out, "rsp:InputStreams", shell->options.input);
    soap_element(out, "rsp:OutputStreams", shell->options.output);
    buf_printf(out, "<rsp:ShellRunTime>P0DT0H0M0S</rsp:ShellRunTime>"
               "<rsp:ShellInactivity>P0DT0H0M0S</rsp:ShellInactivity>"
               "</rsp:Shell>");
    soap_end(out);
}

int op_create(const struct host *host, const struct caller *caller,
              const struct request *request, struct buf *out,
              struct fault *fault)
{
    static const char *const known[] = { "WINRS_NOPROFILE", "WINRS_CODEPAGE",
                                         NULL };
    struct shell_options options = { .idle_ms = 0 };
    struct shell *shell;

    if (request->resource == RESOURCE_POWERSHELL)
        return pool_create(host, caller, request, out, fault);
    if (request->resource != RESOURCE_CMD)
        return fault_set(fault, FAULT_ACTION, NULL);
    if (body_check_options(request, known, fault) != 0
        || parse_shell(request, &options, fault) != 0
        || (shell = shell_create(host, caller->identity, &options,
                                 fault)) == NULL) {
        shell_options_clear(&options);
        return -1;
    }
    write_shell(shell, caller, request, out);
    journal_write(host->journal, "shell", "shell=%s user=%s", shell->id,
                  journal_clean(caller->identity->user).text);
    shell_unref(&shell);
    return 0;
}

int op_delete(const struct host *host, const struct caller *caller,
              const struct request *request, struct buf *out,
              struct fault *fault)
{
    struct shell *shell = shell_find(host, request->shell_id,
                                     caller->identity, fault);

    if (shell == NULL)
        return -1;
    if (request->content != NULL) {
        shell_unref(&shell);
        return body_invalid(request->content, fault);
    }
    shell_delete(shell);
    shell_unref(&shell);
    soap_begin(out, SOAP_DELETE, NS_TRANSFER "/DeleteResponse",
               request->message_id);
    soap_end(out);
    return 0;
}

