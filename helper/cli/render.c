/* render.c - times, durations, foreign text and JSON as people and programs
 * read them. */
#include "cli/render.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void render_time(char dst[RENDER_TIME_MAX], int64_t seconds)
{
    time_t t = (time_t)seconds;
    struct tm tm;

    if (localtime_r(&t, &tm) == NULL
        || strftime(dst, RENDER_TIME_MAX, "%Y-%m-%d %H:%M:%S", &tm) == 0)
        snprintf(dst, RENDER_TIME_MAX, "?");
}

void render_time_utc(char dst[RENDER_TIME_MAX], int64_t seconds)
{
    time_t t = (time_t)seconds;
    struct tm tm;

    if (gmtime_r(&t, &tm) == NULL
        || strftime(dst, RENDER_TIME_MAX, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
        snprintf(dst, RENDER_TIME_MAX, "?");
}

static const struct {
    int64_t seconds;
    const char *name;
} units[] = {
    { 86400, "d" }, { 3600, "h" }, { 60, "min" }, { 1, "s" },
};
#define UNITS (sizeof units / sizeof *units)

void render_duration(char dst[RENDER_TIME_MAX], int64_t seconds)
{
    size_t i = 0;
    long long whole, rest;

    if (seconds < 0)
        seconds = 0;
    while (i + 1 < UNITS && seconds < units[i].seconds)
        i++;
    whole = seconds / units[i].seconds;
    rest = seconds % units[i].seconds;
    if (i + 1 < UNITS)
        rest /= units[i + 1].seconds;
    if (rest == 0)
        snprintf(dst, RENDER_TIME_MAX, "%lld %s", whole, units[i].name);
    else
        snprintf(dst, RENDER_TIME_MAX, "%lld %s %lld %s", whole,
                 units[i].name, rest, units[i + 1].name);
}

void render_clean(char *s)
{
    unsigned char *p;

    for (p = (unsigned char *)s; *p != '\0'; p++) {
        if (*p < 0x20 || *p == 0x7f)
            *p = '?';
        else if (*p == 0xc2 && p[1] >= 0x80 && p[1] <= 0x9f)
            p[0] = p[1] = '?'; /* C1 controls as UTF-8 */
    }
}

/*
 * Bytes of the UTF-8 sequence at p (RFC 3629 section 4), or 0 when it is
 * none: Unicode standard, table 3-7.
 */
static size_t utf8_bytes(const unsigned char *p)
{
    static const struct {
        unsigned char first, last, second_from, second_to, bytes;
    } forms[] = {
        { 0x01, 0x7f, 0x00, 0x00, 1 }, { 0xc2, 0xdf, 0x80, 0xbf, 2 },
        { 0xe0, 0xe0, 0xa0, 0xbf, 3 }, { 0xe1, 0xec, 0x80, 0xbf, 3 },
        { 0xed, 0xed, 0x80, 0x9f, 3 }, { 0xee, 0xef, 0x80, 0xbf, 3 },
        { 0xf0, 0xf0, 0x90, 0xbf, 4 }, { 0xf1, 0xf3, 0x80, 0xbf, 4 },
        { 0xf4, 0xf4, 0x80, 0x8f, 4 },
    };
    size_t i, k;

    for (i = 0; i < sizeof forms / sizeof *forms; i++)
        if (p[0] >= forms[i].first && p[0] <= forms[i].last)
            break;
    if (i == sizeof forms / sizeof *forms)
        return 0;
    if (forms[i].bytes == 1)
        return 1;
    if (p[1] < forms[i].second_from || p[1] > forms[i].second_to)
        return 0;
    for (k = 2; k < forms[i].bytes; k++)
        if ((p[k] & 0xc0) != 0x80)
            return 0;
    return forms[i].bytes;
}

bool render_is_text(const char *s)
{
    const unsigned char *p = (const unsigned char *)s;
    size_t n;

    for (; *p != '\0'; p += n) {
        n = utf8_bytes(p);
        if (n == 0 || (*p < 0x20 && *p != '\t' && *p != '\n'))
            return false;
    }
    return true;
}

json_t *render_string(const char *s)
{
    json_t *value = json_string(s);
    unsigned char *copy, *p;
    size_t n;

    if (value != NULL)
        return value;
    copy = (unsigned char *)strdup(s);
    if (copy == NULL)
        return NULL;
    for (p = copy; *p != '\0'; p += n) {
        n = utf8_bytes(p);
        if (n == 0) {
            *p = '?';
            n = 1;
        }
    }
    value = json_string((char *)copy);
    free(copy);
    return value;
}

json_t *render_string_if(const char *s)
{
    return s[0] != '\0' ? render_string(s) : NULL;
}

/* An error's text may quote a host. */
static json_t *text_of(char *text)
{
    render_clean(text);
    return render_string(text);
}

json_t *render_error(const struct err *err)
{
    struct err copy = *err;

    if (err->cause == ERR_NONE)
        return json_null();
    return json_pack("{s:s, s:s, s:o, s:o, s:s, s:I}",
                     "cause", err_cause_name(err->cause),
                     "stage", err_stage_name(err->stage),
                     "text", text_of(copy.text),
                     "advice", text_of(copy.advice),
                     "code_domain", err_domain_name(err->domain),
                     "code", (json_int_t)err->code);
}

char *render_line(json_t *value)
{
    char *line = NULL;
    size_t n = value != NULL ? json_dumpb(value, NULL, 0, JSON_COMPACT) : 0;

    if (n > 0)
        line = malloc(n + 2);
    if (line != NULL) {
        (void)json_dumpb(value, line, n, JSON_COMPACT);
        line[n] = '\n';
        line[n + 1] = '\0';
    }
    json_decref(value);
    return line;
}

int render_json(json_t *value, FILE *out, struct err *err)
{
    int r;

    if (value == NULL)
        return err_set(err, ERR_MEMORY, STAGE_OUTPUT, NULL);
    r = json_dumpf(value, out, JSON_COMPACT);
    json_decref(value);
    if (r == 0 && putc('\n', out) != EOF && fflush(out) == 0)
        return 0;
    return err_set_errno(err, ERR_SYSTEM, STAGE_OUTPUT, errno,
                         "cannot write the JSON object");
}
