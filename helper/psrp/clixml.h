/*
 * clixml.h - serialized objects (MS-PSRP 2.2.5): what a reader makes of them.
 *
 * A value and all that it points to belongs to the reader that made it.
 */
#ifndef CREDSSP_PSRP_CLIXML_H
#define CREDSSP_PSRP_CLIXML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "credssp/err.h"

#define CLIXML_NAMESPACE "http://schemas.microsoft.com/powershell/2004/04"

/* Elements within elements; a host serializes 50 levels of objects at most,
 * and remoting's own messages are a few levels deep. */
#define CLIXML_DEPTH_MAX 200
/* Of one message's values, and of one string. */
#define CLIXML_BYTES_MAX 25165824
/* Objects or type names that a Ref or TNRef can name. */
#define CLIXML_REFERENCES_MAX 262144

/* MS-PSRP 2.2.5.1: X(NAME, "element"). */
#define CLIXML_PRIMITIVES(X)                                                  \
    X(STRING, "S") X(CHAR, "C") X(BOOL, "B") X(DATE_TIME, "DT")               \
    X(DURATION, "TS") X(BYTE, "By") X(SBYTE, "SB") X(UINT16, "U16")           \
    X(INT16, "I16") X(UINT32, "U32") X(INT32, "I32") X(UINT64, "U64")         \
    X(INT64, "I64") X(SINGLE, "Sg") X(DOUBLE, "Db") X(DECIMAL, "D")           \
    X(BYTES, "BA") X(GUID, "G") X(URI, "URI") X(VERSION, "Version")           \
    X(SEMANTIC_VERSION, "SemanticVersion") X(XML, "XD")                       \
    X(SCRIPT_BLOCK, "SBK") X(SECURE_STRING, "SS")

enum clixml_kind {
    CLIXML_NIL,
    CLIXML_OBJECT,
    CLIXML_REFERENCE,         /* to an object that came before */
    CLIXML_PROGRESS,          /* PR: members named AV, AI, PC, ... */
#define X(id, name) CLIXML_##id,
    CLIXML_PRIMITIVES(X)
#undef X
};

/* MS-PSRP 2.2.5.2.6 */
enum clixml_container {
    CLIXML_NO_CONTAINER,
    CLIXML_LIST,              /* LST */
    CLIXML_ENUMERABLE,        /* IE */
    CLIXML_QUEUE,             /* QUE */
    CLIXML_STACK,             /* STK */
    CLIXML_DICTIONARY         /* DCT: items are key, value, key, value, ... */
};

struct clixml_type_name {
    const char *text;
    struct clixml_type_name *next; /* the next more general one */
};

struct clixml {
    enum clixml_kind kind;
    const char *name;         /* N, unescaped; NULL: none */
    const char *stream;       /* S of a file's objects; NULL: none */

    /* A primitive's text, unescaped, UTF-8 with a NUL behind it; a string may
     * have NULs within. */
    const char *text;
    size_t len;

    /* An object's; all may be missing. */
    struct clixml_type_name *types; /* the most special one first */
    const char *to_string;
    struct clixml *value;     /* what it extends: a primitive, an enum's
                               * number, or another object (no reference) */
    enum clixml_container container;
    struct clixml *items;
    struct clixml *properties; /* Props: adapted */
    struct clixml *members;    /* MS: extended, or a record's fields */

    struct clixml *target;    /* a reference's */
    struct clixml *next;
};

/* The object behind references; never NULL. */
const struct clixml *clixml_resolve(const struct clixml *value);

/*
 * The member of that name in MS, then in Props, then of the object that it
 * extends: the case of names does not matter in PowerShell.  NULL: there is none; value may be NULL, and a
 * reference.
 */
const struct clixml *clixml_get(const struct clixml *value, const char *name);

/* What stands for it as text: a primitive's text, ToString, or NULL. */
const char *clixml_text(const struct clixml *value);

/* Whether a type's full name is among the types. */
bool clixml_is(const struct clixml *value, const char *type);

/*
 * A signed number of any integer kind, or an enum's; false when value is
 * missing or something else.
 */
bool clixml_int(const struct clixml *value, int64_t *number) MUST_USE;
/* A Bool; a value that is none or missing: otherwise. */
bool clixml_bool(const struct clixml *value, bool otherwise);

#endif
