/* test_listen.c - the socket's name: whose directory, which mode. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "broker/listen.h"

static char directory[64];
static char path[128];

static int begin(void **state)
{
    (void)state;
    snprintf(directory, sizeof directory, "/tmp/credssp-listen-XXXXXX");
    if (mkdtemp(directory) == NULL)
        return -1;
    snprintf(path, sizeof path, "%s/broker.sock", directory);
    return 0;
}

static int end(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(directory);
}

static void everybody_may_connect(void **state)
{
    struct err err = ERR_INIT;
    struct stat st;
    int fd = -1;

    (void)state;
    umask(077);
    assert_ok(listen_at(path, &fd, &err), &err);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0666);
    close(fd);
}

static void a_stale_socket_is_replaced_a_live_one_is_not(void **state)
{
    struct err err = ERR_INIT;
    int fd = -1, second = -1;

    (void)state;
    assert_ok(listen_at(path, &fd, &err), &err);
    assert_cause(listen_at(path, &second, &err), &err, ERR_USAGE);
    close(fd); /* the name stays */
    assert_ok(listen_at(path, &second, &err), &err);
    close(second);
}

static void a_file_in_its_place_stays(void **state)
{
    struct err err = ERR_INIT;
    FILE *file = fopen(path, "w");
    int fd = -1;

    (void)state;
    assert_non_null(file);
    fclose(file);
    assert_cause(listen_at(path, &fd, &err), &err, ERR_USAGE);
    assert_int_equal(access(path, F_OK), 0);
}

static void a_directory_of_everybody_is_refused(void **state)
{
    struct err err = ERR_INIT;
    int fd = -1;

    (void)state;
    assert_int_equal(chmod(directory, 01777), 0);
    assert_cause(listen_at(path, &fd, &err), &err, ERR_USAGE);
    assert_cause(listen_at("relative.sock", &fd, &err), &err, ERR_USAGE);
}

/* LISTEN_PID names another process: its descriptors are not for us. */
static void descriptors_of_another_process_are_not_taken(void **state)
{
    struct err err = ERR_INIT;
    int fd = 0;

    (void)state;
    setenv("LISTEN_FDS", "1", 1);
    setenv("LISTEN_PID", "1", 1);
    assert_ok(listen_inherited(&fd, &err), &err);
    assert_int_equal(fd, -1);
    unsetenv("LISTEN_PID");
    assert_ok(listen_inherited(&fd, &err), &err);
    assert_int_equal(fd, -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(everybody_may_connect, begin, end),
        cmocka_unit_test_setup_teardown(
            a_stale_socket_is_replaced_a_live_one_is_not, begin, end),
        cmocka_unit_test_setup_teardown(a_file_in_its_place_stays, begin,
                                        end),
        cmocka_unit_test_setup_teardown(a_directory_of_everybody_is_refused,
                                        begin, end),
        cmocka_unit_test(descriptors_of_another_process_are_not_taken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
