/* winrs.c - commands in a remote cmd shell. */
#include "wsman/winrs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wsman/envelope.h"
#include "wsman/faults.h"
#include "wsman/shell.h"
#include "wsman/uri.h"

static struct shell shell_of(const struct winrs_shell *shell)
{
    return (struct shell){
        .wsman = shell->wsman, .resource = RESOURCE_CMD,
        .id = shell->id[0] != '\0' ? shell->id : NULL,
    };
}

/* "NAME=VALUE" as rsp:Variable. */
static int add_variable(struct body *body, xmlNodePtr parent,
                        const char *variable, struct err *err)
{
    const char *equals = strchr(variable, '=');
    char *name;
    xmlNodePtr node;

    if (equals == NULL || equals == variable)
        return err_set(err, ERR_USAGE, STAGE_SHELL,
                       "'%s' is not NAME=VALUE", variable);
    name = strndup(variable, (size_t)(equals - variable));
    if (name == NULL)
        return err_set(err, ERR_MEMORY, STAGE_SHELL, NULL);
    node = body_add(body, parent, "Variable", equals + 1);
    body_attribute(body, node, "Name", name);
    free(name);
    return 0;
}

static int add_environment(struct body *body,
                           const struct winrs_options *options,
                           struct err *err)
{
    xmlNodePtr parent;
    size_t i;

    if (options->env_count == 0)
        return 0;
    parent = body_add(body, NULL, "Environment", NULL);
    for (i = 0; i < options->env_count; i++)
        if (add_variable(body, parent, options->env[i], err) != 0)
            return -1;
    return 0;
}

/* rsp:Shell; the schema fixes the order of what is in it. */
static int shell_body(const struct winrs_options *options, xmlNodePtr *node,
                      struct err *err)
{
    struct body body;
    char idle[16];

    body_init(&body, "Shell");
    body_add(&body, NULL, "InputStreams", "stdin");
    body_add(&body, NULL, "OutputStreams", "stdout stderr");
    if (add_environment(&body, options, err) != 0) {
        body_free(&body);
        return -1;
    }
    /* A bare number is refused by hosts as no xs:duration. */
    snprintf(idle, sizeof idle, "PT%uS", options->idle_timeout_s);
    if (options->idle_timeout_s != 0)
        body_add(&body, NULL, "IdleTimeOut", idle);
    if (options->cwd != NULL)
        body_add(&body, NULL, "WorkingDirectory", options->cwd);
    return body_take(&body, STAGE_SHELL, node, err);
}

int winrs_create(struct wsman *wsman, const struct winrs_options *options,
                 struct winrs_shell *shell, struct err *err)
{
    const struct shell created = { .wsman = wsman,
                                   .resource = RESOURCE_CMD };
    struct wsman_pair pairs[2];
    char codepage[16];
    size_t n = 0;
    xmlNodePtr body;

    shell->wsman = wsman;
    shell->id[0] = '\0';
    snprintf(codepage, sizeof codepage, "%u", options->codepage);
    if (options->no_profile)
        pairs[n++] = (struct wsman_pair){ "WINRS_NOPROFILE", "TRUE", true };
    if (options->codepage != 0)
        pairs[n++] = (struct wsman_pair){ "WINRS_CODEPAGE", codepage, true };
    if (shell_body(options, &body, err) != 0)
        return -1;
    return shell_create(&created, pairs, n, body, shell->id, err);
}

static int command_body(const char *command, const char *const *arguments,
                        size_t argument_count, xmlNodePtr *node,
                        struct err *err)
{
    struct body body;
    size_t i;

    body_init(&body, "CommandLine");
    body_add(&body, NULL, "Command", command);
    for (i = 0; i < argument_count; i++)
        body_add(&body, NULL, "Arguments", arguments[i]);
    return body_take(&body, STAGE_COMMAND, node, err);
}

int winrs_start(struct winrs_shell *shell, const char *command,
                const char *const *arguments, size_t argument_count,
                bool skip_cmd_shell, struct winrs_command *out,
                struct err *err)
{
    /* Not a console: only a pipe has an end that the command sees. */
    const struct wsman_pair options[] = {
        { "WINRS_CONSOLEMODE_STDIN", "FALSE", false },
        { "WINRS_SKIP_CMD_SHELL", skip_cmd_shell ? "True" : "False", false },
    };
    const struct shell of = shell_of(shell);
    xmlNodePtr body;

    out->shell = shell;
    out->id[0] = '\0';
    if (command_body(command, arguments, argument_count, &body, err) != 0)
        return -1;
    return shell_start(&of, options, sizeof options / sizeof *options, body,
                       out->id, err);
}

/* Where decoded output goes. */
struct outlet {
    winrs_output_fn *output;
    void *arg;
};

static int pass_on(void *arg, const char *stream, const void *p, size_t n,
                   struct err *err)
{
    const struct outlet *outlet = arg;

    return outlet->output(outlet->arg, strcmp(stream, "stderr") == 0, p, n,
                          err);
}

int winrs_receive(struct winrs_command *command, winrs_output_fn *output,
                  void *arg, struct winrs_state *state, struct err *err)
{
    const struct shell of = shell_of(command->shell);
    struct outlet outlet = { output, arg };
    struct shell_state told = { .done = false };
    int rc = shell_receive(&of, command->id, "stdout stderr", pass_on,
                           &outlet, &told, err);

    *state = (struct winrs_state){ told.done, told.exit_code };
    return rc;
}

size_t winrs_send_max(const struct winrs_shell *shell)
{
    const struct shell of = shell_of(shell);

    return shell_send_max(&of);
}

int winrs_send(struct winrs_command *command, const void *p, size_t n,
               bool end, struct err *err)
{
    const struct shell of = shell_of(command->shell);

    return shell_send(&of, command->id, "stdin", p, n, end, err);
}

int winrs_prepare_send(const struct winrs_command *command, const void *p,
                       size_t n, bool end, struct wsman_envelope *envelope,
                       struct err *err)
{
    const struct shell of = shell_of(command->shell);

    return shell_prepare_send(&of, command->id, "stdin", p, n, end, envelope,
                              err);
}

void winrs_begin_send(const struct winrs_command *command,
                      struct wsman_envelope *envelope)
{
    const struct shell of = shell_of(command->shell);

    shell_begin_send(&of, envelope);
}

int winrs_finish_send(const struct winrs_command *command,
                      struct wsman_envelope *envelope, struct err *err)
{
    const struct shell of = shell_of(command->shell);

    return shell_finish_send(&of, envelope, err);
}

/* MS-WSMV 3.1.4.12, 2.2.5.6. */
static const char *const signals[] = {
    [WINRS_CTRL_C] = SIGNAL_CTRL_C,
    [WINRS_CTRL_BREAK] = SIGNAL_CTRL_BREAK,
    [WINRS_TERMINATE] = SIGNAL_TERMINATE,
};

int winrs_signal(struct winrs_command *command, enum winrs_signal signal,
                 bool final, struct err *err)
{
    const struct shell of = shell_of(command->shell);

    if (shell_signal(&of, command->id, signals[signal], final, err) != 0)
        return -1;
    if (signal == WINRS_TERMINATE)
        command->id[0] = '\0';
    return 0;
}

int winrs_compose_delete(const struct winrs_shell *shell,
                         xmlBufferPtr *envelope, struct err *err)
{
    const struct shell of = shell_of(shell);

    return shell_compose_delete(&of, envelope, err);
}

int winrs_delete(struct winrs_shell *shell, bool final, struct err *err)
{
    const struct shell of = shell_of(shell);

    if (shell->id[0] == '\0')
        return 0;
    if (shell_delete(&of, final, err) != 0)
        return -1;
    shell->id[0] = '\0';
    return 0;
}
