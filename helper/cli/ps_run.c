/* ps_run.c - a pipeline's output, its end, its exit status. */
#include "cli/ps_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/ps_failure.h"
#include "cli/telling.h"

#define EXIT_PIPELINE_FAILED 1
#define RESOURCE_NOT_FOUND 0x80338000 /* wsmerror.h */
#define EXIT_STOPPED 130      /* 128 + SIGINT, as a shell has it */

static void opened(const struct ps_outcome *outcome)
{
    tell_opened(&outcome->opened, outcome->connect_ms);
}

static const char *name_of(enum pipeline_state state)
{
    return state == PIPELINE_COMPLETED ? "completed"
           : state == PIPELINE_FAILED ? "failed"
           : state == PIPELINE_STOPPED ? "stopped" : "not ended";
}

static void ended(const struct ps_outcome *outcome)
{
    const struct ps_result *r = &outcome->pipeline;

    tell_ended(&(struct told_end){
        .output_ms = r->output_ms, .total_ms = outcome->total_ms,
        .requests_to_output = outcome->opened.requests
                              + r->requests_to_output,
        .requests = outcome->opened.requests + r->requests,
        .how = name_of(r->state), .kept = r->kept,
        .why_not_kept = r->why_not_kept,
    });
}

static int exit_status(const struct ps_run *run, const struct ps_result *r)
{
    if (r->state == PIPELINE_STOPPED)
        return EXIT_STOPPED;
    if (!r->exit_given) {
        bool failed = r->state == PIPELINE_FAILED
                      || (r->had_errors && !run->is_script);

        return failed ? EXIT_PIPELINE_FAILED : EXIT_SUCCESS;
    }
    return tell_exit_status("the script", r->exit_code, run->quiet);
}

/* Where there is no such endpoint, the host says that a resource is missing. */
static void advise(struct err *err)
{
    if (err->stage == STAGE_SHELL && err->domain == CODE_FAULT
        && err->code == RESOURCE_NOT_FOUND)
        err_advise(err, "--configuration is the name of a session "
                   "configuration of the host: Get-PSSessionConfiguration "
                   "there lists them");
}

/* Prints no error of its own. */
static int run_printing(struct ps_run *run, struct ps_print *print,
                        struct err *err)
{
    struct ps_outcome outcome;
    struct err late = ERR_INIT;
    int rc;

    run->job.ps.output = ps_print_output(print);
    if (run->verbose)
        run->job.connected = opened;
    rc = ps_host(&run->job, &outcome, err);
    if (run->job.ps.output.flush(print, rc == 0 ? err : &late) != 0 ||
        ps_print_hide_bar(print, rc == 0 ? err : &late) != 0)
        rc = -1;
    if (run->verbose && outcome.connected)
        ended(&outcome);
    if (print->no_scripts)
        fprintf(stderr, "credssp: this endpoint runs commands and no "
                "scripts: use -c NAME and --arg\n");
    if (rc != 0) {
        advise(err);
        return EXIT_OWN_FAILURE;
    }
    return exit_status(run, &outcome.pipeline);
}

static void init_print(const struct ps_run *run, struct ps_print *print)
{
    ps_print_init(print, run->form, STDOUT_FILENO, STDERR_FILENO);
    print->quiet = run->quiet;
    if (run->no_progress)
        print->progress = false;
}

static int run_alone(struct ps_run *run, struct err *err)
{
    struct ps_print print;
    int status;

    init_print(run, &print);
    status = run_printing(run, &print, err);
    ps_print_free(&print);
    return status;
}

/* One of many: in a process of its own, whose streams are pipes to us. */
static int run_one(void *arg, const char *host)
{
    struct ps_run *run = arg;
    struct ps_print print;
    struct err err = ERR_INIT;
    char *line = NULL;
    int status;

    run->job.host = host;
    init_print(run, &print);
    print.host = host;
    status = run_printing(run, &print, &err);
    if (status == EXIT_STOPPED && err.cause == ERR_NONE)
        (void)err_set(&err, ERR_INTERRUPTED, STAGE_COMMAND, NULL);
    if (run->form == PS_JSON && status != 0)
        line = ps_failure(host, status, &print.last, &err);
    if (line != NULL)
        fputs(line, stdout);
    else if (err.cause != ERR_NONE)
        err_print(stderr, "credssp", &err);
    free(line);
    ps_print_free(&print);
    return status;
}

static int run_many(struct ps_run *run, struct err *err)
{
    struct many_hosts *many = &run->many;
    bool group = run->many.options->group;

    if (run->form == PS_JSON)
        many->form = group ? FANOUT_OBJECTS : FANOUT_VALUES;
    else
        many->form = group ? FANOUT_GROUPED : FANOUT_LINES;
    many->quiet = run->quiet;
    many->run = run_one;
    many->arg = run;
    many->object = ps_failure_absent;
    return many_hosts_run(many, err);
}

int ps_run(struct ps_run *run, struct err *err)
{
    return run->many.wide ? run_many(run, err) : run_alone(run, err);
}
