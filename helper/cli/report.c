/* report.c - how a test reads: one line a stage, or one JSON object. */
#include "cli/report.h"

#include <string.h>

#define DETAIL_COLUMNS 46 /* the times stand behind them */
#define TIME_MAX 32
#define SHORTEST_US 50    /* what takes less takes no time */

static const struct {
    const char *word;
    const char *colour; /* ECMA-48 SGR */
} marks[] = {
    [WIRE_OK] = { "ok", "\033[32m" },
    [WIRE_FAILED] = { "FAIL", "\033[31m" },
    [WIRE_SKIPPED] = { "skip", "" },
};

static void format_time(char dst[TIME_MAX], uint64_t us)
{
    double ms = (double)us / 1000;

    if (us < SHORTEST_US)
        dst[0] = '\0';
    else if (ms < 100)
        snprintf(dst, TIME_MAX, "%.1f ms", ms);
    else if (ms < 10000)
        snprintf(dst, TIME_MAX, "%.0f ms", ms);
    else
        snprintf(dst, TIME_MAX, "%.1f s", ms / 1000);
}

/* "  ok    TCP          port 5985                          0.2 ms" */
static void put_line(const struct report *report, enum wire_outcome outcome,
                     const char *name, const char *text, uint64_t us)
{
    bool colour = report->colour && marks[outcome].colour[0] != '\0';
    char time[TIME_MAX];

    format_time(time, us);
    fprintf(report->out, "  %s%-4s%s  %-12s ",
            colour ? marks[outcome].colour : "", marks[outcome].word,
            colour ? "\033[0m" : "", name);
    if (time[0] == '\0')
        fprintf(report->out, "%s\n", text);
    else
        fprintf(report->out, "%-*s  %8s\n", DETAIL_COLUMNS, text, time);
}

/* As err_print() writes numbers; an errno stands in the text already. */
static void add_code(const struct err *err, char *text, size_t size)
{
    size_t used = strlen(text);

    if (err->domain == CODE_NONE || err->domain == CODE_ERRNO)
        return;
    if (err->domain == CODE_NTSTATUS)
        snprintf(text + used, size - used, " (%s 0x%08x)",
                 err_domain_name(err->domain), (unsigned)err->code);
    else
        snprintf(text + used, size - used, " (%s %lld)",
                 err_domain_name(err->domain), (long long)err->code);
}

static void put_failure(const struct report *report,
                        const struct wire_stage *stage)
{
    char text[ERR_TEXT_MAX + 64], advice[ERR_TEXT_MAX];

    memcpy(text, stage->err.text, sizeof stage->err.text);
    memcpy(advice, stage->err.advice, sizeof advice);
    add_code(&stage->err, text, sizeof text);
    render_clean(text);
    render_clean(advice);
    put_line(report, WIRE_FAILED, wire_stage_name(stage->id), text,
             stage->duration_us);
    if (advice[0] != '\0')
        fprintf(report->out, "        %s\n", advice);
}

static void put_text(struct report *report, const struct wire_stage *stage)
{
    char detail[WIRE_TEXT_MAX];
    size_t used = strlen(report->skipped);

    memcpy(detail, stage->detail, sizeof detail);
    render_clean(detail);
    if (stage->outcome == WIRE_FAILED)
        put_failure(report, stage);
    else if (stage->outcome == WIRE_OK || detail[0] != '\0')
        put_line(report, stage->outcome, wire_stage_name(stage->id), detail,
                 stage->duration_us);
    else
        snprintf(report->skipped + used, sizeof report->skipped - used,
                 "%s%s", used > 0 ? ", " : "", wire_stage_name(stage->id));
}

static json_t *failure_object(const struct wire_stage *stage)
{
    const struct err *err = &stage->err;

    return json_pack("{s:s, s:o, s:o, s:s, s:I}",
                     "cause", err_cause_name(err->cause),
                     "text", render_string(err->text),
                     "advice", render_string(err->advice),
                     "code_domain", err_domain_name(err->domain),
                     "code", (json_int_t)err->code);
}

static json_t *stage_object(const struct wire_stage *stage)
{
    json_t *object = json_pack("{s:s, s:s, s:I, s:o}",
                               "stage", wire_stage_name(stage->id),
                               "outcome", wire_outcome_name(stage->outcome),
                               "duration_us", (json_int_t)stage->duration_us,
                               "detail", render_string(stage->detail));
    json_t *failure;

    if (stage->outcome != WIRE_FAILED)
        return object;
    failure = failure_object(stage);
    if (json_object_update(object, failure) != 0) {
        json_decref(object);
        object = NULL;
    }
    json_decref(failure);
    return object;
}

static void put_json(struct report *report, const struct wire_stage *stage)
{
    if (json_array_append_new(report->stages, stage_object(stage)) != 0) {
        json_decref(report->stages);
        report->stages = NULL;
    }
}

void report_begin(struct report *report, FILE *out, bool as_json, bool colour,
                  const char *host)
{
    *report = (struct report){ .out = out, .as_json = as_json,
                               .colour = colour, .host = host };
    if (as_json)
        report->stages = json_array();
}

void report_stage(struct report *report, const struct wire_stage *stage)
{
    if (stage->outcome == WIRE_FAILED)
        report->failed = true;
    if (report->as_json)
        put_json(report, stage);
    else
        put_text(report, stage);
    fflush(report->out);
}

int report_end(struct report *report, struct err *err)
{
    if (report->as_json)
        return render_json(json_pack("{s:o, s:o, s:b}",
                                     "host", render_string(report->host),
                                     "stages", report->stages,
                                     "ok", (int)!report->failed),
                           report->out, err);
    if (report->skipped[0] != '\0')
        fprintf(report->out, "  skip  %s\n", report->skipped);
    return 0;
}
