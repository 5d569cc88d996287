/*
 * ps_records.c - errors, warnings and their kin as PowerShell's console shows
 * them; progress as a bar.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/ps_print.h"
#include "cli/waiting.h"

#define BAR_WIDTH 30
#define BAR_TEXT_MAX 40       /* characters of activity and status each */
/* Beside them: ": ", " [", the bar, "] 100%" and the cursor. */
#define BAR_ROOM (BAR_WIDTH + 11)
#define NO_COLOUR (-1)

/* SGR parameters (ECMA-48 8.3.117). */
#define RED "91"
#define YELLOW "93"
#define PLAIN "0"

/* System.ConsoleColor's sixteen, in its order. */
static const int colours[] = {
    30, 34, 32, 36, 31, 35, 33, 37, 90, 94, 92, 96, 91, 95, 93, 97
};
#define COLOURS ((int64_t)(sizeof colours / sizeof *colours))
#define BACKGROUND 10         /* from a foreground's number */

static void put(struct buf *out, const char *text)
{
    buf_put(out, text, strlen(text));
}

/* A host's text for a terminal: no control character but newline and tab;
 * Windows' CR goes without a trace. */
static void put_clean(struct buf *out, const char *text)
{
    const char *p;

    for (p = text; *p != '\0'; p++) {
        unsigned char c = (unsigned char)*p, next = (unsigned char)p[1];

        if (c == '\r' && next == '\n')
            continue;
        if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7f) {
            buf_put_u8(out, '?');
        } else if (c == 0xc2 && next >= 0x80 && next <= 0x9f) {
            buf_put_u8(out, '?'); /* a C1 control as UTF-8 */
            p++;
        } else {
            buf_put_u8(out, c);
        }
    }
}

static void begin(struct ps_print *p, const char *colour)
{
    buf_clear_without_wipe(&p->line);
    if (p->err_colours)
        buf_printf(&p->line, "\033[%sm", colour);
}

static int finish(struct ps_print *p, bool newline, struct err *err)
{
    if (p->err_colours)
        put(&p->line, "\033[" PLAIN "m");
    if (newline)
        put(&p->line, "\n");
    return ps_print_write(p, p->err, &p->line, err);
}

int ps_print_hide_bar(struct ps_print *p, struct err *err)
{
    static const char erase[] = "\r\033[K"; /* ECMA-48 8.3.41: EL */

    if (!p->bar)
        return 0;
    p->bar = false;
    return waiting_write(p->err, erase, sizeof erase - 1, err);
}

static int show_bar(struct ps_print *p, struct err *err)
{
    p->bar = true;
    return waiting_write(p->err, p->bar_text.data, p->bar_text.len, err);
}

int ps_print_write(struct ps_print *p, int to, const struct buf *text,
                   struct err *err)
{
    bool again = p->bar && (to == p->err || p->out_is_terminal) &&
                 text->len > 0 && text->data[text->len - 1] == '\n';

    if (buf_ok(text, STAGE_OUTPUT, err) != 0 ||
        ps_print_hide_bar(p, err) != 0 ||
        waiting_write(to, text->data, text->len, err) != 0)
        return -1;
    return again ? show_bar(p, err) : 0;
}

int ps_print_note(struct ps_print *p, const char *text, bool line,
                  struct err *err)
{
    buf_clear_without_wipe(&p->line);
    put_clean(&p->line, text);
    if (line)
        put(&p->line, "\n");
    return ps_print_write(p, p->err, &p->line, err);
}

static const char *text_of(const struct clixml *value, const char *name)
{
    const char *text = clixml_text(clixml_get(value, name));

    return text != NULL ? text : "";
}

/* ErrorDetails' own message, else the exception's, else the record's. */
static const char *error_message(const struct clixml *record)
{
    const char *text = text_of(record, "ErrorDetails_Message");

    if (text[0] == '\0')
        text = text_of(clixml_get(record, "Exception"), "Message");
    if (text[0] == '\0')
        text = clixml_text(record);
    return text != NULL ? text : "";
}

/* The view "NormalView" of Windows PowerShell. */
static void put_error(struct buf *out, const struct clixml *record)
{
    const struct clixml *place = clixml_get(record, "InvocationInfo");
    const char *command = text_of(place, "InvocationName");
    const char *position = text_of(place, "PositionMessage");

    if (command[0] != '\0') {
        put_clean(out, command);
        put(out, " : ");
    }
    put_clean(out, error_message(record));
    if (position[0] != '\0') {
        put(out, "\n");
        put_clean(out, position);
    }
    put(out, "\n    + CategoryInfo          : ");
    put_clean(out, text_of(record, "ErrorCategory_Message"));
    put(out, "\n    + FullyQualifiedErrorId : ");
    put_clean(out, text_of(record, "FullyQualifiedErrorId"));
}

/* What a native program writes to its stderr is not an error of its own. */
static bool is_native(const struct clixml *record)
{
    return strncmp(text_of(record, "FullyQualifiedErrorId"),
                   "NativeCommandError", 18) == 0;
}

static int show_error(struct ps_print *p, const struct clixml *record,
                      struct err *err)
{
    const char *id = text_of(record, "FullyQualifiedErrorId");

    if (strcmp(id, "ScriptsNotAllowed") == 0)
        p->no_scripts = true;
    snprintf(p->last.id, sizeof p->last.id, "%s", id);
    snprintf(p->last.text, sizeof p->last.text, "%s", error_message(record));
    begin(p, RED);
    if (is_native(record))
        put_clean(&p->line, error_message(record));
    else
        put_error(&p->line, record);
    return finish(p, true, err);
}

static int show_message(struct ps_print *p, const char *prefix,
                        const struct clixml *record, struct err *err)
{
    if (p->quiet)
        return 0;
    begin(p, YELLOW);
    put(&p->line, prefix);
    put_clean(&p->line, text_of(record, "InformationalRecord_Message"));
    return finish(p, true, err);
}

static void put_colour(struct buf *out, const struct clixml *message,
                       const char *name, int base)
{
    int64_t colour = NO_COLOUR;

    if (clixml_int(clixml_get(message, name), &colour) && colour >= 0 &&
        colour < COLOURS)
        buf_printf(out, "\033[%dm", colours[colour] + base);
}

/* Write-Host's: a HostInformationMessage.  It goes where it goes at home, to
 * stdout, unless that is for a program. */
static int show_host_message(struct ps_print *p,
                             const struct clixml *message, struct err *err)
{
    bool to_out = p->form == PS_TEXT;
    bool in_colours = to_out ? p->out_colours : p->err_colours;
    struct buf *line = to_out ? &p->pending : &p->line;

    if (!to_out)
        buf_clear_without_wipe(line);
    if (in_colours) {
        put_colour(line, message, "ForegroundColor", 0);
        put_colour(line, message, "BackgroundColor", BACKGROUND);
    }
    put_clean(line, text_of(message, "Message"));
    if (in_colours)
        put(line, "\033[" PLAIN "m");
    if (!clixml_bool(clixml_get(message, "NoNewLine"), false))
        put(line, "\n");
    if (to_out)
        return buf_ok(line, STAGE_OUTPUT, err);
    return ps_print_write(p, p->err, line, err);
}

static int show_information(struct ps_print *p, const struct clixml *record,
                            struct err *err)
{
    const struct clixml *message = clixml_get(record, "MessageData");
    const char *text;

    if (p->quiet)
        return 0;
    if (message != NULL && clixml_get(message, "NoNewLine") != NULL)
        return show_host_message(p, message, err);
    text = message != NULL ? clixml_text(message) : NULL;
    return ps_print_note(p, text != NULL ? text : "", true, err);
}

/* The start of a text: so many characters, none of them in part. */
static void put_start(struct buf *out, const char *text, size_t most)
{
    struct buf clean = BUF_INIT(PS_PRINT_MAX);
    size_t n = 0, characters = 0;

    put_clean(&clean, text);
    for (; n < clean.len; n++) {
        if ((clean.data[n] & 0xc0) != 0x80 && characters++ == most)
            break;
        if (clean.data[n] == '\n' || clean.data[n] == '\t')
            clean.data[n] = ' ';
    }
    buf_put(out, clean.data, n);
    buf_free(&clean);
}

/* One line of the terminal, whatever its width: what is longer goes on in the
 * next one, where hiding the bar does not reach. */
static void put_bar(const struct ps_print *p, struct buf *out,
                    const struct clixml *record)
{
    size_t room = p->width > BAR_ROOM ? p->width - BAR_ROOM : 0;
    size_t words = room / 2 < BAR_TEXT_MAX ? room / 2 : BAR_TEXT_MAX;
    int64_t percent = -1, i;

    put_start(out, text_of(record, "Activity"), words);
    put(out, ": ");
    put_start(out, text_of(record, "StatusDescription"), words);
    if (!clixml_int(clixml_get(record, "PercentComplete"), &percent) ||
        percent < 0 || percent > 100)
        return;
    put(out, " [");
    for (i = 0; i < BAR_WIDTH; i++)
        put(out, i < percent * BAR_WIDTH / 100 ? "#" : " ");
    buf_printf(out, "] %d%%", (int)percent);
}

static int show_progress(struct ps_print *p, const struct clixml *record,
                         struct err *err)
{
    int64_t type = 0;

    if (!p->progress || p->quiet)
        return 0;
    /* System.Management.Automation.ProgressRecordType.Completed */
    if (clixml_int(clixml_get(record, "Type"), &type) && type == 1)
        return ps_print_hide_bar(p, err);
    if (ps_print_hide_bar(p, err) != 0)
        return -1;
    buf_clear_without_wipe(&p->bar_text);
    put_bar(p, &p->bar_text, record);
    return buf_ok(&p->bar_text, STAGE_OUTPUT, err) != 0 ? -1
                                                        : show_bar(p, err);
}

int ps_print_record(void *arg, enum message_type type,
                    const struct clixml *value, struct err *err)
{
    struct ps_print *p = arg;

    /* Output that came before it stands before it. */
    if (type != MESSAGE_PROGRESS_RECORD && p->pending.len > 0) {
        struct ps_output output = ps_print_output(p);

        if (output.flush(p, err) != 0)
            return -1;
    }
    switch ((unsigned)type) {
    case MESSAGE_ERROR_RECORD:
        return show_error(p, value, err);
    case MESSAGE_WARNING_RECORD:
        return show_message(p, "WARNING: ", value, err);
    case MESSAGE_VERBOSE_RECORD:
        return show_message(p, "VERBOSE: ", value, err);
    case MESSAGE_DEBUG_RECORD:
        return show_message(p, "DEBUG: ", value, err);
    case MESSAGE_INFORMATION_RECORD:
        return show_information(p, value, err);
    case MESSAGE_PROGRESS_RECORD:
        return show_progress(p, value, err);
    }
    return 0; /* no other type is a record */
}
