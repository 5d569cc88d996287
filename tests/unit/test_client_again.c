/* test_client_again.c - a question asked anew while a new password replaces
 * the session's key, against a broker that is late to notice. */
#include "unit.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "cli/account.h"
#include "cli/client.h"
#include "credssp/possession.h"

/* The session's keyring, and the broker's account. */
static unsigned found;

int possession_find(struct possession *own, struct err *err)
{
    found++;
    own->sealed_serial = 4711;
    return secret_new(WIRE_TICKET_BYTES, &own->ticket, err);
}

void possession_clear(struct possession *own)
{
    secret_free(&own->ticket);
}

bool account_uid(const char *name, uid_t *uid)
{
    (void)name;
    *uid = geteuid();
    return true;
}

/* Says "another time" so often, and then answers OPEN. */
static struct {
    char directory[32], path[40];
    int listener;
    enum err_cause cause;
    unsigned refusals, asked;
    pthread_t thread;
} broker;

static void put_answer(struct buf *out)
{
    const struct wire_opened opened = { .host = "win1.corp.example.com",
                                        .mechanism = "Kerberos" };
    struct err refused = ERR_INIT;

    if (broker.asked > broker.refusals) {
        wire_put_opened(out, &opened);
        return;
    }
    (void)err_set(&refused, broker.cause, STAGE_KEYS, NULL);
    wire_put_error(out, &refused);
}

static void serve_one(int fd)
{
    struct buf in = BUF_INIT(WIRE_FRAME_MAX + 5), out = BUF_INIT(65536);
    struct err err = ERR_INIT;
    struct reader fields;
    unsigned type = 0;

    while (type != WIRE_OPEN
           && wire_receive(fd, WIRE_FRAME_MAX, 5000, &in, &type, &fields,
                           &err) == 0)
        continue;
    broker.asked += type == WIRE_OPEN;
    put_answer(&out);
    if (wire_send(fd, &out, 5000, &err) != 0)
        abort();
    buf_free(&in);
    buf_free(&out);
    close(fd);
}

static void *serve(void *arg)
{
    int fd;

    (void)arg;
    while ((fd = accept(broker.listener, NULL, NULL)) >= 0)
        serve_one(fd);
    return NULL;
}

static void start(enum err_cause cause, unsigned refusals)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };

    memset(&broker, 0, sizeof broker);
    found = 0;
    broker.cause = cause;
    broker.refusals = refusals;
    snprintf(broker.directory, sizeof broker.directory,
             "/tmp/credssp-again-XXXXXX");
    assert_non_null(mkdtemp(broker.directory));
    snprintf(broker.path, sizeof broker.path, "%s/s", broker.directory);
    snprintf(address.sun_path, sizeof address.sun_path, "%s", broker.path);
    broker.listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(broker.listener, (struct sockaddr *)&address,
                          sizeof address), 0);
    assert_int_equal(listen(broker.listener, 8), 0);
    assert_int_equal(pthread_create(&broker.thread, NULL, serve, NULL), 0);
}

static void stop(void)
{
    shutdown(broker.listener, SHUT_RDWR);
    pthread_join(broker.thread, NULL);
    close(broker.listener);
    unlink(broker.path);
    rmdir(broker.directory);
}

static int open_host(struct err *err)
{
    const struct cli cli = { .socket = broker.path };
    struct wire_opened opened;
    struct client client;
    int r;

    client_init(&client);
    r = client_open(&client, &cli, "win1.corp.example.com", NULL, 5000,
                    &opened, err);
    client_close(&client, true);
    return r;
}

/* With what the keyring holds by then. */
static void a_replaced_key_is_asked_for_anew(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    start(ERR_KEY_REPLACED, 3);
    assert_ok(open_host(&err), &err);
    stop();
    assert_int_equal(broker.asked, 4);
    assert_int_equal(found, 4);
}

static void but_not_for_ever(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    start(ERR_KEY_REPLACED, 1000);
    assert_cause(open_host(&err), &err, ERR_KEY_REPLACED);
    stop();
    assert_int_equal(broker.asked, 21); /* 2 seconds */
}

static void other_refusals_are_final(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    start(ERR_NOT_YOURS, 1);
    assert_cause(open_host(&err), &err, ERR_NOT_YOURS);
    stop();
    assert_int_equal(broker.asked, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_replaced_key_is_asked_for_anew),
        cmocka_unit_test(but_not_for_ever),
        cmocka_unit_test(other_refusals_are_final),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
