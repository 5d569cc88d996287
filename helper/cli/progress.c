/* progress.c - the line that says how far a fan-out has come. */
#include "cli/progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define REDRAW_MS 200
#define COLUMNS_UNKNOWN 80
#define ETA_TEXT_MAX 32

/* Return, erase to the end of the line: ECMA-48 EL. */
static const char erase[] = "\r\033[K";

/*
 * The mean of those that are done speaks for the others; before the first is
 * done nothing is known.
 */
static void render_left(char dst[ETA_TEXT_MAX],
                        const struct progress_counts *c)
{
    size_t done = c->succeeded + c->failed;
    int64_t seconds;

    dst[0] = '\0';
    if (done == 0 || done >= c->hosts)
        return;
    seconds = (c->elapsed_ms * (int64_t)(c->hosts - done) / (int64_t)done
               + 999) / 1000;
    if (seconds < 3600)
        snprintf(dst, ETA_TEXT_MAX, ", %lld:%02lld left",
                 (long long)(seconds / 60), (long long)(seconds % 60));
    else
        snprintf(dst, ETA_TEXT_MAX, ", %lld:%02lld:%02lld left",
                 (long long)(seconds / 3600),
                 (long long)(seconds / 60 % 60), (long long)(seconds % 60));
}

void progress_render(char line[PROGRESS_MAX], unsigned columns,
                     const struct progress_counts *counts)
{
    char left[ETA_TEXT_MAX];

    render_left(left, counts);
    snprintf(line, PROGRESS_MAX, "%zu/%zu done, %zu failed, %zu running%s",
             counts->succeeded + counts->failed, counts->hosts,
             counts->failed, counts->running, left);
    if (columns > 0 && columns < PROGRESS_MAX)
        line[columns - 1] = '\0'; /* a full line would wrap */
}

void progress_begin(struct progress *progress, bool wanted)
{
    const char *term = getenv("TERM");

    *progress = (struct progress){
        .wanted = wanted && isatty(STDERR_FILENO) && term != NULL
                  && strcmp(term, "dumb") != 0,
    };
}

static void put(const char *text)
{
    ssize_t ignored = write(STDERR_FILENO, text, strlen(text));

    (void)ignored; /* the next one comes in a moment */
}

void progress_hide(struct progress *progress)
{
    if (progress->shown)
        put(erase);
    progress->shown = false;
}

void progress_show(struct progress *progress,
                   const struct progress_counts *counts)
{
    char line[PROGRESS_MAX], whole[PROGRESS_MAX + sizeof erase];
    struct winsize size = { .ws_col = COLUMNS_UNKNOWN };

    if (!progress->wanted
        || (progress->drawn_ms > 0
            && counts->elapsed_ms - progress->drawn_ms < REDRAW_MS))
        return;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        size.ws_col = COLUMNS_UNKNOWN;
    progress_render(line, size.ws_col, counts);
    snprintf(whole, sizeof whole, "%s%s", erase, line);
    put(whole);
    progress->shown = true;
    progress->drawn_ms = counts->elapsed_ms > 0 ? counts->elapsed_ms : 1;
}
