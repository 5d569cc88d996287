/* clixml_reader.c - CLIXML through libxml2's push parser, within limits. */
#include "psrp/clixml_reader.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "psrp/clixml_tree.h"

/* Of one element, where CLIXML has three at most: libxml2 compares each with
 * all the others. */
#define ATTRIBUTES_MAX 64

#define REFERENCES_KEPT 256
#define TEXT_KEPT 65536

void clixml_refuse(struct clixml_reader *reader, enum err_cause cause,
                   const char *format, ...)
{
    char reason[160] = "";
    va_list ap;

    if (reader->err.cause != ERR_NONE)
        return;
    if (format != NULL) {
        va_start(ap, format);
        vsnprintf(reason, sizeof reason, format, ap);
        va_end(ap);
    }
    if (cause == ERR_MEMORY)
        (void)err_set(&reader->err, cause, STAGE_OUTPUT, NULL);
    else
        (void)err_set(&reader->err, cause, STAGE_OUTPUT,
                      "the host sent a PowerShell object that cannot be "
                      "read: %s", reason);
    xmlStopParser(reader->parser);
}

#if LIBXML_VERSION >= 21200
static void on_error(void *arg, const xmlError *error)
#else
static void on_error(void *arg, xmlErrorPtr error)
#endif
{
    const char *message = error->message != NULL ? error->message : "";

    if (error->level >= XML_ERR_ERROR)
        clixml_refuse(arg, error->code == XML_ERR_NO_MEMORY ? ERR_MEMORY
                                                            : ERR_MALFORMED,
                      "%.*s", (int)strcspn(message, "\n"), message);
}

/*
 * libxml2 tells what goes wrong outside of a document, for want of memory, to
 * the thread's handler, which prints it, and in some versions after its text
 * was freed.  What follows from it comes back to us anyway.
 */
struct handler {
    xmlStructuredErrorFunc function;
    void *arg;
};

#if LIBXML_VERSION >= 21200
static void unheard(void *arg, const xmlError *error)
#else
static void unheard(void *arg, xmlErrorPtr error)
#endif
{
    (void)arg;
    (void)error;
}

static struct handler hush(void)
{
    const struct handler was = { xmlStructuredError,
                                 xmlStructuredErrorContext };

    xmlSetStructuredErrorFunc(NULL, unheard);
    return was;
}

static void unhush(struct handler was)
{
    xmlSetStructuredErrorFunc(was.arg, was.function);
}

static xmlParserCtxtPtr new_parser(struct clixml_reader *reader)
{
    xmlSAXHandler sax = {
        .initialized = XML_SAX2_MAGIC,
        .startElementNs = clixml_tree_start,
        .endElementNs = clixml_tree_end,
        .characters = clixml_tree_text,
        .ignorableWhitespace = clixml_tree_text,
        .serror = on_error,
    };

    return xmlCreatePushParserCtxt(&sax, reader, NULL, 0, NULL);
}

void clixml_reader_init(struct clixml_reader *reader)
{
    memset(reader, 0, sizeof *reader);
    reader->arena.max = CLIXML_BYTES_MAX;
    buf_init(&reader->text, CLIXML_BYTES_MAX);
}

void clixml_reader_free(struct clixml_reader *reader)
{
    xmlFreeParserCtxt(reader->parser);
    arena_free(&reader->arena);
    buf_free(&reader->text);
    free(reader->frames);
    free(reader->objects);
    free(reader->type_names);
    clixml_reader_init(reader);
}

static int make(struct clixml_reader *reader, struct err *err)
{
    struct handler was = hush();
    bool made;

    if (reader->parser == NULL)
        reader->parser = new_parser(reader);
    if (reader->frames == NULL)
        reader->frames = clixml_tree_frames();
    made = reader->parser != NULL && reader->frames != NULL &&
           xmlCtxtResetPush(reader->parser, NULL, 0, NULL, NULL) == 0;
    unhush(was);
    if (!made)
        return err_set(err, ERR_MEMORY, STAGE_OUTPUT, NULL);
    /*
     * UTF-8 is what the specification says, whatever the document says.
     * NOENT: else &amp; in an attribute would come as &#38;; there are no
     * other entities, because there is no DTD (scan_byte()).
     */
    xmlCtxtUseOptions(reader->parser, XML_PARSE_NONET | XML_PARSE_NOENT |
                      XML_PARSE_IGNORE_ENC);
    return 0;
}

/* An array that one large document made grow would cost each small one that
 * follows. */
static void forget(void **array, size_t *room)
{
    if (*room > REFERENCES_KEPT) {
        free(*array);
        *array = NULL;
        *room = 0;
    } else if (*room > 0) {
        memset(*array, 0, *room * sizeof(void *));
    }
}

int clixml_reader_begin(struct clixml_reader *reader, clixml_text_fn *on_text,
                        void *arg, struct err *err)
{
    if (make(reader, err) != 0)
        return -1;
    arena_reset(&reader->arena);
    buf_clear_without_wipe(&reader->text);
    reader->unescape = (struct unescape){ .have = 0 };
    forget((void **)&reader->objects, &reader->object_room);
    forget((void **)&reader->type_names, &reader->type_name_room);
    reader->on_text = on_text;
    reader->on_text_arg = arg;
    reader->streamed = false;
    reader->scan = SCAN_TEXT;
    reader->err = (struct err)ERR_INIT;
    clixml_tree_begin(reader);
    return 0;
}

/*
 * What libxml2 must not see: a DTD, whose entities grow without a bound, and
 * thousands of attributes.  No serializer writes comments or instructions
 * either, and without them tags are told from text as simply as here.
 */
static void scan_byte(struct clixml_reader *reader, unsigned char c)
{
    switch (reader->scan) {
    case SCAN_TEXT:
        if (c == '<')
            reader->scan = SCAN_OPEN;
        break;
    case SCAN_OPEN:
        if (c == '!' || c == '?')
            clixml_refuse(reader, ERR_MALFORMED,
                          "it has more than elements and text");
        reader->scan = SCAN_TAG;
        reader->attributes = 0;
        break;
    case SCAN_TAG:
        if (c == '>')
            reader->scan = SCAN_TEXT;
        else if (c == '"' || c == '\'') {
            reader->scan = c == '"' ? SCAN_QUOTED : SCAN_APOSTROPHE;
            if (++reader->attributes > ATTRIBUTES_MAX)
                clixml_refuse(reader, ERR_OVERSIZED,
                              "an element has too many attributes");
        }
        break;
    case SCAN_QUOTED:
        if (c == '"')
            reader->scan = SCAN_TAG;
        break;
    case SCAN_APOSTROPHE:
        if (c == '\'')
            reader->scan = SCAN_TAG;
        break;
    }
}

static const unsigned char *find(const unsigned char *p,
                                 const unsigned char *end, char c)
{
    p = memchr(p, c, (size_t)(end - p));
    return p != NULL ? p : end;
}

/* The next byte that scan_byte() does something about. */
static const unsigned char *skip(enum clixml_scan scan,
                                 const unsigned char *p,
                                 const unsigned char *end)
{
    switch (scan) {
    case SCAN_TEXT:
        return find(p, end, '<');
    case SCAN_QUOTED:
        return find(p, end, '"');
    case SCAN_APOSTROPHE:
        return find(p, end, '\'');
    case SCAN_TAG:
        while (p < end && *p != '>' && *p != '"' && *p != '\'')
            p++;
        return p;
    case SCAN_OPEN:
        break;
    }
    return p;
}

static void scan(struct clixml_reader *reader, const unsigned char *p,
                 size_t n)
{
    const unsigned char *end = p + n;

    while (p < end && reader->err.cause == ERR_NONE) {
        p = skip(reader->scan, p, end);
        if (p < end)
            scan_byte(reader, *p++);
    }
}

int clixml_reader_feed(struct clixml_reader *reader, const unsigned char *p,
                       size_t n, struct err *err)
{
    struct handler was = hush();

    scan(reader, p, n);
    while (n > 0 && reader->err.cause == ERR_NONE) {
        int take = n < INT_MAX ? (int)n : INT_MAX;

        if (xmlParseChunk(reader->parser, (const char *)p, take, 0) != 0)
            clixml_refuse(reader, ERR_MALFORMED, "it is not well-formed");
        p += take;
        n -= (size_t)take;
    }
    unhush(was);
    if (reader->err.cause == ERR_NONE)
        return 0;
    *err = reader->err;
    return -1;
}

/* What took a long text is not needed any more, nor for small ones. */
static void shrink(struct buf *text)
{
    if (text->alloc > TEXT_KEPT)
        buf_free(text);
}

int clixml_reader_end(struct clixml_reader *reader, struct clixml **value,
                      struct err *err)
{
    struct handler was = hush();

    if (reader->err.cause == ERR_NONE &&
        xmlParseChunk(reader->parser, NULL, 0, 1) != 0)
        clixml_refuse(reader, ERR_MALFORMED, "it is not well-formed");
    unhush(was);
    shrink(&reader->text);
    if (reader->err.cause != ERR_NONE) {
        *err = reader->err;
        return -1;
    }
    *value = reader->root;
    return 0;
}
