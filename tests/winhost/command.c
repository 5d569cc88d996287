/* command.c - queues between a command's thread and the client. */
#include "command.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "shells.h"

#define QUEUE_MAX 1048576 /* bytes that wait for a Receive, or for a read */
/* More output may follow at once: how long a Receive waits for it. */
#define SETTLE_MS 20

struct queue {
    struct chunk *head, *tail;
    size_t bytes;
};

struct command {
    atomic_uint refs;
    char id[UUID_BYTES];
    struct shell *shell;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct queue out, in;
    size_t want;        /* queued bytes that wake the receiver */
    bool in_end;        /* the client closed stdin */
    bool running;
    bool ended;         /* from outside */
    bool stopping;      /* PowerShell's stop */
    bool told;          /* Done was sent */
    pid_t child;
    uint32_t exit_code;
};

static struct timespec deadline_in(unsigned ms)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += ms / 1000;
    t.tv_nsec += (long)(ms % 1000) * 1000000;
    if (t.tv_nsec >= 1000000000) {
        t.tv_sec++;
        t.tv_nsec -= 1000000000;
    }
    return t;
}

/* false: the deadline has passed. */
static bool wait_until(struct command *c, const struct timespec *deadline)
{
    return pthread_cond_timedwait(&c->changed, &c->lock, deadline)
        != ETIMEDOUT;
}

struct command *command_new(struct shell *shell)
{
    struct command *c = calloc(1, sizeof *c);
    pthread_condattr_t attr;

    if (c == NULL)
        return NULL;
    atomic_init(&c->refs, 1);
    soap_uuid(c->id);
    c->shell = shell_ref(shell);
    c->running = true;
    c->want = 1;
    pthread_mutex_init(&c->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&c->changed, &attr);
    pthread_condattr_destroy(&attr);
    return c;
}

struct command *command_ref(struct command *command)
{
    atomic_fetch_add(&command->refs, 1);
    return command;
}

static void free_chunks(struct chunk *chunk)
{
    while (chunk != NULL) {
        struct chunk *next = chunk->next;

        free(chunk);
        chunk = next;
    }
}

void command_unref(struct command **command)
{
    struct command *c = *command;

    *command = NULL;
    if (c == NULL || atomic_fetch_sub(&c->refs, 1) > 1)
        return;
    free_chunks(c->out.head);
    free_chunks(c->in.head);
    pthread_mutex_destroy(&c->lock);
    pthread_cond_destroy(&c->changed);
    shell_unref(&c->shell);
    free(c);
}

const char *command_id(const struct command *command)
{
    return command->id;
}

void command_rename(struct command *command, const char id[UUID_BYTES])
{
    memcpy(command->id, id, UUID_BYTES);
}

struct shell *command_shell(const struct command *command)
{
    return command->shell;
}

/* Appends to the last chunk if it is of the same stream and has room. */
static size_t queue_put(struct queue *q, enum stream stream,
                        const unsigned char *p, size_t n)
{
    struct chunk *tail = q->tail;

    if (tail == NULL || tail->stream != stream || tail->len == CHUNK_BYTES) {
        tail = malloc(sizeof *tail);
        if (tail == NULL)
            return 0;
        tail->next = NULL;
        tail->stream = stream;
        tail->off = tail->len = 0;
        if (q->tail == NULL)
            q->head = tail;
        else
            q->tail->next = tail;
        q->tail = tail;
    }
    if (n > CHUNK_BYTES - tail->len)
        n = CHUNK_BYTES - tail->len;
    memcpy(tail->data + tail->len, p, n);
    tail->len += n;
    q->bytes += n;
    return n;
}

static struct chunk *queue_pop(struct queue *q)
{
    struct chunk *head = q->head;

    q->head = head->next;
    if (q->head == NULL)
        q->tail = NULL;
    q->bytes -= head->len - head->off;
    head->next = NULL;
    return head;
}

bool command_write(struct command *c, enum stream stream, const void *p,
                   size_t n)
{
    const unsigned char *from = p;
    bool alive;

    pthread_mutex_lock(&c->lock);
    while (n > 0 && !c->ended) {
        size_t put;

        if (c->out.bytes >= QUEUE_MAX) {
            pthread_cond_wait(&c->changed, &c->lock);
            continue;
        }
        put = queue_put(&c->out, stream, from, n);
        if (put == 0)
            break;
        from += put;
        n -= put;
        if (c->out.bytes >= c->want)
            pthread_cond_broadcast(&c->changed);
    }
    alive = !c->ended && n == 0;
    pthread_mutex_unlock(&c->lock);
    return alive;
}

ssize_t command_read(struct command *c, enum stream *from, void *dst,
                     size_t size)
{
    ssize_t n = -1;

    pthread_mutex_lock(&c->lock);
    while (c->in.head == NULL && !c->in_end && !c->ended && !c->stopping)
        pthread_cond_wait(&c->changed, &c->lock);
    if (!c->ended && !c->stopping && c->in.head != NULL) {
        struct chunk *chunk = c->in.head;
        size_t left = chunk->len - chunk->off;

        if (left > size)
            left = size;
        memcpy(dst, chunk->data + chunk->off, left);
        if (from != NULL)
            *from = chunk->stream;
        chunk->off += left;
        c->in.bytes -= left;
        if (chunk->off == chunk->len)
            free(queue_pop(&c->in));
        n = (ssize_t)left;
        pthread_cond_broadcast(&c->changed);
    } else if (!c->ended && !c->stopping) {
        n = 0;
    }
    pthread_mutex_unlock(&c->lock);
    return n;
}

bool command_sleep(struct command *c, unsigned ms)
{
    struct timespec deadline = deadline_in(ms);
    bool ended;

    pthread_mutex_lock(&c->lock);
    while (!c->ended && !c->stopping && wait_until(c, &deadline))
        continue;
    ended = c->ended || c->stopping;
    pthread_mutex_unlock(&c->lock);
    return !ended;
}

bool command_ended(struct command *c)
{
    bool ended;

    pthread_mutex_lock(&c->lock);
    ended = c->ended;
    pthread_mutex_unlock(&c->lock);
    return ended;
}

bool command_stopping(struct command *c)
{
    bool stopping;

    pthread_mutex_lock(&c->lock);
    stopping = c->stopping;
    pthread_mutex_unlock(&c->lock);
    return stopping;
}

void command_stop(struct command *c)
{
    pthread_mutex_lock(&c->lock);
    c->stopping = true;
    if (c->child > 0)
        kill(c->child, SIGKILL);
    pthread_cond_broadcast(&c->changed);
    pthread_mutex_unlock(&c->lock);
}

void command_child(struct command *c, pid_t child)
{
    pthread_mutex_lock(&c->lock);
    c->child = child;
    if (child > 0 && c->ended)
        kill(child, SIGKILL);
    pthread_mutex_unlock(&c->lock);
}

void command_exit(struct command *c, uint32_t code)
{
    pthread_mutex_lock(&c->lock);
    if (!c->ended)
        c->exit_code = code;
    c->running = false;
    pthread_cond_broadcast(&c->changed);
    pthread_mutex_unlock(&c->lock);
}

void command_end(struct command *c, uint32_t code)
{
    pthread_mutex_lock(&c->lock);
    if (c->running && !c->ended) {
        c->ended = true;
        c->exit_code = code;
        if (c->child > 0)
            kill(c->child, SIGKILL);
    }
    pthread_cond_broadcast(&c->changed);
    pthread_mutex_unlock(&c->lock);
}

bool command_send(struct command *c, enum stream stream, const void *p,
                  size_t n, bool end, unsigned timeout_ms)
{
    struct timespec deadline = deadline_in(timeout_ms);
    const unsigned char *from = p;

    pthread_mutex_lock(&c->lock);
    while (c->running && !c->ended && c->in.bytes >= QUEUE_MAX)
        if (!wait_until(c, &deadline))
            break;
    if (c->in.bytes >= QUEUE_MAX) {
        pthread_mutex_unlock(&c->lock);
        return false;
    }
    while (n > 0) {
        size_t put = queue_put(&c->in, stream, from, n);

        if (put == 0)
            break;
        from += put;
        n -= put;
    }
    c->in_end = c->in_end || end;
    pthread_cond_broadcast(&c->changed);
    pthread_mutex_unlock(&c->lock);
    return true;
}

/* Half a chunk, when a whole one does not fit any more. */
static struct chunk *split(struct queue *q, size_t n)
{
    struct chunk *head = q->head, *part = malloc(sizeof *part);

    if (part == NULL)
        return NULL;
    part->next = NULL;
    part->stream = head->stream;
    part->off = 0;
    part->len = n;
    memcpy(part->data, head->data + head->off, n);
    head->off += n;
    q->bytes -= n;
    return part;
}

static void take(struct command *c, size_t budget, struct output *output)
{
    struct chunk **end = &output->chunks;

    while (c->out.head != NULL && budget > STREAM_OVERHEAD + 4) {
        size_t room = (budget - STREAM_OVERHEAD) / 4 * 3;
        size_t n = c->out.head->len - c->out.head->off;

        *end = n <= room ? queue_pop(&c->out) : split(&c->out, room);
        if (*end == NULL)
            break;
        n = (*end)->len - (*end)->off;
        budget -= STREAM_OVERHEAD + (n + 2) / 3 * 4;
        end = &(*end)->next;
    }
}

/* Waits until there is something to tell, then a moment for the rest. */
static bool wait_for_output(struct command *c, size_t budget,
                            unsigned timeout_ms)
{
    struct timespec deadline = deadline_in(timeout_ms);

    c->want = 1;
    while (c->out.bytes == 0 && c->running)
        if (!wait_until(c, &deadline))
            break;
    if (c->out.bytes == 0 && c->running)
        return false;
    deadline = deadline_in(SETTLE_MS);
    c->want = budget * 3 / 4 < QUEUE_MAX ? budget * 3 / 4 : QUEUE_MAX;
    while (c->running && c->out.bytes < c->want)
        if (!wait_until(c, &deadline))
            break;
    c->want = 1;
    return true;
}

enum received command_receive(struct command *c, size_t budget,
                              unsigned timeout_ms, struct output *output)
{
    enum received result = RECEIVED_OUTPUT;

    memset(output, 0, sizeof *output);
    pthread_mutex_lock(&c->lock);
    if (c->told) {
        result = RECEIVED_GONE;
    } else if (!wait_for_output(c, budget, timeout_ms)) {
        result = RECEIVED_NOTHING;
    } else {
        take(c, budget, output);
        output->done = !c->running && c->out.head == NULL;
        output->exit_code = c->exit_code;
        c->told = output->done;
        pthread_cond_broadcast(&c->changed);
    }
    pthread_mutex_unlock(&c->lock);
    return result;
}

void output_free(struct output *output)
{
    free_chunks(output->chunks);
    output->chunks = NULL;
}
