/* clixml_writer.c - values to CLIXML. */
#include "psrp/clixml_writer.h"

#include <inttypes.h>
#include <string.h>

#include "psrp/escape.h"

void clixml_writer_init(struct clixml_writer *w, struct buf *out)
{
    memset(w, 0, sizeof *w);
    w->out = out;
}

static void put(struct clixml_writer *w, const char *text)
{
    buf_put(w->out, text, strlen(text));
}

/* "<element", with N if there is a name. */
static void open_tag(struct clixml_writer *w, const char *element,
                     const char *name)
{
    put(w, "<");
    put(w, element);
    if (name == NULL)
        return;
    put(w, " N=\"");
    escape_put(w->out, name, strlen(name));
    put(w, "\"");
}

void clixml_begin(struct clixml_writer *w, const char *element)
{
    open_tag(w, element, NULL);
    put(w, ">");
}

void clixml_end(struct clixml_writer *w, const char *element)
{
    put(w, "</");
    put(w, element);
    put(w, ">");
}

void clixml_begin_object(struct clixml_writer *w, const char *name)
{
    open_tag(w, "Obj", name);
    buf_printf(w->out, " RefId=\"%u\">", w->objects++);
}

void clixml_end_object(struct clixml_writer *w)
{
    clixml_end(w, "Obj");
}

static bool was_written(const struct clixml_writer *w,
                        const char *const *types, unsigned *ref)
{
    for (*ref = 0; *ref < w->type_count; ++*ref)
        if (w->types[*ref] == types)
            return true;
    return false;
}

void clixml_put_types(struct clixml_writer *w, const char *const *types)
{
    unsigned ref;
    size_t i;

    if (was_written(w, types, &ref)) {
        buf_printf(w->out, "<TNRef RefId=\"%u\" />", ref);
        return;
    }
    /* More than fit are written out each time, without a number. */
    if (w->type_count < CLIXML_WRITER_TYPES) {
        w->types[w->type_count++] = types;
        buf_printf(w->out, "<TN RefId=\"%u\">", ref);
    } else {
        put(w, "<TN>");
    }
    for (i = 0; types[i] != NULL; i++) {
        put(w, "<T>");
        escape_put(w->out, types[i], strlen(types[i]));
        put(w, "</T>");
    }
    put(w, "</TN>");
}

void clixml_put_to_string(struct clixml_writer *w, const char *text)
{
    clixml_begin(w, "ToString");
    escape_put(w->out, text, strlen(text));
    clixml_end(w, "ToString");
}

static const char *element_of(enum clixml_kind kind)
{
    switch (kind) {
#define X(id, name) case CLIXML_##id: return name;
    CLIXML_PRIMITIVES(X)
#undef X
    case CLIXML_NIL: return "Nil";
    case CLIXML_OBJECT: return "Obj";
    case CLIXML_REFERENCE: return "Ref";
    case CLIXML_PROGRESS: return "PR";
    }
    return NULL;
}

static void put_text(struct clixml_writer *w, const char *element,
                     const char *name, const char *text, size_t n)
{
    open_tag(w, element, name);
    put(w, ">");
    escape_put(w->out, text, n);
    clixml_end(w, element);
}

void clixml_put_nil(struct clixml_writer *w, const char *name)
{
    open_tag(w, "Nil", name);
    put(w, " />");
}

void clixml_put_string(struct clixml_writer *w, const char *name,
                       const char *text, size_t n)
{
    put_text(w, "S", name, text, n);
}

void clixml_put_plain(struct clixml_writer *w, enum clixml_kind kind,
                      const char *name, const char *text)
{
    put_text(w, element_of(kind), name, text, strlen(text));
}

void clixml_put_bool(struct clixml_writer *w, const char *name, bool value)
{
    clixml_put_plain(w, CLIXML_BOOL, name, value ? "true" : "false");
}

void clixml_put_i32(struct clixml_writer *w, const char *name, int32_t value)
{
    open_tag(w, "I32", name);
    buf_printf(w->out, ">%" PRId32 "</I32>", value);
}

void clixml_put_i64(struct clixml_writer *w, const char *name, int64_t value)
{
    open_tag(w, "I64", name);
    buf_printf(w->out, ">%" PRId64 "</I64>", value);
}

void clixml_put_enum(struct clixml_writer *w, const char *name,
                     const char *const *types, const char *constant,
                     int32_t number)
{
    clixml_begin_object(w, name);
    clixml_put_types(w, types);
    clixml_put_to_string(w, constant);
    clixml_put_i32(w, NULL, number);
    clixml_end_object(w);
}
