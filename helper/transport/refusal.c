/* refusal.c - HTTP answers that end a conversation, and what they mean. */
#include "transport/refusal.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* http.sys takes 16384 bytes of headers unless MaxRequestBytes says more. */
#define HEADERS_MODEST 12288

/* Where in the story a leg stands. */
static const enum err_stage leg_stages[CREDSSP_STEP_COUNT] = {
    [CREDSSP_HELLO] = STAGE_TLS,
    [CREDSSP_FINISH] = STAGE_TLS,
    [CREDSSP_NEGOTIATE] = STAGE_SPNEGO,
    [CREDSSP_AUTHENTICATE] = STAGE_SPNEGO,
    [CREDSSP_DELEGATE] = STAGE_DELEGATION,
    [CREDSSP_DONE] = STAGE_DELEGATION,
};

/* What a host that gives no reason most often has in mind. */
static const char *const leg_advices[CREDSSP_STEP_COUNT] = {
    [CREDSSP_HELLO] = "look at the host's System event log, source Schannel; "
                      "CredSSP may have been switched on without a restart "
                      "of the WinRM service",
    [CREDSSP_FINISH] = "look at the host's System event log, source Schannel",
    [CREDSSP_NEGOTIATE] = "look at the host's Security event log; the host "
                          "may not take this mechanism or this host name",
    [CREDSSP_AUTHENTICATE] = "check the password: hosts of CredSSP version 2 "
                             "and 5 answer a wrong one like this; else look "
                             "at the host's Security event log",
    [CREDSSP_DELEGATE] = "check that the user may log on to the host with "
                         "this password; look at its Security event log",
    [CREDSSP_DONE] = "look at the host's Security event log",
};

struct status_row {
    long status;
    const char *sentence;
    const char *advice;        /* NULL: the cause's own */
};

static const struct status_row status_rows[] = {
    { 400, "does not understand the request", NULL },
    { 403, "forbids the request",
      "check the listener's address filter (winrm get winrm/config) and any "
      "proxy in between" },
    { 404, "has no WinRM service at /wsman",
      "run 'winrm quickconfig' on the host, and check the port" },
    { 405, "takes no POST at /wsman",
      "another web server has this port; check the port" },
    { 407, "is a proxy that wants a login of its own",
      "connect without the proxy: CredSSP needs one connection from end to "
      "end" },
    { 408, "waited too long for the request", NULL },
    { 413, "finds the request too large",
      "raise MaxEnvelopeSizekb on the host (winrm set winrm/config)" },
    { 417, "does not meet an expectation, which a proxy may have added",
      NULL },
    { 431, "finds the headers too large", NULL },
    { 500, "failed without saying why",
      "look at the host's event log 'Windows Remote Management'" },
    { 502, "is a gateway that cannot reach the WinRM service", NULL },
    { 503, "is not ready: the WinRM service is stopped or overloaded",
      "run 'Restart-Service WinRM' on the host, or wait a moment" },
    { 504, "is a gateway that got no answer from the WinRM service", NULL },
};

static const struct status_row *find_status(long status)
{
    size_t i;

    for (i = 0; i < sizeof status_rows / sizeof *status_rows; i++)
        if (status_rows[i].status == status)
            return &status_rows[i];
    return NULL;
}

int refusal_unauthorized(const struct leg *leg,
                         const struct challenges *challenges,
                         struct err *err)
{
    const char *schemes = challenges->schemes[0] != '\0'
                              ? challenges->schemes : "nothing at all";

    if (!challenges->offered && leg->number == 1)
        err_set(err, ERR_NO_CREDSSP, STAGE_HTTP,
                "%s does not offer CredSSP; it offers %s", leg->host,
                schemes);
    else if (!challenges->offered)
        err_set(err, ERR_NO_CREDSSP, STAGE_HTTP,
                "%s ceased to offer CredSSP at leg %u (%s); it offers %s",
                leg->host, leg->number, credssp_step_name(leg->step),
                schemes);
    else {
        err_set(err, ERR_AUTH_DROPPED, leg_stages[leg->step],
                "%s ended the authentication at leg %u (%s) without a reason",
                leg->host, leg->number, credssp_step_name(leg->step));
        err_advise(err, "%s", leg_advices[leg->step]);
    }
    return err_code(err, CODE_HTTP, 401);
}

int refusal_early(const struct leg *leg, struct err *err)
{
    err_set(err, ERR_MALFORMED, STAGE_HTTP,
            "%s claims that the authentication is over at leg %u (%s), before "
            "it proved itself", leg->host, leg->number,
            credssp_step_name(leg->step));
    err_advise(err, "this is no Windows host, or something stands in "
                    "between; no credential was sent");
    return err_code(err, CODE_HTTP, 200);
}

int refusal_closing(const struct leg *leg, struct err *err)
{
    err_set(err, ERR_CONNECTION_LOST, STAGE_HTTP,
            "%s ends the connection at leg %u (%s); the authentication "
            "belongs to it", leg->host, leg->number,
            credssp_step_name(leg->step));
    return err_advise(err, "look for a proxy or load balancer in between "
                           "that does not keep connections");
}

int refusal_forgotten(const char *host, long status, struct err *err)
{
    err_set(err, ERR_CONNECTION_LOST, STAGE_HTTP,
            "%s no longer knows the authentication of this connection",
            host);
    return err_code(err, CODE_HTTP, status);
}

static bool is_html(const char *type)
{
    return strncasecmp(type, "text/html", 9) == 0
           || strncasecmp(type, "application/xhtml", 17) == 0;
}

bool refusal_is_page(const struct http_reply *reply)
{
    return is_html(reply->content_type);
}

/* "(Server: nginx, a web page)": who it may be that answers. */
static void describe_sender(const struct http_reply *reply, char *dst,
                            size_t size)
{
    bool html = is_html(reply->content_type);

    dst[0] = '\0';
    if (reply->server[0] != '\0')
        snprintf(dst, size, " (Server: %s%s)", reply->server,
                 html ? ", a web page" : "");
    else if (html)
        snprintf(dst, size, " (a web page)");
}

int refusal_status(const char *host, const struct http_reply *reply,
                   size_t sent, struct err *err)
{
    const struct status_row *row = find_status(reply->status);
    char sender[sizeof reply->server + 32];

    describe_sender(reply, sender, sizeof sender);
    if (reply->status >= 300 && reply->status < 400)
        err_set(err, ERR_HTTP, STAGE_HTTP,
                "%s sends us elsewhere with HTTP %ld, to '%s'%s, which is "
                "never followed", host, reply->status, reply->location,
                sender);
    else if (row != NULL)
        err_set(err, ERR_HTTP, STAGE_HTTP, "%s answered HTTP %ld: it %s%s",
                host, reply->status, row->sentence, sender);
    else
        err_set(err, ERR_HTTP, STAGE_HTTP,
                "%s answered HTTP %ld%s%s where WinRM does not", host,
                reply->status, is_html(reply->content_type) ? " and" : "",
                sender);
    if (row != NULL && row->advice != NULL)
        err_advise(err, "%s", row->advice);
    if ((reply->status == 400 || reply->status == 431)
        && sent > HEADERS_MODEST)
        err_advise(err, "the token of %zu bytes may be too large for the "
                        "host: raise MaxFieldLength and MaxRequestBytes of "
                        "its HTTP service (HKLM\\SYSTEM\\CurrentControlSet\\"
                        "Services\\HTTP\\Parameters)", sent);
    return err_code(err, CODE_HTTP, reply->status);
}
