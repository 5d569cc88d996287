/*
 * shell.h - what all remote shells have in common (MS-WSMV 3.1.4): create,
 * start, send, receive, signal, delete.  What the streams carry is left to
 * winrs.h and to PowerShell remoting.
 */
#ifndef CREDSSP_WSMAN_SHELL_H
#define CREDSSP_WSMAN_SHELL_H

#include <libxml/tree.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "credssp/err.h"
#include "wsman/wsman.h"

#define SHELL_ID_BYTES 128

/* A shell on its host; all borrowed. */
struct shell {
    struct wsman *wsman;
    const char *resource;     /* URI */
    const char *id;           /* ShellId; NULL before Create */
};

/* One request to it; body is taken over. */
int shell_call(const struct shell *shell, const char *action,
               const struct wsman_pair *options, size_t option_count,
               xmlNodePtr body, bool final, xmlDocPtr *doc, struct err *err)
    MUST_USE;

/* Create.  The shell is named by the selector that comes back: old hosts say
 * nothing of it in the body. */
int shell_create(const struct shell *shell, const struct wsman_pair *options,
                 size_t option_count, xmlNodePtr body,
                 char id[SHELL_ID_BYTES], struct err *err) MUST_USE;

/* Command: body is rsp:CommandLine; id is the host's CommandId. */
int shell_start(const struct shell *shell, const struct wsman_pair *options,
                size_t option_count, xmlNodePtr body,
                char id[SHELL_ID_BYTES], struct err *err) MUST_USE;

/* Bytes of a stream, decoded, as they come; n is not 0. */
typedef int shell_stream_fn(void *arg, const char *stream, const void *p,
                            size_t n, struct err *err);

struct shell_state {
    bool done;
    uint32_t exit_code;       /* of CommandState Done only: old hosts send
                               * ExitCode 0 with Pending */
};

/*
 * One Receive of these streams, of a command, or of the shell when command is
 * NULL.  An operation timeout of the host (fault 2150858793) is no error:
 * nothing came, and state->done stays false.
 */
int shell_receive(const struct shell *shell, const char *command,
                  const char *streams, shell_stream_fn *output, void *arg,
                  struct shell_state *state, struct err *err) MUST_USE;

/*
 * Does err say that there is no such shell (0x8033805B, w:InvalidSelectors:
 * DSP0226 14.6), or that it is disconnected and so takes no request
 * (0x803381C4)?  Then no command was started in it.
 */
bool shell_is_missing(const struct err *err);

/* The most that one Send can carry. */
size_t shell_send_max(const struct shell *shell);
int shell_send(const struct shell *shell, const char *command,
               const char *stream, const void *p, size_t n, bool end,
               struct err *err) MUST_USE;

/* The same in the steps of wsman_prepare(). */
int shell_prepare_send(const struct shell *shell, const char *command,
                       const char *stream, const void *p, size_t n, bool end,
                       struct wsman_envelope *envelope, struct err *err)
    MUST_USE;
void shell_begin_send(const struct shell *shell,
                      struct wsman_envelope *envelope);
int shell_finish_send(const struct shell *shell,
                      struct wsman_envelope *envelope, struct err *err)
    MUST_USE;

int shell_signal(const struct shell *shell, const char *command,
                 const char *code, bool final, struct err *err) MUST_USE;

/*
 * The envelope of a Delete, for somebody to post when we are gone:
 * xmlBufferFree() frees it.
 */
int shell_compose_delete(const struct shell *shell, xmlBufferPtr *envelope,
                         struct err *err) MUST_USE;

/* Deletes it; final: nobody waits.  A shell that is gone is fine. */
int shell_delete(const struct shell *shell, bool final, struct err *err)
    MUST_USE;

#endif
