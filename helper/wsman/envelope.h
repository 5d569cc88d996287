/*
 * envelope.h - what we send: SOAP bodies and whole envelopes, built with
 * libxml2.
 */
#ifndef CREDSSP_WSMAN_ENVELOPE_H
#define CREDSSP_WSMAN_ENVELOPE_H

#include <libxml/tree.h>
#include <stddef.h>

#include "credssp/err.h"
#include "wsman/wsman.h"

/* MaxEnvelopeSize of any host; an envelope of ours never is larger. */
#define ENVELOPE_MAX 1048576

/*
 * A body under construction.  It remembers a failure, as struct buf does:
 * build all of it, then ask body_take() once.
 */
struct body {
    xmlNodePtr root;
    enum err_cause failed;   /* ERR_NONE, ERR_MEMORY or ERR_USAGE */
};

/* The body's one element, in the shell's namespace. */
void body_init(struct body *body, const char *name);
/* The same in another namespace, and more of them to use within. */
void body_begin(struct body *body, const char *uri, const char *prefix,
                const char *name);
xmlNsPtr body_namespace(struct body *body, const char *uri,
                        const char *prefix);
void body_free(struct body *body);

/* Adds to parent (NULL: the root) and returns it; text may be NULL. */
xmlNodePtr body_add(struct body *body, xmlNodePtr parent, const char *name,
                    const char *text);
/* The same, in one of the body's namespaces. */
xmlNodePtr body_add_in(struct body *body, xmlNodePtr parent, xmlNsPtr ns,
                       const char *name, const char *text);
void body_attribute(struct body *body, xmlNodePtr node, const char *name,
                    const char *value);
/* The node, made by body_add(), is of this namespace instead. */
void body_set_namespace(struct body *body, xmlNodePtr node, const char *uri);
/* n bytes as base64: the node's text, which it has not yet. */
void body_base64(struct body *body, xmlNodePtr node, const void *p, size_t n);

/*
 * The finished node, for struct wsman_request.  ERR_USAGE for text that no
 * XML can carry: invalid UTF-8 or control characters (XML 1.0, 2.2 Char).
 */
int body_take(struct body *body, enum err_stage stage, xmlNodePtr *node,
              struct err *err) MUST_USE;

/*
 * The envelope as bytes, without an XML declaration; xmlBufferFree() frees
 * it.  request->body is taken over, even on failure.
 */
int envelope_build(const struct wsman *wsman,
                   const struct wsman_request *request,
                   const char *message_id, enum err_stage stage,
                   xmlBufferPtr *out, struct err *err) MUST_USE;

#endif
