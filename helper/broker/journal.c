/* journal.c - the journal's "NAME=value" lines of an event. */
#include "broker/journal.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

static void put_text(struct buf *out, const char *text)
{
    buf_put(out, text, strlen(text));
}

/* A value without a newline needs no length: no field of an event has one. */
static void put_line(struct buf *out, const char *name, const char *value)
{
    put_text(out, name);
    put_text(out, "=");
    put_text(out, value);
    put_text(out, "\n");
}

static void put_number(struct buf *out, const char *name, int value)
{
    char text[16];

    snprintf(text, sizeof text, "%d", value);
    put_line(out, name, text);
}

/* duration_ms: CREDSSP_DURATION_MS. */
static void put_field(void *arg, const char *name, const char *value,
                      bool is_text)
{
    struct buf *out = arg;

    (void)is_text;
    put_text(out, "CREDSSP_");
    for (; *name != '\0'; name++)
        buf_put_u8(out, (uint8_t)toupper((unsigned char)*name));
    put_line(out, "", value);
}

void journal_message(struct buf *out, const struct audit_record *record,
                     const char *line)
{
    put_line(out, "MESSAGE", line);
    put_line(out, "MESSAGE_ID", audit_event_message_id(record->event));
    put_number(out, "PRIORITY", audit_event_priority(record->event));
    put_number(out, "SYSLOG_FACILITY", LOG_FAC(LOG_AUTHPRIV));
    put_line(out, "SYSLOG_IDENTIFIER", "credssp-broker");
    audit_each_field(record, put_field, out);
}
