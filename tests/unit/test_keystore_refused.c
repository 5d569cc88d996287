/*
 * test_keystore_refused.c - the mark of a refused password: who finds it, who
 * does not, and when it ends.  Needs root.
 */
#include "login.h"

/* One of these for each play: what the broker is asked, what it says. */
struct mark {
    int32_t sealed;
    unsigned char session[CRED_SESSION_BYTES];
    unsigned lifetime_s;
    enum err_cause why;
    char host[KEYSTORE_HOST_MAX];
    enum err_cause failed;
};

static struct mark *new_mark(void)
{
    struct mark *mark = shared(sizeof *mark);

    mark->sealed = keys.sealed;
    memcpy(mark->session, "0123456789abcde", CRED_SESSION_BYTES);
    mark->lifetime_s = 60;
    mark->why = ERR_WRONG_PASSWORD;
    return mark;
}

static int marks(void *arg)
{
    struct mark *mark = arg;
    struct keystore_header header = { .uid = ALICE };
    struct err err = ERR_INIT;

    memcpy(header.session, mark->session, sizeof header.session);
    header.expires = (int64_t)time(NULL) + mark->lifetime_s;
    mark->failed = keystore_mark_refused(mark->sealed, &header, mark->why,
                                         mark->host, &err) == 0
                       ? ERR_NONE : err.cause;
    return 0;
}

static int asks(void *arg)
{
    struct mark *mark = arg;
    struct err err = ERR_INIT;

    mark->failed = keystore_was_refused(mark->sealed, mark->session,
                                        &mark->why, mark->host, &err) == 0
                       ? ERR_NONE : err.cause;
    return 0;
}

static int sweeps(void *arg)
{
    (void)arg;
    keystore_sweep_refused();
    return 0;
}

/* Each in a process of its own, with a session keyring of its own. */
static void broker(actor *act, struct mark *mark)
{
    assert_int_equal(play(BROKER, IN_ANOTHER_SESSION, act, mark), 0);
}

static enum err_cause found(struct mark *mark)
{
    mark->why = ERR_INTERNAL;
    broker(asks, mark);
    assert_int_equal(mark->failed, ERR_NONE);
    return mark->why;
}

/* What setpriv(1) and systemd's KeyringMode=inherit leave: no session
 * keyring of its own, and the user session keyring of another. */
static int asks_without_session(void *arg)
{
    CHECK(keyctl_join_session_keyring("_ses.of-another") > 0);
    CHECK(keyctl_clear(SESSION) == 0);
    return asks(arg);
}

static void every_later_process_of_the_broker_finds_it(void **state)
{
    struct mark *mark = new_mark();

    (void)state;
    need_root();
    assert_int_equal(found(mark), ERR_NONE);
    mark->why = ERR_ACCOUNT_LOCKED;
    broker(marks, mark);
    assert_int_equal(mark->failed, ERR_NONE);
    assert_int_equal(found(mark), ERR_ACCOUNT_LOCKED);
    mark->why = ERR_INTERNAL;
    assert_int_equal(play(BROKER, IN_SESSION, asks_without_session, mark),
                     0);
    assert_int_equal(mark->why, ERR_ACCOUNT_LOCKED);
}

static void another_key_or_session_is_not_refused(void **state)
{
    struct mark *mark = new_mark();

    (void)state;
    need_root();
    broker(marks, mark);
    mark->session[0] ^= 1; /* the kernel gave the serial away again */
    assert_int_equal(found(mark), ERR_NONE);
    mark->session[0] ^= 1;
    mark->sealed++;
    assert_int_equal(found(mark), ERR_NONE);
}

/* A host's silence bars that host; the next mark takes its place. */
static void a_mark_may_name_one_host(void **state)
{
    struct mark *mark = new_mark();

    (void)state;
    need_root();
    mark->why = ERR_AUTH_DROPPED;
    memset(mark->host, 'h', 253); /* the longest name (RFC 1035 2.3.4) */
    broker(marks, mark);
    assert_int_equal(mark->failed, ERR_NONE);
    memset(mark->host, 0, sizeof mark->host);
    assert_int_equal(found(mark), ERR_AUTH_DROPPED);
    assert_int_equal(strspn(mark->host, "h"), 253);
    mark->host[0] = '\0';
    broker(marks, mark);
    assert_int_equal(found(mark), ERR_AUTH_DROPPED);
    assert_string_equal(mark->host, "");
}

/* The user, in whose session the sealed key lies. */
static int user_meddles(void *arg)
{
    struct mark *mark = arg;
    char byte;

    CHECK(keyctl_read(mark->sealed, &byte, 1) == -1 && errno == EACCES);
    CHECK(keyctl_revoke(mark->sealed) == -1);
    CHECK(keyctl_invalidate(mark->sealed) == -1);
    CHECK(keyctl_set_timeout(mark->sealed, 1) == -1);
    return 0;
}

static int broker_tells_serial(void *arg)
{
    struct mark *mark = arg;
    char name[128];
    size_t i;
    int n = snprintf(name, sizeof name, "credssp:refused:%d:", mark->sealed);

    for (i = 0; i < sizeof mark->session; i++)
        n += snprintf(name + n, sizeof name - (size_t)n, "%02x",
                      mark->session[i]);
    mark->sealed = (int32_t)keyctl_search(KEY_SPEC_USER_KEYRING, "user",
                                          name, 0);
    CHECK(mark->sealed > 0);
    return 0;
}

static void nobody_else_can_touch_it(void **state)
{
    struct mark *mark = new_mark();
    struct mark *serial = new_mark();

    (void)state;
    need_root();
    broker(marks, mark);
    broker(broker_tells_serial, serial);
    assert_int_equal(play(ALICE, IN_SESSION, user_meddles, serial), 0);
    mark->why = ERR_INTERNAL;
    assert_int_equal(play(ALICE, IN_SESSION, asks, mark), 0);
    assert_int_equal(mark->why, ERR_NONE); /* hers is another keyring */
    assert_int_equal(found(mark), ERR_WRONG_PASSWORD);
}

static void it_ends_with_the_credential(void **state)
{
    struct mark *mark = new_mark();
    int i;

    (void)state;
    need_root();
    mark->lifetime_s = 3; /* valgrind is slow to ask */
    broker(marks, mark);
    assert_int_equal(found(mark), ERR_WRONG_PASSWORD);
    for (i = 0; i < 50 && found(mark) != ERR_NONE; i++)
        usleep(100000);
    assert_int_equal(found(mark), ERR_NONE);
    mark->lifetime_s = 0;
    broker(marks, mark);
    assert_int_equal(mark->failed, ERR_EXPIRED);
}

static void a_sweep_takes_marks_of_keys_that_are_gone(void **state)
{
    struct mark *mark = new_mark();

    (void)state;
    need_root();
    broker(marks, mark);
    broker(sweeps, mark);
    assert_int_equal(found(mark), ERR_WRONG_PASSWORD);
    keystore_revoke(&keys);
    broker(sweeps, mark);
    assert_int_equal(found(mark), ERR_NONE);
}

/* How many more keys there was room for; -1: it did not end. */
static int fill_the_quota(void)
{
    static int n;
    char name[32];
    int before = n;

    for (; n < 1000000; n++) {
        snprintf(name, sizeof name, "filler %d", n);
        if (add_key("user", name, "x", 1, SESSION) < 0)
            return errno == EDQUOT ? n - before : -1;
    }
    return -1;
}

/* keyrings(7): 200 keys for each account, and the broker's are few. */
static int broker_has_no_quota(void *arg)
{
    int i, full = 0;

    CHECK(keyctl_join_session_keyring(NULL) > 0);
    /* The kernel still collects what earlier tests have cleared. */
    while (full < 10) {
        int more = fill_the_quota();

        CHECK(more >= 0);
        full = more == 0 ? full + 1 : 0;
        usleep(20000);
    }
    CHECK(marks(arg) == 0);
    CHECK(keyctl_clear(SESSION) == 0);
    /* The kernel collects what is cleared in its own time. */
    for (i = 0; i < 200; i++) {
        if (keyctl_join_session_keyring(NULL) > 0)
            return 0;
        usleep(20000);
    }
    return 1;
}

static void a_full_quota_is_an_error(void **state)
{
    struct mark *mark = new_mark();

    (void)state;
    need_root();
    broker(broker_has_no_quota, mark);
    assert_int_equal(mark->failed, ERR_KEYRING);
    assert_int_equal(found(mark), ERR_NONE);
}

/* No mark stays in the keyring of the account. */
static int log_out(void **state)
{
    (void)state;
    if (!is_root_with_keyrings())
        return 0;
    keystore_revoke(&keys);
    return play(BROKER, IN_ANOTHER_SESSION, sweeps, NULL);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, log_in, log_out)
    const struct CMUnitTest tests[] = {
        T(every_later_process_of_the_broker_finds_it),
        T(another_key_or_session_is_not_refused),
        T(a_mark_may_name_one_host),
        T(nobody_else_can_touch_it),
        T(it_ends_with_the_credential),
        T(a_sweep_takes_marks_of_keys_that_are_gone),
        T(a_full_quota_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
