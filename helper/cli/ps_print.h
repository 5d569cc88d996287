/*
 * ps_print.h - what a pipeline sends, as a person or a program reads it:
 * output on stdout, records on stderr.
 */
#ifndef CREDSSP_CLI_PS_PRINT_H
#define CREDSSP_CLI_PS_PRINT_H

#include <stdbool.h>

#include "cli/ps_session.h"
#include "credssp/buf.h"

/* Of one record; PowerShell's own clients take objects of 10 MB. */
#define PS_PRINT_MAX 16777216

enum ps_form { PS_TEXT, PS_JSON, PS_CLIXML };

/* The last error record, cut where the room ends. */
struct ps_complaint {
    char text[512];
    char id[128];             /* FullyQualifiedErrorId */
};

struct ps_print {
    enum ps_form form;
    const char *host;         /* named in JSON; or NULL */
    int out, err;             /* descriptors */
    bool out_is_terminal, out_colours, err_colours;
    bool progress;            /* a bar, on a terminal */
    bool quiet;               /* errors only */
    bool bar;                 /* one stands there */
    struct buf bar_text;      /* the last one's */
    unsigned width;           /* of the terminal that err is */
    bool no_scripts;          /* the endpoint said so */
    struct ps_complaint last;
    struct buf pending;       /* on its way to out */
    struct buf line;          /* on its way to err */
};

/* Looks whether out and err are terminals; NO_COLOR (no-color.org) counts. */
void ps_print_init(struct ps_print *print, enum ps_form form, int out,
                   int err);
void ps_print_free(struct ps_print *print);

struct ps_output ps_print_output(struct ps_print *print);

/* ps_records.c: a record on err, without control characters. */
int ps_print_record(void *arg, enum message_type type,
                    const struct clixml *value, struct err *err);
/* Text on err; line: and a newline. */
int ps_print_note(struct ps_print *print, const char *text, bool line,
                  struct err *err) MUST_USE;
/* Before anything else goes to the terminal, and at the end. */
int ps_print_hide_bar(struct ps_print *print, struct err *err) MUST_USE;
/* Writes the text to out or err; a bar that stood there stands below it then,
 * if the text is on the terminal and its last line has ended. */
int ps_print_write(struct ps_print *print, int to, const struct buf *text,
                   struct err *err) MUST_USE;

#endif
