/* ps_json.c - CLIXML's values become JSON's (RFC 8259). */
#include "cli/ps_json.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Properties that extended members may hide; with more, both are told. */
#define HIDING_MAX 256

#define HOST_MEMBER "PSComputerName" /* as Invoke-Command has it */

struct writer {
    struct buf *out;
    const struct clixml *within[CLIXML_DEPTH_MAX];
    size_t depth, values;
    const char *host;         /* owed to the object that begins; or NULL */
    struct err *err;
};

static int put(struct writer *w, const struct clixml *value);

static void put_text(struct writer *w, const char *text)
{
    buf_put(w->out, text, strlen(text));
}

static int take_piece(const char *piece, size_t n, void *arg)
{
    struct writer *w = arg;

    buf_put(w->out, piece, n);
    return 0;
}

/* jansson knows which characters JSON escapes. */
static int put_string(struct writer *w, const char *text, size_t n)
{
    json_t *string = json_stringn_nocheck(text, n);
    int rc;

    if (string == NULL)
        return err_set(w->err, ERR_MEMORY, STAGE_OUTPUT, NULL);
    rc = json_dump_callback(string, take_piece, w, JSON_ENCODE_ANY);
    json_decref(string);
    if (rc == 0)
        return 0;
    return err_set(w->err, ERR_MALFORMED, STAGE_OUTPUT,
                   "the host sent a string that is no UTF-8");
}

static size_t digits(const char **p)
{
    size_t n = strspn(*p, "0123456789");

    *p += n;
    return n;
}

/* RFC 8259 section 6 */
static bool is_number(const char *p)
{
    bool zero;

    p += *p == '-';
    zero = *p == '0';
    if (digits(&p) == 0 || (zero && p[-1] != '0'))
        return false;
    if (*p == '.' && (p++, digits(&p) == 0))
        return false;
    if (*p == 'e' || *p == 'E') {
        p++;
        p += *p == '+' || *p == '-';
        if (digits(&p) == 0)
            return false;
    }
    return *p == '\0';
}

/* .NET's numbers have no needless zeros, so that "01" is none of them. */
static int put_number(struct writer *w, const struct clixml *value)
{
    const char *text = value->text;
    const char *first = text + (*text == '-');

    if (is_number(text) && (first[0] != '0' || first[1] < '0' ||
                            first[1] > '9')) {
        put_text(w, text);
        return 0;
    }
    return put_string(w, text, value->len);
}

/* A Char is a number in CLIXML: its UTF-16 unit. */
static int put_char(struct writer *w, const struct clixml *value)
{
    unsigned long unit = strtoul(value->text, NULL, 10);
    char escaped[16];

    if (unit > 0xffff || (unit >= 0xd800 && unit <= 0xdfff))
        return put_string(w, value->text, value->len); /* half of a pair */
    snprintf(escaped, sizeof escaped, "\"\\u%04lx\"", unit);
    put_text(w, escaped);
    return 0;
}

static int put_primitive(struct writer *w, const struct clixml *value)
{
    switch (value->kind) {
    case CLIXML_NIL:
    case CLIXML_OBJECT:
    case CLIXML_REFERENCE:
    case CLIXML_PROGRESS:
        break;
    case CLIXML_BOOL:
        put_text(w, clixml_bool(value, false) ? "true" : "false");
        return 0;
    case CLIXML_BYTE: case CLIXML_SBYTE: case CLIXML_UINT16:
    case CLIXML_INT16: case CLIXML_UINT32: case CLIXML_INT32:
    case CLIXML_UINT64: case CLIXML_INT64: case CLIXML_SINGLE:
    case CLIXML_DOUBLE: case CLIXML_DECIMAL:
        return put_number(w, value);
    case CLIXML_CHAR:
        return put_char(w, value);
    case CLIXML_STRING: case CLIXML_DATE_TIME: case CLIXML_DURATION:
    case CLIXML_BYTES: case CLIXML_GUID: case CLIXML_URI:
    case CLIXML_VERSION: case CLIXML_SEMANTIC_VERSION: case CLIXML_XML:
    case CLIXML_SCRIPT_BLOCK:
        return put_string(w, value->text, value->len);
    case CLIXML_SECURE_STRING:
        break; /* what it hides stays hidden, as in ConvertTo-Json */
    }
    put_text(w, "null");
    return 0;
}

static int put_key(struct writer *w, const char *name, bool *first)
{
    if (!*first)
        put_text(w, ",");
    *first = false;
    if (put_string(w, name, strlen(name)) != 0)
        return -1;
    put_text(w, ":");
    return 0;
}

static int put_list(struct writer *w, const struct clixml *items)
{
    const struct clixml *item;

    put_text(w, "[");
    for (item = items; item != NULL; item = item->next) {
        if (item != items)
            put_text(w, ",");
        if (put(w, item) != 0)
            return -1;
    }
    put_text(w, "]");
    return 0;
}

/* The host that it is from, if it is owed: *named, and it is the only one. */
static int begin_object(struct writer *w, bool *first, bool *named)
{
    const char *host = w->host;

    put_text(w, "{");
    *first = true;
    *named = host != NULL;
    w->host = NULL;
    if (host == NULL)
        return 0;
    if (put_key(w, HOST_MEMBER, first) != 0)
        return -1;
    return put_string(w, host, strlen(host));
}

static bool is_host(const char *name)
{
    return name != NULL && strcasecmp(name, HOST_MEMBER) == 0;
}

/* Keys are whatever they are: as text, or what stands for them. */
static int put_dictionary(struct writer *w, const struct clixml *items)
{
    const struct clixml *item;
    bool first, named;

    if (begin_object(w, &first, &named) != 0)
        return -1;
    for (item = items; item != NULL && item->next != NULL;
         item = item->next->next) {
        const char *key = clixml_text(clixml_resolve(item));

        if (named && is_host(key))
            continue;
        if (put_key(w, key != NULL ? key : "", &first) != 0 ||
            put(w, item->next) != 0)
            return -1;
    }
    put_text(w, "}");
    return 0;
}

static bool is_hidden(const struct clixml *property,
                      const struct clixml *members)
{
    size_t seen = 0;

    for (; members != NULL && seen < HIDING_MAX; members = members->next) {
        if (members->name != NULL && property->name != NULL &&
            strcasecmp(members->name, property->name) == 0)
            return true;
        seen++;
    }
    return false;
}

static int put_member(struct writer *w, const struct clixml *member,
                      bool *first)
{
    if (put_key(w, member->name != NULL ? member->name : "", first) != 0)
        return -1;
    return put(w, member);
}

static int put_members(struct writer *w, const struct clixml *value)
{
    const struct clixml *member;
    bool first, named;

    if (begin_object(w, &first, &named) != 0)
        return -1;
    for (member = value->properties; member != NULL; member = member->next)
        if (!is_hidden(member, value->members) &&
            !(named && is_host(member->name)) &&
            put_member(w, member, &first) != 0)
            return -1;
    for (member = value->members; member != NULL; member = member->next)
        if (!(named && is_host(member->name)) &&
            put_member(w, member, &first) != 0)
            return -1;
    put_text(w, "}");
    return 0;
}

/* Does it become an object of JSON?  See put_object(). */
static bool is_object(const struct clixml *value)
{
    const struct clixml *target = clixml_resolve(value);

    if ((target->kind != CLIXML_OBJECT && target->kind != CLIXML_PROGRESS) ||
        target->value != NULL)
        return false;
    if (target->container != CLIXML_NO_CONTAINER)
        return target->container == CLIXML_DICTIONARY;
    return target->properties != NULL || target->members != NULL ||
           target->to_string == NULL;
}

static int put_object(struct writer *w, const struct clixml *value)
{
    if (value->value != NULL) /* a string with PSPath, an enum's number */
        return put(w, value->value);
    switch (value->container) {
    case CLIXML_NO_CONTAINER:
        break;
    case CLIXML_LIST:
    case CLIXML_ENUMERABLE:
    case CLIXML_QUEUE:
    case CLIXML_STACK:
        return put_list(w, value->items);
    case CLIXML_DICTIONARY:
        return put_dictionary(w, value->items);
    }
    if (value->properties == NULL && value->members == NULL &&
        value->to_string != NULL)
        return put_string(w, value->to_string, strlen(value->to_string));
    return put_members(w, value);
}

static bool is_within(const struct writer *w, const struct clixml *value)
{
    size_t i;

    for (i = 0; i < w->depth; i++)
        if (w->within[i] == value)
            return true;
    return false;
}

static int put(struct writer *w, const struct clixml *value)
{
    const struct clixml *target = clixml_resolve(value);
    int rc;

    if (++w->values > PS_JSON_VALUES_MAX)
        return err_set(w->err, ERR_OVERSIZED, STAGE_OUTPUT,
                       "an object has more than %d values",
                       PS_JSON_VALUES_MAX);
    if (target->kind != CLIXML_OBJECT && target->kind != CLIXML_PROGRESS)
        return put_primitive(w, target);
    if (w->depth == CLIXML_DEPTH_MAX || is_within(w, target)) {
        put_text(w, "null");
        return 0;
    }
    w->within[w->depth++] = target;
    rc = put_object(w, target);
    w->depth--;
    return rc;
}

int ps_json_put_from(struct buf *out, const char *host,
                     const struct clixml *value, struct err *err)
{
    struct writer w = { .out = out, .err = err, .host = host };
    bool first, named;

    if (is_object(value))
        return put(&w, value) == 0 ? buf_ok(out, STAGE_OUTPUT, err) : -1;
    if (begin_object(&w, &first, &named) != 0 ||
        put_key(&w, "Value", &first) != 0 || put(&w, value) != 0)
        return -1;
    put_text(&w, "}");
    return buf_ok(out, STAGE_OUTPUT, err);
}

int ps_json_put(struct buf *out, const struct clixml *value, struct err *err)
{
    struct writer w = { .out = out, .err = err };

    if (put(&w, value) != 0)
        return -1;
    return buf_ok(out, STAGE_OUTPUT, err);
}
