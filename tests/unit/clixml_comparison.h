/*
 * clixml_comparison.h - our messages against recorded ones: values, by what
 * they say; not the order of members, and not the numbers of references.
 */
#ifndef CREDSSP_TESTS_CLIXML_COMPARISON_H
#define CREDSSP_TESTS_CLIXML_COMPARISON_H

#include <stdbool.h>
#include <stddef.h>

#include "comparison.h"
#include "psrp/clixml.h"

/*
 * what of a difference is a path of names: "MESSAGE.PowerShell.Cmds.Cmd", in
 * which list items have no name.
 */
struct clixml_comparison {
    struct difference *meant;
    size_t count;
    char differs[512];
};

bool clixml_comparison_holds(struct clixml_comparison *comparison,
                             const char *path, const struct clixml *ours,
                             const struct clixml *recorded);

#endif
