/*
 * soap_body.h - checks that the operations on shells share: the element in
 * the Body, options, the command that is meant.
 */
#ifndef WINHOST_SOAP_BODY_H
#define WINHOST_SOAP_BODY_H

#include "shells.h"
#include "soap_in.h"

/* Sets the fault for an element that does not match the schema; -1. */
int body_invalid(const xmlNode *node, struct fault *fault);

/* The Body must hold this element of the shell's namespace. */
int body_require(const struct request *request, const char *name,
                 struct fault *fault) MUST_USE;

/* An option with MustComply has to be one of known, which ends with NULL. */
int body_check_options(const struct request *request,
                       const char *const known[], struct fault *fault)
    MUST_USE;
bool body_option(const struct request *request, const char *name);

/* Does it have the attribute CommandId? */
bool body_names_command(const xmlNode *node);

/* The command that the attribute CommandId names: a reference, or NULL. */
struct command *body_command(struct shell *shell, const xmlNode *node,
                             struct fault *fault);

/* Base64 text, in place; -1 for what is none. */
int body_decode(unsigned char *text, size_t *len);

#endif
