/* clixml_tree.c - elements of CLIXML to values (MS-PSRP 2.2.5). */
#include "psrp/clixml_tree.h"

#include <stdlib.h>
#include <string.h>

#include "psrp/clixml_store.h"

/* What an element is; the bits of a set. */
enum element {
    EL_OBJ = 1 << 0, EL_NIL = 1 << 1, EL_REF = 1 << 2, EL_PRIMITIVE = 1 << 3,
    EL_TN = 1 << 4, EL_TNREF = 1 << 5, EL_T = 1 << 6, EL_TO_STRING = 1 << 7,
    EL_CONTAINER = 1 << 8, EL_EN = 1 << 9, EL_PROPS = 1 << 10,
    EL_MS = 1 << 11, EL_OBJS = 1 << 12, EL_PR = 1 << 13, EL_FIELD = 1 << 14
};
#define EL_VALUE (EL_OBJ | EL_NIL | EL_REF | EL_PRIMITIVE | EL_PR)

/* The element that is open. */
enum place {
    PLACE_DOCUMENT, PLACE_OBJS, PLACE_OBJECT, PLACE_TYPES, PLACE_TYPE,
    PLACE_TO_STRING, PLACE_CONTAINER, PLACE_DICTIONARY, PLACE_ENTRY,
    PLACE_MEMBERS, PLACE_PRIMITIVE, PLACE_EMPTY, PLACE_PROGRESS, PLACE_COUNT
};

static const unsigned allowed[PLACE_COUNT] = {
    [PLACE_DOCUMENT] = EL_VALUE | EL_OBJS,
    [PLACE_OBJS] = EL_VALUE,
    /* Of an object in an object: hosts wrap what a provider made. */
    [PLACE_OBJECT] = EL_TN | EL_TNREF | EL_TO_STRING | EL_PRIMITIVE |
                     EL_OBJ | EL_CONTAINER | EL_PROPS | EL_MS,
    [PLACE_TYPES] = EL_T,
    [PLACE_CONTAINER] = EL_VALUE,
    [PLACE_DICTIONARY] = EL_EN,
    [PLACE_ENTRY] = EL_VALUE,
    [PLACE_MEMBERS] = EL_VALUE,
    [PLACE_PROGRESS] = EL_FIELD | EL_T | EL_NIL,
};

struct row {
    const char *name;
    enum element element;
    int detail;               /* enum clixml_kind or clixml_container */
};

/* What is frequent comes first. */
static const struct row rows[] = {
    { "Obj", EL_OBJ, CLIXML_OBJECT }, { "Nil", EL_NIL, CLIXML_NIL },
    { "Ref", EL_REF, CLIXML_REFERENCE }, { "PR", EL_PR, CLIXML_PROGRESS },
    { "MS", EL_MS, 0 }, { "Props", EL_PROPS, 0 }, { "TN", EL_TN, 0 },
    { "TNRef", EL_TNREF, 0 }, { "T", EL_T, CLIXML_STRING },
    { "ToString", EL_TO_STRING, 0 }, { "En", EL_EN, 0 },
    { "LST", EL_CONTAINER, CLIXML_LIST },
    { "IE", EL_CONTAINER, CLIXML_ENUMERABLE },
    { "QUE", EL_CONTAINER, CLIXML_QUEUE },
    { "STK", EL_CONTAINER, CLIXML_STACK },
    { "DCT", EL_CONTAINER, CLIXML_DICTIONARY }, { "Objs", EL_OBJS, 0 },
#define X(id, name) { name, EL_PRIMITIVE, CLIXML_##id },
    CLIXML_PRIMITIVES(X)
#undef X
    /* Of PR. */
    { "AV", EL_FIELD, CLIXML_STRING }, { "AI", EL_FIELD, CLIXML_INT32 },
    { "CO", EL_FIELD, CLIXML_STRING }, { "PI", EL_FIELD, CLIXML_INT32 },
    { "PC", EL_FIELD, CLIXML_INT32 }, { "SR", EL_FIELD, CLIXML_INT32 },
    { "SD", EL_FIELD, CLIXML_STRING },
};

struct clixml_frame {
    enum place place;
    struct clixml *value;             /* the object in hand */
    struct clixml **tail;             /* where the next value goes */
    struct clixml_type_name **types;  /* where the next type goes */
    size_t type_ref;                  /* RefId of TN */
    unsigned count;                   /* of values */
};

struct clixml_frame *clixml_tree_frames(void)
{
    return calloc(CLIXML_DEPTH_MAX + 1, sizeof(struct clixml_frame));
}

void clixml_tree_begin(struct clixml_reader *reader)
{
    reader->root = NULL;
    reader->depth = 0;
    reader->frames[0] = (struct clixml_frame){ .place = PLACE_DOCUMENT,
                                               .tail = &reader->root };
}

/* Most differ in their first letter, and this runs for every element. */
static const struct row *find_row(const char *name)
{
    size_t i;

    for (i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].name[0] == name[0] && strcmp(rows[i].name, name) == 0)
            return &rows[i];
    return NULL;
}

static struct clixml_frame *top(struct clixml_reader *reader)
{
    return &reader->frames[reader->depth];
}

static struct clixml_frame *push(struct clixml_reader *reader,
                                 enum place place, struct clixml *value)
{
    reader->depth++;
    *top(reader) = (struct clixml_frame){ .place = place, .value = value };
    return top(reader);
}

/* Rules that the table of places cannot hold. */
static bool fits_here(const struct clixml_frame *frame,
                      const struct row *row, const struct clixml_attributes *a)
{
    const struct clixml *object = frame->value;

    switch (frame->place) {
    case PLACE_DOCUMENT:
        return frame->count == 0;
    case PLACE_OBJECT:
        return (row->element & EL_VALUE) != 0 ? object->value == NULL
             : row->element == EL_CONTAINER
                   ? object->container == CLIXML_NO_CONTAINER
                   : true;
    case PLACE_ENTRY: /* MS-PSRP 2.2.5.2.6.4: a Key, then a Value */
        return frame->count < 2 && a->name != NULL &&
               strcmp(a->name, frame->count == 0 ? "Key" : "Value") == 0;
    case PLACE_OBJS: case PLACE_TYPES: case PLACE_TYPE: case PLACE_TO_STRING:
    case PLACE_CONTAINER: case PLACE_DICTIONARY: case PLACE_MEMBERS:
    case PLACE_PRIMITIVE: case PLACE_EMPTY: case PLACE_PROGRESS:
    case PLACE_COUNT:
        return true;
    }
    return false;
}

/* A Ref's object: one that came before, or that it stands in. */
static bool point(struct clixml_reader *reader, struct clixml *value,
                  size_t ref)
{
    if (ref < reader->object_room)
        value->target = reader->objects[ref];
    if (value->target == NULL)
        clixml_refuse(reader, ERR_MALFORMED,
                      "a reference points to no object");
    return value->target != NULL;
}

static void start_value(struct clixml_reader *reader, const struct row *row,
                        const struct clixml_attributes *a)
{
    struct clixml_frame *frame = top(reader);
    struct clixml *value = arena_take(&reader->arena, sizeof *value);

    if (value == NULL) {
        clixml_refuse_room(reader);
        return;
    }
    value->kind = (enum clixml_kind)row->detail;
    value->name = a->name;
    value->stream = a->stream;
    if (frame->place == PLACE_OBJECT) {
        frame->value->value = value;
    } else {
        if (frame->place == PLACE_PROGRESS)
            value->name = row->name;
        *frame->tail = value;
        frame->tail = &value->next;
    }
    frame->count++;
    if (row->element == EL_OBJ) {
        clixml_remember_object(reader, a->ref, value);
        push(reader, PLACE_OBJECT, value);
    } else if (row->element == EL_PR) {
        push(reader, PLACE_PROGRESS, value)->tail = &value->members;
    } else if (row->element == EL_NIL) {
        push(reader, PLACE_EMPTY, value);
    } else if (row->element == EL_REF) {
        if (point(reader, value, a->ref))
            push(reader, PLACE_EMPTY, value);
    } else {
        push(reader, PLACE_PRIMITIVE, value);
    }
}

static void start_types(struct clixml_reader *reader, const struct row *row,
                        const struct clixml_attributes *a)
{
    struct clixml *object = top(reader)->value;
    struct clixml_frame *frame;

    if (row->element == EL_TN) {
        frame = push(reader, PLACE_TYPES, object);
        frame->types = &object->types;
        frame->type_ref = a->ref;
        return;
    }
    if (a->ref < reader->type_name_room)
        object->types = reader->type_names[a->ref];
    if (object->types == NULL)
        clixml_refuse(reader, ERR_MALFORMED,
                      "a reference points to no type names");
    else
        push(reader, PLACE_EMPTY, object);
}

/* An element that is no value but holds some. */
static void start_part(struct clixml_reader *reader, const struct row *row,
                       const struct clixml_attributes *a)
{
    struct clixml_frame *parent = top(reader);
    struct clixml *object = parent->value;

    if (row->element == EL_TN || row->element == EL_TNREF) {
        start_types(reader, row, a);
    } else if (row->element == EL_T) {
        push(reader, PLACE_TYPE, object);
    } else if (row->element == EL_TO_STRING) {
        push(reader, PLACE_TO_STRING, object);
    } else if (row->element == EL_CONTAINER) {
        bool pairs = row->detail == CLIXML_DICTIONARY;

        object->container = (enum clixml_container)row->detail;
        push(reader, pairs ? PLACE_DICTIONARY : PLACE_CONTAINER, object)
            ->tail = &object->items;
    } else if (row->element == EL_EN) {
        push(reader, PLACE_ENTRY, object)->tail = parent->tail;
    } else if (row->element == EL_OBJS) {
        parent->count++;
        push(reader, PLACE_OBJS, NULL)->tail = &reader->root;
    } else {
        struct clixml **list = row->element == EL_MS ? &object->members
                                                     : &object->properties;

        while (*list != NULL) /* a second MS goes on where the first ended */
            list = &(*list)->next;
        push(reader, PLACE_MEMBERS, object)->tail = list;
    }
}

void clixml_tree_start(void *arg, const xmlChar *name, const xmlChar *prefix,
                       const xmlChar *uri, int ns_count,
                       const xmlChar **namespaces, int count,
                       int default_count, const xmlChar **attributes)
{
    struct clixml_reader *reader = arg;
    const struct row *row = find_row((const char *)name);
    enum place place = top(reader)->place;
    struct clixml_attributes a;

    (void)prefix;
    (void)ns_count;
    (void)namespaces;
    (void)default_count;
    if (reader->err.cause != ERR_NONE)
        return;
    if (row == NULL ||
        (uri != NULL && strcmp((const char *)uri, CLIXML_NAMESPACE) != 0) ||
        (allowed[place] & row->element) == 0) {
        clixml_refuse(reader, ERR_MALFORMED,
                      "an element %.32s does not belong where it stands",
                      (const char *)name);
        return;
    }
    if (reader->depth == CLIXML_DEPTH_MAX) {
        clixml_refuse(reader, ERR_OVERSIZED,
                      "its elements are nested too deeply");
        return;
    }
    if (clixml_take_attributes(reader, count, attributes, &a) != 0)
        return;
    if (!fits_here(top(reader), row, &a))
        clixml_refuse(reader, ERR_MALFORMED, "an element %s is one too many",
                      row->name);
    else if ((row->element & (EL_VALUE | EL_FIELD)) != 0 ||
             place == PLACE_PROGRESS)
        start_value(reader, row, &a);
    else
        start_part(reader, row, &a);
}

static bool has_text(enum place place)
{
    return place == PLACE_PRIMITIVE || place == PLACE_TYPE ||
           place == PLACE_TO_STRING;
}

/* A document that is one string, for whom pieces do. */
static bool is_streamed(const struct clixml_reader *reader)
{
    return reader->on_text != NULL && reader->depth == 1 &&
           reader->frames[1].place == PLACE_PRIMITIVE &&
           reader->root->kind == CLIXML_STRING;
}

static void pass_on(struct clixml_reader *reader)
{
    reader->streamed = true;
    if (reader->text.len > 0 &&
        reader->on_text(reader->on_text_arg, (const char *)reader->text.data,
                        reader->text.len, &reader->err) != 0)
        xmlStopParser(reader->parser);
    buf_clear_without_wipe(&reader->text);
}

static bool is_white(const xmlChar *text, int n)
{
    while (n > 0 && (text[n - 1] == ' ' || text[n - 1] == '\t' ||
                     text[n - 1] == '\r' || text[n - 1] == '\n'))
        n--;
    return n == 0;
}

void clixml_tree_text(void *arg, const xmlChar *text, int n)
{
    struct clixml_reader *reader = arg;

    if (reader->err.cause != ERR_NONE)
        return;
    if (!has_text(top(reader)->place)) {
        if (!is_white(text, n))
            clixml_refuse(reader, ERR_MALFORMED,
                          "there is text between its elements");
        return;
    }
    unescape_feed(&reader->unescape, (const char *)text, (size_t)n,
                  &reader->text);
    if (buf_ok(&reader->text, STAGE_OUTPUT, &reader->err) != 0)
        xmlStopParser(reader->parser);
    else if (is_streamed(reader))
        pass_on(reader);
}

static void end_type(struct clixml_reader *reader)
{
    struct clixml_frame *types = top(reader) - 1;
    struct clixml_type_name *name = arena_take(&reader->arena, sizeof *name);

    if (name == NULL)
        clixml_refuse_room(reader);
    else
        name->text = clixml_keep_text(reader, NULL);
    if (reader->err.cause != ERR_NONE)
        return;
    *types->types = name;
    types->types = &name->next;
}

static void end_primitive(struct clixml_reader *reader)
{
    struct clixml_frame *frame = top(reader);

    if (is_streamed(reader)) {
        unescape_end(&reader->unescape, &reader->text);
        pass_on(reader);
    }
    frame->value->text = clixml_keep_text(reader, &frame->value->len);
}

void clixml_tree_end(void *arg, const xmlChar *name, const xmlChar *prefix,
                     const xmlChar *uri)
{
    struct clixml_reader *reader = arg;
    struct clixml_frame *frame = top(reader);

    (void)name;
    (void)prefix;
    (void)uri;
    if (reader->err.cause != ERR_NONE)
        return;
    if (frame->place == PLACE_PRIMITIVE)
        end_primitive(reader);
    else if (frame->place == PLACE_TYPE)
        end_type(reader);
    else if (frame->place == PLACE_TO_STRING)
        frame->value->to_string = clixml_keep_text(reader, NULL);
    else if (frame->place == PLACE_TYPES)
        clixml_remember_types(reader, frame->type_ref,
                       frame->value->types);
    else if (frame->place == PLACE_ENTRY && frame->count != 2)
        clixml_refuse(reader, ERR_MALFORMED,
                      "a dictionary's entry is no pair");
    else if (frame->place == PLACE_ENTRY)
        frame[-1].tail = frame->tail;
    if (reader->depth > 0)
        reader->depth--;
}
