/* host.h - a WinRM host for unit tests: answers what it was told to answer. */
#ifndef CREDSSP_TESTS_HOST_H
#define CREDSSP_TESTS_HOST_H

#include <stdbool.h>

#include "credssp/buf.h"
#include "wsman/uri.h"
#include "wsman/wsman.h"

#define HOST_TYPE "application/soap+xml;charset=UTF-8"
#define HOST_ID "@ID@"

/* An answer to the request at hand; action with its "Response". */
#define HOST_SOAP(action, body)                                               \
    "<s:Envelope xmlns:s=\"" NS_SOAP "\" xmlns:a=\"" NS_ADDRESSING            \
    "\" xmlns:w=\"" NS_WSMAN "\" xmlns:x=\"" NS_TRANSFER "\" xmlns:rsp=\""    \
    NS_SHELL "\"><s:Header><a:Action>" action "</a:Action><a:RelatesTo>uuid:" \
    HOST_ID "</a:RelatesTo></s:Header><s:Body>" body                          \
    "</s:Body></s:Envelope>"
#define HOST_ANSWER(action, body) HOST_SOAP(action "Response", body)
#define HOST_FAULT(code, message)                                             \
    HOST_SOAP(NS_ADDRESSING "/fault", "<s:Fault><s:Code><s:Value>s:Receiver"  \
    "</s:Value></s:Code><s:Reason><s:Text>" message "</s:Text></s:Reason>"    \
    "<s:Detail><f:WSManFault xmlns:f=\"" NS_WSMANFAULT "\" Code=\"" code      \
    "\"/></s:Detail></s:Fault>")

struct host {
    int status;               /* of the next answer */
    const char *type;
    const char *body;         /* NULL: empty */
    const char *id;           /* what in it stands for our MessageID */
    enum err_cause failure;   /* not ERR_NONE: the transport fails */
    unsigned requests;
    struct buf request;       /* the last one, with a NUL behind it */
    bool final;
    long timeout_ms;
    struct buf answer;
};

/* Attaches the host to wsman; the next answer is 200 and body. */
void host_init(struct host *host, struct wsman *wsman);
void host_free(struct host *host);
void host_answers(struct host *host, int status, const char *body);

/* Whether the last request contains the text. */
bool host_was_sent(const struct host *host, const char *text);

#endif
