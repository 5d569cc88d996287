/* run_json.c - the JSON object of a command. */
#include "cli/run_json.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "cli/render.h"
#include "wsman/base64.h"

/*
 * A stream as text under its name, or, when it is not UTF-8, as base64 under
 * its name and "_base64".
 */
static int put_stream(json_t *object, const char *name,
                      const struct buf *bytes)
{
    char key[32], *base64;
    json_t *text;
    int r;

    if (bytes->len == 0)
        return json_object_set_new(object, name, json_string(""));
    text = json_stringn((const char *)bytes->data, bytes->len);
    if (text != NULL)
        return json_object_set_new(object, name, text);
    base64 = malloc(BASE64_LEN(bytes->len));
    if (base64 == NULL)
        return -1;
    base64_encode(bytes->data, bytes->len, base64);
    snprintf(key, sizeof key, "%s_base64", name);
    r = json_object_set_new(object, key,
                            json_stringn(base64, BASE64_LEN(bytes->len)));
    free(base64);
    return r;
}

static json_t *object_of(const struct run_job *job,
                         const struct run_outcome *outcome, bool ended,
                         const char *started, const struct err *failure)
{
    const struct remote_result *r = &outcome->command;
    json_t *object = json_pack(
        "{s:s, s:o, s:s, s:I, s:o, s:o, s:b, s:b, s:I, s:o}",
        "host", outcome->connected ? outcome->opened.host : job->host,
        "exit_code", ended ? json_integer(r->exit_code) : json_null(),
        "started", started,
        "duration_ms", (json_int_t)outcome->total_ms,
        "connect_ms", outcome->connected ? json_integer(outcome->connect_ms)
                                         : json_null(),
        "first_output_ms", outcome->connected && r->output_ms >= 0
                               ? json_integer(r->output_ms) : json_null(),
        "reused", (int)outcome->opened.reused,
        "kept", (int)r->kept,
        "requests", (json_int_t)run_requests(outcome),
        "error", render_error(failure));

    if (object != NULL
        && (put_stream(object, "stdout", &job->remote.capture->out) != 0
            || put_stream(object, "stderr", &job->remote.capture->err) != 0)) {
        json_decref(object);
        object = NULL;
    }
    return object;
}

char *run_json_absent(const char *host, const struct err *why)
{
    struct remote_capture nothing = { BUF_INIT(0), BUF_INIT(0) };
    const struct run_job job = { .host = host, .remote.capture = &nothing };
    const struct run_outcome outcome = { .command.output_ms = -1 };
    char started[RENDER_TIME_MAX];

    render_time_utc(started, (int64_t)time(NULL));
    return render_line(object_of(&job, &outcome, false, started, why));
}

int run_json(const struct run_job *job, struct err *err)
{
    struct remote_capture capture = { BUF_INIT(REMOTE_CAPTURE_MAX),
                                      BUF_INIT(REMOTE_CAPTURE_MAX) };
    struct run_job own = *job;
    struct err failure = ERR_INIT;
    char started[RENDER_TIME_MAX];
    struct run_outcome outcome;
    int status = EXIT_OWN_FAILURE;
    bool ended;

    own.remote.capture = &capture;
    render_time_utc(started, (int64_t)time(NULL));
    ended = run_host(&own, &outcome, &failure) == 0;
    if (render_json(object_of(&own, &outcome, ended, started, &failure),
                    stdout, err) == 0
        && ended)
        status = remote_exit_status(outcome.command.exit_code);
    buf_free(&capture.out);
    buf_free(&capture.err);
    return status;
}
