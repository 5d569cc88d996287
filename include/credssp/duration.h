/*
 * duration.h - "10h", "90m", "1h30m", "2d", "3600" or "3600s" as seconds: one
 * grammar for the policy file, the module's options and the command line.
 */
#ifndef CREDSSP_DURATION_H
#define CREDSSP_DURATION_H

#include <stdbool.h>

#define DURATION_MAX_S 31536000u /* a year */

/* false for anything else, for 0, and for more than DURATION_MAX_S. */
bool duration_parse(const char *text, unsigned *seconds);

#endif
