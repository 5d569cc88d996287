/*
 * pwsh_stand_in.c - stands in for "pwsh -s": the interpreter behind
 * PowerShell's remoting over standard streams, so that the way to a real one
 * is walked where none is installed.
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "journal.h"
#include "psrp_pipeline.h"
#include "pwsh_line.h"
#include "shells.h"

#define PIPELINES_MAX 8
#define OUTPUT_BYTES 65536
#define LOOK_MS 1000
#define FRAGMENT_HEADER 21    /* and 8 bytes of the message: its pool's id */
#define UNKNOWN_PACKET 160    /* 0x0FA0, what fits of it */

struct running {
    unsigned char id[PSRP_GUID];
    struct command *command;  /* a reference; NULL: the place is free */
    bool begun;
};

struct process {
    struct host host;
    struct identity *identity;
    struct shell *shell;
    struct running running[PIPELINES_MAX];
    pthread_mutex_t out;
};

static void put_line(struct process *p, const char *name,
                     const unsigned char *id, const char *stream,
                     const void *bytes, size_t n)
{
    struct buf line = BUF_INIT(PWSH_LINE_MAX);

    pwsh_line_put(&line, name, id, stream, bytes, n);
    pthread_mutex_lock(&p->out);
    if (pwsh_line_write(STDOUT_FILENO, &line) != 0)
        _exit(1);
    pthread_mutex_unlock(&p->out);
    buf_free(&line);
}

static void *tell_pool(void *arg)
{
    struct process *p = arg;

    for (;;) {
        struct buf bytes = BUF_INIT(PSRP_MESSAGE_MAX);

        if (pool_next(p->shell->options.pool, LOOK_MS, &bytes))
            put_line(p, "Data", NULL, "Default", bytes.data, bytes.len);
        buf_free(&bytes);
    }
    return NULL;
}

/* What one pipeline says. */
struct teller {
    struct process *process;
    unsigned char id[PSRP_GUID];
    struct command *command;
};

static void *tell_pipeline(void *arg)
{
    struct teller *t = arg;
    bool done = false;

    while (!done) {
        struct output output;
        struct chunk *c;

        switch (command_receive(t->command, OUTPUT_BYTES, LOOK_MS, &output)) {
        case RECEIVED_NOTHING:
            continue;
        case RECEIVED_GONE:
            done = true;
            continue;
        case RECEIVED_OUTPUT:
            break;
        }
        for (c = output.chunks; c != NULL; c = c->next)
            put_line(t->process, "Data", t->id, "Default", c->data + c->off,
                     c->len - c->off);
        done = output.done;
        output_free(&output);
    }
    command_unref(&t->command);
    free(t);
    return NULL;
}

static int start(void *(*run)(void *arg), void *arg)
{
    pthread_t thread;

    if (pthread_create(&thread, NULL, run, arg) != 0)
        return -1;
    pthread_detach(thread);
    return 0;
}

static int open_pool(struct process *p, const struct buf *bytes)
{
    struct shell_options options = { .idle_ms = SHELL_IDLE_DEFAULT_MS };
    const unsigned char *id = bytes->data + FRAGMENT_HEADER + 8;
    struct fault fault = { .id = FAULT_NONE };

    if (bytes->len < FRAGMENT_HEADER + 8 + PSRP_GUID)
        return -1;
    options.pool = pool_new(&p->host, "Microsoft.PowerShell", false);
    if (options.pool == NULL ||
        pool_open(options.pool, id, bytes->data, bytes->len) != 0)
        return -1;
    psrp_guid_text(id, options.id);
    p->shell = shell_create(&p->host, p->identity, &options, &fault);
    return p->shell != NULL ? start(tell_pool, p) : -1;
}

static struct running *find(struct process *p, const unsigned char *id)
{
    size_t i;

    for (i = 0; i < PIPELINES_MAX; i++)
        if (p->running[i].command != NULL &&
            memcmp(p->running[i].id, id, PSRP_GUID) == 0)
            return &p->running[i];
    return NULL;
}

static int new_command(struct process *p, const unsigned char *id)
{
    struct fault fault = { .id = FAULT_NONE };
    char text[UUID_BYTES];
    size_t i = 0;

    while (i < PIPELINES_MAX && p->running[i].command != NULL)
        i++;
    if (i == PIPELINES_MAX || p->shell == NULL)
        return -1;
    p->running[i].command = shell_new_command(p->shell, &fault);
    if (p->running[i].command == NULL)
        return -1;
    memcpy(p->running[i].id, id, PSRP_GUID);
    p->running[i].begun = false;
    psrp_guid_text(id, text);
    command_rename(p->running[i].command, text);
    return 0;
}

static int take_data(struct process *p, const struct pwsh_line *line)
{
    struct running *r = line->of_pipeline ? find(p, line->id) : NULL;
    const struct buf *bytes = &line->bytes;
    struct teller *teller;

    if (!line->of_pipeline)
        return p->shell == NULL ? open_pool(p, bytes)
                                : pool_take(p->shell->options.pool,
                                            bytes->data, bytes->len);
    if (r == NULL) /* it has ended: PowerShell acknowledges all the same */
        return 0;
    if (r->begun)
        return command_send(r->command,
                            strcmp(line->stream, "PromptResponse") == 0
                                ? STREAM_PR : STREAM_STDIN,
                            bytes->data, bytes->len, false,
                            LOOK_MS) ? 0 : -1;
    teller = calloc(1, sizeof *teller);
    if (teller == NULL)
        return -1;
    *teller = (struct teller){ .process = p };
    memcpy(teller->id, line->id, PSRP_GUID);
    teller->command = command_ref(r->command);
    r->begun = true;
    if (pipeline_begin(r->command, line->id, bytes->data, bytes->len) != 0)
        return -1;
    return start(tell_pipeline, teller);
}

static void close_command(struct process *p, const unsigned char *id)
{
    struct running *r = find(p, id);

    if (r == NULL)
        return;
    command_end(r->command, CONTROL_C_EXIT);
    shell_drop_command(p->shell, r->command);
    command_unref(&r->command);
}

/* PowerShell's own takes these four, and ends at any other. */
static int take_line(struct process *p, const struct pwsh_line *line)
{
    const unsigned char *id = line->of_pipeline ? line->id : NULL;

    if (strcmp(line->name, "Data") == 0) {
        if (take_data(p, line) != 0)
            return -1;
        put_line(p, "DataAck", id, NULL, NULL, 0);
    } else if (strcmp(line->name, "Command") == 0 && id != NULL) {
        if (new_command(p, id) != 0)
            return -1;
        put_line(p, "CommandAck", id, NULL, NULL, 0);
    } else if (strcmp(line->name, "Signal") == 0 && id != NULL) {
        if (find(p, id) != NULL)
            pipeline_stop(find(p, id)->command);
        put_line(p, "SignalAck", id, NULL, NULL, 0);
    } else if (strcmp(line->name, "Close") == 0) {
        if (id != NULL)
            close_command(p, id);
        put_line(p, "CloseAck", id, NULL, NULL, 0);
    } else {
        return -1;
    }
    return 0;
}

int main(int argc, char **argv)
{
    static struct process process = { .out = PTHREAD_MUTEX_INITIALIZER };
    struct pwsh_line line = { .bytes = BUF_INIT(PWSH_LINE_MAX) };
    struct err err = ERR_INIT;
    int got = 1;

    if (argc < 2 || strcmp(argv[1], "-s") != 0) {
        fprintf(stderr, "usage: %s -s [-NoLogo] [-NoProfile]\n", argv[0]);
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    process.host.max_shells = 1;
    process.host.max_commands = PIPELINES_MAX;
    gethostname(process.host.name, sizeof process.host.name - 1);
    if (registry_new(&process.host.shells, &err) != 0 ||
        identity_new(process.host.name, "pwsh", NULL, &process.identity,
                     &err) != 0)
        return 1;
    while (got == 1) {
        got = pwsh_line_read(stdin, &line);
        if (got == 1 && take_line(&process, &line) != 0)
            got = -1;
    }
    _exit(got == 0 ? 0 : UNKNOWN_PACKET); /* threads wait for ever */
}
