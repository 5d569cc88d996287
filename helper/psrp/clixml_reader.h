/*
 * clixml_reader.h - reads CLIXML as it comes, within limits: no DTD, no
 * entities, nothing fetched.
 */
#ifndef CREDSSP_PSRP_CLIXML_READER_H
#define CREDSSP_PSRP_CLIXML_READER_H

#include <libxml/parser.h>
#include <stdbool.h>
#include <stddef.h>

#include "credssp/buf.h"
#include "credssp/err.h"
#include "psrp/arena.h"
#include "psrp/clixml.h"
#include "psrp/escape.h"

/* Takes a piece of a string that is not kept. */
typedef int clixml_text_fn(void *arg, const char *text, size_t n,
                           struct err *err);

struct clixml_frame;

/* Where the bytes are, before the parser sees them. */
enum clixml_scan {
    SCAN_TEXT, SCAN_OPEN, SCAN_TAG, SCAN_QUOTED, SCAN_APOSTROPHE
};

/* Reads one document after the other; the memory is used again. */
struct clixml_reader {
    xmlParserCtxtPtr parser;
    struct arena arena;
    struct clixml_frame *frames;
    size_t depth;
    struct clixml *root, **root_tail;
    struct clixml **objects;              /* by RefId */
    struct clixml_type_name **type_names;
    size_t object_room, type_name_room;
    struct buf text;                      /* of the element in hand */
    struct unescape unescape;
    clixml_text_fn *on_text;
    void *on_text_arg;
    enum clixml_scan scan;
    unsigned attributes;                  /* of the tag in hand */
    bool streamed;                        /* the root's text went away */
    struct err err;                       /* the first failure */
};

void clixml_reader_init(struct clixml_reader *reader);
void clixml_reader_free(struct clixml_reader *reader);

/*
 * A new document; what was read before is gone.  With on_text, a document
 * that is one string and no more (as a pipeline's output often is) is not
 * kept: its text goes there in pieces, and *value is a STRING without text.
 */
int clixml_reader_begin(struct clixml_reader *reader, clixml_text_fn *on_text,
                        void *arg, struct err *err) MUST_USE;
int clixml_reader_feed(struct clixml_reader *reader, const unsigned char *p,
                       size_t n, struct err *err) MUST_USE;
/* The whole: one value, or several from a file's Objs, linked by next; NULL
 * for an Objs that is empty. */
int clixml_reader_end(struct clixml_reader *reader, struct clixml **value,
                      struct err *err) MUST_USE;

#endif
