/* clixml_store.h - what a CLIXML reader keeps; clixml_tree.c's. */
#ifndef CREDSSP_PSRP_CLIXML_STORE_H
#define CREDSSP_PSRP_CLIXML_STORE_H

#include <stddef.h>

#include "psrp/clixml_reader.h"

/* The attributes that mean something. */
struct clixml_attributes {
    const char *name, *stream;        /* N and S; NULL: none */
    size_t ref;                       /* RefId; SIZE_MAX: none */
};

/* -1 after a refusal. */
int clixml_take_attributes(struct clixml_reader *reader, int count,
                           const xmlChar **attributes,
                           struct clixml_attributes *out) MUST_USE;

/* The arena gave nothing. */
void clixml_refuse_room(struct clixml_reader *reader);

/* reader->text, in the arena and with a NUL behind it; *n (if any) is its
 * length.  NULL after a refusal. */
char *clixml_keep_text(struct clixml_reader *reader, size_t *n);

/* By RefId, for Ref and TNRef; SIZE_MAX is none. */
void clixml_remember_object(struct clixml_reader *reader, size_t ref,
                            struct clixml *value);
void clixml_remember_types(struct clixml_reader *reader, size_t ref,
                           struct clixml_type_name *types);

#endif
