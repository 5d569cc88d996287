/* probe.c - questions to a host that need no credential. */
#include "transport/probe.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "transport/refusal.h"

#define PROBE_MS 10000L
#define SOAP_TYPE "application/soap+xml"
#define IDENTIFY_PATH "/wsman-anon/identify"

/* DSP0226 R11.1: without headers, and in this namespace. */
static const char identify_body[] =
    "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" "
    "xmlns:wsmid=\"http://schemas.dmtf.org/wbem/wsman/identity/1/"
    "wsmanidentity.xsd\"><s:Header/><s:Body><wsmid:Identify/></s:Body>"
    "</s:Envelope>";

static void take_clock(const struct http_reply *reply,
                       struct probe_answer *answer)
{
    time_t theirs = curl_getdate(reply->date, NULL);

    answer->has_clock = reply->date[0] != '\0' && theirs >= 0;
    if (answer->has_clock)
        answer->clock_ahead_s = (int64_t)theirs - (int64_t)time(NULL);
}

static int take_schemes(const struct http_reply *reply,
                        struct probe_answer *answer, struct err *err)
{
    struct buf token = BUF_INIT(PROBE_IDENTITY_MAX);
    struct challenges challenges;
    int r = challenges_parse("CredSSP", reply->authenticate.data,
                             reply->authenticate.len, &challenges, &token,
                             err);

    buf_free(&token);
    if (r != 0)
        return -1;
    answer->credssp = challenges.offered;
    memcpy(answer->schemes, challenges.schemes, sizeof answer->schemes);
    return 0;
}

int probe_offers(const struct http_params *params,
                 struct probe_answer *answer, struct err *err)
{
    const struct http_request request = { .total_ms = PROBE_MS };
    struct http *http = NULL;
    struct http_reply reply;
    int r;

    memset(answer, 0, sizeof *answer);
    if (http_new(params, &http, err) != 0)
        return -1;
    http_reply_init(&reply);
    r = http_post(http, &request, &reply, err);
    http_times(http, &answer->times);
    snprintf(answer->server, sizeof answer->server, "%s", reply.server);
    take_clock(&reply, answer);
    if (r == 0 && reply.status != 401)
        r = refusal_status(params->host, &reply, 0, err);
    if (r == 0)
        r = take_schemes(&reply, answer, err);
    http_reply_free(&reply);
    http_free(&http);
    return r;
}

static int take_identity(const struct http_params *params,
                         const struct http_reply *reply,
                         struct buf *identity, struct err *err)
{
    if (reply->status != 200)
        return refusal_status(params->host, reply, 0, err);
    if (strncasecmp(reply->content_type, SOAP_TYPE, strlen(SOAP_TYPE)) != 0)
        return err_set(err, ERR_MALFORMED, STAGE_HTTP,
                       "%s answered '%.80s' instead of SOAP", params->host,
                       reply->content_type);
    buf_put(identity, reply->body.data, reply->body.len);
    return buf_ok(identity, STAGE_HTTP, err);
}

int probe_identify(const struct http_params *params, struct buf *identity,
                   struct http_times *times, struct err *err)
{
    const struct http_request request = {
        .body = identify_body, .len = sizeof identify_body - 1,
        .content_type = SOAP_TYPE ";charset=UTF-8",
        .unauthenticated = true, .total_ms = PROBE_MS,
    };
    struct http_params asked = *params;
    struct http *http = NULL;
    struct http_reply reply;
    int r;

    memset(times, 0, sizeof *times);
    asked.path = IDENTIFY_PATH;
    if (http_new(&asked, &http, err) != 0)
        return -1;
    http_reply_init(&reply);
    r = http_post(http, &request, &reply, err);
    http_times(http, times);
    if (r == 0)
        r = take_identity(params, &reply, identity, err);
    http_reply_free(&reply);
    http_free(&http);
    return r;
}
