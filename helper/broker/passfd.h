/* passfd.h - one descriptor through a unix socket: unix(7), SCM_RIGHTS. */
#ifndef CREDSSP_BROKER_PASSFD_H
#define CREDSSP_BROKER_PASSFD_H

/* 0, or -1 with errno; never waits (EAGAIN). fd stays the caller's. */
int passfd_send(int socket, int fd);

/*
 * 1 with a descriptor in *fd, or -1 there when the kernel had to drop it; 0
 * when the other end is gone; -1 with errno.  Never waits (EAGAIN).
 */
int passfd_receive(int socket, int *fd);

#endif
