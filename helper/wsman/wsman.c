/* wsman.c - one request, one checked answer. */
#include "wsman/wsman.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "wsman/envelope.h"
#include "wsman/faults.h"
#include "wsman/soap.h"
#include "wsman/uri.h"

#define SOAP_TYPE "application/soap+xml"

/*
 * An answer so long is one of many, unless the command's end stands where
 * hosts put it: behind all output.  Looking for it elsewhere would cost more
 * than the request in vain that a host with other habits gets.
 */
#define AHEAD_WORTH 16384
#define AHEAD_TAIL 1024

/* How much longer than the operation itself its answer may take. */
#define ANSWER_MARGIN_S 10

/* Where in the story a request stands. */
static const struct {
    const char *action;
    enum err_stage stage;
} stages[] = {
    { ACTION_GET, STAGE_OUTPUT },
    { ACTION_ENUMERATE, STAGE_OUTPUT },
    { ACTION_PULL, STAGE_OUTPUT },
    { ACTION_CREATE, STAGE_SHELL },
    { ACTION_DELETE, STAGE_SHELL },
    { ACTION_COMMAND, STAGE_COMMAND },
    { ACTION_SEND, STAGE_COMMAND },
    { ACTION_SIGNAL, STAGE_COMMAND },
    { ACTION_RECEIVE, STAGE_OUTPUT },
};

/* HTTP's own words, when no SOAP is to be expected behind them. */
static const struct {
    int status;
    enum err_cause cause;
    const char *text;
    const char *advice;      /* NULL: the cause's own */
} refusals[] = {
    { 400, ERR_CONNECTION_LOST,
      "the host no longer knows this connection, or cannot read the request",
      NULL },
    { 401, ERR_LOGON_FAILED, "the host wants a new logon", NULL },
    { 403, ERR_ACCESS_DENIED, "the host's web server denies access", NULL },
    { 404, ERR_HTTP, "the host has no WinRM service at this address", NULL },
    { 413, ERR_OVERSIZED, "the host finds the request too large",
      "raise MaxEnvelopeSizekb there (winrm get winrm/config), or send less "
      "at once" },
    { 503, ERR_HTTP, "the WinRM service does not run, or is overloaded",
      "check there with 'winrm quickconfig' and 'Get-Service WinRM'" },
};

static enum err_stage stage_of(const char *action)
{
    size_t i;

    for (i = 0; i < sizeof stages / sizeof *stages; i++)
        if (strcmp(stages[i].action, action) == 0)
            return stages[i].stage;
    return STAGE_START;
}

/* SOAP comes with 200, or with 500 when it is a fault. */
static int check_status(const struct wsman_answer *answer,
                        enum err_stage stage, struct err *err)
{
    size_t i;

    if (answer->status == 200 || answer->status == 500)
        return 0;
    for (i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        if (refusals[i].status != answer->status)
            continue;
        err_set(err, refusals[i].cause, stage, "%s", refusals[i].text);
        if (refusals[i].advice != NULL)
            err_advise(err, "%s", refusals[i].advice);
        return err_code(err, CODE_HTTP, answer->status);
    }
    err_set(err, ERR_HTTP, stage, "the host answered with HTTP status %d",
            answer->status);
    return err_code(err, CODE_HTTP, answer->status);
}

/*
 * "application/soap+xml;charset=UTF-8".  Hosts can speak UTF-16 too, but
 * answer in the encoding of the request, which is UTF-8 here.
 */
static int check_type(const struct wsman_answer *answer,
                      enum err_stage stage, struct err *err)
{
    const char *type = answer->content_type, *charset;
    size_t n = strlen(SOAP_TYPE);

    if (answer->len == 0) {
        err_set(err, ERR_MALFORMED, stage,
                "the host answered HTTP status %d with an empty body",
                answer->status);
        return err_code(err, CODE_HTTP, answer->status);
    }
    if (type == NULL || strncasecmp(type, SOAP_TYPE, n) != 0 ||
        strchr("; \t", type[n]) == NULL) {
        err_set(err, ERR_MALFORMED, stage,
                "the host answered with '%.64s' instead of SOAP",
                type != NULL ? type : "");
        return err_code(err, CODE_HTTP, answer->status);
    }
    charset = strcasestr(type + n, "charset=");
    if (charset == NULL)
        return 0;
    charset += strlen("charset=");
    if (*charset == '"')
        charset++;
    if (strncasecmp(charset, "utf-8", 5) == 0 &&
        strchr("\"; \t", charset[5]) != NULL)
        return 0;
    return err_set(err, ERR_MALFORMED, stage,
                   "the host answered in another encoding than UTF-8: "
                   "'%.64s'", type);
}

/*
 * WS-Addressing: the answer names the request that it belongs to.  A
 * host that could not read a request cannot name it in its fault.
 */
static int check_relation(xmlDocPtr doc, const char *message_id,
                          bool is_fault, enum err_stage stage,
                          struct err *err)
{
    xmlNodePtr node = soap_child(soap_header(doc), NS_ADDRESSING,
                                 "RelatesTo");
    const char *relates_to = (const char *)soap_text(node);

    if (relates_to == NULL && is_fault && node == NULL)
        return 0;
    if (relates_to != NULL && strncmp(relates_to, "uuid:", 5) == 0 &&
        strcmp(relates_to + 5, message_id) == 0)
        return 0;
    return err_set(err, ERR_MALFORMED, stage,
                   "the host's answer does not belong to our request");
}

/* "Command" is answered by "CommandResponse", and so all of them. */
static int check_action(xmlDocPtr doc, const char *action,
                        enum err_stage stage, struct err *err)
{
    const char *answer = (const char *)soap_text(
        soap_child(soap_header(doc), NS_ADDRESSING, "Action"));
    size_t n = strlen(action);

    if (answer != NULL && strncmp(answer, action, n) == 0 &&
        strcmp(answer + n, "Response") == 0)
        return 0;
    return err_set(err, ERR_MALFORMED, stage,
                   "the host answered something else than was asked: "
                   "'%.100s'", answer != NULL ? answer : "");
}

static int check_answer(const struct wsman *wsman, xmlDocPtr doc,
                        const struct wsman_answer *answer,
                        const struct wsman_request *request,
                        const char *message_id, struct err *err)
{
    enum err_stage stage = stage_of(request->action);
    struct fault fault;
    bool is_fault = fault_parse(doc, &fault);

    if (check_relation(doc, message_id, is_fault, stage, err) != 0)
        return -1;
    if (is_fault && wsman->fault != NULL)
        *wsman->fault = fault;
    if (is_fault)
        return fault_error(err, stage, &fault);
    if (check_action(doc, request->action, stage, err) != 0)
        return -1;
    if (answer->status == 200)
        return 0;
    err_set(err, ERR_MALFORMED, stage,
            "the host answered HTTP status %d without a fault",
            answer->status);
    return err_code(err, CODE_HTTP, answer->status);
}

static int take_answer(const struct wsman *wsman,
                       const struct wsman_answer *answer,
                       const struct wsman_request *request,
                       const char *message_id, xmlDocPtr *doc,
                       struct err *err)
{
    enum err_stage stage = stage_of(request->action);

    if (check_status(answer, stage, err) != 0 ||
        check_type(answer, stage, err) != 0 ||
        soap_parse(answer->body, answer->len, stage, doc, err) != 0)
        return -1;
    if (check_answer(wsman, *doc, answer, request, message_id, err) == 0)
        return 0;
    xmlFreeDoc(*doc);
    *doc = NULL;
    return -1;
}

/* The body is taken over, even on failure. */
static int compose(const struct wsman *wsman,
                   const struct wsman_request *request,
                   char message_id[WSMAN_UUID_BYTES], xmlBufferPtr *envelope,
                   struct err *err)
{
    if (wsman_uuid(message_id, err) != 0) {
        xmlFreeNode(request->body);
        return -1;
    }
    return envelope_build(wsman, request, message_id,
                          stage_of(request->action), envelope, err);
}

int wsman_compose(const struct wsman *wsman,
                  const struct wsman_request *request, xmlBufferPtr *envelope,
                  struct err *err)
{
    char message_id[WSMAN_UUID_BYTES];

    return compose(wsman, request, message_id, envelope, err);
}

static long answer_ms(const struct wsman *wsman,
                      const struct wsman_request *request)
{
    unsigned timeout_s = request->timeout_s != 0 ? request->timeout_s
                                                 : wsman->timeout_s;

    return 1000L * (timeout_s + ANSWER_MARGIN_S);
}

static bool goes_on(const struct wsman_answer *answer)
{
    size_t tail = answer->len < AHEAD_TAIL ? answer->len : AHEAD_TAIL;

    return answer->status == 200 && answer->len >= AHEAD_WORTH
           && memmem(answer->body + answer->len - tail, tail, STATE_DONE,
                     strlen(STATE_DONE)) == NULL;
}

/* What goes wrong here the next call will tell. */
static void send_ahead(struct wsman *wsman,
                       const struct wsman_request *request,
                       const struct wsman_envelope *next)
{
    struct err untold = ERR_INIT;

    if (wsman->send(wsman->post_arg, xmlBufferContent(next->xml),
                    (size_t)xmlBufferLength(next->xml),
                    answer_ms(wsman, request), &untold) == 0)
        memcpy(wsman->ahead, next->message_id, WSMAN_UUID_BYTES);
}

static int take_ahead(struct wsman *wsman, long timeout_ms,
                      char message_id[WSMAN_UUID_BYTES],
                      struct wsman_answer *answer, struct err *err)
{
    memcpy(message_id, wsman->ahead, WSMAN_UUID_BYTES);
    wsman->ahead[0] = '\0';
    return wsman->post(wsman->post_arg, NULL, 0, false, timeout_ms, answer,
                       err);
}

void wsman_settle(struct wsman *wsman)
{
    struct wsman_answer unread;
    char message_id[WSMAN_UUID_BYTES];
    struct err untold = ERR_INIT;

    /* A line that broke tells whoever uses it next. */
    if (wsman->ahead[0] != '\0')
        (void)take_ahead(wsman,
                         1000L * (wsman->timeout_s + ANSWER_MARGIN_S),
                         message_id, &unread, &untold);
}

/* The body is taken over, even on failure. */
static int post(struct wsman *wsman, const struct wsman_request *request,
                char message_id[WSMAN_UUID_BYTES],
                struct wsman_answer *answer, struct err *err)
{
    xmlBufferPtr envelope = NULL;
    int rc;

    if (compose(wsman, request, message_id, &envelope, err) != 0)
        return -1;
    rc = wsman->post(wsman->post_arg, xmlBufferContent(envelope),
                     (size_t)xmlBufferLength(envelope), request->final,
                     answer_ms(wsman, request), answer, err);
    xmlBufferFree(envelope);
    return rc;
}

/* The request that may go ahead, composed while nobody waits for it. */
static struct wsman_envelope compose_next(const struct wsman *wsman,
                                          const struct wsman_request *request)
{
    struct wsman_request same = *request;
    struct wsman_envelope next = { .xml = NULL };
    struct err untold = ERR_INIT;

    if (wsman->send == NULL)
        return next;
    same.body = xmlCopyNode(request->body, 1);
    if (same.body != NULL
        && compose(wsman, &same, next.message_id, &next.xml, &untold) != 0)
        next.xml = NULL;
    return next;
}

/* The answer, and the same request once more while that is being read. */
static int post_repeating(struct wsman *wsman,
                          const struct wsman_request *request,
                          char message_id[WSMAN_UUID_BYTES],
                          struct wsman_answer *answer, struct err *err)
{
    struct wsman_envelope next = compose_next(wsman, request);
    int rc;

    if (wsman->ahead[0] != '\0') {
        xmlFreeNode(request->body);
        rc = take_ahead(wsman, answer_ms(wsman, request), message_id, answer,
                        err);
    } else {
        rc = post(wsman, request, message_id, answer, err);
    }
    if (rc == 0 && next.xml != NULL && goes_on(answer))
        send_ahead(wsman, request, &next);
    wsman_envelope_free(&next);
    return rc;
}

int wsman_prepare(const struct wsman *wsman,
                  const struct wsman_request *request,
                  struct wsman_envelope *envelope, struct err *err)
{
    envelope->xml = NULL;
    return compose(wsman, request, envelope->message_id, &envelope->xml,
                   err);
}

void wsman_envelope_free(struct wsman_envelope *envelope)
{
    xmlBufferFree(envelope->xml);
    envelope->xml = NULL;
}

void wsman_begin(struct wsman *wsman, const struct wsman_request *request,
                 struct wsman_envelope *envelope)
{
    struct err untold = ERR_INIT;

    wsman_settle(wsman);
    if (wsman->send == NULL)
        return;
    (void)wsman->send(wsman->post_arg, xmlBufferContent(envelope->xml),
                      (size_t)xmlBufferLength(envelope->xml),
                      answer_ms(wsman, request), &untold);
    wsman_envelope_free(envelope);
}

int wsman_finish(struct wsman *wsman, const struct wsman_request *request,
                 struct wsman_envelope *envelope, xmlDocPtr *doc,
                 struct err *err)
{
    struct wsman_answer answer = { .status = 0 };
    int rc = wsman->post(wsman->post_arg, xmlBufferContent(envelope->xml),
                         (size_t)xmlBufferLength(envelope->xml), false,
                         answer_ms(wsman, request), &answer, err);

    *doc = NULL;
    wsman_envelope_free(envelope);
    return rc != 0 ? rc : take_answer(wsman, &answer, request,
                                      envelope->message_id, doc, err);
}

int wsman_call(struct wsman *wsman, const struct wsman_request *request,
               xmlDocPtr *doc, struct err *err)
{
    struct wsman_answer answer = { .status = 0 };
    char message_id[WSMAN_UUID_BYTES];
    int rc;

    *doc = NULL;
    if (request->repeats) {
        rc = post_repeating(wsman, request, message_id, &answer, err);
    } else {
        wsman_settle(wsman);
        rc = post(wsman, request, message_id, &answer, err);
    }
    if (rc != 0 || request->final)
        return rc;
    return take_answer(wsman, &answer, request, message_id, doc, err);
}
