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
#include "pwsh.h"
#include "soap_body.h"

#define OPEN_LOOK_MS 50
#define NO_ANSWER (-100)      /* recorded: the ci of calls without one */

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

/* Of one of the two, each of which is put together by itself; false: stopped,
 * or what comes are no fragments. */
static bool next_message(struct pipeline *p, struct psrp_in *in,
                         struct psrp_message *message)
{
    unsigned char block[16384];

    for (;;) {
        int got = psrp_in_next(in, message);
        enum stream from;
        ssize_t n;

        if (got != 0)
            return got > 0;
        n = command_read(p->command, &from, block, sizeof block);
        if (n <= 0)
            return false;
        buf_put(from == STREAM_PR ? &p->pr.bytes : &p->in.bytes, block,
                (size_t)n);
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

    while (!p->input_over && next_message(p, &p->in, &message)) {
        if (message.type == PSRP_INPUT) {
            take_text(&message, text);
            return true;
        }
        p->input_over = message.type == PSRP_INPUT_END;
    }
    return false;
}

static void take_message(xmlNodePtr error, struct answer *answer)
{
    xmlNodePtr text = psrp_member(psrp_member(error, "Exception"), "Message");

    if (text == NULL ||
        soap_content(text, answer->message, sizeof answer->message) != 0)
        snprintf(answer->message, sizeof answer->message,
                 "the answer has no message");
}

static int take_answer(const char *xml, size_t len, int64_t ci,
                       struct answer *answer)
{
    xmlNodePtr root, number;
    char text[32] = "";

    answer->doc = xmlReadMemory(xml, (int)len, NULL, NULL, XML_PARSE_NONET);
    root = xmlDocGetRootElement(answer->doc);
    number = psrp_member(root, "ci");
    if (number == NULL || soap_content(number, text, sizeof text) != 0 ||
        strtoll(text, NULL, 10) != ci)
        snprintf(answer->message, sizeof answer->message,
                 "the answer has another ci");
    else if (psrp_member(root, "me") != NULL)
        take_message(psrp_member(root, "me"), answer);
    else if ((answer->value = psrp_member(root, "mr")) != NULL)
        return 0;
    xmlFreeDoc(answer->doc);
    answer->doc = NULL;
    return -1;
}

static void send_call(struct pipeline *p, const char *method, int id,
                      int64_t ci, const char *parameters, size_t len)
{
    struct buf xml = BUF_INIT(PSRP_MESSAGE_MAX);
    static const char end[] = "</LST></Obj></MS></Obj>";

    buf_printf(&xml, "<Obj RefId=\"0\"><MS><I64 N=\"ci\">%" PRId64 "</I64>"
               "<Obj N=\"mi\" RefId=\"1\"><TN RefId=\"0\"><T>System."
               "Management.Automation.Remoting.RemoteHostMethodId</T>"
               "<T>System.Enum</T><T>System.ValueType</T><T>System.Object"
               "</T></TN><ToString>%s</ToString><I32>%d</I32></Obj>"
               "<Obj N=\"mp\" RefId=\"2\"><TN RefId=\"1\">"
               "<T>System.Collections.ArrayList</T><T>System.Object</T></TN>"
               "<LST>", ci, method, id);
    buf_put(&xml, parameters, len);
    buf_put(&xml, end, sizeof end - 1);
    pipeline_send(p, PSRP_HOST_CALL, (char *)xml.data, xml.len);
    buf_free(&xml);
}

void pipeline_tell(struct pipeline *p, const char *method, int id,
                   const char *parameters, size_t len)
{
    send_call(p, method, id, NO_ANSWER, parameters, len);
}

/* All of it: tests look for what must not stand in it. */
static void note_answer(struct pipeline *p, const struct psrp_message *message)
{
    char *text = strdup(message->xml), *at;

    for (at = text; at != NULL && *at != '\0'; at++)
        if (*at == '\n' || *at == '\r')
            *at = ' ';
    journal_write(p->shell->host->journal, "answer", "command=%s xml=%s",
                  command_id(p->command), text != NULL ? text : "");
    free(text);
}

int pipeline_ask(struct pipeline *p, const char *method, int id,
                 const char *parameters, size_t len, struct answer *answer)
{
    int64_t ci = ++p->calls;
    struct psrp_message message;

    memset(answer, 0, sizeof *answer);
    send_call(p, method, id, ci, parameters, len);
    while (next_message(p, &p->pr, &message))
        if (message.type == PSRP_HOST_RESPONSE) {
            note_answer(p, &message);
            return take_answer(message.xml, message.len, ci, answer);
        }
    return -1;
}

/*
 * Before the pool has told that it is open it runs none: a client that sends
 * Command too early waits for ever, as users of such clients report.
 */
static bool wait_open(struct pipeline *p)
{
    while (!pool_is_open(p->pool))
        if (!command_sleep(p->command, OPEN_LOOK_MS))
            return false;
    return true;
}

static void run_creation(struct pipeline *p)
{
    struct psrp_message message;
    xmlDocPtr doc;

    if (!wait_open(p) || !next_message(p, &p->in, &message) ||
        message.type != PSRP_CREATE_PIPELINE ||
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
    struct pwsh *pwsh = pool_pwsh(p->pool);

    if (pwsh != NULL)
        pwsh_run(pwsh, p->command, p->id, p->in.bytes.data, p->in.bytes.len);
    else
        run_creation(p);
    /* Recorded: the exit code of a pipeline is 0, however it ends. */
    journal_write(host->journal, "exit", "command=%s code=0",
                  command_id(p->command));
    command_exit(p->command, 0);
    command_unref(&p->command);
    psrp_in_free(&p->in);
    psrp_in_free(&p->pr);
    free(p);
    registry_leave(host->shells);
    return NULL;
}

/* The thread's, once it runs. */
int pipeline_begin(struct command *command, const unsigned char id[PSRP_GUID],
                   const void *first, size_t len)
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
    psrp_in_init(&p->in, PSRP_TO_SERVER);
    psrp_in_init(&p->pr, PSRP_TO_SERVER);
    buf_put(&p->in.bytes, first, len);
    registry_enter(registry);
    if (pthread_create(&thread, NULL, run_thread, p) != 0) {
        registry_leave(registry);
        command_unref(&p->command);
        psrp_in_free(&p->in);
        psrp_in_free(&p->pr);
        free(p);
        return -1;
    }
    pthread_detach(thread);
    return 0;
}

bool pipeline_feed(struct command *command, const char *stream,
                   const void *p, size_t n, bool end, unsigned timeout_ms)
{
    struct pool *pool = command_shell(command)->options.pool;
    bool is_pr = strcmp(stream, "pr") == 0;
    unsigned char id[PSRP_GUID];

    if (pool == NULL || pool_pwsh(pool) == NULL)
        return command_send(command, is_pr ? STREAM_PR : STREAM_STDIN, p, n,
                            end, timeout_ms);
    return psrp_guid(command_id(command), id) == 0 &&
           pwsh_data(pool_pwsh(pool), id, is_pr ? "PromptResponse"
                                                : "Default", p, n) == 0;
}

void pipeline_stop(struct command *command)
{
    struct pool *pool = command_shell(command)->options.pool;
    unsigned char id[PSRP_GUID];

    command_stop(command);
    if (pool_pwsh(pool) != NULL && psrp_guid(command_id(command), id) == 0)
        pwsh_stop(pool_pwsh(pool), id);
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

    if (first != NULL
        && (psrp_guid(id, guid) != 0
            || !pool_counts_on(shell->options.pool, first, len)))
        fault_set(fault, FAULT_SCHEMA, NULL);
    else if (first != NULL)
        command = shell_new_command(shell, fault);
    if (command != NULL) {
        command_rename(command, id);
        journal_write(shell->host->journal, "command",
                      "command=%s shell=%s line=pipeline", id, shell->id);
        if (pipeline_begin(command, guid, first, len) == 0)
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
