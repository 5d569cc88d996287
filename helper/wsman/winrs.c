/* winrs.c - commands in a remote cmd shell. */
#include "wsman/winrs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wsman/base64.h"
#include "wsman/envelope.h"
#include "wsman/faults.h"
#include "wsman/soap.h"
#include "wsman/uri.h"

/* What an envelope with a Send has around its base64. */
#define SEND_OVERHEAD 4096

/* One request to a shell that exists. */
static int call_shell(struct winrs_shell *shell, const char *action,
                      const struct wsman_pair *options, size_t option_count,
                      xmlNodePtr body, bool final, xmlDocPtr *doc,
                      struct err *err)
{
    const struct wsman_pair selector = { "ShellId", shell->id, false };
    const struct wsman_request request = {
        .action = action, .resource = RESOURCE_CMD,
        .selectors = &selector, .selector_count = 1,
        .options = options, .option_count = option_count,
        .body = body, .final = final,
    };

    return wsman_call(shell->wsman, &request, doc, err);
}

/* An id that the host gave: kept as it is, to be sent back as it is. */
static int take_id(const xmlNode *node, char *id, size_t size,
                   const char *name, enum err_stage stage, struct err *err)
{
    const char *text = (const char *)soap_text(node);

    if (text == NULL || text[0] == '\0' || strlen(text) >= size)
        return err_set(err, ERR_MALFORMED, stage,
                       "the host's answer has no usable %s", name);
    memcpy(id, text, strlen(text) + 1);
    return 0;
}

/* "NAME=VALUE" as rsp:Variable. */
static int add_variable(struct body *body, xmlNodePtr parent,
                        const char *variable, struct err *err)
{
    const char *equals = strchr(variable, '=');
    char *name;
    xmlNodePtr node;

    if (equals == NULL || equals == variable)
        return err_set(err, ERR_USAGE, STAGE_SHELL,
                       "'%s' is not NAME=VALUE", variable);
    name = strndup(variable, (size_t)(equals - variable));
    if (name == NULL)
        return err_set(err, ERR_MEMORY, STAGE_SHELL, NULL);
    node = body_add(body, parent, "Variable", equals + 1);
    body_attribute(body, node, "Name", name);
    free(name);
    return 0;
}

static int add_environment(struct body *body,
                           const struct winrs_options *options,
                           struct err *err)
{
    xmlNodePtr parent;
    size_t i;

    if (options->env_count == 0)
        return 0;
    parent = body_add(body, NULL, "Environment", NULL);
    for (i = 0; i < options->env_count; i++)
        if (add_variable(body, parent, options->env[i], err) != 0)
            return -1;
    return 0;
}

/* rsp:Shell; the schema fixes the order of what is in it. */
static int shell_body(const struct winrs_options *options, xmlNodePtr *node,
                      struct err *err)
{
    struct body body;
    char idle[16];

    body_init(&body, "Shell");
    body_add(&body, NULL, "InputStreams", "stdin");
    body_add(&body, NULL, "OutputStreams", "stdout stderr");
    if (add_environment(&body, options, err) != 0) {
        body_free(&body);
        return -1;
    }
    /* A bare number is refused by hosts as no xs:duration. */
    snprintf(idle, sizeof idle, "PT%uS", options->idle_timeout_s);
    if (options->idle_timeout_s != 0)
        body_add(&body, NULL, "IdleTimeOut", idle);
    if (options->cwd != NULL)
        body_add(&body, NULL, "WorkingDirectory", options->cwd);
    return body_take(&body, STAGE_SHELL, node, err);
}

/*
 * The shell is named by the selector that the host gives back, not by what
 * the body may say about it: old hosts say nothing there.
 */
static int take_shell_id(xmlDocPtr doc, struct winrs_shell *shell,
                         struct err *err)
{
    xmlNodePtr node = soap_child(soap_body(doc), NS_TRANSFER,
                                 "ResourceCreated");
    const char *name;

    node = soap_child(node, NS_ADDRESSING, "ReferenceParameters");
    node = soap_child(node, NS_WSMAN, "SelectorSet");
    node = soap_child(node, NS_WSMAN, "Selector");
    name = soap_attribute(node, "Name");
    if (name == NULL || strcmp(name, "ShellId") != 0)
        node = NULL;
    return take_id(node, shell->id, sizeof shell->id, "ShellId", STAGE_SHELL,
                   err);
}

int winrs_create(struct wsman *wsman, const struct winrs_options *options,
                 struct winrs_shell *shell, struct err *err)
{
    struct wsman_pair pairs[2];
    struct wsman_request request = {
        .action = ACTION_CREATE, .resource = RESOURCE_CMD, .options = pairs,
    };
    char codepage[16];
    xmlDocPtr doc;
    int rc;

    shell->wsman = wsman;
    shell->id[0] = '\0';
    snprintf(codepage, sizeof codepage, "%u", options->codepage);
    if (options->no_profile)
        pairs[request.option_count++] =
            (struct wsman_pair){ "WINRS_NOPROFILE", "TRUE", true };
    if (options->codepage != 0)
        pairs[request.option_count++] =
            (struct wsman_pair){ "WINRS_CODEPAGE", codepage, true };
    if (shell_body(options, &request.body, err) != 0 ||
        wsman_call(wsman, &request, &doc, err) != 0)
        return -1;
    rc = take_shell_id(doc, shell, err);
    xmlFreeDoc(doc);
    return rc;
}

static int command_body(const char *command, const char *const *arguments,
                        size_t argument_count, xmlNodePtr *node,
                        struct err *err)
{
    struct body body;
    size_t i;

    body_init(&body, "CommandLine");
    body_add(&body, NULL, "Command", command);
    for (i = 0; i < argument_count; i++)
        body_add(&body, NULL, "Arguments", arguments[i]);
    return body_take(&body, STAGE_COMMAND, node, err);
}

int winrs_start(struct winrs_shell *shell, const char *command,
                const char *const *arguments, size_t argument_count,
                bool skip_cmd_shell, struct winrs_command *out,
                struct err *err)
{
    /* Not a console: only a pipe has an end that the command sees. */
    const struct wsman_pair options[] = {
        { "WINRS_CONSOLEMODE_STDIN", "FALSE", false },
        { "WINRS_SKIP_CMD_SHELL", skip_cmd_shell ? "True" : "False", false },
    };
    xmlNodePtr body;
    xmlDocPtr doc;
    int rc;

    out->shell = shell;
    out->id[0] = '\0';
    if (command_body(command, arguments, argument_count, &body, err) != 0 ||
        call_shell(shell, ACTION_COMMAND, options,
                   sizeof options / sizeof *options, body, false, &doc,
                   err) != 0)
        return -1;
    rc = take_id(soap_child(soap_child(soap_body(doc), NS_SHELL,
                                       "CommandResponse"),
                            NS_SHELL, "CommandId"),
                 out->id, sizeof out->id, "CommandId", STAGE_COMMAND, err);
    xmlFreeDoc(doc);
    return rc;
}

bool winrs_is_missing(const struct err *err)
{
    return err->domain == CODE_FAULT && err->code == FAULT_SHELL_NOT_FOUND;
}

static int malformed(struct err *err, const char *what)
{
    return err_set(err, ERR_MALFORMED, STAGE_OUTPUT,
                   "the host's answer has %s", what);
}

/* What stands in a reply must be about the command that was asked for. */
static int check_command(const struct winrs_command *command,
                         const xmlNode *node, struct err *err)
{
    const char *id = soap_attribute(node, "CommandId");

    if (id != NULL && strcmp(id, command->id) == 0)
        return 0;
    return malformed(err, "the output of another command");
}

/* One rsp:Stream; an end of stream is an empty one. */
static int take_stream(const struct winrs_command *command,
                       const xmlNode *node, winrs_output_fn *output,
                       void *arg, struct err *err)
{
    const char *name = soap_attribute(node, "Name");
    xmlChar *text = soap_text(node);
    bool is_stderr;
    size_t n;

    if (check_command(command, node, err) != 0)
        return -1;
    if (name == NULL ||
        (strcmp(name, "stdout") != 0 && strcmp(name, "stderr") != 0))
        return malformed(err, "a stream that was not asked for");
    is_stderr = strcmp(name, "stderr") == 0;
    /* In place: the document is ours, and nobody reads this text again. */
    if (text == NULL ||
        base64_decode((char *)text, strlen((char *)text), text, &n) != 0)
        return malformed(err, "a stream that is not base64");
    return n > 0 ? output(arg, is_stderr, text, n, err) : 0;
}

/* 32 bits, signed or not: Windows' exit codes are both. */
static int read_exit_code(const char *s, uint32_t *code)
{
    bool negative = s[0] == '-';
    unsigned long long limit = negative ? 0x80000000ULL : UINT32_MAX;
    unsigned long long value;
    size_t digits;

    if (negative)
        s++;
    digits = strspn(s, "0123456789");
    if (digits == 0 || digits > 10 || s[digits] != '\0')
        return -1;
    value = strtoull(s, NULL, 10);
    if (value > limit)
        return -1;
    *code = negative ? (uint32_t)(0 - value) : (uint32_t)value;
    return 0;
}

/*
 * An exit code counts in the state Done only: old hosts send ExitCode 0 with
 * Pending.
 */
static int take_state(const struct winrs_command *command,
                      const xmlNode *node, struct winrs_state *state,
                      struct err *err)
{
    const char *name = soap_attribute(node, "State");
    const char *code;

    if (check_command(command, node, err) != 0)
        return -1;
    if (name == NULL)
        return malformed(err, "a command state without a name");
    if (strcmp(name, STATE_DONE) != 0)
        return 0;
    code = (const char *)soap_text(soap_child(node, NS_SHELL, "ExitCode"));
    if (code == NULL || read_exit_code(code, &state->exit_code) != 0)
        return malformed(err, "a finished command without its exit code");
    state->done = true;
    return 0;
}

/* All there is, in the order of the reply. */
static int take_output(const struct winrs_command *command, xmlDocPtr doc,
                       winrs_output_fn *output, void *arg,
                       struct winrs_state *state, struct err *err)
{
    const xmlNode *node = soap_child(soap_body(doc), NS_SHELL,
                                     "ReceiveResponse");

    if (node == NULL)
        return malformed(err, "no ReceiveResponse");
    for (node = node->children; node != NULL; node = node->next) {
        if (soap_is(node, NS_SHELL, "Stream") &&
            take_stream(command, node, output, arg, err) != 0)
            return -1;
        if (soap_is(node, NS_SHELL, "CommandState") &&
            take_state(command, node, state, err) != 0)
            return -1;
    }
    return 0;
}

static bool timed_out(const struct err *err)
{
    return err->domain == CODE_FAULT && err->code == FAULT_OPERATION_TIMEOUT;
}

int winrs_receive(struct winrs_command *command, winrs_output_fn *output,
                  void *arg, struct winrs_state *state, struct err *err)
{
    /* Else a host may end a shell whose command is silent for long. */
    static const struct wsman_pair keepalive = {
        "WSMAN_CMDSHELL_OPTION_KEEPALIVE", "True", false,
    };
    struct body body;
    xmlNodePtr stream, node;
    xmlDocPtr doc;
    int rc;

    state->done = false;
    state->exit_code = 0;
    body_init(&body, "Receive");
    stream = body_add(&body, NULL, "DesiredStream", "stdout stderr");
    body_attribute(&body, stream, "CommandId", command->id);
    if (body_take(&body, STAGE_OUTPUT, &node, err) != 0)
        return -1;
    if (call_shell(command->shell, ACTION_RECEIVE, &keepalive, 1, node,
                   false, &doc, err) != 0) {
        if (!timed_out(err))
            return -1;
        err_clear(err);
        return 0;
    }
    rc = take_output(command, doc, output, arg, state, err);
    xmlFreeDoc(doc);
    return rc;
}

size_t winrs_send_max(const struct winrs_shell *shell)
{
    return (size_t)(shell->wsman->max_request - SEND_OVERHEAD) / 4 * 3;
}

static int send_body(const struct winrs_command *command, const void *p,
                     size_t n, bool end, xmlNodePtr *node, struct err *err)
{
    size_t len = BASE64_LEN(n);
    char *text = malloc(len + 1);
    struct body body;
    xmlNodePtr stream;

    if (text == NULL)
        return err_set(err, ERR_MEMORY, STAGE_COMMAND, NULL);
    base64_encode(p, n, text);
    body_init(&body, "Send");
    stream = body_add(&body, NULL, "Stream", NULL);
    body_attribute(&body, stream, "Name", "stdin");
    body_attribute(&body, stream, "CommandId", command->id);
    if (end)
        body_attribute(&body, stream, "End", "true");
    body_ascii(&body, stream, text, len);
    free(text);
    return body_take(&body, STAGE_COMMAND, node, err);
}

int winrs_send(struct winrs_command *command, const void *p, size_t n,
               bool end, struct err *err)
{
    xmlNodePtr body;
    xmlDocPtr doc;

    if (n > winrs_send_max(command->shell))
        return err_set(err, ERR_INTERNAL, STAGE_COMMAND,
                       "%zu bytes of input do not fit into one request", n);
    if (send_body(command, p, n, end, &body, err) != 0)
        return -1;
    if (call_shell(command->shell, ACTION_SEND, NULL, 0, body, false, &doc,
                   err) != 0) {
        /* Under load hosts say so of input that they did take. */
        if (!timed_out(err))
            return -1;
        err_clear(err);
        return 0;
    }
    xmlFreeDoc(doc);
    return 0;
}

/* MS-WSMV 3.1.4.12, 2.2.5.6. */
static const char *const signals[] = {
    [WINRS_CTRL_C] = SIGNAL_CTRL_C,
    [WINRS_CTRL_BREAK] = SIGNAL_CTRL_BREAK,
    [WINRS_TERMINATE] = SIGNAL_TERMINATE,
};

int winrs_signal(struct winrs_command *command, enum winrs_signal signal,
                 bool final, struct err *err)
{
    struct body body;
    xmlNodePtr node;
    xmlDocPtr doc;

    body_init(&body, "Signal");
    body_attribute(&body, body.root, "CommandId", command->id);
    body_add(&body, NULL, "Code", signals[signal]);
    if (body_take(&body, STAGE_COMMAND, &node, err) != 0 ||
        call_shell(command->shell, ACTION_SIGNAL, NULL, 0, node, final, &doc,
                   err) != 0)
        return -1;
    xmlFreeDoc(doc);
    if (signal == WINRS_TERMINATE)
        command->id[0] = '\0';
    return 0;
}

int winrs_compose_delete(const struct winrs_shell *shell,
                         xmlBufferPtr *envelope, struct err *err)
{
    const struct wsman_pair selector = { "ShellId", shell->id, false };
    const struct wsman_request request = {
        .action = ACTION_DELETE, .resource = RESOURCE_CMD,
        .selectors = &selector, .selector_count = 1, .final = true,
    };

    return wsman_compose(shell->wsman, &request, envelope, err);
}

int winrs_delete(struct winrs_shell *shell, bool final, struct err *err)
{
    xmlDocPtr doc;

    if (shell->id[0] == '\0')
        return 0;
    if (call_shell(shell, ACTION_DELETE, NULL, 0, NULL, final, &doc,
                   err) != 0) {
        if (err->cause != ERR_SHELL_GONE)
            return -1;
        err_clear(err);
        doc = NULL;
    }
    xmlFreeDoc(doc);
    shell->id[0] = '\0';
    return 0;
}
