/*
 * edit.h - adds one rule to the policy file, or takes it away, and changes
 * nothing else.
 */
#ifndef CREDSSP_POLICY_EDIT_H
#define CREDSSP_POLICY_EDIT_H

#include <stdbool.h>

#include "policy/policy.h"

struct policy_edit {
    const char *path;
    enum policy_owner owner;
    enum policy_line_kind kind; /* a rule's */
    const char *pattern;
    bool remove;
};

struct policy_edited {
    bool changed;             /* false: it was there, or was not */
    struct policy_rule where; /* added, taken away, or found; or, of one to
                                 remove that cannot be: in a Match block or an
                                 included file */
    struct policy_rule deny;  /* a Deny line that speaks of the same hosts */
};

/* "AllowFreshCredentials" */
const char *policy_keyword(enum policy_line_kind kind);

/*
 * ERR_USAGE for a pattern that means nothing here; ERR_POLICY_FILE for a file
 * that is a link, is broken, or would be.  The file is replaced at once and
 * whole, with its owner and mode.
 */
int policy_edit(const struct policy_edit *edit, struct policy_edited *edited,
                struct err *err) MUST_USE;

#endif
