/* err.c - the error object and how it reads to a person. */
#include "credssp/err.h"

#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

struct cause_row {
    const char *name;
    const char *text;
    const char *advice;
};

static const struct cause_row causes[ERR_CAUSE_COUNT] = {
#define X(id, name, text, advice) [ERR_##id] = { name, text, advice },
    ERR_CAUSES(X)
#undef X
};

static const char *const stages[STAGE_COUNT] = {
#define X(id, name) [STAGE_##id] = name,
    ERR_STAGES(X)
#undef X
};

static const char *const domains[CODE_DOMAIN_COUNT] = {
#define X(id, name) [CODE_##id] = name,
    ERR_DOMAINS(X)
#undef X
};

const char *err_cause_name(enum err_cause cause)
{
    return (unsigned)cause < ERR_CAUSE_COUNT ? causes[cause].name : "?";
}

const char *err_cause_text(enum err_cause cause)
{
    return (unsigned)cause < ERR_CAUSE_COUNT ? causes[cause].text : "?";
}

const char *err_cause_advice(enum err_cause cause)
{
    return (unsigned)cause < ERR_CAUSE_COUNT ? causes[cause].advice : "";
}

const char *err_stage_name(enum err_stage stage)
{
    return (unsigned)stage < STAGE_COUNT ? stages[stage] : "?";
}

const char *err_domain_name(enum err_domain domain)
{
    return (unsigned)domain < CODE_DOMAIN_COUNT ? domains[domain] : "?";
}

void err_clear(struct err *err)
{
    memset(err, 0, sizeof *err);
}

static void set_defaults(struct err *err, enum err_cause cause,
                         enum err_stage stage)
{
    err_clear(err);
    err->cause = cause;
    err->stage = stage;
    snprintf(err->text, sizeof err->text, "%s", err_cause_text(cause));
    snprintf(err->advice, sizeof err->advice, "%s", err_cause_advice(cause));
}

int err_set(struct err *err, enum err_cause cause, enum err_stage stage,
            const char *fmt, ...)
{
    set_defaults(err, cause, stage);
    if (fmt != NULL) {
        va_list ap;

        va_start(ap, fmt);
        vsnprintf(err->text, sizeof err->text, fmt, ap);
        va_end(ap);
    }
    return -1;
}

int err_set_errno(struct err *err, enum err_cause cause, enum err_stage stage,
                  int number, const char *fmt, ...)
{
    va_list ap;
    size_t used;

    set_defaults(err, cause, stage);
    va_start(ap, fmt);
    vsnprintf(err->text, sizeof err->text, fmt, ap);
    va_end(ap);
    used = strlen(err->text);
    snprintf(err->text + used, sizeof err->text - used, ": %s",
             strerror(number));
    return err_code(err, CODE_ERRNO, number);
}

int err_code(struct err *err, enum err_domain domain, int64_t code)
{
    err->domain = domain;
    err->code = code;
    return -1;
}

int err_advise(struct err *err, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(err->advice, sizeof err->advice, fmt, ap);
    va_end(ap);
    return -1;
}

/* "NTSTATUS 0xc000006d": as the number's owners write it. */
static void format_code(char *dst, size_t size, const struct err *err)
{
    const char *name = err_domain_name(err->domain);

    switch (err->domain) {
    case CODE_NONE:
    case CODE_ERRNO: /* strerror() stands in the text already */
    case CODE_DOMAIN_COUNT:
        dst[0] = '\0';
        return;
    case CODE_NTSTATUS:
        snprintf(dst, size, ", %s 0x%08x", name, (unsigned)err->code);
        return;
    case CODE_KRB5:
    case CODE_GSS:
    case CODE_TLS_ALERT:
    case CODE_HTTP:
    case CODE_CURL:
    case CODE_FAULT:
        snprintf(dst, size, ", %s %lld", name, (long long)err->code);
        return;
    }
    dst[0] = '\0';
}

/*
 * Control characters, C1 among them when they come as UTF-8 (C2 80..9F),
 * could drive a terminal or forge a log line.
 */
static void clean(char *s, bool keep_newlines)
{
    unsigned char *p;

    for (p = (unsigned char *)s; *p != '\0'; p++) {
        if (*p == '\n' && keep_newlines)
            continue;
        if (*p < 0x20 || *p == 0x7f)
            *p = '?';
        else if (*p == 0xc2 && p[1] >= 0x80 && p[1] <= 0x9f)
            p[0] = p[1] = '?';
    }
}

void err_print(FILE *out, const char *program, const struct err *err)
{
    char code[64], text[ERR_TEXT_MAX], advice[ERR_TEXT_MAX];

    format_code(code, sizeof code, err);
    memcpy(text, err->text, sizeof text);
    memcpy(advice, err->advice, sizeof advice);
    clean(text, true);
    clean(advice, true);
    fprintf(out, "%s: %s (%s%s)\n", program, text,
            err_stage_name(err->stage), code);
    if (advice[0] != '\0')
        fprintf(out, "  %s\n", advice);
}

void err_format(char *dst, size_t size, const struct err *err)
{
    char code[64];

    format_code(code, sizeof code, err);
    snprintf(dst, size, "%s: %s (%s%s)", err_cause_name(err->cause),
             err->text, err_stage_name(err->stage), code);
    if (size > 0)
        clean(dst, false);
}
