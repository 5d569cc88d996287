/*
 * winrs.h - a remote cmd shell (MS-WSMV 3.1.4.1.31, resource
 * .../windows/shell/cmd): create, command, send, receive, signal, delete.
 */
#ifndef CREDSSP_WSMAN_WINRS_H
#define CREDSSP_WSMAN_WINRS_H

#include <stdbool.h>
#include <stdint.h>

#include "credssp/buf.h"
#include "credssp/err.h"
#include "wsman/wsman.h"

/* Everything borrowed; NULL and 0 leave a thing out. */
struct winrs_options {
    const char *const *env;       /* "NAME=VALUE" */
    size_t env_count;
    const char *cwd;
    unsigned codepage;            /* 65001 */
    bool no_profile;
    unsigned idle_timeout_s;      /* 0: the host's */
};

struct winrs_shell {
    struct wsman *wsman;          /* borrowed */
    char id[128];                 /* ShellId as the host gave it; "" closed */
};

struct winrs_command {
    struct winrs_shell *shell;    /* borrowed */
    char id[128];                 /* CommandId; "" ended */
};

int winrs_create(struct wsman *wsman, const struct winrs_options *options,
                 struct winrs_shell *shell, struct err *err) MUST_USE;

/* skip_cmd_shell: WINRS_SKIP_CMD_SHELL. arguments may be empty. */
int winrs_start(struct winrs_shell *shell, const char *command,
                const char *const *arguments, size_t argument_count,
                bool skip_cmd_shell, struct winrs_command *out,
                struct err *err) MUST_USE;

/* Where output goes, as it comes, decoded. Fails to stop the command. */
typedef int winrs_output_fn(void *arg, bool is_stderr, const void *p,
                            size_t n, struct err *err);

/*
 * One Receive. An operation timeout of the host (fault 2150858793) is no
 * error: *done stays false. exit_code is taken from CommandState Done only.
 */
struct winrs_state {
    bool done;
    uint32_t exit_code;
};
int winrs_receive(struct winrs_command *command, winrs_output_fn *output,
                  void *arg, struct winrs_state *state, struct err *err)
    MUST_USE;

/* stdin: at most winrs_send_max() bytes a call; end: no more will come. */
size_t winrs_send_max(const struct winrs_shell *shell);
int winrs_send(struct winrs_command *command, const void *p, size_t n,
               bool end, struct err *err) MUST_USE;

/* The same in the steps of wsman_prepare(). */
int winrs_prepare_send(const struct winrs_command *command, const void *p,
                       size_t n, bool end, struct wsman_envelope *envelope,
                       struct err *err) MUST_USE;
void winrs_begin_send(const struct winrs_command *command,
                      struct wsman_envelope *envelope);
int winrs_finish_send(const struct winrs_command *command,
                      struct wsman_envelope *envelope, struct err *err)
    MUST_USE;

enum winrs_signal { WINRS_CTRL_C, WINRS_CTRL_BREAK, WINRS_TERMINATE };
int winrs_signal(struct winrs_command *command, enum winrs_signal signal,
                 bool final, struct err *err) MUST_USE;

/*
 * The envelope of a Delete, for somebody to post when we are gone:
 * xmlBufferFree() frees it.
 */
int winrs_compose_delete(const struct winrs_shell *shell,
                         xmlBufferPtr *envelope, struct err *err) MUST_USE;

/* Deletes the shell; final: nobody waits. A shell that is gone is fine. */
int winrs_delete(struct winrs_shell *shell, bool final, struct err *err)
    MUST_USE;

#endif
