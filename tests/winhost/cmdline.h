/*
 * cmdline.h - a command line as cmd.exe reads it: parts joined by &, && and
 * ||, redirections of the two outputs, %VARIABLES%.  Parses only.
 */
#ifndef WINHOST_CMDLINE_H
#define WINHOST_CMDLINE_H

#include <stdbool.h>
#include <stddef.h>

#define CMDLINE_MAX 8191 /* characters; cmd.exe takes no more */

enum cmdline_joiner { JOIN_ALWAYS, JOIN_IF_OK, JOIN_IF_FAILED };
enum cmdline_target { TARGET_STDOUT, TARGET_STDERR, TARGET_NUL };

struct cmdline_part {
    enum cmdline_joiner joiner;  /* to what went before */
    enum cmdline_target out, err;
    bool wrong;                  /* syntax that is not understood */
    char text[CMDLINE_MAX + 1];  /* without redirections */
};

/* Takes the next part from *line; false at the end. */
bool cmdline_next(const char **line, struct cmdline_part *part);

/*
 * The program's name in lower case, without quotes, directory and .exe, and
 * what follows it, verbatim.
 */
const char *cmdline_program(const char *text, char *name, size_t size);

/* The next blank-separated word, quotes taken off; false at the end. */
bool cmdline_word(const char **text, char *word, size_t size);

/* Replaces %NAME%; find returns NULL for a name that is not set. */
typedef const char *cmdline_variable_fn(void *arg, const char *name);
void cmdline_expand(const char *from, char *to, size_t size,
                    cmdline_variable_fn *find, void *arg);

#endif
