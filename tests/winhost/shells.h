/*
 * shells.h - the shells of a host and their commands: who owns them, how
 * many there may be, when they time out.
 */
#ifndef WINHOST_SHELLS_H
#define WINHOST_SHELLS_H

#include <stdatomic.h>
#include <stdint.h>
#include <time.h>

#include "command.h"
#include "fault.h"
#include "host.h"
#include "identity.h"

#define SHELL_VARIABLES_MAX 64
#define SHELL_STREAMS_MAX 64
#define SHELL_IDLE_DEFAULT_MS 7200000u

struct variable {
    char name[256];
    char *value; /* owned */
};

struct pool;

/* What rsp:Shell of Create asked for; constant afterwards. */
struct shell_options {
    char id[UUID_BYTES];             /* the client's choice; "": ours */
    struct pool *pool;               /* of PowerShell; NULL: cmd's shell */
    char input[SHELL_STREAMS_MAX];
    char output[SHELL_STREAMS_MAX];
    char directory[512];             /* "" when it was not given */
    unsigned idle_ms;
    struct variable variables[SHELL_VARIABLES_MAX];
    size_t variable_count;
};

struct shell {
    atomic_uint refs;
    char id[UUID_BYTES];
    const struct host *host;
    struct identity *identity;
    struct shell_options options;
    struct shell *next;              /* in the registry */
    struct command *commands[64];    /* until Terminate or Delete */
    size_t command_count;
    struct timespec used;            /* CLOCK_MONOTONIC */
};

int registry_new(struct registry **registry, struct err *err) MUST_USE;
/* Ends every command and waits for their threads; free does it too. */
void registry_drain(struct registry *registry);
void registry_free(struct registry **registry);
/* Under its lock, the owner's, the newest first. */
void registry_each(struct registry *registry, const struct identity *owner,
                   void (*fn)(void *arg, const struct shell *shell),
                   void *arg);
/* A command's thread begins; its last act. */
void registry_enter(struct registry *registry);
void registry_leave(struct registry *registry);

/* All return a reference, or NULL with a fault. A shell that was created
 * owns what options point to. */
struct shell *shell_create(const struct host *host, struct identity *owner,
                           const struct shell_options *options,
                           struct fault *fault);
struct shell *shell_find(const struct host *host, const char *id,
                         const struct identity *caller, struct fault *fault);
struct shell *shell_ref(struct shell *shell);
void shell_unref(struct shell **shell);
/* Ends its commands and forgets it. */
void shell_delete(struct shell *shell);

struct command *shell_new_command(struct shell *shell, struct fault *fault);
struct command *shell_find_command(struct shell *shell, const char *id,
                                   struct fault *fault);
/* MS-WSMV 2.2.4.38: Terminate frees the command. */
void shell_drop_command(struct shell *shell, struct command *command);

void shell_options_clear(struct shell_options *options);

#endif
