/* log.c - the system log, through pam_syslog(3): the program's own log stays
 * as it is. */
#include "module.h"

#include <security/pam_ext.h>
#include <stdarg.h>
#include <stdio.h>
#include <syslog.h>

#define LOG_LINE_MAX 1024

static void log_line(const struct call *call, int priority, const char *line)
{
    pam_syslog(call->pamh, priority, "%s%s",
               call->at_end ? "pam_credssp: " : "", line);
}

void log_debug(const struct call *call, const char *fmt, ...)
{
    char line[LOG_LINE_MAX];
    va_list ap;

    if (!call->options.debug)
        return;
    va_start(ap, fmt);
    vsnprintf(line, sizeof line, fmt, ap);
    va_end(ap);
    log_line(call, LOG_DEBUG, line);
}

void log_error(const struct call *call, const struct err *err)
{
    char line[LOG_LINE_MAX];

    if (call->options.silent)
        return;
    err_format(line, sizeof line, err);
    log_line(call, LOG_ERR, line);
}

void log_event(const struct call *call, const struct audit_record *record)
{
    char line[AUDIT_LINE_MAX];

    audit_format(line, sizeof line, record);
    log_line(call, audit_event_priority(record->event), line);
}
