/* ps_calls.c - host calls and what is done for each. */
#include "cli/ps_calls.h"

#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/ps_ask.h"
#include "psrp/host_call.h"
#include "psrp/host_reply.h"

#define ANSWER_MAX 1048576
#define CHOICES_MAX 64        /* of a question with several answers */
#define FIELDS_MAX 16

enum { CONSOLE_BLACK = 0, CONSOLE_GRAY = 7 };   /* System.ConsoleColor */
enum { READ_KEY_NO_ECHO = 2 };                  /* ReadKeyOptions */

/* A call in hand. */
struct call {
    struct ps_session *session;
    struct host_call host;
    struct host_reply reply;
    struct ps_ask ask;
};

static int say_caption(const struct call *c)
{
    size_t i;

    for (i = 0; i < 2; i++) {
        const char *text = host_call_string(&c->host, i);

        if (text == NULL || text[0] == '\0')
            continue;
        ps_ask_say(&c->ask, text);
        ps_ask_say(&c->ask, "\n");
    }
    return 0;
}

static int read_line(struct call *c, struct err *err)
{
    struct buf line = BUF_INIT(PS_ASK_LINE_MAX);
    int rc = ps_ask_line(&c->ask, &line, err);

    if (rc == 0)
        rc = host_reply_string(&c->reply, (const char *)line.data, line.len,
                               err);
    buf_free(&line);
    return rc;
}

/*
 * The text of a question is the script's; whose script it is, is ours to say,
 * as PowerShell's own client does.  Once is enough: the host stays the same.
 */
static void tell_who_asks(struct call *c, const char *before)
{
    if (c->session->secret_told)
        return;
    c->session->secret_told = true;
    ps_ask_say(&c->ask, before);
    ps_ask_say(&c->ask, "credssp: a script on ");
    ps_ask_say(&c->ask, c->session->options->host);
    ps_ask_say(&c->ask, " asks for a secret: type it only if you trust that "
                        "host with it\n");
}

/*
 * The key is agreed upon when the first secret needs it.  Whoever pressed
 * Ctrl-C in the meantime is not asked any more.
 */
static int ask_secret(struct call *c, const char *question,
                      struct secret **secret, struct err *err)
{
    if (runspace_exchange_key(&c->session->runspace, err) != 0)
        return -1;
    if (c->session->stop_sent)
        return err_set(err, ERR_INTERRUPTED, STAGE_COMMAND, NULL);
    return ps_ask_secret(question, secret, err);
}

static int read_secret(struct call *c, struct err *err)
{
    struct secret *secret = NULL;
    int rc;

    tell_who_asks(c, "\n"); /* the question stands there already */
    rc = ask_secret(c, "", &secret, err);

    if (rc == 0)
        rc = host_reply_secure(&c->reply, secret, err);
    secret_free(&secret);
    return rc;
}

/* Without a name a line asks for it; user is what it came to. */
static int ask_credential(struct call *c, const char *name, struct buf *user,
                          struct secret **password, struct err *err)
{
    if (runspace_exchange_key(&c->session->runspace, err) != 0)
        return -1;
    if (name != NULL && name[0] != '\0') {
        buf_put(user, name, strlen(name) + 1);
    } else {
        ps_ask_say(&c->ask, "User: ");
        if (ps_ask_line(&c->ask, user, err) != 0)
            return -1;
        buf_put_u8(user, 0);
    }
    if (buf_ok(user, STAGE_COMMAND, err) != 0)
        return -1;
    ps_ask_say(&c->ask, "Password for user ");
    ps_ask_say(&c->ask, (const char *)user->data);
    return ask_secret(c, ": ", password, err);
}

static int read_credential(struct call *c, struct err *err)
{
    struct buf user = BUF_INIT(PS_ASK_LINE_MAX);
    struct secret *password = NULL;
    int rc;

    tell_who_asks(c, "");
    say_caption(c);
    rc = ask_credential(c, host_call_string(&c->host, 2), &user, &password,
                        err);
    if (rc == 0)
        rc = host_reply_credential(&c->reply, (const char *)user.data,
                                   password, err);
    secret_free(&password);
    buf_free(&user);
    return rc;
}

static int read_choice(struct call *c, struct err *err)
{
    int32_t chosen;

    say_caption(c);
    if (ps_ask_choice(&c->ask, &c->host, host_call_int(&c->host, 3), false,
                      &chosen, err) != 0)
        return -1;
    return host_reply_int(&c->reply, chosen, err);
}

/* An empty line ends them; at once it gives the defaults. */
static int read_choices(struct call *c, struct err *err)
{
    const struct clixml *at = NULL;
    int32_t numbers[CHOICES_MAX], chosen = 0;
    size_t n = 0;

    say_caption(c);
    while (n < CHOICES_MAX) {
        if (ps_ask_choice(&c->ask, &c->host, -1, true, &chosen, err) != 0)
            return -1;
        if (chosen < 0)
            break;
        numbers[n++] = chosen;
    }
    if (n == 0)
        while (n < CHOICES_MAX &&
               host_call_number(&c->host, 3, &at, &numbers[n]))
            n++;
    return host_reply_ints(&c->reply, numbers, n, err);
}

static int read_key(struct call *c, struct err *err)
{
    bool echo = (host_call_int(&c->host, 0) & READ_KEY_NO_ECHO) == 0;
    struct host_key key;

    if (ps_ask_key(&c->ask, echo, &key, err) != 0)
        return -1;
    return host_reply_key(&c->reply, &key, err);
}

/* What the fields of a Prompt came to. */
struct answers {
    struct host_field_value values[FIELDS_MAX];
    struct buf texts[FIELDS_MAX];
    struct secret *secrets[FIELDS_MAX];
    size_t count;
};

static int ask_field(struct call *c, const struct host_field *field,
                     struct answers *a, struct err *err)
{
    size_t i = a->count++;
    struct host_field_value *value = &a->values[i];
    int rc;

    buf_init(&a->texts[i], PS_ASK_LINE_MAX + 1);
    value->name = field->name;
    if (strcmp(field->type, "System.Management.Automation.PSCredential")
        == 0) {
        tell_who_asks(c, "");
        rc = ask_credential(c, NULL, &a->texts[i], &a->secrets[i], err);
        value->secret = a->secrets[i];
    } else if (strcmp(field->type, "System.Security.SecureString") == 0) {
        tell_who_asks(c, "");
        ps_ask_say(&c->ask, field->name);
        rc = ask_secret(c, ": ", &a->secrets[i], err);
        value->secret = a->secrets[i];
        return rc;
    } else {
        ps_ask_say(&c->ask, field->name);
        ps_ask_say(&c->ask, ": ");
        rc = ps_ask_line(&c->ask, &a->texts[i], err);
        buf_put_u8(&a->texts[i], 0);
    }
    value->text = (const char *)a->texts[i].data;
    return rc;
}

static int read_fields(struct call *c, struct err *err)
{
    struct answers a = { .count = 0 };
    const struct clixml *at = NULL;
    struct host_field field;
    int rc = 0;

    say_caption(c);
    while (rc == 0 && host_call_field(&c->host, 2, &at, &field)) {
        if (a.count == FIELDS_MAX)
            rc = err_set(err, ERR_OVERSIZED, STAGE_COMMAND,
                         "the script asks for more than %d values at once",
                         FIELDS_MAX);
        else
            rc = ask_field(c, &field, &a, err);
    }
    if (rc == 0)
        rc = host_reply_fields(&c->reply, a.values, a.count, err);
    while (a.count > 0) {
        secret_free(&a.secrets[--a.count]);
        buf_free(&a.texts[a.count]);
    }
    return rc;
}

static int terminal_size(struct call *c, struct err *err)
{
    const struct host_info *info = &c->session->options->runspace.host;
    struct winsize size;

    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return host_reply_pair(&c->reply, size.ws_col, size.ws_row, err);
    return host_reply_pair(&c->reply, (int32_t)info->width,
                           (int32_t)info->height, err);
}

static int origin(struct call *c, struct err *err)
{
    return host_reply_pair(&c->reply, 0, 0, err);
}

static int foreground(struct call *c, struct err *err)
{
    return host_reply_int(&c->reply, CONSOLE_GRAY, err);
}

static int background(struct call *c, struct err *err)
{
    return host_reply_int(&c->reply, CONSOLE_BLACK, err);
}

static int no(struct call *c, struct err *err)
{
    return host_reply_bool(&c->reply, false, err);
}

static int title(struct call *c, struct err *err)
{
    const char *text = c->session->options->runspace.host.title;

    return host_reply_string(&c->reply, text, strlen(text), err);
}

static int set_exit(struct call *c, struct err *err)
{
    (void)err;
    c->session->result.exit_given = true;
    c->session->result.exit_code = host_call_int(&c->host, 0);
    return 0;
}

/* The text is the last parameter, behind colours if there are some. */
static int write_text(struct call *c, struct err *err)
{
    const struct ps_output *o = &c->session->options->output;
    bool line = c->host.method != HOST_WRITE_1 &&
                c->host.method != HOST_WRITE_2;
    const char *text = NULL;

    if (c->host.count > 0)
        text = host_call_string(&c->host, c->host.count - 1);
    return o->host_text(o->arg, text != NULL ? text : "", line, err);
}

static int write_progress(struct call *c, struct err *err)
{
    const struct ps_output *o = &c->session->options->output;

    return o->record(o->arg, MESSAGE_PROGRESS_RECORD, c->host.parameters[1],
                     err);
}

/* What is done for a method; asks: of a person. */
static const struct {
    enum host_method method;
    int (*run)(struct call *c, struct err *err);
    bool asks;
} methods[] = {
    { HOST_SET_SHOULD_EXIT, set_exit, false },
    { HOST_READ_LINE, read_line, true },
    { HOST_READ_LINE_AS_SECURE_STRING, read_secret, true },
    { HOST_WRITE_1, write_text, false },
    { HOST_WRITE_2, write_text, false },
    { HOST_WRITE_LINE_1, write_text, false },
    { HOST_WRITE_LINE_2, write_text, false },
    { HOST_WRITE_LINE_3, write_text, false },
    { HOST_WRITE_ERROR_LINE, write_text, false },
    { HOST_WRITE_DEBUG_LINE, write_text, false },
    { HOST_WRITE_VERBOSE_LINE, write_text, false },
    { HOST_WRITE_WARNING_LINE, write_text, false },
    { HOST_WRITE_PROGRESS, write_progress, false },
    { HOST_PROMPT, read_fields, true },
    { HOST_PROMPT_FOR_CREDENTIAL_1, read_credential, true },
    { HOST_PROMPT_FOR_CREDENTIAL_2, read_credential, true },
    { HOST_PROMPT_FOR_CHOICE, read_choice, true },
    { HOST_PROMPT_FOR_CHOICES, read_choices, true },
    { HOST_READ_KEY, read_key, true },
    { HOST_GET_FOREGROUND_COLOR, foreground, false },
    { HOST_GET_BACKGROUND_COLOR, background, false },
    { HOST_GET_CURSOR_POSITION, origin, false },
    { HOST_GET_WINDOW_POSITION, origin, false },
    { HOST_GET_BUFFER_SIZE, terminal_size, false },
    { HOST_GET_WINDOW_SIZE, terminal_size, false },
    { HOST_GET_MAX_WINDOW_SIZE, terminal_size, false },
    { HOST_GET_MAX_PHYSICAL_WINDOW_SIZE, terminal_size, false },
    { HOST_GET_WINDOW_TITLE, title, false },
    { HOST_GET_KEY_AVAILABLE, no, false },
    { HOST_GET_IS_RUNSPACE_PUSHED, no, false },
};

static int refuse(struct call *c, const char *why, struct err *err)
{
    return host_reply_error(&c->reply, why, err);
}

static int ask(struct call *c, int (*run)(struct call *c, struct err *err),
               struct err *err)
{
    const struct ps_output *output = &c->session->options->output;
    int rc;

    if (c->session->options->no_questions != NULL)
        return refuse(c, c->session->options->no_questions, err);
    if (!ps_ask_open(&c->ask))
        return refuse(c, "the script asks a question, and there is no "
                      "terminal to ask it on; give what it wants as an "
                      "argument (credssp ps --arg)", err);
    rc = output->before_question(output->arg, err);
    if (rc == 0)
        rc = run(c, err);
    ps_ask_close(&c->ask);
    if (rc == 0 || (err->cause != ERR_INTERRUPTED &&
                    err->cause != ERR_USAGE))
        return rc;
    err_clear(err); /* Ctrl-C, or nothing typed; a signal ends us later */
    buf_clear(c->reply.out);
    return refuse(c, "the question was not answered", err);
}

static int run(struct call *c, struct err *err)
{
    size_t i;

    for (i = 0; i < sizeof methods / sizeof *methods; i++)
        if (methods[i].method == c->host.method)
            return methods[i].asks ? ask(c, methods[i].run, err)
                                   : methods[i].run(c, err);
    if (!host_call_waits(&c->host))
        return 0; /* a cursor's size, a cleared screen: not here */
    return refuse(c, "this host has no such method", err);
}

int ps_calls_take(void *arg, enum message_type type,
                  const struct clixml *value, struct err *err)
{
    struct ps_session *s = arg;
    struct buf answer = BUF_INIT(ANSWER_MAX);
    struct call c = {
        .session = s,
        .reply = { .pool = &s->runspace.pool, .out = &answer,
                   .pipeline = type == MESSAGE_PIPELINE_HOST_CALL
                                   ? &s->invocation.pipeline.id : NULL },
        .ask = { .wait = ps_session_wait, .wait_arg = s,
                 .stopped = &s->stop_sent, .fd = -1 },
    };
    int rc;

    c.reply.call = &c.host;
    rc = host_call_parse(value, &c.host, err);
    if (rc == 0)
        rc = s->options->output.flush(s->options->output.arg, err);
    if (rc == 0)
        rc = run(&c, err);
    if (rc == 0 && host_call_waits(&c.host) && answer.len > 0)
        rc = invocation_send(&s->invocation, "pr", &answer, err);
    buf_free(&answer);
    return rc;
}
