/* sinks.c - the logs of the machine, in the order in which they are asked. */
#include "broker/sinks.h"

#include <stdatomic.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "broker/datagram.h"
#include "broker/journal.h"
#include "broker/kernel_log.h"

#define SYSLOG_SOCKET "/dev/log"
#define HEAD_MAX 80 /* "<86>Nov  2 10:00:01 credssp-broker[123]: " */

static struct datagram journal = DATAGRAM_INIT(JOURNAL_SOCKET);
static struct datagram log_socket = DATAGRAM_INIT(SYSLOG_SOCKET);
static atomic_uint lost; /* lines that a full log did not take */
static FILE *mirror;

void sinks_mirror(FILE *stream)
{
    mirror = stream;
}

void sinks_close(void)
{
    datagram_close(&journal);
    datagram_close(&log_socket);
    kernel_log_close();
}

/* As syslog(3) writes it: RFC 3164 section 4.1, without the host. */
static enum datagram_sent send_line(int priority, const char *text)
{
    char line[HEAD_MAX + AUDIT_LINE_MAX], stamp[32] = "";
    time_t now = time(NULL);
    struct tm local;
    int n;

    if (localtime_r(&now, &local) != NULL)
        strftime(stamp, sizeof stamp, "%b %e %T", &local);
    n = snprintf(line, sizeof line, "<%d>%s credssp-broker[%ld]: %s",
                 LOG_AUTHPRIV | priority, stamp, (long)getpid(), text);
    if (n >= (int)sizeof line)
        n = (int)sizeof line - 1;
    return datagram_send(&log_socket, line, (size_t)n);
}

static enum datagram_sent send_to_journal(const struct audit_record *record,
                                          const char *text)
{
    struct buf message = BUF_INIT(JOURNAL_MESSAGE_MAX);
    enum datagram_sent sent = DATAGRAM_NOBODY;

    journal_message(&message, record, text);
    if (message.failed == ERR_NONE)
        sent = datagram_send(&journal, message.data, message.len);
    buf_free(&message);
    return sent;
}

/* A gap in the record is told as soon as somebody listens again. */
static void count(enum datagram_sent sent)
{
    char text[80];
    unsigned gap;

    if (sent == DATAGRAM_FULL)
        atomic_fetch_add(&lost, 1);
    if (sent != DATAGRAM_TAKEN || (gap = atomic_exchange(&lost, 0)) == 0)
        return;
    snprintf(text, sizeof text, "%u lines are missing here: the log was full",
             gap);
    if (send_line(LOG_WARNING, text) == DATAGRAM_FULL)
        atomic_fetch_add(&lost, gap);
}

void sinks_line(int priority, const char *text)
{
    count(send_line(priority, text));
}

void audit_write(const struct audit_record *record)
{
    char text[AUDIT_LINE_MAX];
    enum datagram_sent sent;

    audit_format(text, sizeof text, record);
    sent = send_to_journal(record, text);
    if (sent != DATAGRAM_TAKEN) {
        enum datagram_sent other =
            send_line(audit_event_priority(record->event), text);

        if (other != DATAGRAM_NOBODY)
            sent = other;
    }
    count(sent);
    kernel_log_write(record);
    if (mirror != NULL)
        fprintf(mirror, "%s\n", text);
}
