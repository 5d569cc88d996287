/*
 * hosts.h - the hosts that a command goes to: from "a,b,c" and from a file
 * with one a line, each once, in the order they came.
 */
#ifndef CREDSSP_CLI_HOSTS_H
#define CREDSSP_CLI_HOSTS_H

#include <stddef.h>

#include "credssp/err.h"

#define HOSTS_MAX 10000
#define HOSTS_FILE_MAX 4194304 /* bytes */

struct hosts {
    char **names;         /* canonical: hostname.h */
    size_t count;
    size_t bad;           /* names that are none; the first is in bad_err */
    struct err bad_err;
    size_t doubled;       /* names that had come before */
    const char *double_name; /* the first of them */
    void *seen;           /* tsearch(3) */
};

#define HOSTS_INIT { .count = 0 }

void hosts_free(struct hosts *hosts);

/* "win1.corp.example.com,win2.corp.example.com" */
int hosts_add_list(struct hosts *hosts, const char *list,
                   struct err *err) MUST_USE;

/*
 * One host a line; '#' and what follows it is a comment, blank lines are
 * nothing.  "-" is standard input.
 */
int hosts_add_file(struct hosts *hosts, const char *path,
                   struct err *err) MUST_USE;

/* The same of text that is there; name is what errors call it. */
int hosts_add_text(struct hosts *hosts, const char *name, const char *text,
                   size_t len, struct err *err) MUST_USE;

/*
 * When all were added: ERR_HOSTNAME with the place of the first name that is
 * none and the number of the others; ERR_USAGE when there is no host.
 */
int hosts_check(const struct hosts *hosts, struct err *err) MUST_USE;

#endif
