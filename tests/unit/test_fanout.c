/* test_fanout.c - processes for many hosts: what comes out, and who failed. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/fanout.h"
#include "cli/progress.h"
#include "cli/retry_file.h"
#include "unit.h"

#define OUTPUT_MAX 2097152
#define LONG_BYTES 100000
#define LONG_LINES 4

static struct hosts hosts;
static struct fanout fanout;
static char out[OUTPUT_MAX], complaints[OUTPUT_MAX];
static char folder[] = "/tmp/credssp-fanout-XXXXXX";

/* Lines far longer than a pipe, each of one letter. */
static void say_long(const char *host)
{
    int i, n;

    for (n = 0; n < LONG_LINES; n++) {
        for (i = 0; i < LONG_BYTES; i++)
            putchar(host[4]);
        putchar('\n');
    }
}

/* What "hosts" do: their names say it. */
static int act(void *arg, const char *host)
{
    int i;

    (void)arg;
    if (strncmp(host, "ok", 2) == 0) {
        printf("I am %s\n", host);
        return 0;
    }
    if (strncmp(host, "fail", 4) == 0) {
        fprintf(stderr, "I am %s", host); /* and no newline */
        return 3;
    }
    if (strncmp(host, "die", 3) == 0)
        raise(SIGKILL);
    if (strncmp(host, "read", 4) == 0)
        while ((i = getchar()) != EOF)
            putchar(i);
    if (strncmp(host, "many", 4) == 0)
        for (i = 0; i < 1000; i++)
            printf("%s says %d\n", host, i);
    if (strncmp(host, "wait", 4) == 0)
        poll(NULL, 0, 30000);
    if (strncmp(host, "long", 4) == 0)
        say_long(host);
    if (strncmp(host, "half", 4) == 0) {
        printf("{whole}\n{ha");
        fflush(stdout);
        raise(SIGKILL);
    }
    return 0;
}

static char *object(const char *host, const struct err *why)
{
    char *line = NULL;

    return asprintf(&line, "{%s %s}\n", host, err_cause_name(why->cause)) < 0
               ? NULL : line;
}

static int set_up(void **state)
{
    (void)state;
    hosts = (struct hosts)HOSTS_INIT;
    fanout = (struct fanout){
        .hosts = &hosts, .program.run = act, .at_once = 2,
        .object = object,
    };
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    hosts_free(&hosts);
    return 0;
}

static void slurp(int fd, char *dst)
{
    ssize_t n;
    size_t len = 0;

    lseek(fd, 0, SEEK_SET);
    while ((n = read(fd, dst + len, OUTPUT_MAX - 1 - len)) > 0)
        len += (size_t)n;
    dst[len] = '\0';
    close(fd);
}

/* Runs it with its output in files; it gets the signal so many times. */
static int run_signalled(const char *list, int number, int times)
{
    int fds[2] = { memfd_create("out", 0), memfd_create("err", 0) };
    struct err err = ERR_INIT;
    int status;
    pid_t pid;

    assert_ok(hosts_add_list(&hosts, list, &err), &err);
    assert_ok(hosts_check(&hosts, &err), &err);
    pid = fork();
    if (pid == 0) {
        dup2(fds[0], STDOUT_FILENO);
        dup2(fds[1], STDERR_FILENO);
        signal(SIGPIPE, SIG_IGN);
        signal(SIGINT, SIG_DFL); /* a shell's background job ignores it */
        status = fanout_run(&fanout, &err);
        if (err.cause != ERR_NONE)
            err_print(stderr, "credssp", &err);
        fflush(stderr);
        _exit(status);
    }
    while (times-- > 0) {
        poll(NULL, 0, 300);
        kill(pid, number);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    slurp(fds[0], out);
    slurp(fds[1], complaints);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static int run(const char *list)
{
    return run_signalled(list, 0, 0);
}

static void lines_have_their_host(void **state)
{
    (void)state;
    fanout.at_once = 1;
    assert_int_equal(run("ok1,ok2"), 0);
    assert_string_equal(out, "ok1: I am ok1\nok2: I am ok2\n");
    assert_non_null(strstr(complaints, "2 hosts in "));
    assert_non_null(strstr(complaints, "2 succeeded, 0 failed\n"));
    hosts_free(&hosts);
    assert_int_equal(run("ok1"), 0);
    assert_non_null(strstr(complaints, "credssp: 1 host in "));
}

static void a_failure_is_told_and_counted(void **state)
{
    (void)state;
    fanout.at_once = 1;
    assert_int_equal(run("ok1,fail1,die1,ok2"), FANOUT_FAILED);
    assert_string_equal(out, "ok1: I am ok1\nok2: I am ok2\n");
    assert_non_null(strstr(complaints, "fail1: I am fail1\n"));
    assert_non_null(strstr(complaints, "die1: credssp: the process for this "
                                       "host died of signal 9\n"));
    assert_non_null(strstr(complaints, "2 succeeded, 2 failed\n"));
    assert_non_null(strstr(complaints, "fail1: exit status 3\n"));
    assert_non_null(strstr(complaints, "die1: failed\n"));
}

static void quiet_has_no_summary(void **state)
{
    (void)state;
    fanout.quiet = true;
    assert_int_equal(run("ok1,fail1"), FANOUT_FAILED);
    assert_string_equal(complaints, "fail1: I am fail1\n");
}

static void groups_have_a_title(void **state)
{
    (void)state;
    fanout.at_once = 1;
    fanout.quiet = true;
    fanout.form = FANOUT_GROUPED;
    assert_int_equal(run("ok1,fail1"), FANOUT_FAILED);
    assert_string_equal(out, "==> ok1 <==\nI am ok1\n"
                             "==> fail1: exit status 3 <==\n");
    assert_string_equal(complaints, "==> fail1: standard error <==\n"
                                    "I am fail1\n");
}

static void every_host_has_an_object(void **state)
{
    (void)state;
    fanout.at_once = 1;
    fanout.quiet = true;
    fanout.fail_fast = true;
    fanout.form = FANOUT_OBJECTS;
    assert_int_equal(run("ok1,die1,ok2"), FANOUT_FAILED);
    assert_string_equal(out, "I am ok1\n{die1 internal}\n{ok2 not-run}\n");
}

/* No name before them, none cut, none mixed with another's. */
static void values_are_whole_lines(void **state)
{
    unsigned lines = 0;
    char *p, *end;

    (void)state;
    fanout.at_once = 3;
    fanout.form = FANOUT_VALUES;
    assert_int_equal(run("longa,longb,longc"), 0);
    for (p = out; *p != '\0'; p = end + 1) {
        char letter[] = { *p, '\0' };

        end = strchr(p, '\n');
        assert_int_equal(end - p, LONG_BYTES);
        assert_int_equal(strspn(p, letter), LONG_BYTES);
        lines++;
    }
    assert_int_equal(lines, 3 * LONG_LINES);
}

static void values_of_those_that_fail(void **state)
{
    (void)state;
    fanout.at_once = 1;
    fanout.fail_fast = true;
    fanout.form = FANOUT_VALUES;
    assert_int_equal(run("silent1,ok1,half1,ok2"), FANOUT_FAILED);
    assert_string_equal(out, "I am ok1\n{whole}\n{half1 internal}\n"
                             "{ok2 not-run}\n");
    assert_null(strstr(complaints, "half1: credssp: the process"));
}

static void nothing_said_is_nothing_told(void **state)
{
    (void)state;
    fanout.at_once = 1;
    fanout.form = FANOUT_OBJECTS;
    assert_int_equal(run("silent1,half1,fail1"), FANOUT_FAILED);
    assert_string_equal(out, "{whole}\n{ha\n{half1 internal}\n"
                             "{fail1 internal}\n");
}

static void fail_fast_starts_no_more(void **state)
{
    (void)state;
    fanout.at_once = 1;
    fanout.fail_fast = true;
    assert_int_equal(run("fail1,ok1,ok2"), FANOUT_FAILED);
    assert_string_equal(out, "");
    assert_non_null(strstr(complaints, "0 succeeded, 1 failed, 2 not run"));
}

static void a_file_is_the_input_of_each(void **state)
{
    char name[64];
    FILE *file;

    (void)state;
    snprintf(name, sizeof name, "%s/input", folder);
    file = fopen(name, "w");
    assert_non_null(file);
    fputs("said\n", file);
    fclose(file);
    fanout.program.input = name;
    fanout.at_once = 1;
    assert_int_equal(run("read1,read2"), 0);
    assert_string_equal(out, "read1: said\nread2: said\n");
    unlink(name);
}

static void lines_are_never_mixed(void **state)
{
    int next[5] = { 0 }, i;
    char *line, *end;

    (void)state;
    fanout.at_once = 5;
    assert_int_equal(run("many0,many1,many2,many3,many4"), 0);
    for (line = out; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        char want[64];

        *end = '\0';
        i = line[4] - '0';
        assert_in_range(i, 0, 4);
        snprintf(want, sizeof want, "many%d: many%d says %d", i, i,
                 next[i]++);
        assert_string_equal(line, want);
    }
    for (i = 0; i < 5; i++)
        assert_int_equal(next[i], 1000);
}

static void the_failed_are_listed_for_the_next_time(void **state)
{
    char name[64], text[512] = "";
    struct hosts again = HOSTS_INIT;
    struct err err = ERR_INIT;
    int fd;

    (void)state;
    snprintf(name, sizeof name, "%s/failed", folder);
    fanout.retry_file = name;
    fanout.at_once = 1;
    assert_int_equal(run("ok1,fail1,die1"), FANOUT_FAILED);
    fd = open(name, O_RDONLY);
    assert_true(fd >= 0);
    assert_true(read(fd, text, sizeof text - 1) > 0);
    close(fd);
    assert_string_equal(text, "# 2 hosts for --hosts\n"
                              "fail1  # exit status 3\n"
                              "die1  # failed\n");
    assert_ok(hosts_add_file(&again, name, &err), &err);
    assert_int_equal(again.count, 2);
    hosts_free(&again);
    unlink(name);
}

static void what_cannot_be_written_is_told_before_anything_runs(void **state)
{
    (void)state;
    fanout.retry_file = "/nonexistent/failed";
    assert_int_equal(run("ok1"), EXIT_OWN_FAILURE);
    assert_string_equal(out, "");
    assert_non_null(strstr(complaints, "/nonexistent/failed"));
    assert_non_null(strstr(complaints, "--retry-failed wants a file"));
    hosts_free(&hosts);
    fanout.retry_file = "/dev/null";
    assert_int_equal(run("ok1"), EXIT_OWN_FAILURE);
    assert_non_null(strstr(complaints, "no regular file"));
}

/* "wait" would take 30 s and does not catch SIGINT. */
static void an_interrupt_goes_to_all_and_ends_the_starting(void **state)
{
    (void)state;
    alarm(20);
    assert_int_equal(run_signalled("wait1,wait2,ok1", SIGINT, 1),
                     FANOUT_FAILED);
    assert_string_equal(out, "");
    assert_non_null(strstr(complaints, "goes to the 2 hosts that run"));
    assert_non_null(strstr(complaints, "wait1: credssp: interrupted\n"));
    assert_non_null(strstr(complaints, "2 failed, 1 not run"));
    alarm(0);
}

static void the_end_of_the_parent_ends_them(void **state)
{
    (void)state;
    alarm(20);
    assert_int_equal(run_signalled("wait1,wait2,ok1", SIGTERM, 1),
                     FANOUT_FAILED);
    assert_non_null(strstr(complaints, "2 failed, 1 not run"));
    alarm(0);
}

static void progress_tells_what_is_left(void **state)
{
    struct progress_counts counts = { .hosts = 500, .running = 32 };
    char line[PROGRESS_MAX];

    (void)state;
    progress_render(line, 80, &counts);
    assert_string_equal(line, "0/500 done, 0 failed, 32 running");
    counts.succeeded = 99;
    counts.failed = 1;
    counts.elapsed_ms = 10000;
    progress_render(line, 80, &counts);
    assert_string_equal(line,
                        "100/500 done, 1 failed, 32 running, 0:40 left");
    progress_render(line, 21, &counts);
    assert_string_equal(line, "100/500 done, 1 fail");
    counts.elapsed_ms = 1000000;
    progress_render(line, 200, &counts);
    assert_non_null(strstr(line, ", 1:06:40 left"));
    counts.succeeded = 499;
    counts.running = 0;
    progress_render(line, 80, &counts);
    assert_string_equal(line, "500/500 done, 1 failed, 0 running");
}

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) != NULL ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    return rmdir(folder);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(lines_have_their_host),
        CASE(a_failure_is_told_and_counted),
        CASE(quiet_has_no_summary),
        CASE(groups_have_a_title),
        CASE(every_host_has_an_object),
        CASE(values_are_whole_lines),
        CASE(values_of_those_that_fail),
        CASE(nothing_said_is_nothing_told),
        CASE(fail_fast_starts_no_more),
        CASE(a_file_is_the_input_of_each),
        CASE(lines_are_never_mixed),
        CASE(the_failed_are_listed_for_the_next_time),
        CASE(what_cannot_be_written_is_told_before_anything_runs),
        CASE(an_interrupt_goes_to_all_and_ends_the_starting),
        CASE(the_end_of_the_parent_ends_them),
        CASE(progress_tells_what_is_left),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
