/* shells.c - the registry of shells and the commands in them. */
#include "shells.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "journal.h"
#include "psrp_pool.h"

struct registry {
    pthread_mutex_t lock;
    pthread_cond_t quiet;
    struct shell *shells;
    unsigned running;     /* threads of commands */
};

int registry_new(struct registry **registry, struct err *err)
{
    struct registry *r = calloc(1, sizeof *r);

    if (r == NULL)
        return err_set(err, ERR_MEMORY, STAGE_START, NULL);
    pthread_mutex_init(&r->lock, NULL);
    pthread_cond_init(&r->quiet, NULL);
    *registry = r;
    return 0;
}

void registry_drain(struct registry *r)
{
    while (r->shells != NULL)
        shell_delete(r->shells);
    pthread_mutex_lock(&r->lock);
    while (r->running > 0)
        pthread_cond_wait(&r->quiet, &r->lock);
    pthread_mutex_unlock(&r->lock);
}

void registry_free(struct registry **registry)
{
    struct registry *r = *registry;

    if (r == NULL)
        return;
    registry_drain(r);
    pthread_cond_destroy(&r->quiet);
    pthread_mutex_destroy(&r->lock);
    free(r);
    *registry = NULL;
}

void registry_enter(struct registry *registry)
{
    pthread_mutex_lock(&registry->lock);
    registry->running++;
    pthread_mutex_unlock(&registry->lock);
}

void registry_leave(struct registry *registry)
{
    pthread_mutex_lock(&registry->lock);
    if (--registry->running == 0)
        pthread_cond_broadcast(&registry->quiet);
    pthread_mutex_unlock(&registry->lock);
}

void shell_options_clear(struct shell_options *options)
{
    while (options->variable_count > 0)
        free(options->variables[--options->variable_count].value);
    pool_free(&options->pool);
}

struct shell *shell_ref(struct shell *shell)
{
    atomic_fetch_add(&shell->refs, 1);
    return shell;
}

void shell_unref(struct shell **shell)
{
    struct shell *s = *shell;

    *shell = NULL;
    if (s == NULL || atomic_fetch_sub(&s->refs, 1) > 1)
        return;
    identity_unref(&s->identity);
    shell_options_clear(&s->options);
    free(s);
}

static bool is_idle(const struct shell *shell, const struct timespec *now)
{
    long long ms = (long long)(now->tv_sec - shell->used.tv_sec) * 1000;

    /* An operation in flight holds one reference more than the registry
     * and the commands do. */
    return ms > shell->options.idle_ms
        && atomic_load(&shell->refs) == 1 + shell->command_count;
}

static struct shell **slot_of(struct registry *r, const struct shell *shell)
{
    struct shell **slot = &r->shells;

    while (*slot != NULL && *slot != shell)
        slot = &(*slot)->next;
    return slot;
}

static void end_commands(struct shell *shell)
{
    while (shell->command_count > 0) {
        struct command *last = shell->commands[--shell->command_count];

        command_end(last, CONTROL_C_EXIT);
        command_unref(&last);
    }
}

/* Under the lock; what is left is what clients have left behind. */
static void note_end(const struct registry *r, const struct shell *shell,
                     const char *why)
{
    const struct shell *s;
    unsigned left = 0;

    for (s = r->shells; s != NULL; s = s->next)
        left++;
    journal_write(shell->host->journal, "gone", "shell=%s why=%s left=%u",
                  shell->id, why, left);
}

/* Takes shells out that nobody used for their IdleTimeOut. */
static void expire(struct registry *r)
{
    struct shell **slot = &r->shells;
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    while (*slot != NULL) {
        struct shell *shell = *slot;

        if (!is_idle(shell, &now)) {
            slot = &shell->next;
            continue;
        }
        *slot = shell->next;
        note_end(r, shell, "idle");
        end_commands(shell);
        shell_unref(&shell);
    }
}

static size_t shells_of(const struct registry *r,
                        const struct identity *owner)
{
    const struct shell *s;
    size_t n = 0;

    for (s = r->shells; s != NULL; s = s->next)
        n += identity_same(s->identity, owner);
    return n;
}

void registry_each(struct registry *r, const struct identity *owner,
                   void (*fn)(void *arg, const struct shell *shell),
                   void *arg)
{
    const struct shell *s;

    pthread_mutex_lock(&r->lock);
    expire(r);
    for (s = r->shells; s != NULL; s = s->next)
        if (identity_same(s->identity, owner))
            fn(arg, s);
    pthread_mutex_unlock(&r->lock);
}

struct shell *shell_create(const struct host *host, struct identity *owner,
                           const struct shell_options *options,
                           struct fault *fault)
{
    struct registry *r = host->shells;
    struct shell *s = calloc(1, sizeof *s);

    if (s == NULL) {
        fault_set(fault, FAULT_BUSY, NULL);
        return NULL;
    }
    if (options->id[0] != '\0')
        memcpy(s->id, options->id, sizeof s->id);
    else
        soap_uuid(s->id);
    s->host = host;
    clock_gettime(CLOCK_MONOTONIC, &s->used);
    pthread_mutex_lock(&r->lock);
    expire(r);
    if (shells_of(r, owner) >= host->max_shells) {
        pthread_mutex_unlock(&r->lock);
        free(s);
        fault_set(fault, FAULT_SHELL_QUOTA,
                  "The WS-Management service cannot process the request. "
                  "This user is allowed a maximum number of %u concurrent "
                  "shells, which has been exceeded. Close existing shells or "
                  "raise the quota for this user. ", host->max_shells);
        return NULL;
    }
    atomic_init(&s->refs, 2); /* the registry's and the caller's */
    s->identity = identity_ref(owner);
    s->options = *options;
    if (host->shell_idle_ms > 0 && host->shell_idle_ms < s->options.idle_ms)
        s->options.idle_ms = host->shell_idle_ms;
    s->next = r->shells;
    r->shells = s;
    pthread_mutex_unlock(&r->lock);
    return s;
}

struct shell *shell_find(const struct host *host, const char *id,
                         const struct identity *caller, struct fault *fault)
{
    struct registry *r = host->shells;
    struct shell *s;

    pthread_mutex_lock(&r->lock);
    expire(r);
    for (s = r->shells; s != NULL; s = s->next)
        if (strcasecmp(s->id, id) == 0)
            break;
    if (s == NULL) {
        fault_set(fault, FAULT_BAD_SHELL,
                  "The request for the Windows Remote Shell with ShellId %s "
                  "failed because the shell was not found on the server. "
                  "Possible causes are: the specified ShellId is incorrect "
                  "or the shell no longer exists on the server. Provide the "
                  "correct ShellId or create a new shell and retry the "
                  "operation. ", id);
    } else if (!identity_same(s->identity, caller)) {
        fault_set(fault, FAULT_ACCESS, NULL);
        s = NULL;
    } else {
        clock_gettime(CLOCK_MONOTONIC, &s->used);
        shell_ref(s);
    }
    pthread_mutex_unlock(&r->lock);
    return s;
}

void shell_delete(struct shell *shell)
{
    struct registry *r = shell->host->shells;
    struct shell **slot, *found;

    pthread_mutex_lock(&r->lock);
    slot = slot_of(r, shell);
    found = *slot;
    if (found != NULL) {
        *slot = found->next;
        note_end(r, shell, "delete");
    }
    end_commands(shell);
    pthread_mutex_unlock(&r->lock);
    shell_unref(&found);
}

struct command *shell_new_command(struct shell *shell, struct fault *fault)
{
    struct registry *r = shell->host->shells;
    struct command *command = NULL;
    size_t most = sizeof shell->commands / sizeof *shell->commands;

    if (most > shell->host->max_commands)
        most = shell->host->max_commands;
    pthread_mutex_lock(&r->lock);
    if (shell->command_count >= most)
        fault_set(fault, FAULT_COMMAND_QUOTA, NULL);
    else if ((command = command_new(shell)) == NULL)
        fault_set(fault, FAULT_BUSY, NULL);
    else
        shell->commands[shell->command_count++] = command_ref(command);
    pthread_mutex_unlock(&r->lock);
    return command;
}

struct command *shell_find_command(struct shell *shell, const char *id,
                                   struct fault *fault)
{
    struct registry *r = shell->host->shells;
    struct command *command = NULL;
    size_t i;

    pthread_mutex_lock(&r->lock);
    for (i = 0; i < shell->command_count; i++)
        if (strcasecmp(command_id(shell->commands[i]), id) == 0)
            command = command_ref(shell->commands[i]);
    pthread_mutex_unlock(&r->lock);
    if (command == NULL)
        fault_set(fault, FAULT_BAD_COMMAND, NULL);
    return command;
}

void shell_drop_command(struct shell *shell, struct command *command)
{
    struct registry *r = shell->host->shells;
    struct command *dropped = NULL;
    size_t i;

    pthread_mutex_lock(&r->lock);
    for (i = 0; i < shell->command_count; i++) {
        if (shell->commands[i] != command)
            continue;
        dropped = command;
        shell->commands[i] = shell->commands[--shell->command_count];
        break;
    }
    pthread_mutex_unlock(&r->lock);
    command_unref(&dropped);
}
