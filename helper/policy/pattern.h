/*
 * pattern.h - the SPN patterns of Windows' delegation policy: a service, a
 * slash, and a host name, '*' or '*.suffix' (CredSsp.admx).
 */
#ifndef CREDSSP_POLICY_PATTERN_H
#define CREDSSP_POLICY_PATTERN_H

#include <stdbool.h>

#include "policy/hostname.h"

/* What Windows' WinRM client asks its policy about (Enable-WSManCredSSP). */
#define POLICY_SERVICE "wsman"

/* All in lower case. */
struct spn_pattern {
    char service[32];
    bool any;                     /* host is ignored */
    bool suffix;                  /* host is ".corp.example.com" */
    char host[HOSTNAME_MAX + 1];
};

/* false when the text is not one of the three forms; *why says which part. */
bool spn_pattern_parse(const char *text, struct spn_pattern *pattern,
                       const char **why);
bool spn_pattern_matches(const struct spn_pattern *pattern,
                         const char *service, const char *host);

/* The same pattern, however it was written. */
bool spn_pattern_equal(const struct spn_pattern *a,
                       const struct spn_pattern *b);
/* Is there a host that both name?  The services are not looked at. */
bool spn_pattern_overlap(const struct spn_pattern *a,
                         const struct spn_pattern *b);

#endif
