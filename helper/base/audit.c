/* audit.c - the fields of an event, and one line of them. */
#include "credssp/audit.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

static const struct {
    const char *name;
    int priority;
    const char *message_id;
} events[AUDIT_EVENT_COUNT] = {
#define X(id, name, priority, message)                                        \
    [AUDIT_##id] = { name, priority, message },
    AUDIT_EVENTS(X)
#undef X
};

static bool is_known(enum audit_event event)
{
    return (unsigned)event < AUDIT_EVENT_COUNT;
}

const char *audit_event_name(enum audit_event event)
{
    return is_known(event) ? events[event].name : "?";
}

int audit_event_priority(enum audit_event event)
{
    return is_known(event) ? events[event].priority : LOG_ERR;
}

const char *audit_event_message_id(enum audit_event event)
{
    return is_known(event) ? events[event].message_id : "";
}

/* Who hears of the fields. */
struct hearer {
    audit_field_fn *field;
    void *arg;
};

static void clean(char dst[static AUDIT_VALUE_MAX], const char *src)
{
    const unsigned char *p = (const unsigned char *)src;
    size_t n = 0;

    for (; *p != '\0' && n + 1 < AUDIT_VALUE_MAX; p++) {
        bool c1 = p[0] == 0xc2 && p[1] >= 0x80 && p[1] <= 0x9f;

        dst[n++] = (char)(*p < 0x20 || *p == 0x7f || c1 ? '?' : *p);
        if (c1)
            p++;
    }
    dst[n] = '\0';
}

static void tell_text(const struct hearer *hearer, const char *name,
                      const char *value)
{
    char cleaned[AUDIT_VALUE_MAX];

    if (value == NULL || value[0] == '\0')
        return;
    clean(cleaned, value);
    hearer->field(hearer->arg, name, cleaned, true);
}

static void tell_word(const struct hearer *hearer, const char *name,
                      const char *fmt, ...) PRINTF_LIKE(3, 4);

static void tell_word(const struct hearer *hearer, const char *name,
                      const char *fmt, ...)
{
    char word[AUDIT_VALUE_MAX];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(word, sizeof word, fmt, ap);
    va_end(ap);
    hearer->field(hearer->arg, name, word, false);
}

static void tell_error(const struct hearer *hearer, const struct err *err)
{
    if (err == NULL || err->cause == ERR_NONE)
        return;
    tell_word(hearer, "cause", "%s", err_cause_name(err->cause));
    tell_text(hearer, "stage", err_stage_name(err->stage));
    if (err->domain != CODE_NONE)
        tell_word(hearer, "code", "%" PRId64, err->code);
    tell_text(hearer, "error", err->text);
}

void audit_each_field(const struct audit_record *record,
                      audit_field_fn *field, void *arg)
{
    const struct hearer hearer = { field, arg };

    tell_word(&hearer, "event", "%s", audit_event_name(record->event));
    tell_text(&hearer, "user", record->user);
    tell_word(&hearer, "uid", "%" PRIu32, record->uid);
    tell_text(&hearer, "session", record->session);
    tell_text(&hearer, "service", record->service);
    tell_text(&hearer, "host", record->host);
    tell_text(&hearer, "spn", record->spn);
    tell_text(&hearer, "mechanism", record->mechanism);
    if (record->credssp_version != 0)
        tell_word(&hearer, "credssp", "%d", record->credssp_version);
    tell_text(&hearer, "tls", record->tls);
    tell_text(&hearer, "rule", record->rule);
    tell_error(&hearer, record->err);
    if (record->duration_ms != 0)
        tell_word(&hearer, "duration_ms", "%u", record->duration_ms);
}

/* A line in the making: a field that does not fit whole is left out. */
struct line {
    char *dst;
    size_t size, used;
};

static void add(struct line *line, const char *name, const char *value,
                const char *quote)
{
    size_t room = line->size - line->used;
    int n = snprintf(line->dst + line->used, room, "%s%s=%s%s%s",
                     line->used > 0 ? " " : "", name, quote, value, quote);

    if (n > 0 && (size_t)n < room)
        line->used += (size_t)n;
    else
        line->dst[line->used] = '\0';
}

/* No value can end its field: quotes and backslashes get a backslash. */
static void add_field(void *arg, const char *name, const char *value,
                      bool is_text)
{
    char quoted[AUDIT_VALUE_MAX];
    size_t n = 0;

    if (!is_text) {
        add(arg, name, value, "");
        return;
    }
    for (; *value != '\0' && n + 2 < sizeof quoted; value++) {
        if (*value == '"' || *value == '\\')
            quoted[n++] = '\\';
        quoted[n++] = *value;
    }
    quoted[n] = '\0';
    add(arg, name, quoted, "\"");
}

void audit_format(char *dst, size_t size, const struct audit_record *record)
{
    struct line line = { .dst = dst, .size = size };

    if (size == 0)
        return;
    dst[0] = '\0';
    audit_each_field(record, add_field, &line);
}
