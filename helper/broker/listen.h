/* listen.h - the broker's socket: systemd's, or one of our own. */
#ifndef CREDSSP_BROKER_LISTEN_H
#define CREDSSP_BROKER_LISTEN_H

#include "credssp/err.h"

/*
 * sd_listen_fds(3), by hand: the descriptor that systemd passed to this very
 * process, checked to be a listening unix stream socket; -1 in *fd when it
 * passed none.  Must be called before the environment is cleared.
 */
int listen_inherited(int *fd, struct err *err) MUST_USE;

/*
 * Binds PATH, mode 0666, in a directory that belongs to root or to us and that
 * nobody else can write.  A socket that nobody answers on is replaced.
 */
int listen_at(const char *path, int *fd, struct err *err) MUST_USE;

#endif
