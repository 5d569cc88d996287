/* test_prompt.c - a password from a pipe, or from a terminal with echo off. */
#include "unit.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "cli/prompt.h"
#include "credssp/cred.h"

static int pipe_with(const char *bytes, size_t n)
{
    int p[2];

    assert_int_equal(pipe(p), 0);
    assert_int_equal(write(p[1], bytes, n), n);
    close(p[1]);
    return p[0];
}

static void one_newline_is_not_the_passwords(void **state)
{
    static const struct {
        const char *typed, *password;
    } rows[] = {
        { "secret", "secret" }, { "secret\n", "secret" },
        { "secret\r\n", "secret" }, { " se cret ", " se cret " },
        { "p\xc3\xa4ss\n", "p\xc3\xa4ss" },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct err err = ERR_INIT;
        struct secret *password = NULL;
        int fd = pipe_with(rows[i].typed, strlen(rows[i].typed));

        assert_ok(prompt_read_all(fd, &password, &err), &err);
        assert_int_equal(password->len, strlen(rows[i].password));
        assert_memory_equal(password->data, rows[i].password, password->len);
        secret_free(&password);
        close(fd);
    }
}

static void what_is_no_password_is_refused(void **state)
{
    char longer[CRED_PASSWORD_MAX + 1];
    const struct {
        const char *bytes;
        size_t n;
        enum err_cause cause;
    } rows[] = {
        { "", 0, ERR_USAGE }, { "\n", 1, ERR_USAGE },
        { "two\nlines\n", 10, ERR_MALFORMED },
        { "a\0b", 3, ERR_MALFORMED },
        { longer, sizeof longer, ERR_MALFORMED },
    };
    size_t i;

    (void)state;
    memset(longer, 'x', sizeof longer);
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct err err = ERR_INIT;
        struct secret *password = NULL;
        int fd = pipe_with(rows[i].bytes, rows[i].n);

        assert_cause(prompt_read_all(fd, &password, &err), &err,
                     rows[i].cause);
        assert_null(password);
        close(fd);
    }
}

/* A child on a terminal of its own asks; the status says what it got. */
static _Noreturn void ask_on(const char *terminal)
{
    struct err err = ERR_INIT;
    struct secret *password = NULL;
    int fd, status;

    alarm(20); /* a question that nobody can end would hang the test */
    setsid();
    fd = open(terminal, O_RDWR);
    if (fd < 0 || ioctl(fd, TIOCSCTTY, 0) != 0)
        _exit(90);
    if (prompt_password("Password: ", &password, &err) != 0)
        _exit(err.cause == ERR_USAGE ? 1 : 2);
    status = password->len == 6 && memcmp(password->data, "secret", 6) == 0
        ? 0 : 3;
    secret_free(&password);
    _exit(status);
}

/* Types when the question stands there; gives back what the screen shows. */
static int type_at_prompt(const char *keys, char *screen, size_t size,
                          bool *echo)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY), status = -1;
    struct pollfd p = { .fd = master, .events = POLLIN };
    struct termios t;
    size_t used = 0;
    pid_t child;
    ssize_t n;
    int slave;

    assert_int_equal(grantpt(master) | unlockpt(master), 0);
    slave = open(ptsname(master), O_RDWR | O_NOCTTY); /* keeps it alive */
    child = fork();
    if (child == 0)
        ask_on(ptsname(master));
    screen[0] = '\0';
    while (strstr(screen, "Password: ") == NULL && poll(&p, 1, 5000) > 0) {
        n = read(master, screen + used, size - used - 1);
        used += n > 0 ? (size_t)n : 0;
        screen[used] = '\0';
    }
    assert_int_equal(write(master, keys, strlen(keys)), strlen(keys));
    assert_int_equal(waitpid(child, &status, 0), child);
    while (poll(&p, 1, 0) > 0 && used + 1 < size
           && (n = read(master, screen + used, size - used - 1)) > 0)
        used += (size_t)n;
    screen[used] = '\0';
    assert_int_equal(tcgetattr(slave, &t), 0);
    *echo = (t.c_lflag & ECHO) != 0;
    close(slave);
    close(master);
    return status;
}

static void the_terminal_shows_nothing_and_is_restored(void **state)
{
    char screen[256];
    bool echo = false;
    int status = type_at_prompt("secret\n", screen, sizeof screen, &echo);

    (void)state;
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_null(strstr(screen, "secret"));
    assert_true(echo);
}

static void ctrl_c_restores_the_terminal_first(void **state)
{
    char screen[256];
    bool echo = false;
    int status = type_at_prompt("sec\x03", screen, sizeof screen, &echo);

    (void)state;
    assert_int_equal(status, SIGINT); /* killed by it: wait(2) */
    assert_true(echo);
}

static void an_empty_answer_is_refused(void **state)
{
    char screen[256];
    bool echo = false;
    int status = type_at_prompt("\n", screen, sizeof screen, &echo);

    (void)state;
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 1);
    assert_true(echo);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_newline_is_not_the_passwords),
        cmocka_unit_test(what_is_no_password_is_refused),
        cmocka_unit_test(the_terminal_shows_nothing_and_is_restored),
        cmocka_unit_test(ctrl_c_restores_the_terminal_first),
        cmocka_unit_test(an_empty_answer_is_refused),
    };

    signal(SIGINT, SIG_DFL); /* a shell's '&' has it ignored: sh(1) */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
