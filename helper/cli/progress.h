/*
 * progress.h - how far a fan-out has come, as one line at the bottom of a
 * terminal that gives way to output.
 */
#ifndef CREDSSP_CLI_PROGRESS_H
#define CREDSSP_CLI_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PROGRESS_MAX 160 /* bytes of the line */

struct progress_counts {
    size_t hosts, succeeded, failed, running;
    int64_t elapsed_ms;
};

/* "12/500 done, 1 failed, 32 running, 0:41 left", at most columns wide. */
void progress_render(char line[PROGRESS_MAX], unsigned columns,
                     const struct progress_counts *counts);

struct progress {
    bool wanted;       /* standard error is a terminal that can erase */
    bool shown;
    int64_t drawn_ms;
};

void progress_begin(struct progress *progress, bool wanted);
/* Before anything else is written to the terminal, and at the end. */
void progress_hide(struct progress *progress);
/* Draws it if it is not there or older than a moment. */
void progress_show(struct progress *progress,
                   const struct progress_counts *counts);

#endif
