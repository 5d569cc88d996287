/*
 * datagram.h - one line to a log's unix socket, without ever waiting for it.
 *
 * syslog(3) and sd_journal_sendv(3) block as long as a log that stands still
 * has a full queue, and with them every delegation would.
 */
#ifndef CREDSSP_BROKER_DATAGRAM_H
#define CREDSSP_BROKER_DATAGRAM_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

struct datagram {
    const char *path;
    pthread_mutex_t lock;
    int fd; /* -1: not connected yet */
};
#define DATAGRAM_INIT(path) { (path), PTHREAD_MUTEX_INITIALIZER, -1 }

/* DATAGRAM_NOBODY: nothing listens there, or it is no datagram socket. */
enum datagram_sent { DATAGRAM_TAKEN, DATAGRAM_FULL, DATAGRAM_NOBODY };

/* Connects at the first need, and anew when the log was started anew. */
enum datagram_sent datagram_send(struct datagram *to, const void *data,
                                 size_t len);
void datagram_close(struct datagram *to);

#endif
