/*
 * loss.h - what a lost connection, answer or shell leaves open, told to whom
 * must decide whether to try again.
 */
#ifndef CREDSSP_CLI_LOSS_H
#define CREDSSP_CLI_LOSS_H

#include <stdbool.h>

#include "cli/waiting.h"
#include "credssp/err.h"

/*
 * Advises when err is such a loss.  Only the caller knows whether there was a
 * shell, whether what ("the command") ran in it, and whether its time was
 * over.
 */
void loss_explain(const char *what, bool shell, bool running,
                  const struct waiting_time *time, struct err *err);

#endif
