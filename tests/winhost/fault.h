/*
 * fault.h - the faults that a Windows host answers with: codes, subcodes and
 * texts, after recordings of real hosts and wsmerror.h.
 */
#ifndef WINHOST_FAULT_H
#define WINHOST_FAULT_H

#include "credssp/buf.h"

enum fault_id {
    FAULT_NONE,
    FAULT_TIMED_OUT,
    FAULT_BAD_COMMAND,
    FAULT_BAD_SHELL,
    FAULT_SELECTORS,
    FAULT_NO_FILE,
    FAULT_LINE,
    FAULT_SCHEMA,
    FAULT_XML,
    FAULT_SOAP_VERSION,
    FAULT_SOAP_BODY,
    FAULT_HEADER_INVALID,
    FAULT_HEADER_MISSING,
    FAULT_MUST_UNDERSTAND,
    FAULT_ACTION,
    FAULT_RESOURCE,
    FAULT_OPTIONS,
    FAULT_ENVELOPE_SMALL,
    FAULT_SHELL_QUOTA,
    FAULT_COMMAND_QUOTA,
    FAULT_ACCESS,
    FAULT_BUSY,
    FAULT_ENUMERATION,
    FAULT_DISCONNECTED,
    FAULT_STREAM,
    FAULT_OPERATION_QUOTA,
    FAULT_SYSTEM_QUOTA,
    FAULT_ENVELOPE_LARGE,
    FAULT_DIRECTORY,
    FAULT_ID_COUNT
};

#define FAULT_MESSAGE_MAX 512

/* What went wrong in one request; message "" means the row's own text. */
struct fault {
    enum fault_id id;
    char message[FAULT_MESSAGE_MAX];
};

/* Returns -1, for "return fault_set(...)"; fmt NULL: the row's own text. */
int fault_set(struct fault *fault, enum fault_id id, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

uint32_t fault_code(enum fault_id id);

/* A whole envelope; relates_to may be "". */
void fault_write(const struct fault *fault, const char *relates_to,
                 const char *machine, struct buf *out);

#endif
