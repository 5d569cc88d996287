/*
 * notice.h - what an administrator should read that is no audit event: start,
 * stop, a broken policy file, a worker that died.
 */
#ifndef CREDSSP_BROKER_NOTICE_H
#define CREDSSP_BROKER_NOTICE_H

#include <stdbool.h>

#include "credssp/err.h"

/* foreground: every line goes to stderr too. */
void notice_open(bool foreground);
/* Around closing descriptors: those of the logs are among them. */
void notice_close(void);

/* priority: LOG_INFO, LOG_WARNING, LOG_ERR. */
void notice(int priority, const char *fmt, ...) PRINTF_LIKE(2, 3);
void notice_err(int priority, const struct err *err);

#endif
