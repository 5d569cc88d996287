/* clixml_tree.h - what the elements of CLIXML become; clixml_reader.c's. */
#ifndef CREDSSP_PSRP_CLIXML_TREE_H
#define CREDSSP_PSRP_CLIXML_TREE_H

#include <stddef.h>

#include "psrp/clixml_reader.h"

/* libxml2's SAX2 callbacks; arg is the reader. */
void clixml_tree_start(void *arg, const xmlChar *name, const xmlChar *prefix,
                       const xmlChar *uri, int ns_count,
                       const xmlChar **namespaces, int count,
                       int default_count, const xmlChar **attributes);
void clixml_tree_end(void *arg, const xmlChar *name, const xmlChar *prefix,
                     const xmlChar *uri);
void clixml_tree_text(void *arg, const xmlChar *text, int n);

/* The first failure of the document; the parser stops. */
void clixml_refuse(struct clixml_reader *reader, enum err_cause cause,
                   const char *format, ...) PRINTF_LIKE(3, 4);

/* Frames, of CLIXML_DEPTH_MAX elements and the document; NULL: no memory. */
struct clixml_frame *clixml_tree_frames(void);
/* An empty document. */
void clixml_tree_begin(struct clixml_reader *reader);

#endif
