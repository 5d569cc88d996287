/*
 * prompt.h - a password from a person or a pipe, straight into locked memory.
 */
#ifndef CREDSSP_CLI_PROMPT_H
#define CREDSSP_CLI_PROMPT_H

#include "credssp/err.h"
#include "credssp/secret.h"

/*
 * Asks on the terminal with echo off, which comes back whatever ends the
 * question: ERR_INTERRUPTED for a signal, ERR_USAGE without a terminal.
 */
int prompt_password(const char *question, struct secret **out,
                    struct err *err) MUST_USE;

/* All of fd up to its end; one newline at the end is not the password's. */
int prompt_read_all(int fd, struct secret **out, struct err *err) MUST_USE;

#endif
