/*
 * psrp_object.h - values of the stand-in's PowerShell as objects: from and to
 * CLIXML, their members.
 */
#ifndef WINHOST_PSRP_OBJECT_H
#define WINHOST_PSRP_OBJECT_H

#include "psrp_script.h"

/* A string of CLIXML, to be freed by xmlFree(): _xHHHH_ of ASCII is all that
 * the tests send. */
char *object_string(xmlNodePtr node);

/* What a client answered, its N taken away. */
void object_read(struct item *item, xmlNodePtr node);

/*
 * An expression's rest behind a value: .Name, ['Name'],
 * .GetNetworkCredential(), until it ends.  -1: the value has no such member.
 */
int object_chain(struct script *s, const char *rest, struct item *item);

/* The plain text of a SecureString; -1: it is none, or of another key. */
int object_reveal(struct script *s, const struct item *item,
                  struct item *text);
/* Of a plain text, once the client has given its key. */
int object_conceal(struct script *s, const char *text, struct item *item);

/* New-Object and [type]::new() of the types that a host's methods take;
 * false: there is no such type here. */
bool object_new(const char *type, const struct item *arguments, size_t count,
                struct item *item);
void object_colour(struct item *item, int colour);
/* "System.Management.Automation.Host.Size" or Coordinates. */
void object_pair(struct item *item, bool is_size, int a, int b);
/* A FieldDescription's type, by PowerShell's name of it. */
void object_set_type(struct item *field, const char *type);

/* An element's items, one after the other. */
void object_each(const struct item *list, emit_fn *emit, void *arg);

#endif
