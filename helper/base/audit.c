/* audit.c - one line for each event that an administrator may look for. */
#include "credssp/audit.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#define LINE_MAX_BYTES 2048
#define VALUE_MAX 300 /* bytes of one quoted value */

static const char *const events[AUDIT_EVENT_COUNT] = {
#define X(id, name) [AUDIT_##id] = name,
    AUDIT_EVENTS(X)
#undef X
};

static FILE *mirror;

/* A line in the making: a field that does not fit whole is left out. */
struct line {
    char *dst;
    size_t size, used;
};

static void add(struct line *line, const char *fmt, ...) PRINTF_LIKE(2, 3);

static void add(struct line *line, const char *fmt, ...)
{
    size_t room = line->size - line->used;
    va_list ap;
    int n;

    va_start(ap, fmt);
    n = vsnprintf(line->dst + line->used, room, fmt, ap);
    va_end(ap);
    if (n > 0 && (size_t)n < room)
        line->used += (size_t)n;
    else
        line->dst[line->used] = '\0';
}

/*
 * Quotes and backslashes get a backslash; control characters, C1 among them
 * (C2 80..9F in UTF-8), become '?': no value can end its field or the line.
 */
static void quote(char dst[static VALUE_MAX], const char *src)
{
    const unsigned char *p = (const unsigned char *)src;
    size_t n = 0;

    for (; *p != '\0' && n + 3 < VALUE_MAX; p++) {
        bool c1 = p[0] == 0xc2 && p[1] >= 0x80 && p[1] <= 0x9f;

        if (*p == '"' || *p == '\\')
            dst[n++] = '\\';
        dst[n++] = (char)(*p < 0x20 || *p == 0x7f || c1 ? '?' : *p);
        if (c1)
            p++;
    }
    dst[n] = '\0';
}

static void add_string(struct line *line, const char *name,
                       const char *value)
{
    char quoted[VALUE_MAX];

    if (value == NULL || value[0] == '\0')
        return;
    quote(quoted, value);
    add(line, " %s=\"%s\"", name, quoted);
}

static void add_error(struct line *line, const struct err *err)
{
    if (err == NULL || err->cause == ERR_NONE)
        return;
    add(line, " cause=%s", err_cause_name(err->cause));
    add_string(line, "stage", err_stage_name(err->stage));
    if (err->domain != CODE_NONE)
        add(line, " code=%" PRId64, err->code);
    add_string(line, "error", err->text);
}

void audit_format(char *dst, size_t size, const struct audit_record *record)
{
    struct line line = { .dst = dst, .size = size };
    bool known = (unsigned)record->event < AUDIT_EVENT_COUNT;

    if (size == 0)
        return;
    dst[0] = '\0';
    add(&line, "event=%s", known ? events[record->event] : "?");
    add_string(&line, "user", record->user);
    add(&line, " uid=%" PRIu32, record->uid);
    add_string(&line, "session", record->session);
    add_string(&line, "service", record->service);
    add_string(&line, "host", record->host);
    add_string(&line, "spn", record->spn);
    add_string(&line, "mechanism", record->mechanism);
    if (record->credssp_version != 0)
        add(&line, " credssp=%d", record->credssp_version);
    add_string(&line, "rule", record->rule);
    add_error(&line, record->err);
    if (record->duration_ms != 0)
        add(&line, " duration_ms=%u", record->duration_ms);
}

void audit_write(const struct audit_record *record)
{
    char text[LINE_MAX_BYTES];

    audit_format(text, sizeof text, record);
    syslog(LOG_AUTHPRIV | (record->event == AUDIT_REFUSED ? LOG_NOTICE
                                                          : LOG_INFO),
           "%s", text);
    if (mirror != NULL)
        fprintf(mirror, "%s\n", text);
}

void audit_mirror(FILE *stream)
{
    mirror = stream;
}
