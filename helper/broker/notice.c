/* notice.c - lines for the administrator, to syslog and to stderr. */
#include "broker/notice.h"

#include <stdarg.h>
#include <stdio.h>

#include "broker/kernel_log.h"
#include "broker/sinks.h"

static bool on_stderr;

void notice_open(bool foreground)
{
    on_stderr = foreground;
    sinks_mirror(foreground ? stderr : NULL);
    kernel_log_open();
}

void notice_close(void)
{
    sinks_close();
}

void notice(int priority, const char *fmt, ...)
{
    char line[2 * ERR_TEXT_MAX];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(line, sizeof line, fmt, ap);
    va_end(ap);
    sinks_line(priority, line);
    if (on_stderr)
        fprintf(stderr, "credssp-broker: %s\n", line);
}

void notice_err(int priority, const struct err *err)
{
    char line[2 * ERR_TEXT_MAX];

    err_format(line, sizeof line, err);
    notice(priority, "%s", line);
}
