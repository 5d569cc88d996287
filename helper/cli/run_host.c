/* run_host.c - opens a channel, runs a command over it, closes it. */
#include "cli/run_host.h"

#include <string.h>

#include "cli/dial.h"
#include "cli/kept_shell.h"
#include "cli/waiting.h"

unsigned run_requests_to_output(const struct run_outcome *outcome)
{
    return outcome->opened.requests + outcome->command.requests_to_output;
}

unsigned run_requests(const struct run_outcome *outcome)
{
    return outcome->opened.requests + outcome->command.requests;
}

static int run_opened(struct run_job *job, struct client *client,
                      struct run_outcome *outcome, struct err *err)
{
    const struct dial_host to = { job->cli, job->host,
                                  job->connect_timeout_ms };
    const struct dial dial = dial_to(&to);
    const struct wire_opened *opened = &outcome->opened;
    struct remote command;
    struct wsman wsman;
    int r;

    if (client_endpoint(client, opened->host, opened->port, opened->https,
                        &wsman, err) != 0)
        return -1;
    wsman.send = client_send_post;
    job->remote.value = opened->value;
    job->remote.will = client_will;
    job->remote.will_arg = client;
    remote_init(&command, &job->remote, &wsman, &dial);
    client->wait = remote_wait;
    client->wait_arg = &command;
    r = remote_run(&command, err);
    client->wait = client_wait;
    client->wait_arg = NULL;
    outcome->command = command.result;
    if (r != 0 && command.result.pipe_closed)
        err_clear(err); /* ssh says nothing either */
    return r;
}

int run_host(const struct run_job *job, struct run_outcome *outcome,
             struct err *err)
{
    struct run_job own = *job;
    char label[WIRE_LABEL_MAX];
    int64_t began = waiting_now_ms();
    struct client client;
    int r = -1;

    memset(outcome, 0, sizeof *outcome);
    shell_label(&own.remote.shell, label);
    own.remote.label = label;
    if (own.remote.keep)
        own.remote.shell.idle_timeout_s = KEPT_SHELL_IDLE_S;
    client_init(&client);
    client.with_body = true; /* Create: a second shell would just time out */
    if (client_open(&client, own.cli, own.host, label,
                    own.connect_timeout_ms, &outcome->opened, err) == 0) {
        outcome->connected = true;
        outcome->connect_ms = waiting_now_ms() - began;
        if (own.connected != NULL)
            own.connected(own.arg, outcome);
        r = run_opened(&own, &client, outcome, err);
    }
    outcome->total_ms = waiting_now_ms() - began;
    client_close(&client, r != 0);
    return r;
}
