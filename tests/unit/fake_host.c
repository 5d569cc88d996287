/* fake_host.c - answers WS-Management from a script. */
#include "fake_host.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "wsman/base64.h"
#include "wsman/uri.h"

#define REPLY_MAX 4194304

/* The text between two markers, or "". */
static void between(const char *text, const char *from, const char *to,
                    char *dst, size_t size)
{
    const char *start = strstr(text, from), *end;

    dst[0] = '\0';
    if (start == NULL)
        return;
    start += strlen(from);
    end = strstr(start, to);
    if (end != NULL && (size_t)(end - start) < size) {
        memcpy(dst, start, (size_t)(end - start));
        dst[end - start] = '\0';
    }
}

/* The last part of the action's URI. */
static void action_of(const char *envelope, char *dst, size_t size)
{
    char action[256];
    const char *slash;

    between(envelope, "Action", "</", action, sizeof action);
    slash = strrchr(action, '/');
    snprintf(dst, size, "%s", slash != NULL ? slash + 1 : "?");
}

static void note(struct fake_host *host, const char *action, bool second,
                 bool final)
{
    size_t used = strlen(host->log);

    snprintf(host->log + used, sizeof host->log - used, "%s%s%s%s",
             used > 0 ? " " : "", second ? "2:" : "", action,
             final ? "!" : "");
}

static void put_head(struct fake_host *host, const char *envelope,
                     const char *action)
{
    char id[64];

    between(envelope, "uuid:", "<", id, sizeof id);
    buf_clear(&host->reply);
    buf_printf(&host->reply,
               "<s:Envelope xmlns:s='%s' xmlns:a='%s' xmlns:w='%s' "
               "xmlns:r='%s' xmlns:t='%s' xmlns:f='%s'><s:Header>"
               "<a:Action>%s</a:Action><a:RelatesTo>uuid:%s</a:RelatesTo>"
               "</s:Header><s:Body>",
               NS_SOAP, NS_ADDRESSING, NS_WSMAN, NS_SHELL, NS_TRANSFER,
               NS_WSMANFAULT, action, id);
}

static void put_fault(struct fake_host *host, const char *envelope,
                      unsigned code)
{
    put_head(host, envelope, NS_ADDRESSING "/fault");
    buf_printf(&host->reply,
               "<s:Fault><s:Code><s:Value>s:Receiver</s:Value></s:Code>"
               "<s:Reason><s:Text>no</s:Text></s:Reason><s:Detail>"
               "<f:WSManFault Code='%u'><f:Message>no</f:Message>"
               "</f:WSManFault></s:Detail></s:Fault>", code);
}

static void put_stream(struct fake_host *host, const char *name,
                       const char *bytes, size_t n)
{
    char *text = malloc(BASE64_LEN(n) + 1);

    if (bytes == NULL || text == NULL) {
        free(text);
        return;
    }
    base64_encode(bytes, n, text);
    buf_printf(&host->reply, "<r:Stream Name='%s' CommandId='C'>", name);
    buf_put(&host->reply, text, BASE64_LEN(n));
    buf_printf(&host->reply, "</r:Stream>");
    free(text);
}

static void put_output(struct fake_host *host, const struct fake_step *step)
{
    size_t n = step->out_len;

    if (n == 0 && step->out != NULL)
        n = strlen(step->out);
    buf_printf(&host->reply, "<r:ReceiveResponse>");
    put_stream(host, "stdout", step->out, n);
    put_stream(host, "stderr", step->err,
               step->err != NULL ? strlen(step->err) : 0);
    if (step->done)
        buf_printf(&host->reply, "<r:CommandState CommandId='C' State='%s'>"
                   "<r:ExitCode>%u</r:ExitCode></r:CommandState>",
                   STATE_DONE, step->exit_code);
    buf_printf(&host->reply, "</r:ReceiveResponse>");
}

/* Waits as the client would for its REPLY. */
static int wait_for_event(struct fake_host *host, struct err *err)
{
    char byte;

    if (remote_wait(host->remote, host->event[0], 20000, err) != 0)
        return -1;
    return read(host->event[0], &byte, 1) == 1 ? 0 : -1;
}

/* 0: the step has an answer; 1: it had none, ask the next one. */
static int receive(struct fake_host *host, const char *envelope,
                   struct err *err)
{
    const struct fake_step *step = &host->steps[host->step++];

    switch (step->answer) {
    case FAKE_OUTPUT:
        put_head(host, envelope, ACTION_RECEIVE "Response");
        put_output(host, step);
        return 0;
    case FAKE_TIMED_OUT:
        put_fault(host, envelope, 2150858793u);
        return 0;
    case FAKE_FAULT:
        put_fault(host, envelope, 995);
        return 0;
    case FAKE_BUSY:
        put_fault(host, envelope, 170);
        return 0;
    case FAKE_LOST:
        return err_set(err, ERR_CONNECTION_LOST, STAGE_OUTPUT, NULL);
    case FAKE_INTERRUPT:
        raise(SIGINT);
        return wait_for_event(host, err) == 0 ? 1 : -1;
    case FAKE_KILL:
        raise(SIGTERM);
        return wait_for_event(host, err) == 0 ? 1 : -1;
    case FAKE_SILENT:
        return wait_for_event(host, err) == 0 ? 1 : -1;
    }
    return -1;
}

static void take_input(struct fake_host *host, const char *envelope)
{
    char tag[512], *text = calloc(1, strlen(envelope) + 1);
    const char *start = strstr(envelope, "Stream ");
    size_t n = 0;

    if (start == NULL || text == NULL) {
        free(text);
        return;
    }
    between(start, "Stream", ">", tag, sizeof tag);
    between(start, ">", "<", text, strlen(envelope));
    if (base64_decode(text, strlen(text), (unsigned char *)text, &n) == 0)
        buf_put(&host->input, text, n);
    if (strstr(tag, "End=\"true\"") != NULL)
        host->ended = true;
    free(text);
}

static void answer_shortly(struct fake_host *host, const char *envelope,
                           const char *action)
{
    char uri[256];

    between(envelope, "Action", "</", uri, sizeof uri);
    snprintf(uri, sizeof uri, "%s/%sResponse",
             strcmp(action, "Create") == 0 || strcmp(action, "Delete") == 0
                 ? NS_TRANSFER : NS_SHELL, action);
    put_head(host, envelope, uri);
    if (strcmp(action, "Create") == 0)
        buf_printf(&host->reply, "<t:ResourceCreated>"
                   "<a:ReferenceParameters><w:SelectorSet>"
                   "<w:Selector Name='ShellId'>S</w:Selector>"
                   "</w:SelectorSet></a:ReferenceParameters>"
                   "</t:ResourceCreated>");
    else if (strcmp(action, "Command") == 0)
        buf_printf(&host->reply, "<r:CommandResponse>"
                   "<r:CommandId>C</r:CommandId></r:CommandResponse>");
}

/* Ctrl-C once is seen afterwards; twice, while the answer is waited for. */
static int interrupt_create(struct fake_host *host, struct err *err)
{
    unsigned i;

    for (i = 0; i < host->interrupts; i++)
        raise(SIGINT);
    return host->interrupts > 1 ? wait_for_event(host, err) : 0;
}

static int answer_one(struct fake_host *host, const char *envelope,
                      const char *action, struct err *err)
{
    int r = 0;

    if (host->refuse != NULL && strcmp(action, host->refuse) == 0) {
        put_fault(host, envelope,
                  host->refuse_code != 0 ? host->refuse_code : 995);
        if (host->refuse_times > 0 && --host->refuse_times == 0)
            host->refuse = NULL;
        return 0;
    }
    if (strcmp(action, "Create") == 0 && interrupt_create(host, err) != 0)
        return -1;
    if (strcmp(action, "Receive") == 0) {
        if (host->first_receive[0] == '\0')
            between(envelope, "OperationTimeout", "</", host->first_receive,
                    sizeof host->first_receive);
        do
            r = receive(host, envelope, err);
        while (r == 1);
    } else {
        answer_shortly(host, envelope, action);
    }
    if (strcmp(action, "Send") == 0)
        take_input(host, envelope);
    if (strcmp(action, "Command") == 0)
        between(envelope, "CommandLine", "</rsp:CommandLine>",
                host->command, sizeof host->command);
    return r;
}

static int post(struct fake_host *host, struct buf *reply, bool second,
                const unsigned char *body, size_t len, bool final,
                struct wsman_answer *answer, struct err *err)
{
    char action[32], *envelope = strndup((const char *)body, len);
    int r = 0;

    if (envelope == NULL)
        return err_set(err, ERR_MEMORY, STAGE_START, NULL);
    action_of(envelope, action, sizeof action);
    pthread_mutex_lock(&host->lock);
    note(host, action, second, final);
    pthread_mutex_unlock(&host->lock);
    if (!final)
        r = answer_one(host, envelope, action, err);
    free(envelope);
    if (r != 0 || final)
        return r;
    buf_printf(reply, "</s:Body></s:Envelope>");
    *answer = (struct wsman_answer){
        .status = memmem(reply->data, reply->len, "<s:Fault>", 9) != NULL
            ? 500 : 200,
        .content_type = "application/soap+xml;charset=UTF-8",
        .body = reply->data,
        .len = reply->len,
    };
    return 0;
}

int fake_post(void *arg, const unsigned char *body, size_t len, bool final,
              long timeout_ms, struct wsman_answer *answer, struct err *err)
{
    struct fake_host *host = arg;

    (void)timeout_ms;
    return post(host, &host->reply, false, body, len, final, answer, err);
}

int fake_will(void *arg, const char *label, const char *value,
              const unsigned char *body, size_t len, struct err *err)
{
    struct fake_host *host = arg;

    (void)err;
    pthread_mutex_lock(&host->lock);
    note(host, label[0] != '\0' ? "Keep" : "Will", false, false);
    pthread_mutex_unlock(&host->lock);
    snprintf(host->label, sizeof host->label, "%s", label);
    snprintf(host->value, sizeof host->value, "%s", value);
    host->deletes = memmem(body, len, ACTION_DELETE,
                           strlen(ACTION_DELETE)) != NULL
                    && memmem(body, len, ">S<", 3) != NULL;
    return 0;
}

/* A second line: the same host, an answer of its own. */
struct second {
    struct fake_host *host;
    struct fake_host mine;
};

static int second_post(void *arg, const unsigned char *body, size_t len,
                       bool final, long timeout_ms,
                       struct wsman_answer *answer, struct err *err)
{
    struct second *line = arg;
    struct fake_host *host = line->host;
    const char byte = 'x';
    int r;

    (void)timeout_ms;
    line->mine.log[0] = '\0';
    r = post(&line->mine, &line->mine.reply, true, body, len, final, answer,
             err);
    pthread_mutex_lock(&host->lock);
    snprintf(host->log + strlen(host->log),
             sizeof host->log - strlen(host->log), " %s", line->mine.log);
    buf_put(&host->input, line->mine.input.data, line->mine.input.len);
    buf_clear(&line->mine.input);
    host->ended = host->ended || line->mine.ended;
    pthread_mutex_unlock(&host->lock);
    /* With End, a signal or a fault the command has something to say. */
    if (line->mine.ended || strstr(line->mine.log, "Send") == NULL)
        r = write(host->event[1], &byte, 1) == 1 ? r : -1;
    return r;
}

static int dial_open(void *arg, line_wait_fn *wait, void *wait_arg,
                     wsman_post_fn **post_fn, void **post_arg,
                     struct err *err)
{
    struct fake_host *host = arg;
    struct second *line;

    (void)wait;
    (void)wait_arg;
    host->lines++;
    if (host->refuse_dial)
        return err_set(err, ERR_CONNECT, STAGE_TCP, NULL);
    line = calloc(1, sizeof *line);
    if (line == NULL)
        return err_set(err, ERR_MEMORY, STAGE_START, NULL);
    line->host = host;
    fake_host_start(&line->mine, NULL);
    line->mine.refuse = host->refuse;
    line->mine.refuse_code = host->refuse_code;
    line->mine.refuse_times = host->refuse_times;
    line->mine.refuse = host->refuse;
    host->open++;
    *post_fn = second_post;
    *post_arg = line;
    return 0;
}

static void dial_close(void *arg, void *post_arg, bool hurry)
{
    struct fake_host *host = arg;
    struct second *line = post_arg;

    (void)hurry;
    fake_host_stop(&line->mine);
    free(line);
    host->open--;
}

struct dial fake_dial(struct fake_host *host)
{
    return (struct dial){ .open = dial_open, .close = dial_close,
                          .arg = host };
}

void fake_host_start(struct fake_host *host, const struct fake_step *steps)
{
    memset(host, 0, sizeof *host);
    host->steps = steps;
    buf_init(&host->reply, REPLY_MAX);
    buf_init(&host->input, REPLY_MAX);
    pthread_mutex_init(&host->lock, NULL);
    if (pipe2(host->event, O_CLOEXEC) != 0)
        abort();
}

void fake_host_stop(struct fake_host *host)
{
    buf_free(&host->reply);
    buf_free(&host->input);
    pthread_mutex_destroy(&host->lock);
    close(host->event[0]);
    close(host->event[1]);
}
