/*
 * psrp_client.h - a client of PowerShell remoting for the stand-in's own
 * tests: envelopes and messages written out from MS-WSMV and MS-PSRP, so that
 * they can be wrong too.
 */
#ifndef WINHOST_PSRP_CLIENT_H
#define WINHOST_PSRP_CLIENT_H

#include "../unit/unit.h"

#include "engine.h"
#include "psrp_wire.h"

#define CLIENT_POOL "2E1DB4DF-3A5C-4F1C-9E43-6A9A0B0D0C01"
#define CLIENT_PIPELINE "7C0A1F52-9D7E-4B55-8F3B-1D5B7A6E2F02"
#define CLIENT_OTHER "0DDBA11C-0000-4000-8000-0123456789AB"
#define CLIENT_MESSAGES_MAX 64

struct psrp_client {
    struct host host;
    struct caller caller;
    struct buf answer;        /* of the last request, a string */
    const char *configuration;
    unsigned char pool[PSRP_GUID], pipeline[PSRP_GUID];
    uint64_t object;          /* of the last message */
    size_t blob;              /* bytes of it in a fragment */
    struct psrp_in in;
    struct { uint32_t type; char *xml; } messages[CLIENT_MESSAGES_MAX];
    size_t count;             /* of messages that came */
};

/* cmocka's. */
int client_set_up(void **state);
int client_tear_down(void **state);

/* A message to the server in fragments; pipeline NULL: to the pool. */
void client_put(struct psrp_client *c, struct buf *out, uint32_t type,
                const unsigned char *pipeline, const char *xml);

/* HTTP status of each; what Receive brings is in messages. */
int client_create(struct psrp_client *c, const char *configuration,
                  const struct buf *creation);
int client_command(struct psrp_client *c, const char *shell, const char *id,
                   const struct buf *first);
int client_send(struct psrp_client *c, const char *id, const char *stream,
                const void *p, size_t n);
/* Waits at most timeout, "PT1S"; *done: CommandState was Done. */
int client_receive(struct psrp_client *c, const char *id,
                   const char *timeout, bool *done);
int client_signal(struct psrp_client *c, const char *id, const char *code);
int client_delete(struct psrp_client *c);

/* SESSION_CAPABILITY and INIT_RUNSPACEPOOL. */
void client_put_opening(struct psrp_client *c, struct buf *creation);
/* Create and the Receives that tell that it is open. */
void client_open(struct psrp_client *c, const char *configuration);
/* CREATE_PIPELINE of a script. */
void client_script(struct psrp_client *c, struct buf *out, const char *script);
/* Until a message of this type came; its CLIXML, or NULL. */
const char *client_await(struct psrp_client *c, const char *id,
                         uint32_t type);
const char *client_find(const struct psrp_client *c, uint32_t type);

#endif
