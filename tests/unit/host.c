/* host.c - a WinRM host for unit tests. */
#include "host.h"

#include <string.h>

#include "unit.h"

#define REQUEST_ID "<wsa:MessageID>uuid:"

/* Copies the body, our MessageID in place of the host's idea of it. */
static void fill_answer(struct host *host, const char *message_id)
{
    const char *p = host->body, *id;

    buf_clear(&host->answer);
    while (p != NULL && (id = strstr(p, host->id)) != NULL) {
        buf_put(&host->answer, p, (size_t)(id - p));
        buf_put(&host->answer, message_id, WSMAN_UUID_BYTES - 1);
        p = id + strlen(host->id);
    }
    if (p != NULL)
        buf_put(&host->answer, p, strlen(p));
    assert_int_equal(host->answer.failed, ERR_NONE);
}

static int post(void *arg, const unsigned char *body, size_t len, bool final,
                long timeout_ms, struct wsman_answer *answer,
                struct err *err)
{
    struct host *host = arg;
    const char *id;

    host->requests++;
    host->final = final;
    host->timeout_ms = timeout_ms;
    buf_clear(&host->request);
    buf_put(&host->request, body, len);
    buf_put_u8(&host->request, 0);
    assert_int_equal(host->request.failed, ERR_NONE);
    if (host->failure != ERR_NONE)
        return err_set(err, host->failure, STAGE_HTTP, NULL);
    if (final)
        return 0;
    id = strstr((const char *)host->request.data, REQUEST_ID);
    assert_non_null(id);
    fill_answer(host, id + strlen(REQUEST_ID));
    answer->status = host->status;
    answer->content_type = host->type;
    answer->body = host->answer.data;
    answer->len = host->answer.len;
    return 0;
}

void host_init(struct host *host, struct wsman *wsman)
{
    struct err err = ERR_INIT;

    memset(host, 0, sizeof *host);
    buf_init(&host->request, 1048576);
    buf_init(&host->answer, 8388608);
    assert_ok(wsman_init(wsman, "http://win1.corp.example.com:5985/wsman",
                         post, host, &err), &err);
    host_answers(host, 200, NULL);
}

void host_free(struct host *host)
{
    buf_free(&host->request);
    buf_free(&host->answer);
}

void host_answers(struct host *host, int status, const char *body)
{
    host->status = status;
    host->type = HOST_TYPE;
    host->body = body;
    host->id = HOST_ID;
}

bool host_was_sent(const struct host *host, const char *text)
{
    return strstr((const char *)host->request.data, text) != NULL;
}
