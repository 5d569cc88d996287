/*
 * message.h - the head of a PSRP message (MS-PSRP 2.2.1): destination, type,
 * runspace pool and pipeline; behind it the data, CLIXML in UTF-8.
 */
#ifndef CREDSSP_PSRP_MESSAGE_H
#define CREDSSP_PSRP_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

#include "credssp/buf.h"
#include "credssp/err.h"

#define MESSAGE_HEADER 40
#define GUID_BYTES 16
#define GUID_TEXT 37 /* upper case, and a NUL */

/* What we put together as one; a script of 5 MB has to fit. */
#define MESSAGE_MAX 33554432

/* MS-PSRP 2.2.1: X(NAME, number, "NAME in the specification"). */
#define MESSAGE_TYPES(X)                                                      \
    X(SESSION_CAPABILITY, 0x00010002, "SESSION_CAPABILITY")                   \
    X(INIT_RUNSPACEPOOL, 0x00010004, "INIT_RUNSPACEPOOL")                     \
    X(PUBLIC_KEY, 0x00010005, "PUBLIC_KEY")                                   \
    X(ENCRYPTED_SESSION_KEY, 0x00010006, "ENCRYPTED_SESSION_KEY")             \
    X(PUBLIC_KEY_REQUEST, 0x00010007, "PUBLIC_KEY_REQUEST")                   \
    X(CONNECT_RUNSPACEPOOL, 0x00010008, "CONNECT_RUNSPACEPOOL")               \
    X(RUNSPACEPOOL_INIT_DATA, 0x0002100b, "RUNSPACEPOOL_INIT_DATA")           \
    X(RESET_RUNSPACE_STATE, 0x0002100c, "RESET_RUNSPACE_STATE")               \
    X(SET_MAX_RUNSPACES, 0x00021002, "SET_MAX_RUNSPACES")                     \
    X(SET_MIN_RUNSPACES, 0x00021003, "SET_MIN_RUNSPACES")                     \
    X(RUNSPACE_AVAILABILITY, 0x00021004, "RUNSPACE_AVAILABILITY")             \
    X(RUNSPACEPOOL_STATE, 0x00021005, "RUNSPACEPOOL_STATE")                   \
    X(CREATE_PIPELINE, 0x00021006, "CREATE_PIPELINE")                         \
    X(GET_AVAILABLE_RUNSPACES, 0x00021007, "GET_AVAILABLE_RUNSPACES")         \
    X(USER_EVENT, 0x00021008, "USER_EVENT")                                   \
    X(APPLICATION_PRIVATE_DATA, 0x00021009, "APPLICATION_PRIVATE_DATA")       \
    X(GET_COMMAND_METADATA, 0x0002100a, "GET_COMMAND_METADATA")               \
    X(RUNSPACEPOOL_HOST_CALL, 0x00021100, "RUNSPACEPOOL_HOST_CALL")           \
    X(RUNSPACEPOOL_HOST_RESPONSE, 0x00021101, "RUNSPACEPOOL_HOST_RESPONSE")   \
    X(PIPELINE_INPUT, 0x00041002, "PIPELINE_INPUT")                           \
    X(END_OF_PIPELINE_INPUT, 0x00041003, "END_OF_PIPELINE_INPUT")             \
    X(PIPELINE_OUTPUT, 0x00041004, "PIPELINE_OUTPUT")                         \
    X(ERROR_RECORD, 0x00041005, "ERROR_RECORD")                               \
    X(PIPELINE_STATE, 0x00041006, "PIPELINE_STATE")                           \
    X(DEBUG_RECORD, 0x00041007, "DEBUG_RECORD")                               \
    X(VERBOSE_RECORD, 0x00041008, "VERBOSE_RECORD")                           \
    X(WARNING_RECORD, 0x00041009, "WARNING_RECORD")                           \
    X(PROGRESS_RECORD, 0x00041010, "PROGRESS_RECORD")                         \
    X(INFORMATION_RECORD, 0x00041011, "INFORMATION_RECORD")                   \
    X(PIPELINE_HOST_CALL, 0x00041100, "PIPELINE_HOST_CALL")                   \
    X(PIPELINE_HOST_RESPONSE, 0x00041101, "PIPELINE_HOST_RESPONSE")

enum message_type {
#define X(id, number, name) MESSAGE_##id = number,
    MESSAGE_TYPES(X)
#undef X
};

/* The name, or NULL for a number that is no type. */
const char *message_type_name(uint32_t type);

enum message_destination { TO_CLIENT = 1, TO_SERVER = 2 };

struct guid {
    unsigned char bytes[GUID_BYTES]; /* as the wire has them (MS-DTYP 2.3.4) */
};

/* 8-4-4-4-12 digits of either case, as WS-Management has them. */
int guid_parse(const char *text, struct guid *guid) MUST_USE;
void guid_format(const struct guid *guid, char text[GUID_TEXT]);

struct message_header {
    uint32_t destination;
    uint32_t type;
    struct guid pool;
    struct guid pipeline;     /* zero: of the pool */
};

/* The header; whoever calls it adds the data. */
void message_put_header(struct buf *out, const struct message_header *header);

/*
 * From MESSAGE_HEADER bytes.  ERR_MALFORMED when the destination is not the
 * client or the type is unknown.
 */
int message_get_header(const unsigned char p[MESSAGE_HEADER],
                       struct message_header *header, struct err *err)
    MUST_USE;

#endif
