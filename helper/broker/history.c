/* history.c - a ring of a session's events, in memory that workers share. */
#include "broker/history.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "broker/bounds.h"
#include "broker/session.h"
#include "broker/wire.h"

/*
 * A worker that leaves and the next one may write at once, so a place is taken
 * with one atomic step.  Nothing here is trusted when it is read: a worker
 * may have died in the middle of it.
 */
struct history_ring {
    char session[SESSION_NAME_BYTES];
    uint32_t count; /* of all events ever noted */
    struct wire_event events[LIMIT_HISTORY];
};

void history_init(struct history *history)
{
    pthread_mutex_init(&history->lock, NULL);
    history->ring = NULL;
}

static void *map(int fd, int flags)
{
    void *at = mmap(NULL, sizeof(struct history_ring), PROT_READ | PROT_WRITE,
                    flags, fd, 0);

    return at == MAP_FAILED ? NULL : at;
}

void history_clear(struct history *history)
{
    if (history->ring != NULL)
        munmap(history->ring, sizeof *history->ring);
    history->ring = NULL;
}

int history_file(void)
{
    int fd = memfd_create("credssp-history", MFD_CLOEXEC | MFD_ALLOW_SEALING);

    if (fd < 0)
        return -1;
    /* Its size is settled: nobody's access beyond its end is a SIGBUS. */
    if (ftruncate(fd, sizeof(struct history_ring)) == 0
        && fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)
               == 0)
        return fd;
    close(fd);
    return -1;
}

void history_adopt(struct history *history, int fd)
{
    const int settled = F_SEAL_SHRINK | F_SEAL_GROW;
    struct stat file;
    int seals = fcntl(fd, F_GET_SEALS);

    pthread_mutex_lock(&history->lock);
    if (history->ring == NULL && seals >= 0 && (seals & settled) == settled
        && fstat(fd, &file) == 0
        && file.st_size == (off_t)sizeof *history->ring)
        history->ring = map(fd, MAP_SHARED);
    pthread_mutex_unlock(&history->lock);
    close(fd);
}

static void copy_text(char *dst, size_t size, const char *src)
{
    size_t len = src != NULL ? strnlen(src, size - 1) : 0;

    if (len > 0)
        memcpy(dst, src, len);
    memset(dst + len, 0, size - len);
}

static void fill(struct wire_event *event, const struct audit_record *record)
{
    event->time = (int64_t)time(NULL);
    event->event = record->event;
    copy_text(event->host, sizeof event->host, record->host);
    copy_text(event->spn, sizeof event->spn, record->spn);
    copy_text(event->mechanism, sizeof event->mechanism, record->mechanism);
    event->credssp_version = (uint8_t)record->credssp_version;
    copy_text(event->tls, sizeof event->tls, record->tls);
    copy_text(event->rule, sizeof event->rule, record->rule);
    event->cause = record->err != NULL ? record->err->cause : ERR_NONE;
    copy_text(event->error, sizeof event->error,
              event->cause != ERR_NONE ? record->err->text : NULL);
    event->duration_ms = record->duration_ms;
}

/* Under the lock.  A serial number may come again, a session's name not. */
static struct history_ring *ring_of(struct history *history,
                                    const char *session)
{
    struct history_ring *ring = history->ring;

    if (ring == NULL)
        ring = history->ring = map(-1, MAP_PRIVATE | MAP_ANONYMOUS);
    if (ring != NULL && strncmp(ring->session, session, sizeof ring->session)
                            != 0) {
        memset(ring, 0, sizeof *ring);
        copy_text(ring->session, sizeof ring->session, session);
    }
    return ring;
}

void history_note(struct history *history, const char *session,
                  const struct audit_record *record)
{
    struct history_ring *ring;
    uint32_t number;

    pthread_mutex_lock(&history->lock);
    ring = ring_of(history, session);
    if (ring != NULL) {
        number = __atomic_fetch_add(&ring->count, 1, __ATOMIC_RELAXED);
        fill(&ring->events[number % LIMIT_HISTORY], record);
    }
    pthread_mutex_unlock(&history->lock);
}

/* A copy that can be told, whatever lay there. */
static bool take(const struct history_ring *ring, uint32_t number,
                 struct wire_event *event)
{
    *event = ring->events[number % LIMIT_HISTORY];
    event->host[sizeof event->host - 1] = '\0';
    event->spn[sizeof event->spn - 1] = '\0';
    event->mechanism[sizeof event->mechanism - 1] = '\0';
    event->tls[sizeof event->tls - 1] = '\0';
    event->rule[sizeof event->rule - 1] = '\0';
    event->error[sizeof event->error - 1] = '\0';
    return (unsigned)event->event < AUDIT_EVENT_COUNT
           && (unsigned)event->cause < ERR_CAUSE_COUNT && event->time != 0;
}

void history_tell(struct history *history, const char *session,
                  struct buf *out)
{
    struct wire_logged logged = { .forgotten = 0 };
    const struct history_ring *ring;
    struct wire_event event;
    uint32_t i, count;

    pthread_mutex_lock(&history->lock);
    ring = ring_of(history, session);
    if (ring != NULL) {
        count = __atomic_load_n(&ring->count, __ATOMIC_RELAXED);
        if (count > LIMIT_HISTORY)
            logged.forgotten = count - LIMIT_HISTORY;
        for (i = logged.forgotten; i < count; i++)
            if (take(ring, i, &event))
                wire_put_event(out, &event);
    }
    pthread_mutex_unlock(&history->lock);
    wire_put_logged(out, &logged);
}
