/* prompt.c - reads a password without leaving a copy of it anywhere. */
#include "cli/prompt.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "credssp/cred.h"

/* One more than allowed, so that too much is noticed; and "\r\n". */
#define ROOM (CRED_PASSWORD_MAX + 3)

static const int caught[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP };
#define CAUGHT (sizeof caught / sizeof *caught)

/* The terminal as it was, and the signals that would leave it changed. */
struct quiet_terminal {
    int fd;
    struct termios before;
    struct sigaction actions[CAUGHT];
    sigset_t mask;
};

/* A handler has no other way to reach its program (signal-safety(7)). */
static volatile sig_atomic_t caught_signal;

static void catch_signal(int number)
{
    caught_signal = number;
}

static int check(struct secret *password, struct err *err)
{
    size_t n = password->len;

    if (n > 0 && password->data[n - 1] == '\n')
        n--;
    if (n > 0 && n < password->len && password->data[n - 1] == '\r')
        n--;
    secret_truncate(password, n);
    if (n == 0) {
        (void)err_set(err, ERR_USAGE, STAGE_START, "the password is empty");
        return err_advise(err, "nothing was stored; try again");
    }
    return cred_check_password((const char *)password->data, n, err);
}

/*
 * Signals are let in only while we wait here: one that came between the
 * question and the read(2) would else be noticed after the answer.
 */
static int await_line(const struct quiet_terminal *t, struct err *err)
{
    struct pollfd p = { .fd = t->fd, .events = POLLIN };

    while (ppoll(&p, 1, NULL, &t->mask) < 0 && errno == EINTR)
        if (caught_signal != 0)
            return err_set(err, ERR_INTERRUPTED, STAGE_START, NULL);
    return 0;
}

/* Reads fd to its end, or one line of the terminal t if there is one. */
static int read_into(int fd, const struct quiet_terminal *t,
                     struct secret *password, struct err *err)
{
    size_t len = 0;

    while (len < password->len) {
        ssize_t n;

        if (t != NULL && await_line(t, err) != 0)
            return -1;
        n = read(fd, password->data + len, password->len - len);
        if (n == 0)
            break;
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_set_errno(err, ERR_SYSTEM, STAGE_START, errno,
                                 "cannot read the password");
        len += (size_t)n;
        if (t != NULL && password->data[len - 1] == '\n')
            break;
    }
    secret_truncate(password, len);
    return check(password, err);
}

static int read_password(int fd, const struct quiet_terminal *t,
                         struct secret **out, struct err *err)
{
    struct secret *password = NULL;

    if (secret_new(ROOM, &password, err) != 0)
        return -1;
    if (read_into(fd, t, password, err) != 0) {
        secret_free(&password);
        return -1;
    }
    *out = password;
    return 0;
}

int prompt_read_all(int fd, struct secret **out, struct err *err)
{
    return read_password(fd, NULL, out, err);
}

static void restore(struct quiet_terminal *t)
{
    size_t i;

    tcsetattr(t->fd, TCSAFLUSH, &t->before);
    for (i = 0; i < CAUGHT; i++)
        sigaction(caught[i], &t->actions[i], NULL);
    sigprocmask(SIG_SETMASK, &t->mask, NULL);
}

static int silence(struct quiet_terminal *t, struct err *err)
{
    struct sigaction action;
    struct termios quiet;
    sigset_t blocked;
    size_t i;

    if (tcgetattr(t->fd, &t->before) != 0)
        return err_set_errno(err, ERR_SYSTEM, STAGE_START, errno,
                             "cannot control the terminal");
    caught_signal = 0;
    memset(&action, 0, sizeof action);
    action.sa_handler = catch_signal;
    sigemptyset(&action.sa_mask);
    sigemptyset(&blocked);
    for (i = 0; i < CAUGHT; i++)
        sigaddset(&blocked, caught[i]);
    sigprocmask(SIG_BLOCK, &blocked, &t->mask);
    for (i = 0; i < CAUGHT; i++)
        sigaction(caught[i], &action, &t->actions[i]);
    quiet = t->before;
    quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);
    quiet.c_lflag |= ICANON | ISIG;
    /* FLUSH: what was typed before the question is no answer to it. */
    if (tcsetattr(t->fd, TCSAFLUSH, &quiet) == 0)
        return 0;
    restore(t);
    return err_set_errno(err, ERR_SYSTEM, STAGE_START, errno,
                         "cannot turn the terminal's echo off");
}

static void say(int fd, const char *text)
{
    ssize_t ignored = write(fd, text, strlen(text));

    (void)ignored; /* the answer can be typed without the question */
}

int prompt_password(const char *question, struct secret **out,
                    struct err *err)
{
    struct quiet_terminal t = { .fd = open("/dev/tty", O_RDWR | O_NOCTTY
                                           | O_CLOEXEC) };
    int r;

    if (t.fd < 0) {
        (void)err_set_errno(err, ERR_USAGE, STAGE_START, errno,
                            "there is no terminal to ask for the password");
        return err_advise(err, "pipe it in with --password-stdin");
    }
    r = silence(&t, err);
    if (r == 0) {
        say(t.fd, question);
        r = read_password(t.fd, &t, out, err);
        say(t.fd, "\n");
        restore(&t);
        if (caught_signal != 0)
            raise((int)caught_signal); /* as it would have been */
    }
    close(t.fd);
    return r;
}
