/* ps_host.c - opens a channel, runs a pipeline over it, closes it. */
#include "cli/ps_host.h"

#include <string.h>

#include "cli/dial.h"
#include "cli/kept_shell.h"
#include "cli/waiting.h"

static int run_opened(const struct ps_job *job, struct client *client,
                      struct ps_outcome *outcome, struct err *err)
{
    const struct dial_host to = { job->cli, job->host,
                                  job->connect_timeout_ms };
    const struct dial dial = dial_to(&to);
    const struct wire_opened *opened = &outcome->opened;
    struct ps_options options = job->ps;
    struct ps_session session;
    struct wsman wsman;
    int r;

    if (client_endpoint(client, opened->host, opened->port, opened->https,
                        &wsman, err) != 0)
        return -1;
    options.host = job->host;
    options.value = opened->value;
    options.will = client_will;
    options.will_arg = client;
    ps_session_init(&session, &options, &wsman, &dial);
    client->wait = ps_session_wait;
    client->wait_arg = &session;
    r = ps_session_run(&session, err);
    client->wait = client_wait;
    client->wait_arg = NULL;
    outcome->pipeline = session.result;
    if (r != 0 && session.result.pipe_closed)
        err_clear(err); /* ssh says nothing either */
    return r;
}

int ps_host(const struct ps_job *job, struct ps_outcome *outcome,
            struct err *err)
{
    struct ps_job own = *job;
    char label[WIRE_LABEL_MAX] = "";
    int64_t began = waiting_now_ms();
    struct client client;
    int r = -1;

    memset(outcome, 0, sizeof *outcome);
    own.ps.label = label;
    if (own.ps.keep) {
        pool_label(&own.ps.runspace, label);
        own.ps.runspace.idle_timeout_s = KEPT_SHELL_IDLE_S;
    }
    client_init(&client);
    client.with_body = true; /* Create: a second shell would just time out */
    /* Only who keeps one inherits one: it has what others left in it. */
    if (client_open(&client, own.cli, own.host,
                    label[0] != '\0' ? label : NULL, own.connect_timeout_ms,
                    &outcome->opened, err) == 0) {
        outcome->connected = true;
        outcome->connect_ms = waiting_now_ms() - began;
        if (own.connected != NULL)
            own.connected(outcome);
        r = run_opened(&own, &client, outcome, err);
    }
    outcome->total_ms = waiting_now_ms() - began;
    client_close(&client, r != 0);
    return r;
}
