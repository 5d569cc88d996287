/*
 * history.h - the last events of one session, for "credssp list --log".
 *
 * They lie in a memfd(2) that outlives the worker: the listener holds its
 * descriptor, never looks inside, and gives it to the session's next worker.
 * Without a listener they live as long as the process.
 */
#ifndef CREDSSP_BROKER_HISTORY_H
#define CREDSSP_BROKER_HISTORY_H

#include <pthread.h>

#include "credssp/audit.h"
#include "credssp/buf.h"

struct history_ring;

struct history {
    pthread_mutex_t lock;
    struct history_ring *ring; /* NULL: nothing was noted yet */
};

void history_init(struct history *history);
void history_clear(struct history *history);

/* An empty one for a session to come; -1: none can be had. */
int history_file(void);
/* Takes fd over.  What is no such file is not used. */
void history_adopt(struct history *history, int fd);

/* session is the name in events; the events of another one are forgotten. */
void history_note(struct history *history, const char *session,
                  const struct audit_record *record);
/* EVENT frames, the oldest first, and LOGGED. */
void history_tell(struct history *history, const char *session,
                  struct buf *out);

#endif
