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
#define PS_JSON_VALUES_MAX 1000000
#define PS_JSON_BYTES_MAX 268435456

/* A buffer that flush empties when it holds so much, or a little more. */
#define PS_JSON_HELD 65536
struct ps_json_out {
    struct buf *buf;
    int (*flush)(void *arg, struct err *err);
    void *arg;
};

/*
 * Adds one JSON value, without a newline.  Numbers keep every digit; what
 * JSON has no number for (NaN) is a string.  Dates are ISO 8601, bytes
 * base64, an enum is its number, a type of .NET that is not serialized is its
 * ToString().  A reference to an object that contains it is null.  Of an
 * object that is refused nothing goes out.
 *
 * host: NULL, or the one of many that it is from.  An object, and a
 * dictionary, then begins with the member PSComputerName, in place of what it
 * had of that name; anything else is the Value of an object that has both.
 */
int ps_json_put(const struct ps_json_out *out, const char *host,
                const struct clixml *value, struct err *err) MUST_USE;

#endif
