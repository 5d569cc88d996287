/*
 * faults.h - SOAP faults and WSManFault codes: what they mean and what to do.
 */
#ifndef CREDSSP_WSMAN_FAULTS_H
#define CREDSSP_WSMAN_FAULTS_H

#include <libxml/tree.h>
#include <stdbool.h>
#include <stdint.h>

#include "credssp/err.h"

#define FAULT_OPERATION_TIMEOUT 2150858793u   /* 0x80338029 */
#define FAULT_HEADER_INVALID 2150858767u      /* 0x8033800f */
#define FAULT_SHELL_NOT_FOUND 2150858843u     /* 0x8033805b */
#define FAULT_SHELL_DISCONNECTED 2150859204u  /* 0x803381c4 */
#define FAULT_STREAM_DISCONNECTED 2150859230u /* 0x803381de */
#define FAULT_TEXT_MAX 1024

struct fault {
    bool has_code;
    uint32_t code;                  /* WSManFault@Code or MSFT_WmiError */
    char subcode[128];              /* "w:TimedOut" without its prefix */
    char reason[FAULT_TEXT_MAX];
    char message[FAULT_TEXT_MAX];   /* WSManFault/Message, nested ones too */
    char provider[256];
    char machine[256];
};

/* false: the envelope holds no fault. */
bool fault_parse(xmlDocPtr envelope, struct fault *fault);

/* Sets cause, sentence and advice; the code as CODE_FAULT. Returns -1. */
int fault_error(struct err *err, enum err_stage stage,
                const struct fault *fault);

/* "ERROR_WSMAN_INVALID_SELECTORS", of wsmerror.h and winerror.h; NULL: not
 * known. */
const char *fault_name(uint32_t code);

/* The table's rows, for the test that walks it; false: there is none. */
bool fault_code_at(size_t i, int64_t *code);

#endif
