/*
 * clixml_writer.h - what we serialize: messages of remoting, host responses
 * and pipeline input.  The buffer remembers a failure; ask buf_ok() once.
 */
#ifndef CREDSSP_PSRP_CLIXML_WRITER_H
#define CREDSSP_PSRP_CLIXML_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "credssp/buf.h"
#include "psrp/clixml.h"

/* Different type lists in one message. */
#define CLIXML_WRITER_TYPES 16

struct clixml_writer {
    struct buf *out;
    unsigned objects;                 /* the next RefId */
    const char *const *types[CLIXML_WRITER_TYPES]; /* by RefId of TN */
    unsigned type_count;
};

void clixml_writer_init(struct clixml_writer *w, struct buf *out);

/* In all of them name is N, and NULL for none. */

/* <Obj>, up to clixml_end_object(). */
void clixml_begin_object(struct clixml_writer *w, const char *name);
void clixml_end_object(struct clixml_writer *w);
/* TN, or TNRef when the same array was written before; NULL ends it.  The
 * arrays are told apart by their addresses and must stay. */
void clixml_put_types(struct clixml_writer *w, const char *const *types);
void clixml_put_to_string(struct clixml_writer *w, const char *text);
/* "MS", "Props", "LST", "DCT", "En": parts that have no attributes. */
void clixml_begin(struct clixml_writer *w, const char *element);
void clixml_end(struct clixml_writer *w, const char *element);

void clixml_put_nil(struct clixml_writer *w, const char *name);
void clixml_put_string(struct clixml_writer *w, const char *name,
                       const char *text, size_t n);
void clixml_put_bool(struct clixml_writer *w, const char *name, bool value);
void clixml_put_i32(struct clixml_writer *w, const char *name, int32_t value);
void clixml_put_i64(struct clixml_writer *w, const char *name, int64_t value);
/* Any primitive whose text is plain: a version, a GUID, base64. */
void clixml_put_plain(struct clixml_writer *w, enum clixml_kind kind,
                      const char *name, const char *text);
/* An enum's value: types, the constant's name, its number. */
void clixml_put_enum(struct clixml_writer *w, const char *name,
                     const char *const *types, const char *constant,
                     int32_t number);

#endif
