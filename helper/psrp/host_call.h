/*
 * host_call.h - what a host asks of our terminal: methods of PowerShell's
 * PSHost, PSHostUserInterface and PSHostRawUserInterface (MS-PSRP 2.2.3.17,
 * 2.2.2.15, 2.2.2.27).  The answers are host_reply.h's.
 */
#ifndef CREDSSP_PSRP_HOST_CALL_H
#define CREDSSP_PSRP_HOST_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "credssp/err.h"
#include "psrp/clixml.h"

/*
 * X(NAME, id, "Name", returns, "parameters").  A letter for each parameter:
 * s string, i number or enum, p coordinates, z size, r rectangle, c buffer
 * cell, a array of buffer cells, g progress record, f field descriptions,
 * h choices, n numbers, o runspace.
 */
#define HOST_METHODS(X)                                                       \
    X(GET_NAME, 1, "GetName", STRING, "")                                     \
    X(GET_VERSION, 2, "GetVersion", VERSION, "")                              \
    X(GET_INSTANCE_ID, 3, "GetInstanceId", GUID, "")                          \
    X(GET_CURRENT_CULTURE, 4, "GetCurrentCulture", STRING, "")                \
    X(GET_CURRENT_UI_CULTURE, 5, "GetCurrentUICulture", STRING, "")           \
    X(SET_SHOULD_EXIT, 6, "SetShouldExit", VOID, "i")                         \
    X(ENTER_NESTED_PROMPT, 7, "EnterNestedPrompt", VOID, "")                  \
    X(EXIT_NESTED_PROMPT, 8, "ExitNestedPrompt", VOID, "")                    \
    X(NOTIFY_BEGIN_APPLICATION, 9, "NotifyBeginApplication", VOID, "")        \
    X(NOTIFY_END_APPLICATION, 10, "NotifyEndApplication", VOID, "")           \
    X(READ_LINE, 11, "ReadLine", STRING, "")                                  \
    X(READ_LINE_AS_SECURE_STRING, 12, "ReadLineAsSecureString", SECURE, "")   \
    X(WRITE_1, 13, "Write1", VOID, "s")                                       \
    X(WRITE_2, 14, "Write2", VOID, "iis")                                     \
    X(WRITE_LINE_1, 15, "WriteLine1", VOID, "")                               \
    X(WRITE_LINE_2, 16, "WriteLine2", VOID, "s")                              \
    X(WRITE_LINE_3, 17, "WriteLine3", VOID, "iis")                            \
    X(WRITE_ERROR_LINE, 18, "WriteErrorLine", VOID, "s")                      \
    X(WRITE_DEBUG_LINE, 19, "WriteDebugLine", VOID, "s")                      \
    X(WRITE_PROGRESS, 20, "WriteProgress", VOID, "ig")                        \
    X(WRITE_VERBOSE_LINE, 21, "WriteVerboseLine", VOID, "s")                  \
    X(WRITE_WARNING_LINE, 22, "WriteWarningLine", VOID, "s")                  \
    X(PROMPT, 23, "Prompt", FIELDS, "ssf")                                    \
    X(PROMPT_FOR_CREDENTIAL_1, 24, "PromptForCredential1", CREDENTIAL,        \
      "ssss")                                                                 \
    X(PROMPT_FOR_CREDENTIAL_2, 25, "PromptForCredential2", CREDENTIAL,        \
      "ssssii")                                                               \
    X(PROMPT_FOR_CHOICE, 26, "PromptForChoice", INT, "sshi")                  \
    X(GET_FOREGROUND_COLOR, 27, "GetForegroundColor", INT, "")                \
    X(SET_FOREGROUND_COLOR, 28, "SetForegroundColor", VOID, "i")              \
    X(GET_BACKGROUND_COLOR, 29, "GetBackgroundColor", INT, "")                \
    X(SET_BACKGROUND_COLOR, 30, "SetBackgroundColor", VOID, "i")              \
    X(GET_CURSOR_POSITION, 31, "GetCursorPosition", POINT, "")                \
    X(SET_CURSOR_POSITION, 32, "SetCursorPosition", VOID, "p")                \
    X(GET_WINDOW_POSITION, 33, "GetWindowPosition", POINT, "")                \
    X(SET_WINDOW_POSITION, 34, "SetWindowPosition", VOID, "p")                \
    X(GET_CURSOR_SIZE, 35, "GetCursorSize", INT, "")                          \
    X(SET_CURSOR_SIZE, 36, "SetCursorSize", VOID, "i")                        \
    X(GET_BUFFER_SIZE, 37, "GetBufferSize", SIZE, "")                         \
    X(SET_BUFFER_SIZE, 38, "SetBufferSize", VOID, "z")                        \
    X(GET_WINDOW_SIZE, 39, "GetWindowSize", SIZE, "")                         \
    X(SET_WINDOW_SIZE, 40, "SetWindowSize", VOID, "z")                        \
    X(GET_WINDOW_TITLE, 41, "GetWindowTitle", STRING, "")                     \
    X(SET_WINDOW_TITLE, 42, "SetWindowTitle", VOID, "s")                      \
    X(GET_MAX_WINDOW_SIZE, 43, "GetMaxWindowSize", SIZE, "")                  \
    X(GET_MAX_PHYSICAL_WINDOW_SIZE, 44, "GetMaxPhysicalWindowSize", SIZE,     \
      "")                                                                     \
    X(GET_KEY_AVAILABLE, 45, "GetKeyAvailable", BOOL, "")                     \
    X(READ_KEY, 46, "ReadKey", KEY, "i")                                      \
    X(FLUSH_INPUT_BUFFER, 47, "FlushInputBuffer", VOID, "")                   \
    X(SET_BUFFER_CONTENTS_1, 48, "SetBufferContents1", VOID, "rc")            \
    X(SET_BUFFER_CONTENTS_2, 49, "SetBufferContents2", VOID, "pa")            \
    X(GET_BUFFER_CONTENTS, 50, "GetBufferContents", CELLS, "r")               \
    X(SCROLL_BUFFER_CONTENTS, 51, "ScrollBufferContents", VOID, "rprc")       \
    X(PUSH_RUNSPACE, 52, "PushRunspace", VOID, "o")                           \
    X(POP_RUNSPACE, 53, "PopRunspace", VOID, "")                              \
    X(GET_IS_RUNSPACE_PUSHED, 54, "GetIsRunspacePushed", BOOL, "")            \
    X(GET_RUNSPACE, 55, "GetRunspace", RUNSPACE, "")                          \
    X(PROMPT_FOR_CHOICES, 56, "PromptForChoiceMultipleSelection", INTS,       \
      "sshn")

enum host_method {
#define X(id, number, name, returns, parameters) HOST_##id = number,
    HOST_METHODS(X)
#undef X
};

/* What an answer carries. */
enum host_returns {
    HOST_RETURNS_VOID,        /* there is no answer */
    HOST_RETURNS_STRING, HOST_RETURNS_VERSION, HOST_RETURNS_GUID,
    HOST_RETURNS_SECURE, HOST_RETURNS_INT, HOST_RETURNS_INTS,
    HOST_RETURNS_BOOL, HOST_RETURNS_POINT, HOST_RETURNS_SIZE,
    HOST_RETURNS_KEY, HOST_RETURNS_CREDENTIAL, HOST_RETURNS_FIELDS,
    HOST_RETURNS_CELLS, HOST_RETURNS_RUNSPACE
};

#define HOST_PARAMETERS_MAX 6

/* A call; what it points to lives as long as the message. */
struct host_call {
    int64_t ci;               /* answered with the same */
    enum host_method method;
    const char *name;         /* of the method */
    enum host_returns returns;
    size_t count;
    const struct clixml *parameters[HOST_PARAMETERS_MAX];
};

/* ERR_MALFORMED for an unknown method or parameters that are not its own. */
int host_call_parse(const struct clixml *value, struct host_call *call,
                    struct err *err) MUST_USE;

/* Whether the host waits for an answer (MS-PSRP 2.2.3.17: a ci of -100 and
 * methods that return nothing have none). */
bool host_call_waits(const struct host_call *call);

/* The i-th parameter by the letter that it has: s (NULL: there is none), i. */
const char *host_call_string(const struct host_call *call, size_t i);
int32_t host_call_int(const struct host_call *call, size_t i);

/* A Prompt's field; texts are never NULL. */
struct host_field {
    const char *name, *label, *help;
    const char *type;         /* .NET's, in full: "System.String" */
    bool is_mandatory;
};
/* "&Yes" and what it means. */
struct host_choice {
    const char *label, *help;
};

/* Of parameter i, one after the other: *at is NULL before the first; false at
 * the end. */
bool host_call_field(const struct host_call *call, size_t i,
                     const struct clixml **at, struct host_field *field);
bool host_call_choice(const struct host_call *call, size_t i,
                      const struct clixml **at, struct host_choice *choice);
bool host_call_number(const struct host_call *call, size_t i,
                      const struct clixml **at, int32_t *number);

#endif
