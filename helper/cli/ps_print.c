/* ps_print.c - a pipeline's output, on its way to stdout. */
#include "cli/ps_print.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/ps_json.h"
#include "cli/waiting.h"

#define HELD_BACK 65536 /* bytes that wait for company */
#define WIDTH_UNKNOWN 80

static unsigned width_of(int terminal)
{
    struct winsize size;

    return ioctl(terminal, TIOCGWINSZ, &size) == 0 && size.ws_col > 0
               ? size.ws_col : WIDTH_UNKNOWN;
}

void ps_print_init(struct ps_print *print, enum ps_form form, int out,
                   int err)
{
    const char *no_colour = getenv("NO_COLOR");
    bool colours = no_colour == NULL || no_colour[0] == '\0';

    *print = (struct ps_print){
        .form = form, .out = out, .err = err,
        .out_is_terminal = isatty(out),
        .out_colours = colours && isatty(out),
        .err_colours = colours && isatty(err),
        .progress = isatty(err),
        .width = width_of(err),
    };
    buf_init(&print->pending, PS_PRINT_MAX);
    buf_init(&print->line, PS_PRINT_MAX);
    buf_init(&print->bar_text, PS_PRINT_MAX);
}

void ps_print_free(struct ps_print *print)
{
    buf_free(&print->pending);
    buf_free(&print->line);
    buf_free(&print->bar_text);
}

static int flush(void *arg, struct err *err)
{
    struct ps_print *p = arg;
    int rc;

    if (buf_ok(&p->pending, STAGE_OUTPUT, err) != 0)
        return -1;
    if (p->pending.len == 0)
        return 0;
    rc = ps_print_write(p, p->out, &p->pending, err);
    buf_clear_without_wipe(&p->pending);
    return rc;
}

static int put(struct ps_print *p, const char *bytes, size_t n,
               struct err *err)
{
    while (n > 0) {
        size_t take = n < HELD_BACK ? n : HELD_BACK;

        buf_put(&p->pending, bytes, take);
        bytes += take;
        n -= take;
        if (p->pending.len >= HELD_BACK && flush(p, err) != 0)
            return -1;
    }
    return 0;
}

/* PowerShell's own text, or its CLIXML: as it is, colours and all. */
static int text(void *arg, const char *bytes, size_t n, struct err *err)
{
    return put(arg, bytes, n, err);
}

static int put_value_as_text(struct ps_print *p,
                             const struct incoming_message *message,
                             struct err *err)
{
    const struct clixml *value = message->value;
    const char *string = NULL;

    if (!message->streamed && value != NULL)
        string = clixml_text(clixml_resolve(value));
    if (string != NULL && put(p, string, strlen(string), err) != 0)
        return -1;
    return put(p, "\n", 1, err);
}

static int put_json(struct ps_print *p, const struct clixml *value,
                    struct err *err)
{
    const struct ps_json_out out = { &p->pending, flush, p };

    if (ps_json_put(&out, p->host, value, err) != 0)
        return -1;
    return put(p, "\n", 1, err);
}

static int value(void *arg, const struct incoming_message *message,
                 struct err *err)
{
    static const struct clixml nil = { .kind = CLIXML_NIL };
    struct ps_print *p = arg;

    switch (p->form) {
    case PS_TEXT:
        return put_value_as_text(p, message, err);
    case PS_JSON:
        return put_json(p, message->value != NULL ? message->value : &nil,
                        err);
    case PS_CLIXML:
        return put(p, "\n", 1, err); /* the rest went out as it came */
    }
    return err_set(err, ERR_INTERNAL, STAGE_OUTPUT, NULL);
}

/* Formatted by Out-Default: text for a person, in text that is one. */
static int host_text(void *arg, const char *string, bool line,
                     struct err *err)
{
    struct ps_print *p = arg;

    if (p->form == PS_TEXT) {
        if (put(p, string, strlen(string), err) != 0)
            return -1;
        return line ? put(p, "\n", 1, err) : 0;
    }
    return ps_print_note(p, string, line, err);
}

static int before_question(void *arg, struct err *err)
{
    return ps_print_hide_bar(arg, err);
}

struct ps_output ps_print_output(struct ps_print *print)
{
    return (struct ps_output){
        .text = print->form == PS_TEXT ? text : NULL,
        .raw = print->form == PS_CLIXML ? text : NULL,
        .value = value, .record = ps_print_record, .host_text = host_text,
        .flush = flush, .before_question = before_question, .arg = print,
    };
}
