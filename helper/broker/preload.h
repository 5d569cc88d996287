/*
 * preload.h - libraries that take their time to start, started once in the
 * listener so that a worker is a fork(2) away.  Nothing secret is in them yet.
 * Not nsswitch.conf(5)'s: some of those keep a descriptor, and would close its
 * number in the child, whosever it is by then.
 */
#ifndef CREDSSP_BROKER_PRELOAD_H
#define CREDSSP_BROKER_PRELOAD_H

#include "credssp/err.h"

int preload_libraries(struct err *err) MUST_USE;

#endif
