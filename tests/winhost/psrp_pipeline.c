/* psrp_pipeline.c - threads of pipelines, their messages in and out. */
#include "psrp_pipeline.h"

#include <inttypes.h>
#include <libxml/parser.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "journal.h"
#include "soap_body.h"

bool pipeline_send(struct pipeline *p, enum psrp_type type, const char *xml,
                   size_t len)
{
    struct buf bytes = BUF_INIT(PSRP_MESSAGE_MAX);
    bool alive;

    psrp_put(&bytes, pool_next_object(p->pool), type, pool_id(p->pool),
             p->id, xml, len);
    alive = bytes.failed == ERR_NONE &&
            command_write(p->command, STREAM_STDOUT, bytes.data, bytes.len);
    buf_free(&bytes);
    return alive;
}

bool pipeline_stopped(const struct pipeline *p)
{
    return command_stopping(p->command) || command_ended(p->command);
}

/* false: stopped, or what comes are no fragments. */
static bool next_message(struct pipeline *p, struct psrp_message *message)
{
    unsigned char block[16384];

    for (;;) {
        int got = psrp_in_next(&p->in, message);
        ssize_t n;

        if (got != 0)
            return got > 0;
        n = command_read(p->command, block, sizeof block);
        if (n <= 0)
            return false;
        buf_put(&p->in.bytes, block, (size_t)n);
    }
}

static void take_text(const struct psrp_message *message, struct buf *text)
{
    xmlDocPtr doc = xmlReadMemory(message->xml, (int)message->len, NULL,
                                  NULL, XML_PARSE_NONET | XML_PARSE_HUGE);
    xmlNodePtr root = xmlDocGetRootElement(doc);
    xmlChar *content = root != NULL ? xmlNodeGetContent(root) : NULL;

    buf_clear(text);
    if (content != NULL)
        buf_put(text, content, strlen((char *)content));
    xmlFree(content);
    xmlFreeDoc(doc);
}

bool pipeline_input(struct pipeline *p, struct buf *text)
{
    struct psrp_message message;

    while (!p->input_over && next_message(p, &message)) {
        if (message.type == PSRP_INPUT) {
            take_text(&message, text);
            return true;
        }
        p->input_over = message.type == PSRP_INPUT_END;
    }
    return false;
}

/* mr as text (a SecureString or a list, too), or me's message. */
static int take_answer(struct pipeline *p, const char *xml, size_t len,
                       int64_t ci, struct buf *answer)
{
    xmlDocPtr doc = xmlReadMemory(xml, (int)len, NULL, NULL,
                                  XML_PARSE_NONET);
    xmlNodePtr root = xmlDocGetRootElement(doc);
    xmlNodePtr result = psrp_member(root, "mr");
    xmlNodePtr error = psrp_member(root, "me");
    xmlNodePtr number = psrp_member(root, "ci");
    char text[4096] = "", secret[1024];

    if (number == NULL || soap_content(number, text, sizeof text) != 0 ||
        strtoll(text, NULL, 10) != ci)
        snprintf(text, sizeof text, "the answer has another ci");
    else if (error != NULL)
        result = psrp_member(psrp_member(error, "Exception"), "Message");
    if (result == NULL || soap_content(result, text, sizeof text) != 0)
        text[0] = '\0';
    if (result != NULL && strcmp((const char *)result->name, "SS") == 0 &&
        pool_decrypt(p->pool, text, secret, sizeof secret) == 0)
        snprintf(text, sizeof text, "%s", secret);
    buf_clear(answer);
    buf_put(answer, text, strlen(text) + 1);
    xmlFreeDoc(doc);
    return error == NULL && result != NULL ? 0 : -1;
}

int pipeline_call(struct pipeline *p, const char *method, int id,
                  const char *parameters, bool waits, struct buf *answer)
{
    struct buf xml = BUF_INIT(PSRP_MESSAGE_MAX);
    int64_t ci = waits ? ++p->calls : -100;
    struct psrp_message message;

    buf_printf(&xml, "<Obj RefId=\"0\"><MS><I64 N=\"ci\">%" PRId64 "</I64>"
               "<Obj N=\"mi\" RefId=\"1\"><TN RefId=\"0\"><T>System."
               "Management.Automation.Remoting.RemoteHostMethodId</T>"
               "<T>System.Enum</T><T>System.ValueType</T><T>System.Object"
               "</T></TN><ToString>%s</ToString><I32>%d</I32></Obj>"
               "<Obj N=\"mp\" RefId=\"2\"><TN RefId=\"1\">"
               "<T>System.Collections.ArrayList</T><T>System.Object</T></TN>"
               "<LST>%s</LST></Obj></MS></Obj>", ci, method, id, parameters);
    pipeline_send(p, PSRP_HOST_CALL, (char *)xml.data, xml.len);
    buf_free(&xml);
    while (waits && next_message(p, &message)) {
        if (message.type == PSRP_INPUT_END)
            p->input_over = true;
        if (message.type == PSRP_HOST_RESPONSE)
            return take_answer(p, message.xml, message.len, ci, answer);
    }
    return waits ? -1 : 0;
}

static void run_creation(struct pipeline *p)
{
    struct psrp_message message;
    xmlDocPtr doc;

    if (!next_message(p, &message) || message.type != PSRP_CREATE_PIPELINE ||
        memcmp(message.pipeline, p->id, PSRP_GUID) != 0 ||
        memcmp(message.pool, pool_id(p->pool), PSRP_GUID) != 0)
        return;
    doc = xmlReadMemory(message.xml, (int)message.len, NULL, NULL,
                        XML_PARSE_NONET | XML_PARSE_HUGE);
    if (xmlDocGetRootElement(doc) != NULL)
        script_run(p, xmlDocGetRootElement(doc));
    xmlFreeDoc(doc);
}

static void *run_thread(void *arg)
{
    struct pipeline *p = arg;
    const struct host *host = p->shell->host;

    run_creation(p);
    /* Recorded: the exit code of a pipeline is 0, however it ends. */
    journal_write(host->journal, "exit", "command=%s code=0",
                  command_id(p->command));
    command_exit(p->command, 0);
    command_unref(&p->command);
    psrp_in_free(&p->in);
    free(p);
    registry_leave(host->shells);
    return NULL;
}

/* The thread's, once it runs. */
static int start_thread(struct command *command,
                        const unsigned char id[PSRP_GUID])
{
    struct pipeline *p = calloc(1, sizeof *p);
    struct registry *registry = command_shell(command)->host->shells;
    pthread_t thread;

    if (p == NULL)
        return -1;
    p->command = command_ref(command);
    p->shell = command_shell(command);
    p->pool = p->shell->options.pool;
    memcpy(p->id, id, PSRP_GUID);
    psrp_in_init(&p->in);
    registry_enter(registry);
    if (pthread_create(&thread, NULL, run_thread, p) != 0) {
        registry_leave(registry);
        command_unref(&p->command);
        free(p);
        return -1;
    }
    pthread_detach(thread);
    return 0;
}

/* rsp:Command, empty in recordings, and the first fragment. */
static xmlChar *first_fragment(const struct request *request, char *id,
                               size_t *len, struct fault *fault)
{
    xmlNodePtr node;
    xmlChar *text;

    if (body_require(request, "CommandLine", fault) != 0)
        return NULL;
    node = soap_elements(request->content->children);
    if (soap_attribute(request->content, "CommandId", id, UUID_BYTES) != 0 ||
        !soap_is(node, NS_SHELL, "Command") ||
        (node = soap_elements(node->next)) == NULL ||
        !soap_is(node, NS_SHELL, "Arguments")) {
        fault_set(fault, FAULT_SCHEMA, NULL);
        return NULL;
    }
    text = xmlNodeGetContent(node);
    if (text != NULL && body_decode(text, len) == 0)
        return text;
    xmlFree(text);
    fault_set(fault, FAULT_SCHEMA, NULL);
    return NULL;
}

int pipeline_start(struct shell *shell, const struct request *request,
                   struct buf *out, struct fault *fault)
{
    unsigned char guid[PSRP_GUID];
    char id[UUID_BYTES] = "";
    size_t len = 0;
    xmlChar *first = first_fragment(request, id, &len, fault);
    struct command *command = NULL;
    int rc = -1;

    if (first != NULL && psrp_guid(id, guid) != 0)
        fault_set(fault, FAULT_SCHEMA, NULL);
    else if (first != NULL)
        command = shell_new_command(shell, fault);
    if (command != NULL) {
        command_rename(command, id);
        journal_write(shell->host->journal, "command",
                      "command=%s shell=%s line=pipeline", id, shell->id);
        if (command_send(command, first, len, false, request->timeout_ms) &&
            start_thread(command, guid) == 0)
            rc = 0;
        else
            fault_set(fault, FAULT_BUSY, NULL);
    }
    if (rc == 0) {
        soap_begin(out, SOAP_SHELL, NS_SHELL "/CommandResponse",
                   request->message_id);
        buf_printf(out, "<rsp:CommandResponse><rsp:CommandId>%s"
                   "</rsp:CommandId></rsp:CommandResponse>", id);
        soap_end(out);
    } else if (command != NULL) {
        shell_drop_command(shell, command);
    }
    command_unref(&command);
    xmlFree(first);
    return rc;
}
