/* ps_ask.c - reads lines, keys and choices from /dev/tty. */
#include "cli/ps_ask.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <termios.h>
#include <unistd.h>

#include "cli/prompt.h"

#define LOOK_MS 500           /* how soon a stop is noticed */

bool ps_ask_open(struct ps_ask *ask)
{
    ask->fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
    return ask->fd >= 0;
}

void ps_ask_close(struct ps_ask *ask)
{
    if (ask->fd >= 0)
        close(ask->fd);
    ask->fd = -1;
}

void ps_ask_say(const struct ps_ask *ask, const char *text)
{
    struct buf clean = BUF_INIT(PS_ASK_LINE_MAX);
    const char *p;
    ssize_t ignored;

    for (p = text; *p != '\0'; p++) {
        unsigned char c = (unsigned char)*p;
        bool c1 = c == 0xc2 && (unsigned char)p[1] < 0xa0;

        if ((c < 0x20 && c != '\n') || c == 0x7f || c1)
            c = '?';
        if (c1 && p[1] != '\0')
            p++;
        buf_put_u8(&clean, c);
    }
    ignored = write(ask->fd, clean.data, clean.len);
    (void)ignored; /* the answer can be typed without the question */
    buf_free(&clean);
}

/* Until the terminal can be read, or the pipeline is stopped. */
static int await(const struct ps_ask *ask, struct err *err)
{
    while (!*ask->stopped) {
        if (ask->wait(ask->wait_arg, ask->fd, LOOK_MS, err) == 0)
            return 0;
        if (err->cause != ERR_TIMEOUT)
            return -1;
        err_clear(err);
    }
    return err_set(err, ERR_INTERRUPTED, STAGE_COMMAND, NULL);
}

/* In its usual mode a terminal gives a line at a time (termios(3)). */
int ps_ask_line(const struct ps_ask *ask, struct buf *line, struct err *err)
{
    unsigned char *room;
    ssize_t n;

    buf_clear(line);
    do {
        if (await(ask, err) != 0)
            return -1;
        room = buf_reserve(line, 4096);
        if (room == NULL)
            return buf_ok(line, STAGE_COMMAND, err);
        n = read(ask->fd, room, 4096);
        line->len -= 4096 - (n > 0 ? (size_t)n : 0);
        if (n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN))
            return err_set(err, ERR_INTERRUPTED, STAGE_COMMAND, NULL);
    } while (line->len == 0 || line->data[line->len - 1] != '\n');
    line->data[--line->len] = '\0';
    return 0;
}

int ps_ask_secret(const char *question, struct secret **secret,
                  struct err *err)
{
    return prompt_password(question, secret, err);
}

/* winuser.h: of letters and digits the character, of some others their own. */
static int32_t virtual_key(unsigned character)
{
    if (character < 0x80 && isalnum((int)character))
        return (int32_t)toupper((int)character);
    if (character == 8 || character == 9 || character == 13 ||
        character == 27 || character == 32)
        return (int32_t)character;
    return 0;
}

static unsigned first_unit(const unsigned char *p, size_t n)
{
    if (p[0] == '\n')
        return 13; /* VK_RETURN's character */
    if (p[0] == 0x7f)
        return 8;  /* what Backspace sends here */
    if (p[0] < 0x80)
        return p[0];
    if ((p[0] & 0xe0) == 0xc0 && n >= 2)
        return (p[0] & 0x1fu) << 6 | (p[1] & 0x3fu);
    if ((p[0] & 0xf0) == 0xe0 && n >= 3)
        return (p[0] & 0x0fu) << 12 | (p[1] & 0x3fu) << 6 | (p[2] & 0x3fu);
    return 0xfffd;
}

int ps_ask_key(const struct ps_ask *ask, bool echo, struct host_key *key,
               struct err *err)
{
    struct termios before, raw;
    unsigned char p[16];
    ssize_t n = -1;
    int rc;

    if (tcgetattr(ask->fd, &before) != 0)
        return err_set_errno(err, ERR_SYSTEM, STAGE_COMMAND, errno,
                             "cannot control the terminal");
    raw = before;
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    raw.c_lflag |= echo ? ECHO : 0;
    (void)tcsetattr(ask->fd, TCSANOW, &raw);
    rc = await(ask, err);
    if (rc == 0)
        n = read(ask->fd, p, sizeof p);
    (void)tcsetattr(ask->fd, TCSANOW, &before);
    if (rc == 0 && n <= 0)
        rc = err_set(err, ERR_INTERRUPTED, STAGE_COMMAND, NULL);
    if (rc != 0)
        return -1;
    key->character = (uint16_t)first_unit(p, (size_t)n);
    key->virtual_key = virtual_key(key->character);
    key->control_state = 0;
    key->is_down = true;
    return 0;
}

/* "&Yes": its key is Y and its text Yes. */
static char key_of(const char *label)
{
    const char *mark = strchr(label, '&');

    return (char)(mark != NULL ? toupper((unsigned char)mark[1]) : '\0');
}

static void put_label(struct buf *out, const char *label)
{
    for (; *label != '\0'; label++)
        if (*label != '&')
            buf_put_u8(out, (uint8_t)*label);
}

/* "[Y] Yes  [N] No  [?] Help (default is "Y"): " */
static void list_choices(const struct ps_ask *ask,
                         const struct host_call *call, int32_t fallback)
{
    struct buf text = BUF_INIT(PS_ASK_LINE_MAX);
    const struct clixml *at = NULL;
    struct host_choice choice;
    char standard = '\0';
    int32_t i;

    for (i = 0; host_call_choice(call, 2, &at, &choice); i++) {
        buf_printf(&text, "[%c] ", key_of(choice.label) != '\0'
                                       ? key_of(choice.label) : ' ');
        put_label(&text, choice.label);
        buf_printf(&text, "  ");
        if (i == fallback)
            standard = key_of(choice.label);
    }
    buf_printf(&text, "[?] Help");
    if (standard != '\0')
        buf_printf(&text, " (default is \"%c\")", standard);
    buf_printf(&text, ": ");
    buf_put_u8(&text, 0);
    if (text.failed == ERR_NONE)
        ps_ask_say(ask, (const char *)text.data);
    buf_free(&text);
}

static void explain_choices(const struct ps_ask *ask,
                            const struct host_call *call)
{
    const struct clixml *at = NULL;
    struct host_choice choice;

    while (host_call_choice(call, 2, &at, &choice)) {
        char key[] = { key_of(choice.label), ' ', '-', ' ', '\0' };

        ps_ask_say(ask, key);
        ps_ask_say(ask, choice.help);
        ps_ask_say(ask, "\n");
    }
}

static bool is_label(const char *label, const char *answer)
{
    struct buf text = BUF_INIT(PS_ASK_LINE_MAX);
    bool same;

    put_label(&text, label);
    buf_put_u8(&text, 0);
    same = text.failed == ERR_NONE &&
           strcasecmp((const char *)text.data, answer) == 0;
    buf_free(&text);
    return same;
}

/* Its index, or -1. */
static int32_t find_choice(const struct host_call *call, const char *answer)
{
    char key = (char)toupper((unsigned char)answer[0]);
    const struct clixml *at = NULL;
    struct host_choice choice;
    int32_t i;

    for (i = 0; host_call_choice(call, 2, &at, &choice); i++)
        if ((answer[1] == '\0' && key != '\0' &&
             key == key_of(choice.label)) || is_label(choice.label, answer))
            return i;
    return -1;
}

int ps_ask_choice(const struct ps_ask *ask, const struct host_call *call,
                  int32_t fallback, bool may_end, int32_t *chosen,
                  struct err *err)
{
    struct buf line = BUF_INIT(PS_ASK_LINE_MAX);
    int rc;

    *chosen = -1;
    for (;;) {
        const char *answer;

        list_choices(ask, call, fallback);
        rc = ps_ask_line(ask, &line, err);
        if (rc != 0)
            break;
        answer = (const char *)line.data;
        if (answer[0] == '\0')
            *chosen = fallback;
        else if (strcmp(answer, "?") == 0)
            explain_choices(ask, call);
        else
            *chosen = find_choice(call, answer);
        if (*chosen >= 0 || (may_end && answer[0] == '\0'))
            break;
    }
    buf_free(&line);
    return rc;
}
