/* fanout_report.c - a fan-out's output, summary and list for another try. */
#include "cli/fanout_report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/retry_file.h"

#define NAMED_MAX 20 /* failed hosts that the summary names */

int64_t fanout_now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* "exit status 3": why this host is to be tried again; false: it is not. */
static bool why_again(const struct fanout_end *end, char why[64])
{
    if (!end->ended)
        snprintf(why, 64, "not run to its end");
    else if (end->status == EXIT_OWN_FAILURE)
        snprintf(why, 64, "failed");
    else
        snprintf(why, 64, "exit status %d", end->status);
    return !end->ended || end->status != 0;
}

static int write_retry_file(const struct fanout_report *report,
                            struct err *err)
{
    const struct fanout *f = report->fanout;
    struct retry_line *lines;
    size_t i, n = 0;
    int r;

    if (f->retry_file == NULL)
        return 0;
    lines = calloc(f->hosts->count, sizeof *lines);
    if (lines == NULL)
        return err_set(err, ERR_MEMORY, STAGE_OUTPUT, NULL);
    for (i = 0; i < f->hosts->count; i++)
        if (why_again(&report->ends[i], lines[n].why))
            lines[n++].host = f->hosts->names[i];
    r = retry_file_write(f->retry_file, lines, n, err);
    free(lines);
    return r;
}

int fanout_report_begin(struct fanout_report *report,
                        const struct fanout *fanout,
                        bool (*leave)(void *arg), void *arg, struct err *err)
{
    report->fanout = fanout;
    report->counts.hosts = fanout->hosts->count;
    report->began_ms = fanout_now_ms();
    progress_begin(&report->progress, !fanout->quiet);
    sink_init(&report->sinks[HOST_OUT], STDOUT_FILENO, &report->progress,
              leave, arg);
    sink_init(&report->sinks[HOST_ERR], STDERR_FILENO, &report->progress,
              leave, arg);
    report->ends = calloc(fanout->hosts->count, sizeof *report->ends);
    if (report->ends == NULL)
        return err_set(err, ERR_MEMORY, STAGE_START, NULL);
    return write_retry_file(report, err);
}

void fanout_report_free(struct fanout_report *report)
{
    progress_hide(&report->progress);
    sink_free(&report->sinks[HOST_OUT]);
    sink_free(&report->sinks[HOST_ERR]);
    free(report->ends);
    report->ends = NULL;
}

void fanout_report_progress(struct fanout_report *report)
{
    report->counts.elapsed_ms = fanout_now_ms() - report->began_ms;
    progress_show(&report->progress, &report->counts);
}

int fanout_report_flush(struct fanout_report *report, struct err *err)
{
    if (sink_flush(&report->sinks[HOST_OUT], err) != 0)
        return -1;
    return sink_flush(&report->sinks[HOST_ERR], err);
}

/* Then a host's failure is told in its object, and there alone. */
static bool is_json(enum fanout_form form)
{
    return form == FANOUT_OBJECTS || form == FANOUT_VALUES;
}

static int put_text(struct sink *sink, const char *text, struct err *err)
{
    return sink_put(sink, text, strlen(text), err);
}

/* A piece of one stream under its title; a newline ends the last line. */
static int put_group(struct sink *sink, struct spill *spill,
                     const char *title, struct err *err)
{
    char last;

    if (put_text(sink, title, err) != 0
        || spill_pour(spill, sink_put, sink, &last, err) != 0)
        return -1;
    return last == '\n' ? 0 : put_text(sink, "\n", err);
}

static int put_groups(struct fanout_report *report,
                      struct host_process *process, const char *host,
                      int status, struct err *err)
{
    struct spill *complaints = &process->streams[HOST_ERR].spill;
    char title[512];

    if (status == 0)
        snprintf(title, sizeof title, "==> %s <==\n", host);
    else
        snprintf(title, sizeof title, "==> %s: exit status %d <==\n", host,
                 status);
    if (put_group(&report->sinks[HOST_OUT], &process->streams[HOST_OUT].spill,
                  title, err) != 0
        || sink_flush(&report->sinks[HOST_OUT], err) != 0)
        return -1;
    if (spill_is_empty(complaints))
        return 0;
    snprintf(title, sizeof title, "==> %s: standard error <==\n", host);
    return put_group(&report->sinks[HOST_ERR], complaints, title, err);
}

static int put_stand_in(struct fanout_report *report, const char *host,
                        const struct err *why, struct err *err)
{
    char *object = report->fanout->object(host, why);
    int r;

    if (object == NULL)
        return err_set(err, ERR_MEMORY, STAGE_OUTPUT, NULL);
    r = put_text(&report->sinks[HOST_OUT], object, err);
    free(object);
    return r;
}

/* What was cut off ends its line. */
static int pour_object(struct fanout_report *report, struct spill *object,
                       struct err *err)
{
    struct sink *sink = &report->sinks[HOST_OUT];
    char last;

    if (spill_pour(object, sink_put, sink, &last, err) != 0)
        return -1;
    return last == '\n' ? 0 : put_text(sink, "\n", err);
}

/* A host that succeeds may have nothing to say; one that fails has said it
 * itself, unless it could not. */
static int end_objects(struct fanout_report *report,
                       struct host_process *process, bool died,
                       const struct err *why, struct err *err)
{
    struct host_stream *out = &process->streams[HOST_OUT];
    bool kept = out->form == HOST_KEPT;
    bool said = kept ? !spill_is_empty(&out->spill) : out->said;

    if (kept && said && pour_object(report, &out->spill, err) != 0)
        return -1;
    if (died || (!said && report->ends[process->index].status != 0))
        return put_stand_in(report,
                            report->fanout->hosts->names[process->index],
                            why, err);
    return 0;
}

/* Its own words were cut short: we say it. */
static int tell_death(struct fanout_report *report, const char *host,
                      const struct err *why, struct err *err)
{
    char line[ERR_TEXT_MAX + 512];

    snprintf(line, sizeof line, "%s: credssp: %s\n", host, why->text);
    return put_text(&report->sinks[HOST_ERR], line, err);
}

static void explain(struct err *why, int status, bool interrupted)
{
    if (interrupted)
        (void)err_set(why, ERR_INTERRUPTED, STAGE_COMMAND, NULL);
    else if (WIFSIGNALED(status))
        (void)err_set(why, ERR_INTERNAL, STAGE_COMMAND,
                      "the process for this host died of signal %d",
                      WTERMSIG(status));
    else
        (void)err_set(why, ERR_INTERNAL, STAGE_COMMAND,
                      "the process for this host ended without a word");
}

int fanout_report_end(struct fanout_report *report,
                      struct host_process *process, int status,
                      bool interrupted, struct err *err)
{
    const char *host = report->fanout->hosts->names[process->index];
    struct fanout_end *end = &report->ends[process->index];
    struct err why = ERR_INIT;

    end->ended = true;
    end->status = WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_OWN_FAILURE;
    if (end->status == 0)
        report->counts.succeeded++;
    else
        report->counts.failed++;
    explain(&why, status, interrupted);
    if (WIFSIGNALED(status) && !is_json(report->fanout->form)
        && tell_death(report, host, &why, err) != 0)
        return -1;
    switch (report->fanout->form) {
    case FANOUT_LINES:
        return 0;
    case FANOUT_GROUPED:
        return put_groups(report, process, host, end->status, err);
    case FANOUT_OBJECTS:
    case FANOUT_VALUES:
        return end_objects(report, process, WIFSIGNALED(status), &why, err);
    }
    return 0;
}

int fanout_report_rest(struct fanout_report *report, struct err *err)
{
    const struct fanout *f = report->fanout;
    struct err why = ERR_INIT;
    size_t i;

    (void)err_set(&why, ERR_NOT_RUN, STAGE_START, NULL);
    for (i = 0; is_json(f->form) && i < f->hosts->count; i++)
        if (!report->ends[i].ended
            && put_stand_in(report, f->hosts->names[i], &why, err) != 0)
            return -1;
    return fanout_report_flush(report, err);
}

/* "credssp: 500 hosts in 12.3 s: 497 succeeded, 3 failed" and who. */
static void print_summary(const struct fanout_report *report)
{
    const struct progress_counts *c = &report->counts;
    size_t i, named = 0, left = c->hosts - c->succeeded - c->failed;
    double seconds = (double)(fanout_now_ms() - report->began_ms) / 1000;
    char why[64];

    fprintf(stderr, "credssp: %zu host%s in %.1f s: %zu succeeded, "
            "%zu failed", c->hosts, c->hosts == 1 ? "" : "s", seconds,
            c->succeeded, c->failed);
    if (left > 0)
        fprintf(stderr, ", %zu not run", left);
    fputc('\n', stderr);
    for (i = 0; i < c->hosts; i++) {
        const struct fanout_end *end = &report->ends[i];

        if (!end->ended || !why_again(end, why))
            continue;
        if (named++ < NAMED_MAX)
            fprintf(stderr, "credssp:   %s: %s\n",
                    report->fanout->hosts->names[i], why);
    }
    if (named > NAMED_MAX)
        fprintf(stderr, "credssp:   and %zu more\n", named - NAMED_MAX);
}

int fanout_report_sum_up(struct fanout_report *report, bool failed,
                         struct err *err)
{
    struct err second = ERR_INIT;

    progress_hide(&report->progress);
    if (!report->fanout->quiet && !failed)
        print_summary(report);
    if (write_retry_file(report, err->cause == ERR_NONE ? err : &second) != 0)
        failed = true;
    if (failed)
        return EXIT_OWN_FAILURE;
    return report->counts.succeeded == report->counts.hosts ? EXIT_SUCCESS
                                                            : FANOUT_FAILED;
}
