/*
 * psrp_wire.h - PowerShell's messages and their fragments (MS-PSRP 2.2.1,
 * 2.2.4), as recorded hosts send them; written apart from the client's.
 */
#ifndef WINHOST_PSRP_WIRE_H
#define WINHOST_PSRP_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "credssp/buf.h"
#include "soap_out.h"

#define PSRP_MESSAGE_MAX 268435456
#define PSRP_GUID 16

enum psrp_type {
    PSRP_SESSION_CAPABILITY = 0x00010002,
    PSRP_INIT_POOL = 0x00010004,
    PSRP_PUBLIC_KEY = 0x00010005,
    PSRP_ENCRYPTED_KEY = 0x00010006,
    PSRP_PUBLIC_KEY_REQUEST = 0x00010007,
    PSRP_SET_MAX_RUNSPACES = 0x00021002,
    PSRP_SET_MIN_RUNSPACES = 0x00021003,
    PSRP_AVAILABILITY = 0x00021004,
    PSRP_POOL_STATE = 0x00021005,
    PSRP_CREATE_PIPELINE = 0x00021006,
    PSRP_GET_AVAILABLE_RUNSPACES = 0x00021007,
    PSRP_PRIVATE_DATA = 0x00021009,
    PSRP_RESET_STATE = 0x0002100c,
    PSRP_POOL_HOST_RESPONSE = 0x00021101,
    PSRP_INPUT = 0x00041002,
    PSRP_INPUT_END = 0x00041003,
    PSRP_OUTPUT = 0x00041004,
    PSRP_ERROR = 0x00041005,
    PSRP_STATE = 0x00041006,
    PSRP_DEBUG = 0x00041007,
    PSRP_VERBOSE = 0x00041008,
    PSRP_WARNING = 0x00041009,
    PSRP_PROGRESS = 0x00041010,
    PSRP_INFORMATION = 0x00041011,
    PSRP_HOST_CALL = 0x00041100,
    PSRP_HOST_RESPONSE = 0x00041101
};

/* A message that came in whole; xml has a NUL behind it. */
struct psrp_message {
    uint32_t type;
    unsigned char pool[PSRP_GUID], pipeline[PSRP_GUID];
    char *xml;
    size_t len;
};

#define PSRP_TO_CLIENT 1u
#define PSRP_TO_SERVER 2u

/* Bytes as they come, and the message that they become. */
struct psrp_in {
    struct buf bytes, message;
    uint32_t destination;     /* that messages must have */
    uint64_t object, fragment;
    bool within;              /* a message has begun */
};
void psrp_in_init(struct psrp_in *in, uint32_t destination);
void psrp_in_free(struct psrp_in *in);
/* 1: *message is whole, until the next call; 0: more is needed; -1: these are
 * no fragments, or not those that belong here (MS-PSRP 2.2.4). */
int psrp_in_next(struct psrp_in *in, struct psrp_message *message);

/* Adds all fragments; NULL: no pipeline, no pool. */
void psrp_put(struct buf *out, uint64_t object, uint32_t type,
              const unsigned char *pool, const unsigned char *pipeline,
              const char *xml, size_t len);

/* Text of 8-4-4-4-12 digits and the bytes on the wire (MS-DTYP 2.3.4.2). */
int psrp_guid(const char *text, unsigned char guid[PSRP_GUID]);
void psrp_guid_text(const unsigned char guid[PSRP_GUID],
                    char text[UUID_BYTES]); /* in small letters */

/* Text as CLIXML's strings have it. */
void psrp_text(struct buf *out, const char *text, size_t len);

#endif
