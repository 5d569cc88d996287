/* pwsh.c - the process, its reader, and its pipelines. */
#include "pwsh.h"

#include <errno.h>
#include <fcntl.h>
#include <libxml/parser.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "psrp_pool.h"
#include "pwsh_line.h"
#include "soap_in.h"

#define ANSWER_MS 30000       /* it takes seconds to start */
#define LOOK_MS 100           /* how soon the end of a command is seen */

/* A pipeline that runs, of its thread's own. */
struct channel {
    struct channel *next;
    unsigned char id[PSRP_GUID];
    struct buf out;           /* fragments that it sent */
};

struct pwsh {
    struct pool *pool;
    pid_t pid;
    int to;
    FILE *from;
    pthread_t reader;
    pthread_mutex_t sending;  /* a packet, and the answer to it */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool gone;
    const char *awaited;      /* "DataAck", NULL: nothing, or it came */
    unsigned char awaited_id[PSRP_GUID];
    struct channel *channels;
};

char *pwsh_find(void)
{
    const char *path = getenv("PATH");
    char *copy = strdup(path != NULL ? path : ""), *save = NULL, *folder;
    char *found = NULL;

    for (folder = copy != NULL ? strtok_r(copy, ":", &save) : NULL;
         folder != NULL && found == NULL;
         folder = strtok_r(NULL, ":", &save)) {
        if (asprintf(&found, "%s/pwsh", folder) < 0)
            found = NULL;
        else if (access(found, X_OK) != 0) {
            free(found);
            found = NULL;
        }
    }
    free(copy);
    return found;
}

/* -- what it says -- */

static struct channel *find_channel(struct pwsh *p, const unsigned char *id)
{
    struct channel *c = p->channels;

    while (c != NULL && memcmp(c->id, id, PSRP_GUID) != 0)
        c = c->next;
    return c;
}

static void take_line(struct pwsh *p, const struct pwsh_line *line)
{
    struct channel *channel;

    if (strcmp(line->name, "Data") == 0 && !line->of_pipeline) {
        pool_tell(p->pool, line->bytes.data, line->bytes.len);
        return;
    }
    pthread_mutex_lock(&p->lock);
    channel = find_channel(p, line->id);
    if (strcmp(line->name, "Data") == 0) {
        if (channel != NULL) /* else it was closed before */
            buf_put(&channel->out, line->bytes.data, line->bytes.len);
    } else if (p->awaited != NULL && strcmp(line->name, p->awaited) == 0 &&
               memcmp(line->id, p->awaited_id, PSRP_GUID) == 0) {
        p->awaited = NULL;
    }
    pthread_cond_broadcast(&p->changed);
    pthread_mutex_unlock(&p->lock);
}

static void *read_lines(void *arg)
{
    struct pwsh *p = arg;
    struct pwsh_line line = { .bytes = BUF_INIT(PWSH_LINE_MAX) };

    while (pwsh_line_read(p->from, &line) == 1)
        take_line(p, &line);
    pthread_mutex_lock(&p->lock);
    p->gone = true;
    pthread_cond_broadcast(&p->changed);
    pthread_mutex_unlock(&p->lock);
    buf_free(&line.bytes);
    return NULL;
}

static void deadline(unsigned ms, struct timespec *until)
{
    clock_gettime(CLOCK_MONOTONIC, until);
    until->tv_sec += ms / 1000;
    until->tv_nsec += (long)(ms % 1000) * 1000000;
    if (until->tv_nsec >= 1000000000) {
        until->tv_sec++;
        until->tv_nsec -= 1000000000;
    }
}

/* Each packet has an answer, which comes before the next is sent. */
static int send_line(struct pwsh *p, const struct buf *line,
                     const unsigned char *id, const char *answer)
{
    static const unsigned char zero[PSRP_GUID];
    struct timespec until;
    int rc;

    pthread_mutex_lock(&p->sending);
    pthread_mutex_lock(&p->lock);
    p->awaited = answer;
    memcpy(p->awaited_id, id != NULL ? id : zero, PSRP_GUID);
    pthread_mutex_unlock(&p->lock);
    rc = pwsh_line_write(p->to, line);
    deadline(ANSWER_MS, &until);
    pthread_mutex_lock(&p->lock);
    while (rc == 0 && p->awaited != NULL)
        if (p->gone ||
            pthread_cond_timedwait(&p->changed, &p->lock, &until) != 0)
            rc = -1;
    p->awaited = NULL;
    pthread_mutex_unlock(&p->lock);
    pthread_mutex_unlock(&p->sending);
    return rc;
}

static int send_packet(struct pwsh *p, const char *name,
                       const unsigned char *id, const char *answer)
{
    struct buf line = BUF_INIT(PWSH_LINE_MAX);
    int rc;

    pwsh_line_put(&line, name, id, NULL, NULL, 0);
    rc = send_line(p, &line, id, answer);
    buf_free(&line);
    return rc;
}

int pwsh_data(struct pwsh *pwsh, const unsigned char *pipeline,
              const char *stream, const void *p, size_t n)
{
    struct buf line = BUF_INIT(PWSH_LINE_MAX);
    int rc;

    pwsh_line_put(&line, "Data", pipeline, stream, p, n);
    rc = send_line(pwsh, &line, pipeline, "DataAck");
    buf_free(&line);
    return rc;
}

/* -- pipelines -- */

static bool is_last(const struct psrp_message *message)
{
    xmlDocPtr doc;
    char state[8] = "";
    xmlNodePtr node;

    if (message->type != PSRP_STATE)
        return false;
    doc = xmlReadMemory(message->xml, (int)message->len, NULL, NULL,
                        XML_PARSE_NONET | XML_PARSE_HUGE);
    node = psrp_member(xmlDocGetRootElement(doc), "PipelineState");
    if (node == NULL || soap_content(node, state, sizeof state) != 0)
        state[0] = '\0';
    xmlFreeDoc(doc);
    return strchr("345", state[0]) != NULL; /* also when it is none */
}

/* What came since the last time, into bytes; false: no more will. */
static bool next_bytes(struct pwsh *p, struct channel *channel,
                       struct buf *bytes)
{
    struct timespec until;
    bool more;

    deadline(LOOK_MS, &until);
    pthread_mutex_lock(&p->lock);
    if (channel->out.len == 0 && !p->gone)
        pthread_cond_timedwait(&p->changed, &p->lock, &until);
    buf_clear_without_wipe(bytes);
    buf_put(bytes, channel->out.data, channel->out.len);
    buf_clear_without_wipe(&channel->out);
    more = bytes->len > 0 || !p->gone;
    pthread_mutex_unlock(&p->lock);
    return more && bytes->failed == ERR_NONE;
}

/* Until its state is a last one; false: the command ended before. */
static bool pass_on(struct pwsh *p, struct channel *channel,
                    struct command *command)
{
    struct buf bytes = BUF_INIT(PSRP_MESSAGE_MAX);
    struct psrp_message message;
    struct psrp_in scan;
    bool over = false, alive = true;

    psrp_in_init(&scan, PSRP_TO_CLIENT);
    while (alive && !over) {
        alive = next_bytes(p, channel, &bytes) && !command_ended(command);
        buf_put(&scan.bytes, bytes.data, bytes.len);
        while (alive && !over && psrp_in_next(&scan, &message) == 1)
            over = is_last(&message);
        if (alive && bytes.len > 0)
            alive = command_write(command, STREAM_STDOUT, bytes.data,
                                  bytes.len);
    }
    psrp_in_free(&scan);
    buf_free(&bytes);
    return over;
}

void pwsh_run(struct pwsh *pwsh, struct command *command,
              const unsigned char id[PSRP_GUID], const void *first,
              size_t len)
{
    struct channel channel = { .out = BUF_INIT(PSRP_MESSAGE_MAX) };
    struct channel **at;

    memcpy(channel.id, id, PSRP_GUID);
    pthread_mutex_lock(&pwsh->lock);
    channel.next = pwsh->channels;
    pwsh->channels = &channel;
    pthread_mutex_unlock(&pwsh->lock);
    if (send_packet(pwsh, "Command", id, "CommandAck") == 0 &&
        pwsh_data(pwsh, id, "Default", first, len) == 0 &&
        !pass_on(pwsh, &channel, command))
        pwsh_stop(pwsh, id);
    (void)!send_packet(pwsh, "Close", id, "CloseAck");
    pthread_mutex_lock(&pwsh->lock);
    for (at = &pwsh->channels; *at != &channel; at = &(*at)->next)
        ;
    *at = channel.next;
    pthread_mutex_unlock(&pwsh->lock);
    buf_free(&channel.out);
}

void pwsh_stop(struct pwsh *pwsh, const unsigned char id[PSRP_GUID])
{
    (void)!send_packet(pwsh, "Signal", id, "SignalAck");
}

/* -- the process -- */

static int spawn(struct pwsh *p, const char *program, bool no_profile,
                 const int in[2], const int out[2])
{
    char *argv[] = { (char *)(uintptr_t)program, (char[]){ "-s" },
                     (char[]){ "-NoLogo" },
                     no_profile ? (char[]){ "-NoProfile" } : NULL, NULL };
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, standard;
    int rc;

    sigemptyset(&none);
    sigemptyset(&standard);
    sigaddset(&standard, SIGPIPE);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK |
                             POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &standard);
    rc = posix_spawn(&p->pid, program, &actions, &attributes, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return rc == 0 ? 0 : -1;
}

static int open_streams(struct pwsh *p, const char *program, bool no_profile)
{
    int in[2], out[2], rc;

    if (pipe2(in, O_CLOEXEC) != 0)
        return -1;
    if (pipe2(out, O_CLOEXEC) != 0) {
        close(in[0]);
        close(in[1]);
        return -1;
    }
    rc = spawn(p, program, no_profile, in, out);
    close(in[0]);
    close(out[1]);
    p->to = in[1];
    p->from = fdopen(out[0], "r");
    if (p->from == NULL)
        close(out[0]);
    if (rc == 0 && p->from != NULL)
        return 0;
    close(p->to);
    if (p->from != NULL)
        fclose(p->from);
    if (rc == 0)
        waitpid(p->pid, NULL, 0);
    return -1;
}

int pwsh_start(const char *program, bool no_profile, struct pool *pool,
               struct pwsh **out)
{
    struct pwsh *p = calloc(1, sizeof *p);
    pthread_condattr_t attributes;

    if (p == NULL)
        return -1;
    p->pool = pool;
    pthread_mutex_init(&p->sending, NULL);
    pthread_mutex_init(&p->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&p->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    if (open_streams(p, program, no_profile) == 0 &&
        pthread_create(&p->reader, NULL, read_lines, p) == 0) {
        *out = p;
        return 0;
    }
    free(p);
    return -1;
}

/* At the end of its input it goes. */
void pwsh_end(struct pwsh **pwsh)
{
    struct pwsh *p = *pwsh;

    *pwsh = NULL;
    if (p == NULL)
        return;
    (void)!send_packet(p, "Close", NULL, "CloseAck");
    close(p->to);
    pthread_join(p->reader, NULL);
    fclose(p->from);
    waitpid(p->pid, NULL, 0);
    pthread_cond_destroy(&p->changed);
    pthread_mutex_destroy(&p->lock);
    pthread_mutex_destroy(&p->sending);
    free(p);
}
