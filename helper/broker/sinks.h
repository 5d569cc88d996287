/*
 * sinks.h - where the broker's events and notices go: the journal with fields,
 * else syslog; the kernel's audit log when we may; stderr of --foreground.
 *
 * No sink is waited for, and none can make a request fail.
 */
#ifndef CREDSSP_BROKER_SINKS_H
#define CREDSSP_BROKER_SINKS_H

#include <stdio.h>

#include "credssp/audit.h"

/* Copies of every event go to this stream too; NULL: none. */
void sinks_mirror(FILE *stream);
/* Around closing descriptors: ours are among them, the next line opens them
 * again. */
void sinks_close(void);

/* One event, to all. */
void audit_write(const struct audit_record *record);

/* A line that is no event, to syslog. priority: LOG_INFO, ... */
void sinks_line(int priority, const char *text);

#endif
