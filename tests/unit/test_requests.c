/* test_requests.c - the order of requests, and bytes that are none. */
#include "unit.h"

#include "fake_world.h"
#include "scene.h"

/* -- the order of requests -- */

struct order {
    const char *frames;     /* t ticket, o open, p post, l list, g login,
                               x logout */
    int32_t sealed;
    const char *says;       /* of the ERROR */
};

static const struct order refused_orders[] = {
    { "p", 7, "the request POST needs an OPEN" },
    { "tp", 7, "the request POST needs an OPEN" },
    { "o", 7, "the request OPEN needs a TICKET" },
    { "l", 7, "the request LIST needs a TICKET" },
    { "tt", 7, "the request TICKET was made before" },
    { "tg", 7, "the request LOGIN needs a HELLO without a key" },
    { "g", 0, "the request LOGIN needs a TICKET" },
    { "to", 0, "the request OPEN needs a sealed key in HELLO" },
    { "tl", 0, "the request LIST needs a sealed key in HELLO" },
    { "tp", 0, "the request POST needs an OPEN" },
    { "tx", 7, "the request LOGOUT needs a HELLO without a key" },
};

static void put_letters(struct buf *out, const char *letters)
{
    for (; *letters != '\0'; letters++)
        switch (*letters) {
        case 't': put_ticket(out, 't'); break;
        case 'o': put_open(out, SCENE_HOST, 0, 0); break;
        case 'p': put_post(out, 0); break;
        case 'l': wire_put_list(out); break;
        case 'g': put_login(out, 0); break;
        case 'x': wire_put_logout(out); break;
        }
}

static void requests_out_of_order_are_refused(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < sizeof refused_orders / sizeof *refused_orders; i++) {
        const struct order *order = &refused_orders[i];
        struct buf out = BUF_INIT(65536);
        struct err err = ERR_INIT;
        struct scene scene;

        scene_begin(&scene, order->sealed);
        scene_connect(&scene);
        put_letters(&out, order->frames);
        scene_say(&scene, &out);
        scene_hear_error(&scene, ERR_BROKER_PROTOCOL, &err);
        assert_string_equal(err.text, order->says);
        scene_hear_end(&scene);
        assert_int_equal(fake_world.connections, 0);
        assert_int_equal(fake_world.deposits, 0);
        scene_close(&scene);
    }
}

static void a_second_open_is_refused(void **state)
{
    struct buf out = BUF_INIT(65536);
    struct err err = ERR_INIT;
    struct scene scene;

    (void)state;
    scene_begin_open(&scene);
    put_open(&out, SCENE_HOST, 0, 0);
    scene_say(&scene, &out);
    scene_hear_error(&scene, ERR_BROKER_PROTOCOL, &err);
    assert_string_equal(err.text, "the request OPEN was made before");
    scene_close(&scene);
}

/* -- bytes that are no request -- */

struct garbage {
    const char *bytes;
    size_t len;
};

#define GARBAGE(s) { s, sizeof s - 1 }

static const struct garbage garbage[] = {
    GARBAGE("GET / HTTP/1.1\r\n\r\n"),
    GARBAGE("\0\0\0\0\0"),                      /* no room for a type */
    GARBAGE("\0\0\0\1\0"),                      /* type 0 */
    GARBAGE("\0\0\0\1\x04"),                    /* OPENED is an answer */
    GARBAGE("\0\0\0\x09\1\0\0\0\1\0\0\0\7"),    /* a second HELLO */
    GARBAGE("\0\0\0\2\x09\0"),                  /* LIST with a byte more */
    GARBAGE("\0\x10\0\0\2"),                    /* TICKET of 1 MiB */
    GARBAGE("\xff\xff\xff\xff\5"),              /* POST of 4 GiB */
    GARBAGE("\0\0\0\5\2\0\0\0\0"),              /* an empty ticket */
};

static void garbage_is_refused(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < sizeof garbage / sizeof *garbage; i++) {
        struct buf out = BUF_INIT(65536);
        struct scene scene;

        scene_begin(&scene, 7);
        scene_connect(&scene);
        buf_put(&out, garbage[i].bytes, garbage[i].len);
        scene_say(&scene, &out);
        scene_hear_error(&scene, ERR_BROKER_PROTOCOL, NULL);
        scene_hear_end(&scene);
        scene_close(&scene);
    }
}

static void a_client_that_leaves_within_a_frame_is_dropped(void **state)
{
    struct buf out = BUF_INIT(65536);
    struct scene scene;

    (void)state;
    scene_begin(&scene, 7);
    scene_connect(&scene);
    buf_put(&out, "\0\0\0\x25\2\0\0\0\x20" "half a ticket", 22);
    scene_say(&scene, &out);
    scene_hang_up(&scene); /* joins: the thread has ended */
    scene_end(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_out_of_order_are_refused),
        cmocka_unit_test(a_second_open_is_refused),
        cmocka_unit_test(garbage_is_refused),
        cmocka_unit_test(a_client_that_leaves_within_a_frame_is_dropped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
