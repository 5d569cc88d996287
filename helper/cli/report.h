/* report.h - the stages of a test as lines for a person, or as JSON. */
#ifndef CREDSSP_CLI_REPORT_H
#define CREDSSP_CLI_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include "broker/wire.h"
#include "cli/render.h"

#define REPORT_SKIPPED_MAX 256

struct report {
    FILE *out;
    bool as_json;
    bool colour;                       /* green and red: a terminal */
    bool failed;                       /* a stage was */
    const char *host;                  /* borrowed */
    json_t *stages;                    /* for JSON; NULL: want of memory */
    char skipped[REPORT_SKIPPED_MAX];  /* stages of which nothing is known */
};

void report_begin(struct report *report, FILE *out, bool as_json, bool colour,
                  const char *host);
/* At once, so that a person sees where it waits; JSON comes at the end. */
void report_stage(struct report *report, const struct wire_stage *stage);
int report_end(struct report *report, struct err *err) MUST_USE;

#endif
