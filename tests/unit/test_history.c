/* test_history.c - what a session remembers of itself, and who may ask. */
#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "broker/bounds.h"
#include "broker/history.h"
#include "broker/logs.h"
#include "broker/wire.h"

#define SESSION "0011223344556677"
#define ROOM (4 * 1048576)

static struct buf told = BUF_INIT(ROOM);

static void note(struct history *history, const char *session,
                 const char *host)
{
    struct err err = ERR_INIT;

    err_set(&err, ERR_POLICY_DENIED, STAGE_POLICY, "no line for %s", host);
    history_note(history, session, &(struct audit_record){
        .event = AUDIT_REFUSED, .host = host, .err = &err,
        .duration_ms = 3 });
}

/* The hosts of what is told, "win1 win2 ", and how many are forgotten. */
static const char *hosts_told(struct history *history, const char *session,
                              uint32_t *forgotten)
{
    static char hosts[ROOM];
    struct wire_logged logged = { .forgotten = 9999 };
    struct err err = ERR_INIT;
    struct reader r;
    size_t used = 0;

    buf_clear(&told);
    hosts[0] = '\0';
    history_tell(history, session, &told);
    r = (struct reader)READER_INIT(told.data, told.len);
    while (r.left > 0) {
        uint32_t length = reader_u32(&r);
        unsigned type = reader_u8(&r);
        struct reader fields = READER_INIT(reader_bytes(&r, length - 1),
                                           length - 1);
        struct wire_event event;

        assert_false(r.failed);
        if (type == WIRE_EVENT) {
            assert_ok(wire_get_event(&fields, &event, &err), &err);
            assert_int_equal(event.cause, ERR_POLICY_DENIED);
            assert_int_equal(event.duration_ms, 3);
            used += (size_t)snprintf(hosts + used, sizeof hosts - used,
                                     "%s ", event.host);
        } else {
            assert_int_equal(type, WIRE_LOGGED);
            assert_ok(wire_get_logged(&fields, &logged, &err), &err);
        }
    }
    *forgotten = logged.forgotten;
    return hosts;
}

static void the_oldest_events_are_forgotten(void **state)
{
    struct history history;
    uint32_t forgotten;
    char host[32];
    const char *hosts;
    int i;

    (void)state;
    history_init(&history);
    assert_string_equal(hosts_told(&history, SESSION, &forgotten), "");
    assert_int_equal(forgotten, 0);
    for (i = 0; i < LIMIT_HISTORY + 2; i++) {
        snprintf(host, sizeof host, "win%d", i);
        note(&history, SESSION, host);
    }
    hosts = hosts_told(&history, SESSION, &forgotten);
    assert_int_equal(forgotten, 2);
    assert_memory_equal(hosts, "win2 win3 ", 10);
    assert_non_null(strstr(hosts, " win129 "));
    history_clear(&history);
    buf_free(&told);
}

/* One worker notes, ends, and the next one tells it. */
static void a_file_outlives_its_worker(void **state)
{
    struct history first, second;
    uint32_t forgotten;
    int fd = history_file();

    (void)state;
    assert_true(fd >= 0);
    history_init(&first);
    history_adopt(&first, dup(fd));
    note(&first, SESSION, "win1");
    history_clear(&first);
    history_init(&second);
    history_adopt(&second, dup(fd));
    note(&second, SESSION, "win2");
    assert_string_equal(hosts_told(&second, SESSION, &forgotten),
                        "win1 win2 ");
    /* A key's serial number came again, for another session. */
    assert_string_equal(hosts_told(&second, "ffff", &forgotten), "");
    history_clear(&second);
    close(fd);
    buf_free(&told);
}

/* Whatever a worker that was taken over left there. */
static void rubbish_in_the_file_is_not_told(void **state)
{
    struct history history;
    const size_t size = 65536; /* of the 160 KiB and more */
    unsigned char *rubbish = malloc(size);
    int fd = history_file();
    uint32_t forgotten;

    (void)state;
    memset(rubbish, 0xee, size);
    assert_int_equal(pwrite(fd, rubbish, size, 0), size);
    free(rubbish);
    assert_int_equal(pwrite(fd, SESSION, sizeof SESSION, 0), sizeof SESSION);
    history_init(&history);
    history_adopt(&history, fd);
    assert_string_equal(hosts_told(&history, SESSION, &forgotten), "");
    history_clear(&history);
    buf_free(&told);
}

/* A file that could shrink would be a SIGBUS. */
static void other_files_are_not_used(void **state)
{
    int fd = memfd_create("other", MFD_CLOEXEC);
    struct history history;

    (void)state;
    assert_int_equal(ftruncate(fd, ROOM), 0);
    history_init(&history);
    history_adopt(&history, fd);
    assert_null(history.ring);
    assert_int_equal(fcntl(fd, F_GETFD), -1);
}

static void the_listener_keeps_a_file_for_each_session(void **state)
{
    static struct logs logs;
    int32_t sealed;
    int first, others;

    (void)state;
    first = logs_find(&logs, 4001, 7);
    others = logs_find(&logs, 4002, 7);
    assert_true(first >= 0 && others >= 0 && first != others);
    assert_int_equal(logs_find(&logs, 4001, 7), first);
    /* One user's seventeenth session costs him his oldest, nobody else's. */
    for (sealed = 8; sealed < 8 + LIMIT_LOGS_PER_UID; sealed++)
        assert_true(logs_find(&logs, 4001, sealed) >= 0);
    assert_int_equal(logs.count, LIMIT_LOGS_PER_UID + 1);
    assert_int_equal(logs_find(&logs, 4002, 7), others);
    while (logs.count > 0)
        close(logs.files[--logs.count].fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_oldest_events_are_forgotten),
        cmocka_unit_test(a_file_outlives_its_worker),
        cmocka_unit_test(rubbish_in_the_file_is_not_told),
        cmocka_unit_test(other_files_are_not_used),
        cmocka_unit_test(the_listener_keeps_a_file_for_each_session),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
