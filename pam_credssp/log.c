/* log.c - the system log, through pam_syslog(3): the program's own log stays
 * as it is. */
#include "module.h"

#include <security/pam_ext.h>
#include <stdarg.h>
#include <stdio.h>
#include <syslog.h>

#define LOG_LINE_MAX 1024

void log_debug(const struct call *call, const char *fmt, ...)
{
    char line[LOG_LINE_MAX];
    va_list ap;

    if (!call->options.debug)
        return;
    va_start(ap, fmt);
    vsnprintf(line, sizeof line, fmt, ap);
    va_end(ap);
    pam_syslog(call->pamh, LOG_DEBUG, "%s", line);
}

void log_error(const struct call *call, const struct err *err)
{
    char line[LOG_LINE_MAX];

    if (call->options.silent)
        return;
    err_format(line, sizeof line, err);
    pam_syslog(call->pamh, LOG_ERR, "%s", line);
}

void log_event(const struct call *call, const struct audit_record *record)
{
    char line[AUDIT_LINE_MAX];

    audit_format(line, sizeof line, record);
    pam_syslog(call->pamh, audit_event_priority(record->event), "%s",
               line);
}
