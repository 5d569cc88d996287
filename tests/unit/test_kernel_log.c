/* test_kernel_log.c - what auditd(8) would get; libaudit is played, for only
 * a process with CAP_AUDIT_WRITE may speak to the kernel. */
#include "unit.h"

#include <stdio.h>

#include "broker/kernel_log.h"

#ifdef HAVE_LIBAUDIT

#include <fcntl.h>
#include <libaudit.h>

static int may_write, opened, sent, send_fails, last_type, last_result;
static char last[1024];

int audit_can_write(void)
{
    return may_write;
}

int audit_open(void)
{
    opened++;
    return open("/dev/null", O_RDONLY);
}

int audit_log_user_message(int fd, int type, const char *message,
                           const char *hostname, const char *addr,
                           const char *tty, int result)
{
    (void)hostname;
    (void)addr;
    (void)tty;
    assert_true(fd >= 0);
    sent++;
    last_type = type;
    last_result = result;
    snprintf(last, sizeof last, "%s", message);
    return send_fails ? -1 : 1;
}

static void only_with_the_capability(void **state)
{
    const struct audit_record record = { .event = AUDIT_DELEGATED };

    (void)state;
    may_write = 0;
    kernel_log_open();
    kernel_log_write(&record);
    assert_int_equal(opened, 0);
    assert_int_equal(sent, 0);
}

static void names_are_the_dictionary_s(void **state)
{
    struct err err = ERR_INIT;
    struct audit_record record = {
        .event = AUDIT_REFUSED, .user = "alice", .uid = 4001,
        .host = "win1", .service = "x res=success",
    };

    (void)state;
    may_write = 1;
    kernel_log_open();
    kernel_log_write(&record);
    /* 78 20 72 ...: what holds a space is in hex, and forges no field. */
    assert_string_equal(last, "op=refused acct=\"alice\" id=4001 "
                              "service=78207265733D73756363657373 "
                              "host=\"win1\"");
    assert_int_equal(last_type, AUDIT_TRUSTED_APP);
    assert_int_equal(last_result, 1);
    err_set(&err, ERR_TIMEOUT, STAGE_HTTP, NULL);
    record.err = &err;
    kernel_log_write(&record);
    assert_int_equal(last_result, 0);
    assert_int_equal(opened, 1);
    kernel_log_close();
}

static void a_failure_opens_it_anew(void **state)
{
    const struct audit_record record = { .event = AUDIT_DELEGATED };

    (void)state;
    may_write = 1;
    kernel_log_open();
    opened = 0;
    send_fails = 1;
    kernel_log_write(&record);
    send_fails = 0;
    kernel_log_write(&record);
    assert_int_equal(opened, 2);
    kernel_log_close();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_with_the_capability),
        cmocka_unit_test(names_are_the_dictionary_s),
        cmocka_unit_test(a_failure_opens_it_anew),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

int main(void)
{
    fputs("built without libaudit\n", stderr);
    return 77; /* automake: skipped */
}

#endif
