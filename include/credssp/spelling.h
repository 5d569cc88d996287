/*
 * spelling.h - how far a mistyped word is from the one that was meant.
 */
#ifndef CREDSSP_SPELLING_H
#define CREDSSP_SPELLING_H

#include <stddef.h>

#define SPELLING_NEAR 2 /* mistakes that are forgiven */

/* Letters that are missing, too many, wrong or swapped; case is no mistake. */
size_t spelling_distance(const char *typed, const char *meant);

/* The index of the word that was most likely meant; count when there is
 * none.  Half of the letters must be right: "x" is not "run". */
size_t spelling_nearest(const char *typed, const char *const *words,
                        size_t count);

#endif
