/* command_ops.c - Command, Send and Signal (MS-WSMV 3.1.4). */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "commands.h"
#include "engine.h"
#include "journal.h"
#include "psrp_pipeline.h"
#include "pool_ops.h"
#include "psrp_pool.h"
#include "soap_body.h"
#include "wsman/base64.h"

static int append_word(char *line, size_t size, const xmlNode *node,
                       struct fault *fault)
{
    size_t n = strlen(line);

    if (n > 0 && n + 1 < size) {
        line[n++] = ' ';
        line[n] = '\0';
    }
    if (soap_content(node, line + n, size - n) != 0)
        return fault_set(fault, FAULT_LINE, NULL);
    return 0;
}

/* rsp:Command and rsp:Arguments, joined by blanks as winrscmd does. */
static int parse_command_line(const struct request *request, char *line,
                              size_t size, struct fault *fault)
{
    xmlNodePtr node;

    line[0] = '\0';
    if (body_require(request, "CommandLine", fault) != 0)
        return -1;
    node = soap_elements(request->content->children);
    if (!soap_is(node, NS_SHELL, "Command"))
        return fault_set(fault, FAULT_SCHEMA, NULL);
    if (append_word(line, size, node, fault) != 0)
        return -1;
    while ((node = soap_elements(node->next)) != NULL) {
        if (!soap_is(node, NS_SHELL, "Arguments"))
            return body_invalid(node, fault);
        if (append_word(line, size, node, fault) != 0)
            return -1;
    }
    return 0;
}

/* Without cmd.exe nobody searches the path: the full name is needed. */
static bool is_program(const char *line)
{
    const char *dot = strrchr(line, '.');

    return line[0] != '\0' && line[1] == ':' && line[2] == '\\' && dot != NULL
        && strncasecmp(dot, ".exe", 4) == 0;
}

static int start_command(struct shell *shell, const char *line,
                         const struct request *request, struct buf *out,
                         struct fault *fault)
{
    struct command *command = shell_new_command(shell, fault);

    if (command == NULL)
        return -1;
    journal_write(shell->host->journal, "command",
                  "command=%s shell=%s line=%s", command_id(command),
                  shell->id, journal_clean(line).text);
    if (commands_start(command, line) != 0) {
        shell_drop_command(shell, command);
        command_unref(&command);
        return fault_set(fault, FAULT_BUSY, NULL);
    }
    soap_begin(out, SOAP_SHELL, NS_SHELL "/CommandResponse",
               request->message_id);
    buf_printf(out, "<rsp:CommandResponse><rsp:CommandId>%s</rsp:CommandId>"
               "</rsp:CommandResponse>", command_id(command));
    soap_end(out);
    command_unref(&command);
    return 0;
}

int op_command(const struct host *host, const struct caller *caller,
               const struct request *request, struct buf *out,
               struct fault *fault)
{
    static const char *const known[] = { "WINRS_SKIP_CMD_SHELL",
                                         "WINRS_CONSOLEMODE_STDIN", NULL };
    struct shell *shell;
    char *line = malloc(CMDLINE_MAX + 1);
    int rc = -1;

    if (line == NULL)
        return fault_set(fault, FAULT_BUSY, NULL);
    shell = shell_find(host, request->shell_id, caller->identity, fault);
    if (shell != NULL && shell->options.pool != NULL) {
        rc = body_check_options(request, known, fault);
        if (rc == 0)
            rc = pipeline_start(shell, request, out, fault);
    } else if (shell != NULL && body_check_options(request, known, fault) == 0
        && parse_command_line(request, line, CMDLINE_MAX + 1, fault) == 0) {
        if (body_option(request, "WINRS_SKIP_CMD_SHELL")
            && !is_program(line))
            rc = fault_set(fault, FAULT_NO_FILE, NULL);
        else
            rc = start_command(shell, line, request, out, fault);
    }
    shell_unref(&shell);
    free(line);
    return rc;
}

int body_decode(unsigned char *text, size_t *len)
{
    size_t n = strlen((char *)text);

    while (n > 0 && strchr(" \t\r\n", text[n - 1]) != NULL)
        n--;
    return base64_decode((char *)text, n, text, len);
}

/* Decoded where it stands: the request is read once. */
static int decode_stream(const xmlNode *stream, unsigned char **bytes,
                         size_t *n)
{
    static unsigned char nothing[1];
    const xmlNode *text = stream->children;

    *bytes = nothing;
    *n = 0;
    if (text == NULL)
        return 0;
    if (text->type != XML_TEXT_NODE || text->next != NULL)
        return -1;
    *bytes = text->content;
    return body_decode(text->content, n);
}

static int send_stream(struct shell *shell, const xmlNode *stream,
                       unsigned timeout_ms, struct fault *fault)
{
    struct command *command;
    char name[32], end[16] = "";
    unsigned char *bytes;
    size_t n;
    int rc = 0;

    if (shell->options.pool != NULL && !body_names_command(stream))
        return pool_send(shell, stream, fault);
    command = body_command(shell, stream, fault);
    if (command == NULL)
        return -1;
    soap_attribute(stream, "End", end, sizeof end);
    if (soap_attribute(stream, "Name", name, sizeof name) != 0
        || strstr(shell->options.input, name) == NULL
        || decode_stream(stream, &bytes, &n) != 0)
        rc = fault_set(fault, FAULT_SCHEMA, NULL);
    else if (!pipeline_feed(command, name, bytes, n,
                            strcasecmp(end, "true") == 0
                            || strcmp(end, "1") == 0, timeout_ms))
        rc = fault_set(fault, FAULT_BUSY, NULL);
    command_unref(&command);
    return rc;
}

int op_send(const struct host *host, const struct caller *caller,
            const struct request *request, struct buf *out,
            struct fault *fault)
{
    struct shell *shell = shell_find(host, request->shell_id,
                                     caller->identity, fault);
    xmlNodePtr node;
    int rc;

    if (shell == NULL)
        return -1;
    rc = body_require(request, "Send", fault);
    node = rc == 0 ? soap_elements(request->content->children) : NULL;
    for (; rc == 0 && node != NULL; node = soap_elements(node->next))
        rc = soap_is(node, NS_SHELL, "Stream")
            ? send_stream(shell, node, request->timeout_ms, fault)
            : body_invalid(node, fault);
    shell_unref(&shell);
    if (rc != 0)
        return -1;
    soap_begin(out, SOAP_SHELL, NS_SHELL "/SendResponse",
               request->message_id);
    buf_printf(out, "<rsp:SendResponse/>");
    soap_end(out);
    return 0;
}

/* MS-WSMV 2.2.4.38; the last part is compared without case, as clients
 * spell "Terminate" both ways. */
static int signal_command(struct shell *shell, struct command *command,
                          const char *code, struct fault *fault)
{
    static const char prefix[] = NS_SHELL "/signal/";

    /* Compared as it is; so spelled, and anything else closes. */
    if (shell->options.pool != NULL
        && strcmp(code, NS_POWERSHELL "/signal/crtl_c") == 0) {
        pipeline_stop(command);
        return 0;
    }
    if (shell->options.pool != NULL) {
        command_end(command, CONTROL_C_EXIT);
        shell_drop_command(shell, command);
        return 0;
    }
    if (strncmp(code, prefix, sizeof prefix - 1) != 0)
        return fault_set(fault, FAULT_SCHEMA, NULL);
    code += sizeof prefix - 1;
    if (strcasecmp(code, "terminate") == 0) {
        command_end(command, CONTROL_C_EXIT);
        shell_drop_command(shell, command);
        return 0;
    }
    if (strcasecmp(code, "ctrl_c") == 0
        || strcasecmp(code, "ctrl_break") == 0) {
        command_end(command, CONTROL_C_EXIT);
        return 0;
    }
    return fault_set(fault, FAULT_SCHEMA, NULL);
}

static int run_signal(struct shell *shell, const struct request *request,
                      struct fault *fault)
{
    struct command *command;
    xmlNodePtr node;
    char code[256];
    int rc;

    if (body_require(request, "Signal", fault) != 0)
        return -1;
    node = soap_elements(request->content->children);
    if (!soap_is(node, NS_SHELL, "Code")
        || soap_content(node, code, sizeof code) != 0)
        return fault_set(fault, FAULT_SCHEMA, NULL);
    command = body_command(shell, request->content, fault);
    if (command == NULL)
        return -1;
    journal_write(shell->host->journal, "signal", "command=%s code=%s",
                  command_id(command), journal_clean(code).text);
    rc = signal_command(shell, command, code, fault);
    command_unref(&command);
    return rc;
}

int op_signal(const struct host *host, const struct caller *caller,
              const struct request *request, struct buf *out,
              struct fault *fault)
{
    struct shell *shell = shell_find(host, request->shell_id,
                                     caller->identity, fault);
    int rc;

    if (shell == NULL)
        return -1;
    rc = run_signal(shell, request, fault);
    shell_unref(&shell);
    if (rc != 0)
        return -1;
    soap_begin(out, SOAP_SHELL, NS_SHELL "/SignalResponse",
               request->message_id);
    buf_printf(out, "<rsp:SignalResponse/>");
    soap_end(out);
    return 0;
}
