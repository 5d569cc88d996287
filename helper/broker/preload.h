/*
 * preload.h - libraries that take their time to start, started once in the
 * listener so that a worker is a fork(2) away.  Nothing secret is in them yet.
 */
#ifndef CREDSSP_BROKER_PRELOAD_H
#define CREDSSP_BROKER_PRELOAD_H

#include "credssp/err.h"

int preload_libraries(struct err *err) MUST_USE;

#endif
