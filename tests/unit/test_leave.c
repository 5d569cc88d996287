/* test_leave.c - last wills: executed once, inherited once, never lost. */
#include "unit.h"

#include <unistd.h>

#include "broker/monotonic.h"
#include "fake_world.h"
#include "scene.h"

#define LABEL "cmd;65001"

/* A connection whose client has said these. */
static void open_with_will(struct scene *scene, const char *label,
                           const char *value, const char *body)
{
    struct buf out = BUF_INIT(65536);
    struct wire_opened opened;

    scene_connect(scene);
    scene_open(scene, &opened);
    put_will(&out, label, value, body);
    scene_say(scene, &out);
}

/* TICKET, the label that is asked for, OPEN. */
static void open_as_heir(struct scene *scene, const char *label,
                         struct wire_opened *opened)
{
    struct buf out = BUF_INIT(65536);
    struct err err = ERR_INIT;
    struct reader fields;

    scene_connect(scene);
    put_ticket(&out, 't');
    put_will(&out, label, "", "");
    put_open(&out, SCENE_HOST, 0, 0);
    scene_say(scene, &out);
    scene_hear(scene, WIRE_OPENED, &fields);
    assert_ok(wire_get_opened(&fields, opened, &err), &err);
}

static void a_will_is_executed_on_the_same_connection(void **state)
{
    struct wire_opened opened;
    struct scene scene;

    (void)state;
    scene_begin(&scene, 7);
    open_with_will(&scene, "", "", "<delete/>");
    scene_hang_up(&scene);
    assert_int_equal(fake_world.posts, 1);
    assert_string_equal(fake_world.posted, "<delete/>");
    assert_int_equal(fake_world.connections, 1);
    assert_int_equal(fake_world.watched_fd, -1);
    /* ... which then is kept, without a will. */
    open_as_heir(&scene, LABEL, &opened);
    assert_true(opened.reused);
    assert_string_equal(opened.value, "");
    scene_hang_up(&scene);
    assert_int_equal(fake_world.posts, 1);
    scene_end(&scene);
}

/* The client went while its POST was under way, or the host did. */
static void a_lost_connection_is_replaced_for_the_will(void **state)
{
    struct scene scene;

    (void)state;
    scene_begin(&scene, 7);
    open_with_will(&scene, LABEL, "shell", "<delete/>");
    fake_world.post = ERR_CONNECTION_LOST;
    scene_post(&scene, 0);
    scene_hear_error(&scene, ERR_CONNECTION_LOST, NULL);
    fake_world.post = ERR_NONE;
    scene_hang_up(&scene);
    assert_int_equal(fake_world.connections, 2);
    assert_string_equal(fake_world.posted, "<delete/>");
    assert_int_equal(fake_world.open_channels, 1); /* kept */
    scene_end(&scene);
}

/* It says so with a fault; one that stays so is left alone. */
static void a_busy_host_gets_the_will_again(void **state)
{
    static const struct {
        unsigned faults, posts;
    } rows[] = { { 1, 2 }, { 9, 3 } };
    struct scene scene;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        scene_begin(&scene, 7);
        open_with_will(&scene, "", "", "<delete/>");
        fake_world.faults = rows[i].faults;
        scene_hang_up(&scene);
        assert_int_equal(fake_world.posts, rows[i].posts);
        assert_int_equal(fake_world.connections, 1);
        scene_end(&scene);
    }
}

static void a_will_needs_the_key(void **state)
{
    struct scene scene;

    (void)state;
    scene_begin(&scene, 7);
    open_with_will(&scene, "", "", "<delete/>");
    fake_world.key = ERR_REVOKED;
    scene_hang_up(&scene);
    assert_int_equal(fake_world.posts, 0);
    scene_end(&scene);
}

static void an_heir_gets_the_value_and_the_connection(void **state)
{
    struct wire_opened opened;
    struct scene scene;

    (void)state;
    scene_begin(&scene, 7);
    open_with_will(&scene, LABEL, "shell 4711", "<delete/>");
    scene_hang_up(&scene);
    assert_int_equal(fake_world.posts, 0);
    /* Twice: who says nothing leaves it as it was. */
    open_as_heir(&scene, LABEL, &opened);
    assert_true(opened.reused);
    assert_string_equal(opened.value, "shell 4711");
    scene_hang_up(&scene);
    open_as_heir(&scene, LABEL, &opened);
    assert_string_equal(opened.value, "shell 4711");
    scene_hang_up(&scene);
    assert_int_equal(fake_world.connections, 1);
    assert_int_equal(fake_world.posts, 0);
    scene_end(&scene); /* the session ends: */
    assert_int_equal(fake_world.posts, 1);
    assert_string_equal(fake_world.posted, "<delete/>");
}

static void nobody_else_inherits(void **state)
{
    static const char *const others[] = { "", "cmd;850" };
    struct wire_opened opened;
    struct scene scene;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof others / sizeof *others; i++) {
        scene_begin(&scene, 7);
        open_with_will(&scene, LABEL, "shell 4711", "<delete/>");
        scene_hang_up(&scene);
        open_as_heir(&scene, others[i], &opened);
        assert_false(opened.reused);
        assert_string_equal(opened.value, "");
        scene_hang_up(&scene);
        assert_int_equal(fake_world.connections, 2);
        scene_end(&scene);
    }
}

/* The label alone leaves nothing: anybody may have the connection. */
static void who_inherits_nothing_leaves_nothing(void **state)
{
    struct wire_opened opened;
    struct scene scene;

    (void)state;
    scene_begin(&scene, 7);
    open_as_heir(&scene, LABEL, &opened);
    scene_hang_up(&scene);
    open_as_heir(&scene, "", &opened);
    assert_true(opened.reused);
    scene_close(&scene);
    assert_int_equal(fake_world.posts, 0);
}

/* The host closed the connection; the shell does not hang on it. */
static void a_dead_connections_will_is_inherited(void **state)
{
    struct wire_opened opened;
    struct scene scene;

    (void)state;
    scene_begin(&scene, 7);
    open_with_will(&scene, LABEL, "shell 4711", "<delete/>");
    scene_hang_up(&scene);
    fake_world.ended = 1;
    open_as_heir(&scene, LABEL, &opened);
    assert_false(opened.reused);
    assert_string_equal(opened.value, "shell 4711");
    assert_int_equal(fake_world.connections, 2);
    scene_close(&scene);
    assert_string_equal(fake_world.posted, "<delete/>");
}

static void what_is_kept_ends_with_its_time(void **state)
{
    struct kept *kept;
    struct scene scene;
    int i;

    (void)state;
    scene_begin(&scene, 7);
    kept = &scene.session.kept;
    open_with_will(&scene, LABEL, "shell", "<delete/>");
    scene_hang_up(&scene);
    assert_int_equal(kept_expire(kept, monotonic_ms()), 1);
    /* Its thread counts until it has ended. */
    for (i = 0; i < 500
         && kept_expire(kept, monotonic_ms() + LIMIT_KEPT_MS) > 0; i++)
        usleep(10000);
    assert_int_equal(kept_expire(kept, monotonic_ms()), 0);
    assert_string_equal(fake_world.posted, "<delete/>");
    scene_end(&scene);
    assert_int_equal(fake_world.posts, 1);
}

static void no_body_before_a_connection(void **state)
{
    struct buf out = BUF_INIT(65536);
    struct scene scene;

    (void)state;
    scene_begin(&scene, 7);
    scene_connect(&scene);
    put_ticket(&out, 't');
    put_will(&out, LABEL, "", "<delete/>");
    scene_say(&scene, &out);
    scene_hear_error(&scene, ERR_BROKER_PROTOCOL, NULL);
    scene_close(&scene);
}

static void the_pool_is_told(void **state)
{
    struct buf out = BUF_INIT(65536);
    struct wire_pooled pooled;
    struct err err = ERR_INIT;
    struct reader fields;
    struct scene scene;

    (void)state;
    scene_begin(&scene, 7);
    open_with_will(&scene, LABEL, "shell", "<delete/>");
    scene_hang_up(&scene);
    scene_connect(&scene);
    put_ticket(&out, 't');
    wire_put_pool(&out);
    scene_say(&scene, &out);
    scene_hear(&scene, WIRE_POOLED, &fields);
    assert_ok(wire_get_pooled(&fields, &pooled, &err), &err);
    assert_int_equal(pooled.count, 1);
    assert_string_equal(pooled.list[0].host, SCENE_HOST);
    assert_string_equal(pooled.list[0].mechanism, "Kerberos");
    assert_int_equal(pooled.list[0].port, 5985);
    assert_true(pooled.list[0].has_will);
    assert_true(pooled.list[0].age_s < 60 && pooled.list[0].idle_s < 60);
    assert_true(pooled.list[0].left_s > 0);
    scene_close(&scene);
}

static void *come_back(void *arg)
{
    struct scene *scene = arg;
    struct kept *kept = &scene->session.kept;

    usleep(100000);
    kept_put(kept, &scene->client->channel, &scene->client->terms,
             &scene->client->will);
    kept_not_coming(kept, &scene->client->terms);
    return NULL;
}

/* The last request of one command is under way when the next one opens. */
static void an_open_waits_for_what_comes_back(void **state)
{
    struct channel *channel;
    struct kept_terms terms;
    struct scene scene;
    struct will will;
    pthread_t thread;

    (void)state;
    will_init(&will);
    scene_begin_open(&scene);
    terms = scene.client->terms;
    kept_coming(&scene.session.kept, &scene.client->terms);
    assert_int_equal(pthread_create(&thread, NULL, come_back, &scene), 0);
    channel = kept_take(&scene.session.kept, &terms, &will);
    pthread_join(thread, NULL);
    assert_non_null(channel);
    scene.client->channel = channel;
    scene_close(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_will_is_executed_on_the_same_connection),
        cmocka_unit_test(a_lost_connection_is_replaced_for_the_will),
        cmocka_unit_test(a_busy_host_gets_the_will_again),
        cmocka_unit_test(a_will_needs_the_key),
        cmocka_unit_test(an_heir_gets_the_value_and_the_connection),
        cmocka_unit_test(nobody_else_inherits),
        cmocka_unit_test(who_inherits_nothing_leaves_nothing),
        cmocka_unit_test(a_dead_connections_will_is_inherited),
        cmocka_unit_test(what_is_kept_ends_with_its_time),
        cmocka_unit_test(no_body_before_a_connection),
        cmocka_unit_test(the_pool_is_told),
        cmocka_unit_test(an_open_waits_for_what_comes_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
