/* clixml_store.c - what a CLIXML reader keeps: texts, names, references. */
#include "psrp/clixml_store.h"

#include <stdlib.h>
#include <string.h>

#include "psrp/clixml_tree.h"

void clixml_refuse_room(struct clixml_reader *reader)
{
    if (reader->arena.full)
        clixml_refuse(reader, ERR_OVERSIZED, "it is larger than %d bytes",
                      CLIXML_BYTES_MAX);
    else
        clixml_refuse(reader, ERR_MEMORY, NULL);
}

char *clixml_keep_text(struct clixml_reader *reader, size_t *n)
{
    char *text;

    unescape_end(&reader->unescape, &reader->text);
    if (buf_ok(&reader->text, STAGE_OUTPUT, &reader->err) != 0) {
        xmlStopParser(reader->parser);
        return NULL;
    }
    text = arena_copy(&reader->arena, reader->text.data, reader->text.len);
    if (text == NULL)
        clixml_refuse_room(reader);
    else if (n != NULL)
        *n = reader->text.len;
    buf_clear_without_wipe(&reader->text);
    return text;
}

static const char *keep_attribute(struct clixml_reader *reader,
                                  const xmlChar **attribute)
{
    const char *p = (const char *)attribute[3];

    unescape_feed(&reader->unescape, p,
                  (size_t)((const char *)attribute[4] - p), &reader->text);
    return clixml_keep_text(reader, NULL);
}

/* Decimal; SIZE_MAX when it is none, or too large. */
static size_t parse_ref(const char *p, size_t n)
{
    size_t ref = 0, i;

    if (n == 0 || n > 9)
        return SIZE_MAX;
    for (i = 0; i < n; i++) {
        if (p[i] < '0' || p[i] > '9')
            return SIZE_MAX;
        ref = ref * 10 + (size_t)(p[i] - '0');
    }
    return ref < CLIXML_REFERENCES_MAX ? ref : SIZE_MAX;
}

/* libxml2 gives five pointers for each: local name, prefix, namespace, value
 * and its end. */
int clixml_take_attributes(struct clixml_reader *reader, int count,
                           const xmlChar **p, struct clixml_attributes *out)
{
    int i;

    *out = (struct clixml_attributes){ .ref = SIZE_MAX };
    /* A refusal stops the parser, which frees what the others point to. */
    for (i = 0; i < count && reader->err.cause == ERR_NONE; i++, p += 5) {
        const char *name = (const char *)p[0];

        if (p[2] != NULL)
            continue; /* of another namespace */
        if (strcmp(name, "N") == 0) {
            out->name = keep_attribute(reader, p);
        } else if (strcmp(name, "S") == 0) {
            out->stream = keep_attribute(reader, p);
        } else if (strcmp(name, "RefId") == 0) {
            out->ref = parse_ref((const char *)p[3], (size_t)(p[4] - p[3]));
            if (out->ref == SIZE_MAX)
                clixml_refuse(reader, ERR_MALFORMED, "a RefId is no number "
                              "below %d", CLIXML_REFERENCES_MAX);
        }
    }
    return reader->err.cause == ERR_NONE ? 0 : -1;
}

/* Makes room for [at] in an array of pointers. */
static int grow(struct clixml_reader *reader, void **array, size_t *room,
                size_t at)
{
    size_t wanted = *room > 0 ? *room : 64;
    void *grown;

    if (at < *room)
        return 0;
    while (wanted <= at)
        wanted *= 2;
    grown = reallocarray(*array, wanted, sizeof(void *));
    if (grown == NULL) {
        clixml_refuse(reader, ERR_MEMORY, NULL);
        return -1;
    }
    memset((void **)grown + *room, 0, (wanted - *room) * sizeof(void *));
    *array = grown;
    *room = wanted;
    return 0;
}

void clixml_remember_object(struct clixml_reader *reader, size_t ref,
                            struct clixml *value)
{
    if (ref != SIZE_MAX &&
        grow(reader, (void **)&reader->objects, &reader->object_room, ref)
            == 0)
        reader->objects[ref] = value;
}

void clixml_remember_types(struct clixml_reader *reader, size_t ref,
                           struct clixml_type_name *types)
{
    if (ref != SIZE_MAX &&
        grow(reader, (void **)&reader->type_names, &reader->type_name_room,
             ref) == 0)
        reader->type_names[ref] = types;
}
