/*
 * ps_json.h - a PowerShell object as JSON.
 */
#ifndef CREDSSP_CLI_PS_JSON_H
#define CREDSSP_CLI_PS_JSON_H

#include "credssp/buf.h"
#include "credssp/err.h"
#include "psrp/clixml.h"

/* In one object, however often references repeat them: more than what a
 * reader takes can become without. */
#define PS_JSON_VALUES_MAX 4000000
#define PS_JSON_BYTES_MAX 268435456

/* What out holds at most, and a little more. */
#define PS_JSON_HELD 65536

/* Empties out. */
typedef int ps_json_flush_fn(void *arg, struct err *err);

/*
 * Adds one JSON value, without a newline.  Numbers keep every digit; what
 * JSON has no number for (NaN) is a string.  Dates are ISO 8601, bytes
 * base64, an enum is its number, a type of .NET that is not serialized is its
 * ToString().  A reference to an object that contains it is null.
 *
 * Of an object that is refused nothing goes out.
 */
int ps_json_put(struct buf *out, ps_json_flush_fn *flush, void *arg,
                const struct clixml *value, struct err *err) MUST_USE;

#endif
