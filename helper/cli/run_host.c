/* run_host.c - opens a channel, runs a command over it, closes it. */
#include "cli/run_host.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/kept_shell.h"

static int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

unsigned run_requests_to_output(const struct run_outcome *outcome)
{
    return outcome->opened.requests + outcome->command.requests_to_output;
}

unsigned run_requests(const struct run_outcome *outcome)
{
    return outcome->opened.requests + outcome->command.requests;
}

/* One more channel to the host: struct dial. */
static int dial_open(void *arg, line_wait_fn *wait, void *wait_arg,
                     wsman_post_fn **post, void **post_arg, struct err *err)
{
    const struct run_job *job = arg;
    struct client *client = malloc(sizeof *client);
    struct wire_opened opened;

    if (client == NULL)
        return err_set(err, ERR_MEMORY, STAGE_START, NULL);
    client_init(client);
    client->wait = wait;
    client->wait_arg = wait_arg;
    if (client_open(client, job->cli, job->host, NULL,
                    job->connect_timeout_ms, &opened, err) != 0) {
        client_close(client, true);
        free(client);
        return -1;
    }
    *post = client_post;
    *post_arg = client;
    return 0;
}

static void dial_close(void *arg, void *post_arg, bool hurry)
{
    (void)arg;
    client_close(post_arg, hurry);
    free(post_arg);
}

static int run_opened(struct run_job *job, struct client *client,
                      struct run_outcome *outcome, struct err *err)
{
    const struct dial dial = { .open = dial_open, .close = dial_close,
                               .arg = job };
    const struct wire_opened *opened = &outcome->opened;
    struct remote command;
    struct wsman wsman;
    int r;

    if (client_endpoint(client, opened->host, opened->port, opened->https,
                        &wsman, err) != 0)
        return -1;
    job->remote.value = opened->value;
    job->remote.will = client_will;
    job->remote.will_arg = client;
    remote_init(&command, &job->remote, &wsman, &dial);
    client->wait = remote_wait;
    client->wait_arg = &command;
    r = remote_run(&command, err);
    client->wait = client_wait;
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
    int64_t began = now_ms();
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
        outcome->connect_ms = now_ms() - began;
        if (own.connected != NULL)
            own.connected(own.arg, outcome);
        r = run_opened(&own, &client, outcome, err);
    }
    outcome->total_ms = now_ms() - began;
    client_close(&client, r != 0);
    return r;
}
