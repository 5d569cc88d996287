/*
 * arguments.h - the remote command line from the words of ours.
 */
#ifndef CREDSSP_CLI_ARGUMENTS_H
#define CREDSSP_CLI_ARGUMENTS_H

#include "credssp/buf.h"
#include "credssp/err.h"

/*
 * Joins the words with single spaces, as ssh does, with a NUL behind them:
 * what cmd.exe sees is what was typed, less the quotes that our shell took.
 * ERR_USAGE for what SOAP cannot carry, or more than line->max.
 */
int arguments_join(struct buf *line, char *const *words, int count,
                   struct err *err) MUST_USE;

/* ERR_USAGE unless text is UTF-8 without control characters. */
int arguments_check(const char *what, const char *text, struct err *err)
    MUST_USE;

/* "NAME=VALUE" with a name. */
int arguments_check_variable(const char *text, struct err *err) MUST_USE;

#endif
