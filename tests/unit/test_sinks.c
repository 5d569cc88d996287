/* test_sinks.c - events on their way to logs that listen, sleep or are gone. */
#include "unit.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "broker/datagram.h"
#include "broker/journal.h"
#include "broker/sinks.h"

static char path[] = "/tmp/test_sinks.XXXXXX";

static int listen_as_log(void)
{
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);

    memcpy(at.sun_path, path, sizeof path);
    unlink(path);
    assert_int_equal(bind(fd, (const struct sockaddr *)&at, sizeof at), 0);
    return fd;
}

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void a_log_that_comes_again_is_found(void **state)
{
    struct datagram to = DATAGRAM_INIT(path);
    char got[8];
    int fd;

    (void)state;
    unlink(path);
    assert_int_equal(datagram_send(&to, "a", 1), DATAGRAM_NOBODY);
    fd = listen_as_log();
    assert_int_equal(datagram_send(&to, "b", 1), DATAGRAM_TAKEN);
    assert_int_equal(recv(fd, got, sizeof got, 0), 1);
    assert_int_equal(got[0], 'b');
    close(fd);
    assert_int_equal(datagram_send(&to, "c", 1), DATAGRAM_NOBODY);
    fd = listen_as_log();
    assert_int_equal(datagram_send(&to, "d", 1), DATAGRAM_TAKEN);
    close(fd);
    fd = listen_as_log(); /* restarted between two lines */
    assert_int_equal(datagram_send(&to, "e", 1), DATAGRAM_TAKEN);
    assert_int_equal(recv(fd, got, sizeof got, 0), 1);
    assert_int_equal(got[0], 'e');
    close(fd);
    datagram_close(&to);
}

/* A log that reads nothing: its queue fills, and nobody waits. */
static void a_log_that_stands_still_holds_nobody_up(void **state)
{
    struct datagram to = DATAGRAM_INIT(path);
    int fd = listen_as_log(), i;
    int64_t began = now_ms();
    enum datagram_sent sent = DATAGRAM_TAKEN;

    (void)state;
    for (i = 0; i < 100000 && sent == DATAGRAM_TAKEN; i++)
        sent = datagram_send(&to, "x", 1);
    assert_int_equal(sent, DATAGRAM_FULL);
    assert_true(now_ms() - began < 2000);
    while (recv(fd, &sent, sizeof sent, 0) > 0)
        ;
    assert_int_equal(datagram_send(&to, "y", 1), DATAGRAM_TAKEN);
    datagram_close(&to);
    close(fd);
    unlink(path);
}

static void the_journal_gets_a_field_for_each(void **state)
{
    struct err err = ERR_INIT;
    const struct audit_record record = {
        .event = AUDIT_REFUSED, .user = "alice", .uid = 4001,
        .host = "win1\nCREDSSP_UID=0", .err = &err, .duration_ms = 12,
    };
    struct buf out = BUF_INIT(JOURNAL_MESSAGE_MAX);

    (void)state;
    err_set(&err, ERR_WRONG_PASSWORD, STAGE_DELEGATION, "no");
    journal_message(&out, &record, "event=refused");
    buf_put_u8(&out, 0);
    assert_string_equal((const char *)out.data,
        "MESSAGE=event=refused\n"
        "MESSAGE_ID=7311219cec2b429b9fe8c1dcf3531e2b\n"
        "PRIORITY=5\nSYSLOG_FACILITY=10\n"
        "SYSLOG_IDENTIFIER=credssp-broker\n"
        "CREDSSP_EVENT=refused\nCREDSSP_USER=alice\nCREDSSP_UID=4001\n"
        "CREDSSP_HOST=win1?CREDSSP_UID=0\n"
        "CREDSSP_CAUSE=wrong-password\n"
        "CREDSSP_STAGE=CredSSP delegation\nCREDSSP_ERROR=no\n"
        "CREDSSP_DURATION_MS=12\n");
    buf_free(&out);
}

static void the_mirror_gets_every_line(void **state)
{
    const struct audit_record record = {
        .event = AUDIT_DELEGATED, .user = "alice", .uid = 4001,
    };
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    (void)state;
    sinks_mirror(out);
    audit_write(&record);
    sinks_mirror(NULL);
    sinks_close();
    fclose(out);
    assert_string_equal(text, "event=delegated user=\"alice\" uid=4001\n");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_log_that_comes_again_is_found),
        cmocka_unit_test(a_log_that_stands_still_holds_nobody_up),
        cmocka_unit_test(the_journal_gets_a_field_for_each),
        cmocka_unit_test(the_mirror_gets_every_line),
    };

    close(mkstemp(path));
    return cmocka_run_group_tests(tests, NULL, NULL);
}
