/*
 * journal.h - the log that tests count: one line for each request,
 * authentication, shell and command, "event=request conn=3 ...".
 */
#ifndef WINHOST_JOURNAL_H
#define WINHOST_JOURNAL_H

#include "credssp/err.h"

struct journal;

/* path NULL: nothing is kept. The file is appended to. */
int journal_open(const char *path, struct journal **journal, struct err *err)
    MUST_USE;
void journal_close(struct journal **journal);

/* One line; the format gives key=value pairs and never a password. */
void journal_write(struct journal *journal, const char *event,
                   const char *fmt, ...) PRINTF_LIKE(3, 4);

/* For a value from outside: no blanks, quotes or control characters. */
#define JOURNAL_VALUE_MAX 256
struct journal_value {
    char text[JOURNAL_VALUE_MAX];
};
struct journal_value journal_clean(const char *text);

#endif
