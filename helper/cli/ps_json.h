/*
 * ps_json.h - a PowerShell object as JSON.
 */
#ifndef CREDSSP_CLI_PS_JSON_H
#define CREDSSP_CLI_PS_JSON_H

#include "credssp/buf.h"
#include "credssp/err.h"
#include "psrp/clixml.h"

/* Values in one object, however often references repeat them. */
#define PS_JSON_VALUES_MAX 4000000

/*
 * Adds one JSON value, without a newline.  Numbers keep every digit; what
 * JSON has no number for (NaN) is a string.  Dates are ISO 8601, bytes
 * base64, an enum is its number, a type of .NET that is not serialized is its
 * ToString().  A reference to an object that contains it is null.
 */
int ps_json_put(struct buf *out, const struct clixml *value, struct err *err)
    MUST_USE;

/*
 * The same of one of many hosts: an object, and a dictionary, begins with the
 * member PSComputerName, in place of what it had of that name; anything else
 * is the Value of an object that has both.
 */
int ps_json_put_from(struct buf *out, const char *host,
                     const struct clixml *value, struct err *err) MUST_USE;

#endif
