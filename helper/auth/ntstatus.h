/*
 * ntstatus.h - what Windows' logon codes mean: NTSTATUS and HRESULT as they
 * come in TSRequest.errorCode (MS-ERREF 2.1, 2.3).
 */
#ifndef CREDSSP_AUTH_NTSTATUS_H
#define CREDSSP_AUTH_NTSTATUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "credssp/err.h"

/* Sets cause, sentence and advice for a code, the code kept. Returns -1. */
int ntstatus_error(struct err *err, enum err_stage stage, uint32_t code);

/* "STATUS_LOGON_FAILURE", or NULL when the table does not have it. */
const char *ntstatus_name(uint32_t code);

/* The table's rows, for the test that walks it; false: there is none. */
bool ntstatus_code_at(size_t i, int64_t *code);

#endif
