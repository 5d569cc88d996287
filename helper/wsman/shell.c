/* shell.c - requests that all remote shells have in common. */
#include "wsman/shell.h"

#include <stdlib.h>
#include <string.h>

#include "wsman/base64.h"
#include "wsman/envelope.h"
#include "wsman/faults.h"
#include "wsman/soap.h"
#include "wsman/uri.h"

/* What an envelope with a Send has around its base64. */
#define SEND_OVERHEAD 4096

int shell_call(const struct shell *shell, const char *action,
               const struct wsman_pair *options, size_t option_count,
               xmlNodePtr body, bool final, xmlDocPtr *doc, struct err *err)
{
    const struct wsman_pair selector = { "ShellId", shell->id, false };
    const struct wsman_request request = {
        .action = action, .resource = shell->resource,
        .selectors = &selector, .selector_count = shell->id != NULL ? 1 : 0,
        .options = options, .option_count = option_count,
        .body = body, .final = final,
        .repeats = strcmp(action, ACTION_RECEIVE) == 0,
    };

    return wsman_call(shell->wsman, &request, doc, err);
}

/* An id that the host gave: kept as it is, to be sent back as it is. */
static int take_id(const xmlNode *node, char id[SHELL_ID_BYTES],
                   const char *name, enum err_stage stage, struct err *err)
{
    const char *text = (const char *)soap_text(node);

    if (text == NULL || text[0] == '\0' || strlen(text) >= SHELL_ID_BYTES)
        return err_set(err, ERR_MALFORMED, stage,
                       "the host's answer has no usable %s", name);
    memcpy(id, text, strlen(text) + 1);
    return 0;
}

/*
 * The shell is named by the selector that the host gives back, not by what
 * the body may say about it: old hosts say nothing there.
 */
static int take_shell_id(xmlDocPtr doc, char id[SHELL_ID_BYTES],
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
    return take_id(node, id, "ShellId", STAGE_SHELL, err);
}

int shell_create(const struct shell *shell, const struct wsman_pair *options,
                 size_t option_count, xmlNodePtr body,
                 char id[SHELL_ID_BYTES], struct err *err)
{
    xmlDocPtr doc;
    int rc;

    id[0] = '\0';
    if (shell_call(shell, ACTION_CREATE, options, option_count, body, false,
                   &doc, err) != 0)
        return -1;
    rc = take_shell_id(doc, id, err);
    xmlFreeDoc(doc);
    return rc;
}

int shell_start(const struct shell *shell, const struct wsman_pair *options,
                size_t option_count, xmlNodePtr body,
                char id[SHELL_ID_BYTES], struct err *err)
{
    xmlNodePtr node;
    xmlDocPtr doc;
    int rc;

    id[0] = '\0';
    if (shell_call(shell, ACTION_COMMAND, options, option_count, body, false,
                   &doc, err) != 0)
        return -1;
    node = soap_child(soap_body(doc), NS_SHELL, "CommandResponse");
    rc = take_id(soap_child(node, NS_SHELL, "CommandId"), id, "CommandId",
                 STAGE_COMMAND, err);
    xmlFreeDoc(doc);
    return rc;
}

static int malformed(struct err *err, const char *what)
{
    return err_set(err, ERR_MALFORMED, STAGE_OUTPUT,
                   "the host's answer has %s", what);
}

/* What we asked for, and where it goes. */
struct receipt {
    const char *command;      /* NULL: of the shell */
    const char *streams;
    shell_stream_fn *output;
    void *arg;
    struct shell_state *state;
};

/* What stands in a reply must be about the command that was asked for. */
static int check_command(const struct receipt *receipt, const xmlNode *node,
                         struct err *err)
{
    const char *id = soap_attribute(node, "CommandId");

    if (id == NULL ? receipt->command == NULL
                   : receipt->command != NULL &&
                     strcmp(id, receipt->command) == 0)
        return 0;
    return malformed(err, "the output of another command");
}

/* Whether name is one of the streams, which blanks part. */
static bool is_asked_for(const char *streams, const char *name)
{
    size_t n = strlen(name);

    while (*streams != '\0') {
        size_t len = strcspn(streams, " ");

        if (len == n && memcmp(streams, name, n) == 0)
            return true;
        streams += len;
        streams += strspn(streams, " ");
    }
    return false;
}

/* One rsp:Stream; an end of stream is an empty one. */
static int take_stream(const struct receipt *receipt, const xmlNode *node,
                       struct err *err)
{
    const char *name = soap_attribute(node, "Name");
    xmlChar *text = soap_text(node);
    size_t n;

    if (check_command(receipt, node, err) != 0)
        return -1;
    if (name == NULL || !is_asked_for(receipt->streams, name))
        return malformed(err, "a stream that was not asked for");
    /* In place: the document is ours, and nobody reads this text again. */
    if (text == NULL ||
        base64_decode((char *)text, strlen((char *)text), text, &n) != 0)
        return malformed(err, "a stream that is not base64");
    return n > 0 ? receipt->output(receipt->arg, name, text, n, err) : 0;
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
static int take_state(const struct receipt *receipt, const xmlNode *node,
                      struct err *err)
{
    const char *name = soap_attribute(node, "State");
    const char *code;

    if (check_command(receipt, node, err) != 0)
        return -1;
    if (name == NULL)
        return malformed(err, "a command state without a name");
    if (strcmp(name, STATE_DONE) != 0)
        return 0;
    code = (const char *)soap_text(soap_child(node, NS_SHELL, "ExitCode"));
    if (code == NULL || read_exit_code(code, &receipt->state->exit_code) != 0)
        return malformed(err, "a finished command without its exit code");
    receipt->state->done = true;
    return 0;
}

/* All there is, in the order of the reply. */
static int take_output(const struct receipt *receipt, xmlDocPtr doc,
                       struct err *err)
{
    const xmlNode *node = soap_child(soap_body(doc), NS_SHELL,
                                     "ReceiveResponse");

    if (node == NULL)
        return malformed(err, "no ReceiveResponse");
    for (node = node->children; node != NULL; node = node->next) {
        if (soap_is(node, NS_SHELL, "Stream") &&
            take_stream(receipt, node, err) != 0)
            return -1;
        if (soap_is(node, NS_SHELL, "CommandState") &&
            take_state(receipt, node, err) != 0)
            return -1;
    }
    return 0;
}

static bool timed_out(const struct err *err)
{
    return err->domain == CODE_FAULT && err->code == FAULT_OPERATION_TIMEOUT;
}

bool shell_is_missing(const struct err *err)
{
    return err->domain == CODE_FAULT
           && (err->code == FAULT_SHELL_NOT_FOUND
               || err->code == FAULT_SHELL_DISCONNECTED);
}

int shell_receive(const struct shell *shell, const char *command,
                  const char *streams, shell_stream_fn *output, void *arg,
                  struct shell_state *state, struct err *err)
{
    /* Else a host may end a shell whose command is silent for long. */
    static const struct wsman_pair keepalive = {
        "WSMAN_CMDSHELL_OPTION_KEEPALIVE", "True", false,
    };
    const struct receipt receipt = { command, streams, output, arg, state };
    struct body body;
    xmlNodePtr stream, node;
    xmlDocPtr doc;
    int rc;

    *state = (struct shell_state){ .done = false };
    body_init(&body, "Receive");
    stream = body_add(&body, NULL, "DesiredStream", streams);
    if (command != NULL)
        body_attribute(&body, stream, "CommandId", command);
    if (body_take(&body, STAGE_OUTPUT, &node, err) != 0)
        return -1;
    if (shell_call(shell, ACTION_RECEIVE, &keepalive, 1, node, false, &doc,
                   err) != 0) {
        if (!timed_out(err))
            return -1;
        err_clear(err);
        return 0;
    }
    rc = take_output(&receipt, doc, err);
    xmlFreeDoc(doc);
    if (rc == 0 && state->done)
        wsman_settle(shell->wsman); /* a fault: there is no command */
    return rc;
}

size_t shell_send_max(const struct shell *shell)
{
    return (size_t)(shell->wsman->max_request - SEND_OVERHEAD) / 4 * 3;
}

/* What counts once a Send is composed. */
static const struct wsman_request sending = { .action = ACTION_SEND };

static int send_body(const char *command, const char *name, const void *p,
                     size_t n, bool end, xmlNodePtr *node, struct err *err)
{
    struct body body;
    xmlNodePtr stream;

    body_init(&body, "Send");
    stream = body_add(&body, NULL, "Stream", NULL);
    body_attribute(&body, stream, "Name", name);
    if (command != NULL)
        body_attribute(&body, stream, "CommandId", command);
    if (end)
        body_attribute(&body, stream, "End", "true");
    body_base64(&body, stream, p, n);
    return body_take(&body, STAGE_COMMAND, node, err);
}

int shell_prepare_send(const struct shell *shell, const char *command,
                       const char *stream, const void *p, size_t n, bool end,
                       struct wsman_envelope *envelope, struct err *err)
{
    const struct wsman_pair selector = { "ShellId", shell->id, false };
    struct wsman_request request = {
        .action = ACTION_SEND, .resource = shell->resource,
        .selectors = &selector, .selector_count = 1,
    };

    envelope->xml = NULL;
    if (n > shell_send_max(shell))
        return err_set(err, ERR_INTERNAL, STAGE_COMMAND,
                       "%zu bytes of input do not fit into one request", n);
    if (send_body(command, stream, p, n, end, &request.body, err) != 0)
        return -1;
    return wsman_prepare(shell->wsman, &request, envelope, err);
}

void shell_begin_send(const struct shell *shell,
                      struct wsman_envelope *envelope)
{
    wsman_begin(shell->wsman, &sending, envelope);
}

int shell_finish_send(const struct shell *shell,
                      struct wsman_envelope *envelope, struct err *err)
{
    xmlDocPtr doc;

    if (wsman_finish(shell->wsman, &sending, envelope, &doc, err) == 0) {
        xmlFreeDoc(doc);
        return 0;
    }
    /* Under load hosts say so of input that they did take. */
    if (!timed_out(err))
        return -1;
    err_clear(err);
    return 0;
}

int shell_send(const struct shell *shell, const char *command,
               const char *stream, const void *p, size_t n, bool end,
               struct err *err)
{
    struct wsman_envelope envelope;

    if (shell_prepare_send(shell, command, stream, p, n, end, &envelope, err)
        != 0)
        return -1;
    shell_begin_send(shell, &envelope);
    return shell_finish_send(shell, &envelope, err);
}

int shell_signal(const struct shell *shell, const char *command,
                 const char *code, bool final, struct err *err)
{
    struct body body;
    xmlNodePtr node;
    xmlDocPtr doc;

    body_init(&body, "Signal");
    body_attribute(&body, body.root, "CommandId", command);
    body_add(&body, NULL, "Code", code);
    if (body_take(&body, STAGE_COMMAND, &node, err) != 0 ||
        shell_call(shell, ACTION_SIGNAL, NULL, 0, node, final, &doc, err)
            != 0)
        return -1;
    xmlFreeDoc(doc);
    return 0;
}

int shell_compose_delete(const struct shell *shell, xmlBufferPtr *envelope,
                         struct err *err)
{
    const struct wsman_pair selector = { "ShellId", shell->id, false };
    const struct wsman_request request = {
        .action = ACTION_DELETE, .resource = shell->resource,
        .selectors = &selector, .selector_count = 1, .final = true,
    };

    return wsman_compose(shell->wsman, &request, envelope, err);
}

int shell_delete(const struct shell *shell, bool final, struct err *err)
{
    xmlDocPtr doc;

    if (shell_call(shell, ACTION_DELETE, NULL, 0, NULL, final, &doc, err)
        == 0) {
        xmlFreeDoc(doc);
        return 0;
    }
    if (err->cause != ERR_SHELL_GONE)
        return -1;
    err_clear(err);
    return 0;
}
