/*
 * scene.h - one session in the fake world, one connection to it served by a
 * thread of its own, and what a client says and hears.
 */
#ifndef CREDSSP_TESTS_SCENE_H
#define CREDSSP_TESTS_SCENE_H

#include <pthread.h>
#include <stdint.h>

#include "broker/client.h"

#define SCENE_HOST "win1.corp.example.com" /* the policy allows Kerberos */

/* One session, and the far end of one connection to it. */
struct scene {
    struct session session;
    struct client *client;
    pthread_t thread;
    int fd;
};

void scene_begin(struct scene *scene, int32_t sealed);
void scene_end(struct scene *scene);
void scene_connect(struct scene *scene);
/* One more connection, to another scene's session. */
void scene_join(struct scene *scene, struct session *session);
void scene_hang_up(struct scene *scene); /* joins: the thread has ended */

/* Both. */
void scene_close(struct scene *scene);

/* Sends and frees. */
void scene_say(struct scene *scene, struct buf *frames);
void put_ticket(struct buf *out, unsigned char byte);
void put_open(struct buf *out, const char *host, uint16_t port,
              uint32_t flags);
void put_post(struct buf *out, uint32_t flags);
void put_will(struct buf *out, const char *label, const char *value,
              const char *body);
void put_login(struct buf *out, uint32_t lifetime);

/* The next frame, of this type; borrowed until the next one. */
void scene_hear(struct scene *scene, unsigned expected,
                struct reader *fields);
void scene_hear_error(struct scene *scene, enum err_cause cause,
                      struct err *err); /* NULL: its words do not matter */
/* An ERROR is the last frame: PROTOCOL 3. */
void scene_hear_end(struct scene *scene);

/* TICKET and OPEN. */
void scene_ask(struct scene *scene, const char *host, uint32_t flags);
void scene_post(struct scene *scene, uint32_t flags);
/* TICKET and OPEN of SCENE_HOST, which works. */
void scene_open(struct scene *scene, struct wire_opened *opened);
/* A session with such a connection. */
void scene_begin_open(struct scene *scene);

#endif
