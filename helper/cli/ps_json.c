/* ps_json.c - CLIXML's values become JSON's (RFC 8259). */
#include "cli/ps_json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Properties that extended members may hide; with more, both are told. */
#define HIDING_MAX 256

#define HOST_MEMBER "PSComputerName" /* as Invoke-Command has it */

/*
 * What an object becomes is not kept: references may repeat what it holds
 * until it is longer than any memory.  Before the first bytes of a long one go
 * out it is written once for its length alone, so that none is cut off.
 */
struct writer {
    const struct ps_json_out *out; /* NULL: only the length matters */
    const struct clixml *root;
    bool is_measured;
    const struct clixml *within[CLIXML_DEPTH_MAX];
    size_t depth, values, bytes;
    const char *from;         /* the host, or NULL */
    const char *host;         /* from, owed to the object that begins */
    struct err *err;
};

static int put(struct writer *w, const struct clixml *value);
static int put_whole(struct writer *w);

static int refuse(struct writer *w, const char *what, int most)
{
    const struct clixml_type_name *type = w->root->types;

    (void)err_set(w->err, ERR_OVERSIZED, STAGE_OUTPUT,
                  "an object of type %.100s has more than %d %s as JSON",
                  type != NULL ? type->text : "none", most, what);
    return err_advise(w->err, "--clixml shows it as the host sent it; "
                      "Select-Object -Property in the script makes it "
                      "smaller");
}

static int measure(const struct writer *w)
{
    struct writer ruler = { .root = w->root, .from = w->from,
                            .err = w->err };

    return put_whole(&ruler);
}

static int drain(struct writer *w)
{
    if (!w->is_measured && measure(w) != 0)
        return -1;
    w->is_measured = true;
    return w->out->flush(w->out->arg, w->err);
}

static int put_bytes(struct writer *w, const char *p, size_t n)
{
    w->bytes += n;
    if (w->out == NULL)
        return w->bytes <= PS_JSON_BYTES_MAX
                   ? 0 : refuse(w, "bytes", PS_JSON_BYTES_MAX);
    while (n > 0) {
        size_t take = n < PS_JSON_HELD ? n : PS_JSON_HELD;

        buf_put(w->out->buf, p, take);
        p += take;
        n -= take;
        if (w->out->buf->len >= PS_JSON_HELD && drain(w) != 0)
            return -1;
    }
    return 0;
}

static int put_text(struct writer *w, const char *text)
{
    return put_bytes(w, text, strlen(text));
}

/* RFC 8259 section 7 */
static int put_escaped(struct writer *w, unsigned char c)
{
    static const char short_forms[256] = {
        ['"'] = '"', ['\\'] = '\\', ['\b'] = 'b', ['\f'] = 'f',
        ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't',
    };
    char escaped[8];

    if (short_forms[c] != 0)
        snprintf(escaped, sizeof escaped, "\\%c", short_forms[c]);
    else
        snprintf(escaped, sizeof escaped, "\\u%04X", c);
    return put_text(w, escaped);
}

/* It is UTF-8: the reader takes nothing else. */
static int put_string(struct writer *w, const char *text, size_t n)
{
    const char *end = text + n, *plain = text;

    if (put_bytes(w, "\"", 1) != 0)
        return -1;
    for (; text < end; text++) {
        unsigned char c = (unsigned char)*text;

        if (c >= 0x20 && c != '"' && c != '\\')
            continue;
        if (put_bytes(w, plain, (size_t)(text - plain)) != 0 ||
            put_escaped(w, c) != 0)
            return -1;
        plain = text + 1;
    }
    if (put_bytes(w, plain, (size_t)(end - plain)) != 0)
        return -1;
    return put_bytes(w, "\"", 1);
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
                            first[1] > '9'))
        return put_text(w, text);
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
    return put_text(w, escaped);
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
        return put_text(w, clixml_bool(value, false) ? "true" : "false");
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
    return put_text(w, "null");
}

static int put_key(struct writer *w, const char *name, bool *first)
{
    const char *before = *first ? "" : ",";

    *first = false;
    if (put_text(w, before) != 0 || put_string(w, name, strlen(name)) != 0)
        return -1;
    return put_text(w, ":");
}

static int put_list(struct writer *w, const struct clixml *items)
{
    const struct clixml *item;

    if (put_text(w, "[") != 0)
        return -1;
    for (item = items; item != NULL; item = item->next)
        if ((item != items && put_text(w, ",") != 0) || put(w, item) != 0)
            return -1;
    return put_text(w, "]");
}

/* The host that it is from, if it is owed: *named, and it is the only one. */
static int begin_object(struct writer *w, bool *first, bool *named)
{
    const char *host = w->host;

    *first = true;
    *named = host != NULL;
    w->host = NULL;
    if (put_text(w, "{") != 0)
        return -1;
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
    return put_text(w, "}");
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

static int count_value(struct writer *w)
{
    return ++w->values <= PS_JSON_VALUES_MAX
               ? 0 : refuse(w, "values", PS_JSON_VALUES_MAX);
}

/* What is hidden counts, too: it takes its time. */
static int put_members(struct writer *w, const struct clixml *members,
                       const struct clixml *hiding, bool named, bool *first)
{
    const struct clixml *member;

    for (member = members; member != NULL; member = member->next) {
        if (is_hidden(member, hiding) || (named && is_host(member->name))) {
            if (count_value(w) != 0)
                return -1;
            continue;
        }
        if (put_key(w, member->name != NULL ? member->name : "", first)
                != 0 || put(w, member) != 0)
            return -1;
    }
    return 0;
}

static int put_record(struct writer *w, const struct clixml *value)
{
    bool first, named;

    if (begin_object(w, &first, &named) != 0 ||
        put_members(w, value->properties, value->members, named, &first)
            != 0 ||
        put_members(w, value->members, NULL, named, &first) != 0)
        return -1;
    return put_text(w, "}");
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
    return put_record(w, value);
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

    if (count_value(w) != 0)
        return -1;
    if (target->kind != CLIXML_OBJECT && target->kind != CLIXML_PROGRESS)
        return put_primitive(w, target);
    if (w->depth == CLIXML_DEPTH_MAX || is_within(w, target))
        return put_text(w, "null");
    w->within[w->depth++] = target;
    rc = put_object(w, target);
    w->depth--;
    return rc;
}

static int put_whole(struct writer *w)
{
    bool first, named;

    w->host = w->from;
    if (w->host == NULL || is_object(w->root))
        return put(w, w->root);
    if (begin_object(w, &first, &named) != 0 ||
        put_key(w, "Value", &first) != 0 || put(w, w->root) != 0)
        return -1;
    return put_text(w, "}");
}

int ps_json_put(const struct ps_json_out *out, const char *host,
                const struct clixml *value, struct err *err)
{
    struct writer w = { .out = out, .root = clixml_resolve(value),
                        .from = host, .err = err };
    size_t start = out->buf->len;

    if (put_whole(&w) != 0) {
        if (!w.is_measured)
            out->buf->len = start;
        return -1;
    }
    return buf_ok(out->buf, STAGE_OUTPUT, err);
}
