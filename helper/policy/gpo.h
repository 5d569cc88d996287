/*
 * gpo.h - the Credentials Delegation settings of group policies, and the
 * lines of credssp.conf(5) that say the same.
 */
#ifndef CREDSSP_POLICY_GPO_H
#define CREDSSP_POLICY_GPO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "credssp/err.h"

#define GPO_ITEMS_MAX 1024 /* entries of one list */

enum gpo_list_id { GPO_ALLOW, GPO_ALLOW_NTLM, GPO_DENY, GPO_LIST_COUNT };
enum gpo_state { GPO_UNSET, GPO_DISABLED, GPO_ENABLED };

/* A value of the list's key: its name, and the SPN that it holds. */
struct gpo_item {
    char *name;
    char *spn;
};
struct gpo_list {
    enum gpo_state state;
    bool concatenate; /* "Concatenate OS defaults with input above" */
    struct gpo_item *items;
    size_t count;
};
struct gpo {
    struct gpo_list lists[GPO_LIST_COUNT];
    unsigned foreign;  /* values of CredentialsDelegation without a meaning
                          here */
};

void gpo_init(struct gpo *gpo);
void gpo_clear(struct gpo *gpo);

/* One Registry.pol more, on top of those before it: a later policy wins. */
int gpo_apply(struct gpo *gpo, const unsigned char *bytes, size_t len,
              struct err *err) MUST_USE;

/* Writes the lines, and what has none as comments.  Returns the number of
 * list entries that no line can say. */
unsigned gpo_print(const struct gpo *gpo, FILE *out);

#endif
