/* scene.c - one session, one connection to it, and the client's part. */
#include "scene.h"

#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fake_world.h"
#include "unit.h"

#define WAIT_MS 5000

/* The last frame that a client heard. */
static struct buf heard = BUF_INIT(WIRE_FRAME_MAX);

static const char policy[] =
    "AllowFreshCredentials WSMAN/*.corp.example.com\n"
    "DenyFreshCredentials WSMAN/dc1.corp.example.com\n"
    "Domain CORP\n"
    "Realm CORP.EXAMPLE.COM\n"
    "Lifetime 10h\n";

static void *serve(void *arg)
{
    struct scene *scene = arg;

    client_serve(scene->client);
    client_free(&scene->client);
    return NULL;
}

void scene_begin(struct scene *scene, int32_t sealed)
{
    memset(scene, 0, sizeof *scene);
    fake_world_begin();
    scene->session.uid = getuid();
    scene->session.sealed = sealed;
    scene->session.direct = true;
    scene->session.policy = fake_policy(policy);
    session_init(&scene->session);
}

void scene_join(struct scene *scene, struct session *session)
{
    struct err err = ERR_INIT;
    int pair[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    assert_ok(client_new(pair[0], session, &scene->client, &err), &err);
    scene->fd = pair[1];
    assert_int_equal(pthread_create(&scene->thread, NULL, serve, scene), 0);
}

void scene_connect(struct scene *scene)
{
    scene_join(scene, &scene->session);
}

void scene_hang_up(struct scene *scene)
{
    close(scene->fd);
    pthread_join(scene->thread, NULL);
}

void scene_close(struct scene *scene)
{
    scene_hang_up(scene);
    scene_end(scene);
}

void scene_end(struct scene *scene)
{
    session_clear(&scene->session);
    assert_int_equal(fake_world.open_channels, 0);
    fake_policy_remove();
    buf_free(&heard);
}

/* -- what a client says -- */

void scene_say(struct scene *scene, struct buf *frames)
{
    struct err err = ERR_INIT;

    assert_ok(wire_send(scene->fd, frames, WAIT_MS, &err), &err);
    buf_free(frames);
}

void put_ticket(struct buf *out, unsigned char byte)
{
    struct secret *ticket = NULL;
    struct err err = ERR_INIT;

    assert_ok(secret_new(32, &ticket, &err), &err);
    memset(ticket->data, byte, ticket->len);
    wire_put_ticket(out, ticket);
    secret_free(&ticket);
}

void put_open(struct buf *out, const char *host, uint16_t port,
                     uint32_t flags)
{
    struct wire_open request = { .port = port, .flags = flags };

    snprintf(request.host, sizeof request.host, "%s", host);
    wire_put_open(out, &request);
}

void put_post(struct buf *out, uint32_t flags)
{
    static const unsigned char body[] = "<request/>";

    wire_put_post(out, &(struct wire_post){
        .flags = flags, .body = body, .len = sizeof body - 1 });
}

void put_will(struct buf *out, const char *label, const char *value,
              const char *body)
{
    struct wire_will will = { .body = (const unsigned char *)body,
                              .len = strlen(body) };

    snprintf(will.label, sizeof will.label, "%s", label);
    snprintf(will.value, sizeof will.value, "%s", value);
    wire_put_will(out, &will);
}

void put_login(struct buf *out, uint32_t lifetime)
{
    struct wire_login login = { .drop_keyring = 99,
                                .lifetime_s = lifetime,
                                .login = "CORP\\alice" };
    struct err err = ERR_INIT;

    assert_ok(secret_copy("Secret-1", 8, &login.password, &err), &err);
    wire_put_login(out, &login);
    secret_free(&login.password);
}

void scene_hear(struct scene *scene, unsigned expected,
                 struct reader *fields)
{
    struct err err = ERR_INIT;
    unsigned type = 0;

    assert_ok(wire_receive(scene->fd, WIRE_FRAME_MAX, WAIT_MS, &heard, &type,
                           fields, &err), &err);
    if (type == WIRE_ERROR && expected != WIRE_ERROR)
        wire_get_error(fields, &err);
    if (err.cause != ERR_NONE)
        err_print(stderr, "unexpected", &err);
    assert_string_equal(wire_type_name(type), wire_type_name(expected));
}

void scene_hear_error(struct scene *scene, enum err_cause cause,
                       struct err *err)
{
    struct err own = ERR_INIT;
    struct reader fields;

    if (err == NULL)
        err = &own;
    scene_hear(scene, WIRE_ERROR, &fields);
    assert_int_equal(wire_get_error(&fields, err), -1);
    assert_string_equal(err_cause_name(err->cause), err_cause_name(cause));
}

/* An ERROR is the last frame: PROTOCOL 3. */
void scene_hear_end(struct scene *scene)
{
    char byte;

    assert_int_equal(recv(scene->fd, &byte, 1, 0), 0);
}

void scene_ask(struct scene *scene, const char *host, uint32_t flags)
{
    struct buf out = BUF_INIT(65536);

    put_ticket(&out, 't');
    put_open(&out, host, 0, flags);
    scene_say(scene, &out);
}

void scene_post(struct scene *scene, uint32_t flags)
{
    struct buf out = BUF_INIT(65536);

    put_post(&out, flags);
    scene_say(scene, &out);
}

void scene_open(struct scene *scene, struct wire_opened *opened)
{
    struct err err = ERR_INIT;
    struct reader fields;

    scene_ask(scene, SCENE_HOST, 0);
    scene_hear(scene, WIRE_OPENED, &fields);
    assert_ok(wire_get_opened(&fields, opened, &err), &err);
}

void scene_begin_open(struct scene *scene)
{
    struct wire_opened opened;

    scene_begin(scene, 7);
    scene_connect(scene);
    scene_open(scene, &opened);
}
